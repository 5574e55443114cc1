"""The schedule of some days, as a report. Nothing in it says who a patient is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

import psycopg
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from domain.times import WeekStart, week_of
from projections import schedule as asked
from services.reports.queries import ReportQueries, Unanswerable
from services.reports.question import Column, OfPatient, names, question
from services.reports.report import Report, Row

SCHEDULE_COLUMNS = (
    Column("date", date, "The day on the facility's clocks.", date(2026, 11, 5)),
    Column("starts", str, "When it starts, by those clocks; empty where it is blocked.", "18:00"),
    Column("ends", str, "When it ends.", "21:10"),
    Column("session", str, "What it is called, and its track.", "evening: Evening group"),
    Column("services", str, "What is offered in it.", "group, education, skills"),
    Column("where", str, "The room, or video.", "Main group room"),
    Column("leader", str, "Who leads it, with their credential on that day.", "M. Rivera, LCSW"),
    Column("places", str, "Places taken, of how many.", "11/12"),
    Column("waiting", int, "How many patients wait for a place.", 0),
    Column(
        "state",
        Literal["scheduled", "started", "called_off", "closed", "blocked"],
        "How it stands; blocked: it could not be scheduled.",
        "scheduled",
    ),
    Column("notes", str, "What is odd about it.", ""),
)

SCHEDULE_ABOUT = (
    Column(
        "session_id",
        str | None,
        "The session's id; none of what could not be scheduled.",
        "session-d15ae9a145bb595aaa6ef03cdc570df8",
    ),
)
"""What JSON has beside the columns."""

CONFLICTS = {
    "no_facilitator": ("nobody leads it", "nobody leads it"),
    "patient": ("a patient could not be booked", "{} patients could not be booked"),
    "duty_undecided": (
        "collides with a patient's duty: undecided",
        "collides with {} duties of patients: undecided",
    ),
    "duty_accepted": (
        "collides with a patient's duty: accepted",
        "collides with {} duties of patients: accepted",
    ),
}
"""What a conflict of a session is called: one of a kind, and several."""


Day = Annotated[date | None, "Which day; the facility's today unless given."]
Week = Annotated[date | None, "The week in which this day lies."]
ROOM = Annotated[str | None, "Of one room alone."]
STAFF = Annotated[str | None, "Of one staff member alone."]


@question("schedule", reads=("schedule",), columns=SCHEDULE_COLUMNS, about=SCHEDULE_ABOUT)
def schedule(
    reports: ReportQueries,
    *,
    day: Day = None,
    week: Week = None,
    room_id: ROOM = None,
    staff_id: STAFF = None,
    patient_id: OfPatient = None,
) -> Report:
    """Return each session of a day or a week: when, where, who leads it, places taken.

    Nothing in it says who a patient is.
    """
    with reports.connected() as conn:
        reports.check_known(conn, asked.ROOM_IDS, "room", room_id)
        reports.check_known(conn, asked.STAFF_IDS, "staff member", staff_id)
        only = reports.whose(conn, patient_id)
        found, names_, days = [], [], set()
        for site in reports.facilities(conn, asked.FACILITIES):
            zone = ZoneInfo(site.timezone)
            first, last = days_of(reports, site, day, week)
            wanted = {
                "facility_id": site.facility_id,
                "first": first,
                "last": last,
                "session_id": None,
                "room_id": room_id,
                "staff_id": staff_id,
                "only": only,
                "sessions": reports.sessions(patient_id),
            }
            found += _rows(conn, zone, wanted)
            names_.append(site.name)
            days |= {first, last}
    outer = sorted({min(days), max(days)}) if days else ()
    when = " to ".join(f"{each:%A} {each}" for each in outer)
    title = f"{', '.join(names_)}: {when}" if names_ else "There is no facility yet"
    return ScheduleReport.of(title, names(SCHEDULE_COLUMNS), found)


def days_of(
    reports: ReportQueries, site: Any, day: date | None, week: date | None
) -> tuple[date, date]:
    """Return the first and last of the days that are asked for at a site; today unless told.

    Raises Unanswerable for a day and a week at once.
    """
    if day and week:
        raise Unanswerable("a day and a week exclude each other")
    if week:
        first = week_of(week, cast("WeekStart", site.week_starts_on))
        return first, first + timedelta(days=6)
    today = day or reports.now.astimezone(ZoneInfo(site.timezone)).date()
    return today, today


def _rows(conn: psycopg.Connection[Any], zone: ZoneInfo, wanted: dict[str, Any]) -> list[Row]:
    """Return the sessions, what stands against them, and what could not be scheduled."""
    against: dict[str, list[str]] = {}
    for row in conn.execute(asked.CONFLICTS, wanted):
        one, several = CONFLICTS[row.kind]
        said = one if row.times == 1 else several.format(row.times)
        against.setdefault(row.session_id, []).append(said)
    found = []
    for each in conn.execute(asked.AGENDA, wanted):
        values = _row(each, zone, against.get(each.session_id, ()))
        about = {"session_id": each.session_id}
        found.append(Row((*values[:4], each.session_id), values, about=about))
    for number, each in enumerate(conn.execute(asked.BLOCKED, wanted)):
        values = _blocked(each)
        about = {"session_id": None}
        found.append(Row((*values[:4], wanted["facility_id"], number), values, about=about))
    return found


@dataclass(frozen=True, slots=True)
class ScheduleReport(Report):
    """A schedule; for a terminal, several columns are put together."""

    def table(self) -> Table:
        """Return the schedule for a terminal of 80 columns, a section for each day."""
        title = self.title if self.rows else f"{self.title}: nothing is scheduled"
        table = Table(
            title=Text(title),
            title_justify="left",
            box=SIMPLE_HEAD,
            show_edge=False,
            padding=0,
            min_width=len(title),
        )
        table.add_column("time", no_wrap=True)
        for heading in ("session", "where", "who leads"):
            table.add_column(heading, overflow="fold")
        table.add_column("places", no_wrap=True)
        table.add_column("notes", overflow="fold")
        several = len({row[0] for row in self.rows}) > 1
        before = None
        for row in self.rows:
            if several and before not in {None, row[0]}:
                table.add_section()
            table.add_row(*map(Text, _cells(row, day=several and row[0] != before)))
            before = row[0]
        return table


def _cells(row: tuple[Any, ...], *, day: bool) -> Iterator[str]:
    """Yield what a terminal shows of a row."""
    on, starts, ends, session, services, where, leader, places, waiting, state, notes = row
    time = f"{starts}-{ends}" if starts else ""
    yield f"{on:%a %m-%d}\n{time}" if day else time
    yield "\n".join(filter(None, (session, services)))
    yield where
    yield leader
    yield places
    said = [] if state in {"scheduled", "called_off"} else [state]
    said += [f"{waiting} waiting"] if waiting else []
    yield "; ".join([*said, *filter(None, [notes])])


def _row(found: Any, zone: ZoneInfo, against: Sequence[str]) -> tuple[Any, ...]:
    starts, ends = found.starts_at.astimezone(zone), found.ends_at.astimezone(zone)
    leader = ", ".join(filter(None, (found.leader, found.credential)))
    notes = [*_moved(found, zone), *against]
    if found.state == "called_off":
        notes.insert(0, f"called off: {found.called_off_because}")
    return (
        found.day,
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
        _name(found),
        ", ".join(found.services),
        where_of(found.room, found.modality),
        leader,
        f"{found.taken}/{found.places}",
        found.waiting,
        found.state,
        "; ".join(notes),
    )


def _blocked(found: Any) -> tuple[Any, ...]:
    """Return the row of a meeting that is not on the schedule."""
    note = f"not scheduled: {found.what} is taken"
    return (found.day, "", "", _name(found), "", "", "", "", 0, "blocked", note)


def _name(found: Any) -> str:
    return f"{found.label}: {found.track}" if found.track else str(found.label)


def where_of(room: str, modality: str) -> str:
    """Return where a session takes place: the room's name, `video`, or both."""
    return {"video": "video", "hybrid": f"{room} and video"}.get(modality, room)


def _moved(found: Any, zone: ZoneInfo) -> Iterator[str]:
    first: datetime = found.first_starts_at.astimezone(zone)
    if found.first_starts_at != found.starts_at:
        moment = f"{first:%H:%M}" if first.date() == found.day else f"{first:%Y-%m-%d %H:%M}"
        yield f"moved from {moment}"
