"""The rosters of a day's sessions: who is expected, who is there, who left, who waits."""

from collections import Counter
from datetime import datetime
from typing import Any, Literal

import psycopg

from domain.session.attendance import Status
from projections import attendance, schedule
from services.reports.people import People
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.question import TELLS_OF_PATIENTS, Column, OfPatient, names, question
from services.reports.report import Report, Row
from services.reports.schedule import STAFF, Day
from services.reports.sessions import (
    ENDS,
    LABEL,
    NO_SUCH_SESSION,
    SESSION,
    STARTS,
    OfSession,
    found_sessions,
)

State = Literal["expected", "here", "left", "absence_announced", "waiting"] | Status

ROSTER_COLUMNS = (
    SESSION,
    LABEL,
    STARTS,
    ENDS,
    Column("room", str, "What the room is called.", "Main group room"),
    Column("leader", str | None, "Who leads it.", "M. Rivera"),
    Column("mrn", str, "The patient's record number.", "OA1008"),
    Column("name", str, "The patient's name.", "Lee Example"),
    Column(
        "role",
        Literal["rostered", "make_up", "waiting"],
        "As whom: expected, come to make up a missed visit, or waiting for a place.",
        "rostered",
    ),
    Column("state", State, "Where they are, or what came of it.", "here"),
    Column("signed_in_at", datetime | None, "When they first came.", None),
    Column("signed_out_at", datetime | None, "When they left at last.", None),
    Column("minutes", int | None, "Minutes that count, once they are recorded.", None),
    Column("makes_up", str | None, "The missed session that the visit makes up.", None),
    Column("absence", str | None, "Why they will not come, as was said.", None),
    Column("supporters", int, "How many people close to them are expected, too.", 0),
    Column("supporters_here", int, "How many of those are there.", 0),
)


@question("roster", reads=(*TELLS_OF_PATIENTS, "schedule"), columns=ROSTER_COLUMNS)
def roster(
    reports: ReportQueries,
    *,
    day: Day = None,
    session_id: OfSession = None,
    staff_id: STAFF = None,
    patient_id: OfPatient = None,
) -> Report:
    """Return who is expected in each session of a day, or in one, who is there, and who waits."""
    rows: list[Row] = []
    with reports.connected() as conn:
        people = reports.people(conn)
        only = reports.whose(conn, patient_id)
        # Somebody's own patients are shown in whatever session they are.
        found = found_sessions(reports, conn, (day, None), session_id=session_id, staff_id=staff_id)
        wanted = {"sessions": [each.session_id for _, each in found], "only": only}
        on_it = conn.execute(attendance.ON_THE_ROSTER, wanted).fetchall()
        waiting = conn.execute(schedule.WAITING, wanted).fetchall()
        close = _supporters(conn, wanted)
        people.load(each.patient_id for each in (*on_it, *waiting))
        sessions = {each.session_id: (zone, each) for zone, each in found}
        for each in on_it:
            zone, session = sessions[each.session_id]
            times = (at and at.astimezone(zone) for at in (each.arrived_at, each.left_at))
            recorded = each.status not in {"scheduled", "cancelled"}
            values = (
                *(each.role, _state(each), *times),
                *(each.credited_minutes if recorded else None, each.makes_up, each.absence),
                *close.get((each.session_id, each.patient_id), (0, 0)),
            )
            rows.append(_row(zone, session, people, each.patient_id, values))
        for each in waiting:
            zone, session = sessions[each.session_id]
            values = ("waiting", "waiting", None, None, None, None, None, 0, 0)
            rows.append(_row(zone, session, people, each.patient_id, values))
    own = reports.viewer.sessions
    is_there = bool(rows) or (sessions and (own is None or session_id in own))
    if session_id is not None and not is_there:
        raise NobodyThere(NO_SUCH_SESSION)
    return Report.of("Rosters", names(ROSTER_COLUMNS), rows)


def _row(zone: Any, session: Any, people: People, patient_id: str, values: tuple[Any, ...]) -> Row:
    known = people.identity(patient_id)
    family = (known.family_name.casefold(), known.given_name.casefold()) if known else ("", "")
    starts, ends = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return Row(
        (session.starts_at, session.label, session.session_id, *family, patient_id, values[0]),
        (
            *(session.session_id, session.label, starts, ends, session.room, session.leader),
            *(people.mrn(patient_id), people.name(patient_id)),
            *values,
        ),
        patient_id,
    )


def _state(row: Any) -> str:
    """Return what was recorded of a visit, or where the patient is meanwhile."""
    if row.status != "scheduled":
        return str(row.status)
    if row.arrived_at is not None:
        return "here" if row.left_at is None else "left"
    if row.turned_away:
        return "turned_away"
    if row.absence is not None:
        return "excused" if row.excused else "absence_announced"
    return "expected"


def _supporters(
    conn: psycopg.Connection[Any], wanted: dict[str, Any]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many people close to each patient are expected in a session, and are there."""
    expected = conn.execute(schedule.SUPPORTERS_EXPECTED, wanted).fetchall()
    here = {tuple(row) for row in conn.execute(attendance.SUPPORTERS_HERE, wanted)}
    of = [(each.session_id, each.patient_id) for each in expected]
    there = Counter(
        (each.session_id, each.patient_id)
        for each in expected
        if (each.session_id, each.supporter_id) in here
    )
    return {each: (number, there[each]) for each, number in Counter(of).items()}
