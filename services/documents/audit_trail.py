"""An audit trail on paper: every event of a record, what corrected what, and the heads over them.

What was put right stays legible beside what stands, with the day and author of each (CMS Program
Integrity Manual, chapter 3, section 3.3.2.5; a summary was read).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from projections import schedule
from services.documents.clinic import (
    Clinic,
    called,
    clinic_of,
    clinic_of_patient,
    clinic_of_session,
)
from services.documents.kind import Asked, Document, Table, kind
from services.documents.sealed import HeadShown, heads_shown
from services.reports.history_wording import day
from services.reports.queries import ReportQueries
from services.reports.question import TELLS_OF_PATIENTS
from services.reports.trail import trail_of


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An event; `corrects` and `corrected_by` are numbers of the trail, else ids of events.

    `about` is the patient and session that it is of, where that is not what the trail is of.
    `head` is the size of the first head that covers it, None where it is not sealed.
    """

    number: int
    mark: str
    recorded_at: datetime
    happened_at: datetime | None
    what: str
    about: str | None
    reason: str | None
    author: str
    event: str
    corrects: str | None
    corrected_by: str | None
    head: int | None


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """All that was recorded of somebody or something; the days are those of recording, or open."""

    subject: str
    kind: str
    first: date | None
    last: date | None
    events: int
    amendments: int
    late_entries: int
    not_sealed: int
    entries: tuple[TrailEntry, ...]
    heads: tuple[HeadShown, ...]


@kind(
    "audit-trail",
    about="record",
    title="Audit trail",
    reads=(*TELLS_OF_PATIENTS, "schedule", "care"),
)
def audit_trail(reports: ReportQueries, asked: Asked) -> Document:
    """Return all that was recorded of a patient, a session, a program or a staff member."""
    with reports.connected() as conn:
        clinic, named, subject = _subject(reports, conn, asked)
        found = trail_of(
            reports,
            conn,
            patient_id=asked.patient_id,
            session_id=asked.session_id,
            program_id=asked.program_id,
            staff_id=asked.staff_id,
            first_day=asked.first,
            last_day=asked.last,
            position=asked.position,
        )
        rows = found.report.objects()
    numbers = {each["event"]: each["number"] for each in reversed(rows)}
    entries = tuple(_entry(each, numbers, asked) for each in rows)
    facts = AuditTrail(
        *(named, subject, asked.first, asked.last),
        len({each.event for each in entries}),
        sum(each.mark == "amendment" for each in entries),
        sum(each.mark == "late entry" for each in entries),
        len({each.event for each in entries if each.head is None}),
        entries,
        heads_shown(clinic, found.heads.values()),
    )
    table = Table(found.report.columns, found.report.rows)
    return Document(facts, table, clinic.site, found.report.patients)


def _subject(
    reports: ReportQueries, conn: psycopg.Connection[Any], asked: Asked
) -> tuple[Clinic, str, str]:
    """Return the site, and what the record is called that the trail is of."""
    if asked.patient_id is not None:
        patient_id = reports.patient(conn, asked.patient_id)
        found = called(reports.people(conn), patient_id)
        return clinic_of_patient(reports, conn, patient_id), f"{found.name}, {found.mrn}", "Patient"
    if asked.session_id is not None:
        clinic = clinic_of_session(reports, conn, asked.session_id)
        named = conn.execute(schedule.SESSION_NAMES, {"session_ids": [asked.session_id]}).fetchone()
        return clinic, f"{named.label}, {day(named.day)}" if named else asked.session_id, "Session"
    clinic = clinic_of(reports, conn)
    if asked.program_id is not None:
        return clinic, clinic.program(asked.program_id), "Program"
    staff_id = str(asked.staff_id)
    return clinic, clinic.staff.get(staff_id, staff_id), "Staff member"


def _entry(row: dict[str, Any], numbers: dict[str, int], asked: Asked) -> TrailEntry:
    session = row["session"] and f"{row['session']}, {day(row['session_day'])}"
    about = (None if asked.patient_id else row["name"], None if asked.session_id else session)

    def refers(event: str | None) -> str | None:
        return f"no. {numbers[event]}" if event in numbers else event

    return TrailEntry(
        *(row["number"], row["mark"], row["recorded_at"], row["happened_at"], row["what"]),
        ", ".join(filter(None, about)) or None,
        *(row["reason"], row["author"], row["event"]),
        *(refers(row["corrects"]), refers(row["corrected_by"]), row["head_size"]),
    )
