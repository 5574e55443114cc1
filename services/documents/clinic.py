"""The clinic as documents name it: its site, clocks, programs and staff, and who its people are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from projections import attendance, care, schedule
from services.documents.fonts import lacks
from services.documents.kind import Site
from services.reports.history_wording import Names
from services.reports.people import People
from services.reports.queries import NO_SUCH_PATIENT, NobodyThere, ReportQueries
from services.reports.sessions import NO_SUCH_SESSION
from services.reports.verdict_words import VISITS

STATUS_IN_WORDS: Mapping[str, str] = {each: said.capitalize() for each, said in VISITS.items()}
"""How a visit's status is printed."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient as a document names them; the record number tells them apart."""

    name: str
    mrn: str


@dataclass(frozen=True, slots=True)
class Clinic:
    """A facility, and what its programs and staff are called on a day."""

    facility_id: str
    name: str
    zone: ZoneInfo
    programs: Mapping[str, str]
    staff: Mapping[str, str]
    credentials: Mapping[str, str | None]

    @property
    def site(self) -> Site:
        """The head of its documents."""
        return Site(self.name, self.zone.key)

    def local(self, at: datetime | None) -> datetime | None:
        """Return an instant on the site's clocks."""
        return at and at.astimezone(self.zone)

    def today(self, now: datetime) -> date:
        """Return the day on the site's clocks."""
        return now.astimezone(self.zone).date()

    def program(self, program_id: str) -> str:
        """Return what a program is called."""
        return self.programs.get(program_id, program_id)

    def author(self, author: str) -> str:
        """Return who recorded something, by name."""
        return Names(self.zone, {}, {}, {}, {}, self.staff).author(author)

    def signer(self, author: str, credential: str | None) -> str:
        """Return who signed, by name, with the credential under which they did."""
        name = self.author(author)
        known = credential is None or name.endswith(f", {credential}")
        return name if known else f"{name}, {credential}"

    def led_by(
        self, staff_id: str | None, leader: str | None, credential: str | None
    ) -> str | None:
        """Return who leads a session, with their credential on its day; None while nobody does."""
        if staff_id is None:
            return None
        name = leader or self.staff.get(staff_id, staff_id)
        return f"{name}, {credential}" if credential else name


def clinic_of(
    reports: ReportQueries, conn: psycopg.Connection[Any], facility_id: str | None = None
) -> Clinic:
    """Return the facility that is asked about, to which all that is asked is confined from now on.

    Raises NobodyThere where it is not there, or is not said and there are several.
    """
    reports.facility_id = facility_id or reports.facility_id
    sites = reports.facilities(conn, attendance.FACILITIES)
    if len(sites) != 1:
        raise NobodyThere("say of which facility the document is: --facility ID")
    (site,) = sites
    reports.facility_id = site.facility_id
    zone = ZoneInfo(site.timezone)
    day = {"today": reports.now.astimezone(zone).date()}
    staff = [each for each in conn.execute(schedule.STAFF, day) if _is_of(each, site)]
    return Clinic(
        site.facility_id,
        site.name,
        zone,
        {
            each.program_id: each.name
            for each in conn.execute(schedule.PROGRAMS)
            if _is_of(each, site)
        },
        {each.staff_id: each.name for each in staff},
        {each.staff_id: each.credential for each in staff},
    )


def clinic_of_patient(
    reports: ReportQueries, conn: psycopg.Connection[Any], patient_id: str
) -> Clinic:
    """Return the facility at which a patient is treated. Raises NobodyThere."""
    where = conn.execute(care.FACILITY_OF, {"patient_id": patient_id}).fetchone()
    if where is None:
        raise NobodyThere(NO_SUCH_PATIENT)
    return clinic_of(reports, conn, where.facility_id)


def clinic_of_session(
    reports: ReportQueries, conn: psycopg.Connection[Any], session_id: str
) -> Clinic:
    """Return the facility on whose schedule a session is. Raises NobodyThere."""
    where = conn.execute(schedule.DAY_OF, {"session_id": session_id}).fetchone()
    if where is None or reports.facility_id not in {None, where.facility_id}:
        raise NobodyThere(NO_SUCH_SESSION)
    return clinic_of(reports, conn, where.facility_id)


def agenda(
    conn: psycopg.Connection[Any], clinic: Clinic, ids: Sequence[str], first: date, last: date
) -> dict[str, Any]:
    """Return sessions of some days as the schedule has them, by their ids."""
    wanted = {
        "facility_id": clinic.facility_id,
        "first": first,
        "last": last,
        **dict.fromkeys(("session_id", "room_id", "staff_id", "only")),
        "sessions": list(ids),
    }
    return {row.session_id: row for row in conn.execute(schedule.AGENDA, wanted)}


def titles(conn: psycopg.Connection[Any], ids: Sequence[str]) -> dict[str, str]:
    """Return what sessions of their own begin with, such as an individual session, by their ids."""
    rows = conn.execute(schedule.TITLES, {"sessions": list(ids)})
    return {row.session_id: row.title for row in rows}


def printed(patient: Patient) -> str:
    """Return a name where no record number stands beside it; one that fonts lack gets it."""
    return f"{patient.name} ({patient.mrn})" if lacks(patient.name) else patient.name


def called(people: People, patient_id: str) -> Patient:
    """Return a patient as a document names them."""
    return Patient(people.name(patient_id), people.mrn(patient_id))


def _is_of(row: Any, site: Any) -> bool:
    return bool(row.facility_id == site.facility_id)
