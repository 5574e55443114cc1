"""Who looked at a patient's record: the least that an audit log has of each (ISO 27789).

Who, in which role, at whose record, what of it, when, why and from where; the standard's abstract
and summaries of others were read, the standard was not.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from projections import attendance
from services.documents.clinic import Clinic, Patient, called, clinic_of_patient
from services.documents.kind import Asked, Document, Table, kind
from services.documents.sealed import HeadShown, heads_shown
from services.reports.evidence import Look, SealedHead
from services.reports.history_wording import listed, words
from services.reports.queries import ReportQueries
from services.reports.question import TELLS_OF_PATIENTS

DAYS = 365
"""How far back it goes unless its first day is said."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LookShown:
    """A page on which the patient was; `refused`: it was not shown. `why` is purpose or reason."""

    at: datetime
    who: str
    roles: str
    what: str
    refused: bool
    emergency: bool
    why: str
    where: str
    head: int | None


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Who looked at a patient's record from one day to another, both included."""

    patient: Patient
    first: date
    last: date
    people: int
    emergencies: int
    looks: tuple[LookShown, ...]
    heads: tuple[HeadShown, ...]


@kind(
    "access-report",
    about="patient",
    title="Who looked at a record",
    reads=(*TELLS_OF_PATIENTS, "care", "schedule"),
)
def access_report(reports: ReportQueries, asked: Asked) -> Document:
    """Return who looked at a patient's record: at what, when, why and from where; of a year."""
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))
        clinic = clinic_of_patient(reports, conn, patient_id)
        merges = conn.execute(attendance.MERGES).fetchall()
        patient = called(reports.people(conn), patient_id)
    first, last = asked.span(clinic.today(reports.now), DAYS)
    since, until = (datetime.combine(day, time(), clinic.zone) for day in (first, last + DAY))
    records = {patient_id, *(old for old, into in merges if into == patient_id)}
    looks = reports.evidence.looks(records, since, until)
    heads = reports.evidence.heads_of_looks({each.entry_id for each in looks})
    shown = tuple(_shown(each, heads.get(each.entry_id), clinic) for each in looks)
    facts = AccessReport(
        *(patient, first, last, len({each.account for each in looks})),
        sum(each.emergency for each in looks),
        shown,
        heads_shown(clinic, heads.values()),
    )
    return Document(facts, _table(shown), clinic.site, frozenset({patient_id}))


def _shown(look: Look, head: SealedHead | None, clinic: Clinic) -> LookShown:
    return LookShown(
        look.at.astimezone(clinic.zone),
        f"{look.name} [{look.account}]",
        listed(look.roles),
        words(look.what),
        *(look.outcome == "refused", look.emergency),
        f"emergency: {look.reason}" if look.emergency else words(look.purpose),
        f"{look.address}, {look.via}",
        head.size if head else None,
    )


COLUMNS = ("at", "who", "roles", "what", "refused", "emergency", "why", "where", "head_size")


def _table(looks: tuple[LookShown, ...]) -> Table:
    rows: list[tuple[Any, ...]] = [
        (
            *(each.at, each.who, each.roles, each.what, each.refused, each.emergency),
            *(each.why, each.where, each.head),
        )
        for each in looks
    ]
    return Table(COLUMNS, rows)
