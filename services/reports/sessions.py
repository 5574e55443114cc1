"""Sessions as programs and pages take them: with ids, instants and counts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import psycopg

from projections import attendance
from projections import schedule as asked
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.question import Column, OfPatient, names, question
from services.reports.report import Report, Row
from services.reports.schedule import ROOM, STAFF, Day, Week, days_of

SESSION = Column("session_id", str, "The session's id.", "session-d15ae9a145bb595aaa6ef03cdc570df8")
STARTS = Column(
    "starts_at",
    datetime,
    "When it starts, by the facility's clocks.",
    datetime.fromisoformat("2026-11-05T18:00:00-05:00"),
)
ENDS = Column(
    "ends_at", datetime, "When it ends.", datetime.fromisoformat("2026-11-05T21:10:00-05:00")
)
LABEL = Column("label", str, "What it is called.", "evening")

SESSION_COLUMNS = (
    SESSION,
    Column("date", date, "The day on the facility's clocks.", date(2026, 11, 5)),
    STARTS,
    ENDS,
    Column(
        "first_starts_at",
        datetime,
        "When it was to start as it was first scheduled: another time if it was moved.",
        datetime.fromisoformat("2026-11-05T18:00:00-05:00"),
    ),
    LABEL,
    Column("program_id", str, "The program.", "adult-sud"),
    Column("track_id", str | None, "The track; none for a session of its own.", "evening"),
    Column("track", str | None, "What the track is called.", "Evening group"),
    Column(
        "occurrence", date | None, "The day on which the track's rule has it.", date(2026, 11, 5)
    ),
    Column("services", list[str], "What is offered in it, in order.", ["group", "education"]),
    Column("formats", list[str], "What sets parts of it apart, where anything does.", []),
    Column("modality", Literal["in-person", "video", "hybrid"], "How one takes part.", "in-person"),
    Column("room_id", str, "Where.", "room-1"),
    Column("room", str, "What the room is called.", "Main group room"),
    Column("staff_id", str | None, "Who leads it; none while nobody does.", "s-rivera"),
    Column("leader", str | None, "What they are called.", "M. Rivera"),
    Column("credential", str | None, "Their credential on that day.", "LCSW"),
    Column(
        "state",
        Literal["scheduled", "started", "called_off", "closed"],
        "How it stands; closed: it is over and its attendance recorded.",
        "scheduled",
    ),
    Column("called_off_because", str | None, "Why it was called off.", None),
    Column("places", int, "How many patients it has places for.", 12),
    Column("taken", int, "How many are expected, or came to make up a visit.", 11),
    Column("free", int, "How many more can be.", 1),
    Column("waiting", int, "How many wait for a place.", 0),
    Column("here", int, "How many are there now.", 0),
    Column("attended", int, "How many were there, once that is recorded.", 0),
)

NO_SUCH_SESSION = "there is no such session"

OfSession = Annotated[str | None, "Of one session alone."]


@question("sessions", reads=("schedule", "attendance"), columns=SESSION_COLUMNS)
def sessions(
    reports: ReportQueries,
    *,
    day: Day = None,
    week: Week = None,
    session_id: OfSession = None,
    room_id: ROOM = None,
    staff_id: STAFF = None,
    patient_id: OfPatient = None,
) -> Report:
    """Return the sessions of a day or a week, or one of them, with their ids and places.

    Nothing in it says who a patient is.
    """
    rows = []
    with reports.connected() as conn:
        found = found_sessions(
            reports,
            conn,
            (day, week),
            only=reports.whose(conn, patient_id),
            shown=reports.sessions(patient_id),
            session_id=session_id,
            room_id=room_id,
            staff_id=staff_id,
        )
        ids = {"sessions": [each.session_id for _, each in found]}
        counted = {row.session_id: row for row in conn.execute(attendance.COUNTS, ids)}
        for zone, each in found:
            counts = counted.get(each.session_id)
            values = (
                each.session_id,
                each.day,
                *(at.astimezone(zone) for at in (each.starts_at, each.ends_at)),
                each.first_starts_at.astimezone(zone),
                *(each.label, each.program_id, each.track_id, each.track, each.occurrence),
                *(each.services, each.formats, each.modality, each.room_id, each.room),
                *(each.staff_id, each.leader, each.credential if each.staff_id else None),
                *(each.state, each.called_off_because),
                *(each.places, each.taken, each.free, each.waiting),
                *((counts.here, counts.attended) if counts else (0, 0)),
            )
            rows.append(Row((each.starts_at, each.label, each.session_id), values))
    if session_id is not None and not rows:
        raise NobodyThere(NO_SUCH_SESSION)
    return Report.of("Sessions", names(SESSION_COLUMNS), rows)


def found_sessions(
    reports: ReportQueries,
    conn: psycopg.Connection[Any],
    when: tuple[date | None, date | None],
    *,
    only: list[str] | None = None,
    shown: list[str] | None = None,
    session_id: str | None = None,
    room_id: str | None = None,
    staff_id: str | None = None,
) -> list[tuple[ZoneInfo, Any]]:
    """Return sessions of a day or week, each with the facility's clocks.

    `only` those of some patients, or `shown` those of some ids. One that is asked for by its id is
    found whatever its day. Raises NobodyThere for a room or staff member.
    """
    reports.check_known(conn, asked.ROOM_IDS, "room", room_id)
    reports.check_known(conn, asked.STAFF_IDS, "staff member", staff_id)
    found: list[tuple[ZoneInfo, Any]] = []
    for site in reports.facilities(conn, asked.FACILITIES):
        first, last = days_of(reports, site, *when)
        if session_id is not None:
            where = conn.execute(asked.DAY_OF, {"session_id": session_id}).fetchone()
            here = where is not None and where.facility_id == site.facility_id
            first = last = where.day if where and here else first
        wanted: Mapping[str, Any] = {
            "facility_id": site.facility_id,
            "first": first,
            "last": last,
            "session_id": session_id,
            "room_id": room_id,
            "staff_id": staff_id,
            "only": only,
            "sessions": shown,
        }
        zone = ZoneInfo(site.timezone)
        found += [(zone, each) for each in conn.execute(asked.AGENDA, wanted)]
    return found
