"""Facilities, with the ids of all that there is at each: what a form offers."""

from datetime import date
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from projections import schedule
from services.reports.queries import ReportQueries
from services.reports.question import Column, names, question
from services.reports.report import Report, Row


class Room(TypedDict):
    """A room, and how many patients it holds."""

    room_id: str
    name: str
    capacity: int


class StaffMember(TypedDict):
    """Somebody on the staff, with their credential as of today."""

    staff_id: str
    name: str
    credential: str | None


class Program(TypedDict):
    """A program, and the hours that it prescribes for a week."""

    program_id: str
    name: str
    population: str
    focus: str
    weekly_minutes: int
    days_per_week: int


class Track(TypedDict):
    """A weekly group of a program."""

    program_id: str
    track_id: str
    name: str
    first_day: date
    last_day: date | None


FACILITY_COLUMNS = (
    Column("facility_id", str, "The facility's id.", "oak-street"),
    Column("name", str, "What it is called.", "Oak Street Recovery Center"),
    Column("timezone", str, "Its IANA zone: days and times are on its clocks.", "America/New_York"),
    Column("week_starts_on", str, "monday or sunday.", "monday"),
    Column("programs", list[Program], "What is offered.", []),
    Column("tracks", list[Track], "The weekly groups.", []),
    Column("rooms", list[Room], "The rooms.", []),
    Column("staff", list[StaffMember], "Who works there.", []),
)


@question("facilities", reads=("schedule",), columns=FACILITY_COLUMNS, scope="everywhere")
def facilities(reports: ReportQueries) -> Report:
    """Return each facility with its programs, tracks, rooms and staff; nothing of patients."""
    rows = []
    with reports.connected() as conn:
        for site in reports.facilities(conn, schedule.FACILITIES):
            today = reports.now.astimezone(ZoneInfo(site.timezone)).date()
            lists = [
                [
                    {key: each for key, each in row._asdict().items() if key != "facility_id"}
                    for row in conn.execute(asked, {"today": today})
                    if row.facility_id == site.facility_id
                ]
                for asked in (
                    *(schedule.PROGRAMS, schedule.TRACKS),
                    *(schedule.ROOMS, schedule.STAFF),
                )
            ]
            values = (site.facility_id, site.name, site.timezone, site.week_starts_on, *lists)
            rows.append(Row((site.facility_id,), values))
    return Report.of("Facilities", names(FACILITY_COLUMNS), rows)
