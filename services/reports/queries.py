"""Who answers questions: from the views of a database, to somebody who may see so much of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import namedtuple_row

from domain.errors import DaybookError
from domain.identity import RecordNumber
from domain.times import WeekStart, week_of
from projections import attendance
from projections.directory import (
    FACILITY_IDS,
    FACILITY_OF,
    SEALED_IDENTITIES,
    WITH_RECORD_NUMBER,
)
from services.journal import Journal
from services.reports.evidence import Evidence, NoEvidence
from services.reports.people import People, unreadable_note
from services.reports.viewer import EVERYTHING, Viewer
from services.reports.weeks import Site
from services.vault import Vault


class Unanswerable(DaybookError):
    """A question is not asked in a way in which it can be answered."""


class NobodyThere(DaybookError):
    """There is no such patient, facility, room, session or staff member."""


NO_SUCH_PATIENT = "there is no such patient"
NO_SUCH_NUMBER = "no patient has this record number"


class ReportQueries:
    """Answers from the views of all facilities in the database, or of one.

    What is not the viewer's is answered as what is not there, in the same words and as quickly.
    """

    def __init__(
        self,
        database_url: str,
        vault: Vault,
        *,
        now: datetime,
        facility_id: str | None = None,
        viewer: Viewer = EVERYTHING,
        journal: Journal | None = None,
        conn: psycopg.Connection[Any] | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Take the time (aware) that tells the day, and one facility or (None) all of them.

        The journal is asked for what proves a finding. With a connection (of named tuples) all is
        answered within its transaction; without, each question has one of its own. The evidence is
        what completes a trail.
        """
        self.facility_id = facility_id
        self.viewer = viewer
        self.vault = vault
        self.now = now
        self.journal = journal
        self.evidence: Evidence = evidence or NoEvidence()
        self._database_url = database_url
        self._conn = conn
        self._unreadable: set[str] = set()
        self._notes: list[str] = []
        self.refused: set[str] = set()
        """The patients who were asked for and are not the viewer's."""

    @property
    def notes(self) -> list[str]:
        """What the answers so far lack, in sentences."""
        unreadable = [unreadable_note(len(self._unreadable))] if self._unreadable else []
        return [*self._notes, *unreadable]

    def note(self, sentence: str) -> None:
        """Say what an answer lacks."""
        self._notes.append(sentence)

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield the connection on which a question is answered."""
        if self._conn is not None:
            yield self._conn
            return
        with psycopg.connect(self._database_url, row_factory=namedtuple_row) as conn:
            yield conn

    def people(self, conn: psycopg.Connection[Any]) -> People:
        """Return who opens the identities of patients."""

        def sealed(patient_ids: list[str]) -> list[Any]:
            return conn.execute(SEALED_IDENTITIES, {"patient_ids": patient_ids}).fetchall()

        # Where it looks back, the database of the read models holds no keys.
        return People(self.vault.begin(conn=self._conn), sealed, self._unreadable)

    # Patients

    def patient_of(self, mrn: str) -> str:
        """Return the random id of who has a record number. Raises NobodyThere."""
        with self.connected() as conn:
            known = [row.facility_id for row in conn.execute(FACILITY_IDS)]
            numbers = [
                RecordNumber.id_of(self.vault.number_hash(each, mrn))
                for each in known
                if self.facility_id in {None, each}
            ]
            asked = {"record_number_ids": numbers}
            found = dict(conn.execute(WITH_RECORD_NUMBER, asked).fetchall())
            if len(found) > 1:
                which = ", ".join(sorted(found.values()))
                raise NobodyThere(f"several facilities have this record number, say which: {which}")
            now = self._now(conn, next(iter(found), ""))
            if not (found and self._is_theirs(now)):
                raise NobodyThere(NO_SUCH_NUMBER)
        return now

    def patient(self, conn: psycopg.Connection[Any], patient_id: str) -> str:
        """Return under which id a patient goes on, who is the facility's and the viewer's.

        Raises NobodyThere.
        """
        now = self._now(conn, patient_id)
        where = conn.execute(FACILITY_OF, {"patient_id": now}).fetchone()
        here = where is not None and self.facility_id in {None, where.facility_id}
        if not (here and self._is_theirs(now)):
            raise NobodyThere(NO_SUCH_PATIENT)
        return now

    def whose(self, conn: psycopg.Connection[Any], patient_id: str | None) -> list[str] | None:
        """Return of which patients something is asked: of one, the viewer's, or (None) all."""
        if patient_id is not None:
            return [self.patient(conn, patient_id)]
        return None if self.viewer.patients is None else sorted(self.viewer.patients)

    def _now(self, conn: psycopg.Connection[Any], patient_id: str) -> str:
        """Return, of a record that was merged, the one that goes on."""
        merges = dict(conn.execute(attendance.MERGES).fetchall())
        return str(merges.get(patient_id, patient_id))

    def _is_theirs(self, patient_id: str) -> bool:
        if self.viewer.patients is None or patient_id in self.viewer.patients:
            return True
        self.refused.add(patient_id)
        return False

    # Sites

    def facilities(self, conn: psycopg.Connection[Any], question: Any) -> list[Any]:
        """Return the rows of the facilities that are asked about. Raises NobodyThere."""
        found = conn.execute(question).fetchall()
        if self.facility_id is not None:
            found = [each for each in found if each.facility_id == self.facility_id]
            if not found:
                raise NobodyThere(f"there is no facility {self.facility_id!r}")
        return found

    def sites(
        self, conn: psycopg.Connection[Any], through: date | None, only: list[str] | None = None
    ) -> list[Site]:
        """Return each facility, looked at up to a day, or up to its yesterday."""
        found = []
        for facility in self.facilities(conn, attendance.FACILITIES):
            today = self.now.astimezone(ZoneInfo(facility.timezone)).date()
            last = through or today - timedelta(days=1)
            starts = cast("WeekStart", facility.week_starts_on)
            found.append(Site(facility.facility_id, facility.timezone, starts, last, today, only))
        return found

    def asked(
        self,
        conn: psycopg.Connection[Any],
        through: date | None,
        patient_id: str | None,
        week: date | None = None,
    ) -> list[dict[str, Any]]:
        """Return what is asked of each site: up to a day, of some patients, within a week.

        `abouts` are the sessions and staff of whom it is asked, too, where it is asked of some.
        """
        only = self.whose(conn, patient_id)
        asked = []
        for site in self.sites(conn, through, only):
            first = week and week_of(week, site.week_starts_on)
            last = first and first + timedelta(days=6)
            abouts = [] if patient_id else self.abouts(site.facility_id)
            asked.append({**site.selection, "first": first, "last": last, "abouts": abouts})
        return asked

    def abouts(self, facility_id: str) -> list[str]:
        """Return the sessions and staff of a site whose findings are the viewer's."""
        themselves = [f"{facility_id} {self.viewer.staff_id}"] if self.viewer.staff_id else []
        return [*sorted(self.viewer.sessions or ()), *themselves]

    def sessions(self, patient_id: str | None) -> list[str] | None:
        """Return which sessions may be shown, where it is not asked of one patient; None: all."""
        if patient_id is not None or self.viewer.sessions is None:
            return None
        return sorted(self.viewer.sessions)

    def check_known(
        self, conn: psycopg.Connection[Any], question: Any, what: str, wanted: str | None
    ) -> None:
        """Raise NobodyThere where a room, say, that is asked about is not there."""
        if wanted is None:
            return
        known = conn.execute(question, {"facility_id": self.facility_id})
        if wanted not in {row[0] for row in known}:
            raise NobodyThere(f"there is no {what} {wanted!r}")
