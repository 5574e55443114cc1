"""The sign-in sheet of a session: to be signed before, and as it was filled after.

It has what a sheet is asked for: location, modality, service and topic, begin and end, breaks, and
a line for each participant with printed name, in, out and signature, with the count, those who
lead it with credential and signature, and corrections (9 CCR 9854 and 26 TAC 301.361, both read in
a review of November 2026). It names many patients, and so is the program's, never of one chart.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from projections import attendance, schedule
from services.documents.clinic import (
    STATUS_IN_WORDS,
    Clinic,
    agenda,
    called,
    clinic_of_session,
    printed,
    titles,
)
from services.documents.corrections import Correction, corrections_of
from services.documents.kind import Asked, Document, Table, kind
from services.reports.history import whole_history
from services.reports.history_telling import Subject
from services.reports.labels import FORMATS
from services.reports.people import People
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.sessions import NO_SUCH_SESSION
from services.reports.viewer import EVERYTHING

LINES_FOR_OTHERS = 3
"""Lines of a blank sheet without a printed name, for who comes to make up a visit."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a session, in order; a break has the service `break`.

    `apart` says what sets it apart from others of its service.
    """

    starts_at: datetime
    ends_at: datetime
    service: str
    title: str
    topic: str | None
    apart: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet: who, in and out, and what came of it once that is recorded.

    Who came and went several times has a line each time; `times` counts them from 1.
    """

    name: str
    mrn: str
    times: int
    is_make_up: bool
    arrived_at: datetime | None
    left_at: datetime | None
    status: str | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed the sheet, with their credential, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignInSheet:
    """A session and its sheet; a blank one has no in and out, and lines for others."""

    session: str
    program: str
    day: date
    location: str
    modality: str
    state: str
    called_off_because: str | None
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    first_in: datetime | None
    last_out: datetime | None
    parts: tuple[Part, ...]
    facilitator: str | None
    is_blank: bool
    lines: tuple[Line, ...]
    blank_lines: int
    expected: int
    came: int
    excused: int
    unexcused: int
    signed: tuple[Signed, ...]
    corrections: tuple[Correction, ...]


COLUMNS = ("name", "mrn", "make_up", "arrived_at", "left_at", "status", "minutes")


@kind(
    "sign-in-sheet",
    about="session",
    title="Sign-in sheet",
    reads=("directory", "attendance", "schedule"),
)
def sign_in_sheet(reports: ReportQueries, asked: Asked) -> Document:
    """Return a session's sheet: blank until somebody has come or it is over, filled after."""
    session_id = str(asked.session_id)
    _show_whole(reports, session_id)
    with reports.connected() as conn:
        clinic = clinic_of_session(reports, conn, session_id)
        where = conn.execute(schedule.DAY_OF, {"session_id": session_id}).fetchone()
        day = where.day if where else date.min
        session = agenda(conn, clinic, [session_id], day, day).get(session_id)
        if session is None:
            raise NobodyThere(NO_SUCH_SESSION)
        only = {"sessions": [session_id], "only": None}
        rows = conn.execute(attendance.ON_THE_ROSTER, only).fetchall()
        people = reports.people(conn)
        people.load(row.patient_id for row in rows)
        lines = _lines(conn, clinic, people, session_id, rows)
        there = [each for each in lines if each.arrived_at]
        is_blank = not there and session.state != "closed"
        status = Counter(row.status for row in rows)
        facts = SignInSheet(
            session.track or titles(conn, [session_id]).get(session_id) or session.label,
            clinic.program(session.program_id),
            day,
            *(session.room, session.modality, session.state, session.called_off_because),
            *(session.starts_at.astimezone(clinic.zone), session.ends_at.astimezone(clinic.zone)),
            _started(reports, asked, session_id),
            min((each.arrived_at for each in there if each.arrived_at), default=None),
            max((each.left_at for each in there if each.left_at), default=None),
            _parts(conn, clinic, session_id),
            clinic.led_by(session.staff_id, session.leader, session.credential),
            is_blank,
            lines,
            LINES_FOR_OTHERS if is_blank else 0,
            sum(row.role == "rostered" for row in rows),
            len({each.mrn for each in there}),
            status["excused"],
            status["absent"] + status["no_show"],
            _signed(conn, clinic, session_id),
            corrections_of(reports, asked, session_id=session_id),
        )
    shown = frozenset(row.patient_id for row in rows)
    return Document(facts, _table(facts), clinic.site, shown)


def _show_whole(reports: ReportQueries, session_id: str) -> None:
    """Show all of a session to whose it is, also who is no longer theirs: half a sheet is none.

    Raises NobodyThere where it is not the viewer's.
    """
    if reports.viewer.sessions is not None and session_id not in reports.viewer.sessions:
        raise NobodyThere(NO_SUCH_SESSION)
    reports.viewer = EVERYTHING


def _lines(
    conn: psycopg.Connection[Any],
    clinic: Clinic,
    people: People,
    session_id: str,
    rows: list[Any],
) -> tuple[Line, ...]:
    """Return the lines by family name, as a roster is printed."""
    came = defaultdict(list)
    for each in conn.execute(attendance.SHEETS, {"sessions": [session_id]}):
        came[each.patient_id].append((each.arrived_at, each.left_at))
    found = []
    for row in rows:
        person, patient = people.known(row.patient_id), called(people, row.patient_id)
        family = (
            (person.family_name.casefold(), person.given_name.casefold()) if person else ("", "")
        )
        recorded = row.status not in {"scheduled", "cancelled"}
        for times, (arrived, left) in enumerate(came[row.patient_id] or [(None, None)], start=1):
            line = Line(
                printed(patient),
                patient.mrn,
                times,
                row.role == "make_up",
                clinic.local(arrived),
                clinic.local(left),
                STATUS_IN_WORDS.get(row.status, row.status) if row.status != "scheduled" else None,
                row.credited_minutes if recorded and times == 1 else None,
            )
            found.append(((*family, patient.mrn, times), line))
    return tuple(line for _, line in sorted(found, key=lambda each: each[0]))


def _started(reports: ReportQueries, asked: Asked, session_id: str) -> datetime | None:
    """Return when the facilitator began the session, where that is on record."""
    subject = Subject(session_id=session_id)
    told = whole_history(reports, subject, "schedule", asked.position).objects()
    begun = [each["recorded_at"] for each in told if each["kind"] == "session.started"]
    return begun[0] if begun else None


def _parts(conn: psycopg.Connection[Any], clinic: Clinic, session_id: str) -> tuple[Part, ...]:
    rows = conn.execute(schedule.PARTS, {"sessions": [session_id]})
    zone = clinic.zone
    return tuple(
        Part(
            *(row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)),
            *(row.service, row.title, row.topic),
            FORMATS[row.format] if row.format else None,
        )
        for row in rows
    )


def _signed(conn: psycopg.Connection[Any], clinic: Clinic, session_id: str) -> tuple[Signed, ...]:
    rows = conn.execute(schedule.SIGNATURES, {"sessions": [session_id]})
    return tuple(
        Signed(clinic.signer(row.author, row.credential), row.at.astimezone(clinic.zone))
        for row in rows
        if row.kind == "sheet"
    )


def _table(facts: SignInSheet) -> Table:
    rows = [
        (
            *(each.name, each.mrn, each.is_make_up, each.arrived_at, each.left_at),
            *(each.status, each.minutes),
        )
        for each in facts.lines
    ]
    return Table(COLUMNS, rows)
