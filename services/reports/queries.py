"""What can be asked of the views, and who asks: each answer is a report."""

from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import namedtuple_row

from domain.compliance.finding import State
from domain.errors import DaybookError
from domain.identity import RecordNumber
from domain.policy import RuleName
from domain.times import WeekStart, week_of
from projections import attendance, care, compliance, schedule
from projections.directory import (
    FACILITY_IDS,
    SEALED_CONTACTS,
    SEALED_IDENTITIES,
    WITH_RECORD_NUMBER,
)
from services.journal import Journal
from services.reports import at_risk, deadlines, findings
from services.reports.dropout_risk import slipping
from services.reports.explanation import Explanation, NoSuchFinding, explanation
from services.reports.labels import Labels
from services.reports.patient_page import PatientPage, Sources, page_of
from services.reports.people import People, unreadable_note
from services.reports.report import Report
from services.reports.schedule import Agenda, Facility, Selection
from services.reports.weeks import Site, weeks_of
from services.vault import Vault

VISIT_COLUMNS = (
    *("date", "session", "mrn", "as", "status", "late", "left_early"),
    *("scheduled_minutes", "credited_minutes", "made_up"),
)
WEEK_COLUMNS = (
    *("mrn", "week_of", "scheduled_minutes", "credited_minutes", "scheduled_days"),
    *("credited_days", "required_minutes", "required_days", "verdict"),
)


class NobodyThere(DaybookError):
    """There is no such patient, facility, room or staff member."""


