"""The attendance record of a patient: each visit as it is on record, for whoever checks it.

What it holds is what a surveyor asks a program to show: of each service its date, begin and end,
location and modality, and who gave it, with signature and credential (26 TAC 301.361, read in a
review of November 2026); of a patient their hours of attendance (9 CCR 9854, read there, too). A
program's own forms may ask for more; whether other states ask for more was not read.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import psycopg

from projections import attendance, care, schedule
from services.documents.attendance_facts import (
    SIGNED,
    AttendanceRecord,
    Line,
    ServiceMinutes,
    Signature,
    Stay,
    Visit,
    Week,
    weeks_within,
)
from services.documents.clinic import (
    STATUS_IN_WORDS,
    Clinic,
    agenda,
    called,
    clinic_of_patient,
    titles,
)
from services.documents.corrections import corrections_of
from services.documents.kind import Asked, Document, Table, kind
from services.reports.queries import ReportQueries

READS = ("directory", "attendance", "schedule", "care")

Scheduled = tuple[Any, str | None]
"""A session as the schedule has it (None where it left it), and what it begins with."""

COLUMNS = (
    *("date", "session", "scheduled_start", "scheduled_end", "status", "arrived_at", "left_at"),
    *("service", "minutes", "facilitator", "excuse", "note", "note_signed_at", "note_signed_by"),
)


@kind(
    "attendance-record",
    about="patient",
    title="Attendance record",
    reads=READS,
)
def attendance_record(reports: ReportQueries, asked: Asked) -> Document:
    """Return a patient's visits on some days: in and out, services, notes, weeks, corrections.

    Unless a span is given it begins with the latest stay and ends yesterday.
    """
    with reports.connected() as conn:
        patient_id = reports.patient(conn, str(asked.patient_id))
        clinic = clinic_of_patient(reports, conn, patient_id)
        people = reports.people(conn)
        stays = _stays(conn, patient_id, clinic)
        first, last = _span(asked, stays, clinic.today(reports.now) - timedelta(days=1))
        visits = _visits(conn, clinic, patient_id, first, last)
        facts = AttendanceRecord(
            called(people, patient_id),
            _counselor(conn, clinic, patient_id, last),
            *(first, last),
            tuple(each for each in stays if _touches(each, first, last)),
            visits,
            _weeks(reports, conn, patient_id, first, last),
            corrections_of(reports, asked, patient_id=patient_id, first=first, last=last),
            sum(bool(each.lines) for each in visits),
            len({each.day for each in visits if each.minutes}),
            sum(each.minutes for each in visits),
            _by_service(visits),
        )
    return Document(facts, _table(facts), clinic.site, frozenset({patient_id}))


def _stays(conn: psycopg.Connection[Any], patient_id: str, clinic: Clinic) -> list[Stay]:
    """Return a patient's stays in their order; of a merged record those that are no other one's."""
    rows = conn.execute(care.EPISODES, {"patient_id": patient_id}).fetchall()
    found = [
        (
            row.recorded_as == patient_id,
            Stay(clinic.program(row.program_id), row.admitted_on, row.discharged_on),
        )
        for row in rows
    ]
    own = [stay for is_own, stay in found if is_own]
    others = [
        stay
        for is_own, stay in found
        if not is_own
        and not any(
            _touches(each, stay.admitted_on, stay.discharged_on or date.max) for each in own
        )
    ]
    return sorted((*own, *others), key=lambda each: each.admitted_on)


def _span(asked: Asked, stays: list[Stay], yesterday: date) -> tuple[date, date]:
    """Return the days that are asked about."""
    last = asked.last or yesterday
    begun = [each.admitted_on for each in stays if each.admitted_on <= last]
    return asked.within(max(begun, default=last), last)


def _touches(stay: Stay, first: date, last: date) -> bool:
    return stay.admitted_on <= last and (stay.discharged_on is None or stay.discharged_on >= first)


def _counselor(
    conn: psycopg.Connection[Any], clinic: Clinic, patient_id: str, day: date
) -> str | None:
    """Return whose patient somebody is on a day, or was last."""
    asked = {"facility_id": clinic.facility_id, "today": day, "only": [patient_id]}
    row = conn.execute(care.KNOWN, asked).fetchone()
    if row is None or row.staff_id is None:
        return None
    return clinic.led_by(row.staff_id, None, clinic.credentials.get(row.staff_id))


def _visits(
    conn: psycopg.Connection[Any], clinic: Clinic, patient_id: str, first: date, last: date
) -> tuple[Visit, ...]:
    asked = {"patient_id": patient_id, "first": first, "last": last}
    rows = conn.execute(attendance.RECORD_OF, asked).fetchall()
    ids = {"sessions": [row.session_id for row in rows]}
    sessions = agenda(conn, clinic, ids["sessions"], first, last)
    titled = titles(conn, ids["sessions"])
    lines = defaultdict(list)
    for each in conn.execute(attendance.SHEETS, ids):
        if each.patient_id == patient_id:
            arrived, left = clinic.local(each.arrived_at), clinic.local(each.left_at)
            lines[each.session_id].append(Line(arrived or each.arrived_at, left))
    signed = defaultdict(list)
    for each in conn.execute(schedule.SIGNATURES, ids):
        signed[each.session_id].append(each)
    return tuple(
        _visit(
            clinic,
            row,
            (sessions.get(row.session_id), titled.get(row.session_id)),
            lines[row.session_id],
            signed[row.session_id],
        )
        for row in rows
    )


def _visit(
    clinic: Clinic, row: Any, scheduled: Scheduled, lines: list[Line], signed: list[Any]
) -> Visit:
    zone = clinic.zone
    session, title = scheduled
    return Visit(
        row.day,
        (session and session.track) or title or row.label,
        clinic.program(row.program_id),
        row.starts_at.astimezone(zone),
        row.ends_at.astimezone(zone),
        session and session.room,
        session and session.modality,
        session and clinic.led_by(session.staff_id, session.leader, session.credential),
        row.role == "make_up",
        row.makes_up,
        row.made_up_on,
        STATUS_IN_WORDS.get(row.status, row.status),
        row.late,
        row.left_early,
        row.reason,
        clinic.local(row.notified_at),
        tuple(lines),
        tuple(ServiceMinutes(each, row.credits[each]) for each in sorted(row.credits)),
        row.scheduled_minutes,
        row.credited_minutes,
        tuple(
            Signature(
                SIGNED[each.kind],
                tuple(each.services),
                clinic.signer(each.author, each.credential),
                each.at.astimezone(zone),
            )
            for each in signed
            if each.patient_id in {None, row.recorded_as}
        ),
    )


def _weeks(
    reports: ReportQueries, conn: psycopg.Connection[Any], patient_id: str, first: date, last: date
) -> tuple[Week, ...]:
    return tuple(
        Week(
            each.week_of,
            *(each.scheduled_minutes, each.credited_minutes, each.required_minutes),
            *(each.scheduled_days, each.credited_days, each.required_days),
        )
        for each in weeks_within(reports, conn, patient_id, first, last)
    )


def _by_service(visits: tuple[Visit, ...]) -> tuple[ServiceMinutes, ...]:
    totals: dict[str, int] = defaultdict(int)
    for visit in visits:
        for each in visit.services:
            totals[each.service] += each.minutes
    return tuple(ServiceMinutes(each, totals[each]) for each in sorted(totals))


def _note(visit: Visit, service: str) -> Signature | None:
    """Return the note about a service of a visit: the patient's own, or else the group's."""
    own, groups = (
        [each for each in visit.signatures if each.what == SIGNED[kind]]
        for kind in ("individual_note", "group_note")
    )
    about = [each for each in own if not each.services or service in each.services]
    return next(iter((*about, *groups)), None)


def _table(facts: AttendanceRecord) -> Table:
    """Return a row for each visit and service, and for each visit without one."""
    rows: list[tuple[Any, ...]] = []
    for visit in facts.visits:
        arrived = visit.lines[0].arrived_at if visit.lines else None
        left = visit.lines[-1].left_at if visit.lines else None
        rows += [
            (
                *(visit.day, visit.session, visit.starts_at, visit.ends_at, visit.status),
                *(arrived, left, each.service, each.minutes, visit.facilitator),
                visit.excuse,
                *((note.what, note.at, note.by) if note else (None, None, None)),
            )
            for each in visit.services or (ServiceMinutes("", 0),)
            for note in [_note(visit, each.service)]
        ]
    return Table(COLUMNS, rows)