class ReportQueries:
    """Answers from the views of all facilities in the database."""

    def __init__(
        self, database_url: str, vault: Vault, *, now: datetime, facility_id: str | None = None
    ) -> None:
        """Take the time (aware) that tells the day, and one facility or (None) all of them."""
        self._facility_id = facility_id
        self._database_url = database_url
        self._vault = vault
        self._now = now
        self._unreadable: set[str] = set()

    @property
    def notes(self) -> list[str]:
        """What the answers so far lack, in sentences."""
        return [unreadable_note(len(self._unreadable))] if self._unreadable else []

    def visits(self, through: date | None, mrn: str | None = None) -> Report:
        """Return each visit up to a day, or up to the facility's yesterday."""
        with self._connect() as conn:
            people = self._people(conn)
            only = self._patient_now(conn, mrn)
            found = [
                each
                for site in self._sites(conn, through, only)
                for each in conn.execute(attendance.VISITS, site.selection)
            ]
            people.load(each.patient_id for each in found)
            rows = [
                (
                    each.day,
                    each.label,
                    people.mrn(each.patient_id),
                    each.role,
                    each.status,
                    each.late,
                    each.left_early,
                    each.scheduled_minutes,
                    each.credited_minutes,
                    each.made_up,
                )
                for each in found
            ]
        rows = sorted(rows, key=lambda row: row[:3])
        return Report("Visits", VISIT_COLUMNS, rows)

    def weeks(self, through: date | None, mrn: str | None = None) -> Report:
        """Return each patient's weeks that ended by then."""
        with self._connect() as conn:
            people = self._people(conn)
            only = self._patient_now(conn, mrn)
            found = [
                week for site in self._sites(conn, through, only) for week in weeks_of(conn, site)
            ]
            people.load(week.patient_id for week in found)
            rows = [
                (
                    people.mrn(week.patient_id),
                    week.week_of,
                    week.scheduled_minutes,
                    week.credited_minutes,
                    week.scheduled_days,
                    week.credited_days,
                    week.required_minutes,
                    week.required_days,
                    week.verdict,
                )
                for week in found
            ]
        rows = sorted(rows, key=lambda row: row[:2])
        return Report("Weeks", WEEK_COLUMNS, rows)

    def last_week(self) -> list[Report]:
        """Return the weeks of the last one in which anybody was credited a minute, judged."""
        weeks = self.weeks(None)
        last = max((row[1] for row in weeks.rows if row[3]), default=None)
        if last is None:
            return [Report("No week yet", (), [])]
        rows = [(row[0], *row[2:]) for row in weeks.rows if row[1] == last]
        columns = (WEEK_COLUMNS[0], *WEEK_COLUMNS[2:])
        breached = self.findings(None, state="breached", week=last)
        title = f"Breached in the week of {last}"
        return [Report(f"The week of {last}", columns, rows), findings.by_rule(title, breached)]

    def schedule(
        self,
        day: date | None = None,
        *,
        week: bool = False,
        room_id: str | None = None,
        staff_id: str | None = None,
        mrn: str | None = None,
    ) -> Report:
        """Return the sessions of a day (each facility's today, unless given) or of its week.

        Of one room, staff member or patient, or of all; nothing in it says who a patient is.
        """
        with self._connect() as conn:
            self._check_known(conn, schedule.ROOM_IDS, "room", room_id)
            self._check_known(conn, schedule.STAFF_IDS, "staff member", staff_id)
            patient_id = self._patient_now(conn, mrn)
            sites = []
            for site in self._facilities(conn, schedule.FACILITIES):
                first = day or self._now.astimezone(ZoneInfo(site.timezone)).date()
                last = first
                if week:
                    first = week_of(first, site.week_starts_on)
                    last = first + timedelta(days=6)
                chosen = Selection(first, last, room_id, staff_id, patient_id)
                facility = Facility(site.facility_id, site.name, ZoneInfo(site.timezone))
                sites.append(Agenda.read(conn, facility, chosen))
        return Agenda.report(sites)

    def findings(
        self,
        through: date | None,
        mrn: str | None = None,
        *,
        rule: RuleName | None = None,
        state: State | None = None,
        week: date | None = None,
    ) -> Report:
        """Return what each rule came to by a day; without one, also what is running now.

        Of one patient, rule or state, or of what is about the week in which a day lies.
        """
        with self._connect() as conn:
            people = self._people(conn)
            wanted = {"rule": rule, "state": state, "running": through is None}
            asked = self._asked(conn, through, self._patient_now(conn, mrn), week)
            return findings.findings(conn, people, [each | wanted for each in asked])

    def billable(
        self, through: date | None, mrn: str | None = None, *, week: date | None = None
    ) -> Report:
        """Return the days on which patients came, and whether each can be billed."""
        with self._connect() as conn:
            people = self._people(conn)
            asked = self._asked(conn, through, self._patient_now(conn, mrn), week)
            return findings.billable(conn, people, asked)

    def deadlines(
        self, through: date | None, mrn: str | None = None, *, rule: RuleName | None = None
    ) -> Report:
        """Return what has to be done, by a day or at all, and was not yet."""
        with self._connect() as conn:
            people = self._people(conn)
            patient_id = self._patient_now(conn, mrn)
            asked = self._asked(conn, through or date.max, patient_id, None)
            return deadlines.deadlines(conn, people, [each | {"rule": rule} for each in asked])

    def at_risk(self, mrn: str | None = None, *, rule: RuleName | None = None) -> list[Report]:
        """Return what will not be kept as it is scheduled, and who is slipping away."""
        with self._connect() as conn:
            people = self._people(conn)
            asked = self._asked(conn, None, self._patient_now(conn, mrn), None)
            sites = [each | {"rule": rule} for each in asked]
            risks = at_risk.at_risk(conn, people, sites, self._now)
            return [risks, slipping(conn, people, asked)]

    def explain(self, finding_id: str, journal: Journal) -> Explanation:
        """Return all that there is to say of a finding, by its name or how that begins."""
        with self._connect() as conn:
            found = conn.execute(compliance.FINDING, {"finding_id": finding_id}).fetchall()
            if len(found) != 1:
                several = "several findings begin" if found else "no finding begins"
                raise NoSuchFinding(f"{several} with {finding_id!r}")
            (row,) = found
            revisions = conn.execute(compliance.REVISIONS, {"finding_id": row.finding_id})
            mrn = self._people(conn).mrn(row.patient_id) if row.patient_id else None
            zones = {
                each.facility_id: each.timezone for each in conn.execute(attendance.FACILITIES)
            }
            zone = ZoneInfo(zones[row.facility_id])
            about = Labels.read(conn, [row.about]).of(row.about)
            return explanation(
                row, revisions.fetchall(), mrn, about, journal=journal, zone=zone, now=self._now
            )

    def patient(self, mrn: str) -> PatientPage:
        """Return one patient's state on a page, as of now."""
        with self._connect() as conn:
            people = self._people(conn)
            patient_id = str(self._patient_now(conn, mrn))
            (where,) = conn.execute(care.FACILITY_OF, {"patient_id": patient_id}).fetchall()
            sites = [
                each
                for each in self._sites(conn, None, patient_id)
                if each.facility_id == where.facility_id
            ]
            if not sites:
                raise NobodyThere("no patient has this record number")
            theirs = weeks_of(conn, sites[0])
            supporters = conn.execute(care.SUPPORTERS, {"patient_id": patient_id}).fetchall()
            known = {"contact_ids": [each.supporter_id for each in supporters]}
            contacts = {
                row.contact_id: people.contact(row.patient_id, row.sealed)
                for row in conn.execute(SEALED_CONTACTS, known)
            }
            zone = ZoneInfo(where.timezone)
            sources = Sources(people.identity(patient_id), contacts, theirs[-4:], zone, self._now)
            return page_of(conn, patient_id, sources)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._database_url, row_factory=namedtuple_row)

    def _people(self, conn: psycopg.Connection[Any]) -> People:
        def sealed(patient_ids: list[str]) -> list[Any]:
            return conn.execute(SEALED_IDENTITIES, {"patient_ids": patient_ids}).fetchall()

        return People(self._vault.begin(), sealed, self._unreadable)

    def _patient_now(self, conn: psycopg.Connection[Any], mrn: str | None) -> str | None:
        """Return who has a record number: of a record that was merged, the one that goes on."""
        if mrn is None:
            return None
        known = [row.facility_id for row in conn.execute(FACILITY_IDS)]
        numbers = [
            RecordNumber.id_of(self._vault.number_hash(each, mrn))
            for each in known
            if self._facility_id in {None, each}
        ]
        asked = {"record_number_ids": numbers}
        found = dict(conn.execute(WITH_RECORD_NUMBER, asked).fetchall())
        if not found:
            raise NobodyThere("no patient has this record number")
        if len(found) > 1:
            which = ", ".join(sorted(found.values()))
            raise NobodyThere(f"several facilities have this record number, say which: {which}")
        [patient_id] = found
        merges = dict(conn.execute(attendance.MERGES).fetchall())
        return str(merges.get(patient_id, patient_id))

    def _facilities(self, conn: psycopg.Connection[Any], question: Any) -> list[Any]:
        found = conn.execute(question).fetchall()
        if self._facility_id is not None:
            found = [each for each in found if each.facility_id == self._facility_id]
            if not found:
                raise NobodyThere(f"there is no facility {self._facility_id!r}")
        return found

    def _sites(
        self, conn: psycopg.Connection[Any], through: date | None, only: str | None = None
    ) -> list[Site]:
        found = []
        for facility in self._facilities(conn, attendance.FACILITIES):
            today = self._now.astimezone(ZoneInfo(facility.timezone)).date()
            last = through or today - timedelta(days=1)
            starts = cast("WeekStart", facility.week_starts_on)
            found.append(Site(facility.facility_id, facility.timezone, starts, last, today, only))
        return found

    def _asked(
        self,
        conn: psycopg.Connection[Any],
        through: date | None,
        patient_id: str | None,
        week: date | None,
    ) -> list[dict[str, object]]:
        """Return what is asked of each site: up to a day, of a patient, within a week."""
        asked = []
        for site in self._sites(conn, through):
            first = week and week_of(week, site.week_starts_on)
            last = first and first + timedelta(days=6)
            asked.append({**site.selection, "patient_id": patient_id, "first": first, "last": last})
        return asked

    def _check_known(
        self, conn: psycopg.Connection[Any], question: Any, what: str, wanted: str | None
    ) -> None:
        known = conn.execute(question, {"facility_id": self._facility_id}).fetchall()
        if wanted is not None and wanted not in {row[0] for row in known}:
            raise NobodyThere(f"there is no {what} {wanted!r}")
