"""The question of a history: what was recorded of somebody or something, in words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psycopg

from projections import schedule
from services.journal.told import Placed, Wanted
from services.reports.history_telling import WORDS, Subject, Teller
from services.reports.history_wording import Part
from services.reports.queries import ReportQueries, Unanswerable
from services.reports.question import TELLS_OF_PATIENTS, Column, OfPatient, names, question
from services.reports.report import Report
from services.reports.schedule import STAFF
from services.reports.sessions import OfSession

MOST_ENTRIES = 2000
"""Events that are told at once; what was recorded before them is asked for by `before`."""

DAYS_BACK = timedelta(days=30)
"""How far back the history of a facility, or of somebody on the staff, begins unless told."""

HISTORY_COLUMNS = (
    Column("event", str, "The event's id.", "session-d15ae9a145bb595aaa6ef03cdc570df8:12"),
    Column("position", int, "Its position in the journal.", 4593),
    Column(
        "recorded_at",
        datetime,
        "When it was recorded, by the facility's clocks: the moment to look back to.",
        datetime.fromisoformat("2026-11-05T18:02:11-05:00"),
    ),
    Column(
        "happened_at",
        datetime | None,
        "When it happened, where it has a time of its own.",
        datetime.fromisoformat("2026-11-05T17:52:00-05:00"),
    ),
    Column("part", Part, "The part of the record.", "visits"),
    Column("kind", str, "The event's topic.", "session.patient-checked-in"),
    Column("what", str, "What happened, in words.", "Checked in at 5:52 pm"),
    Column("reason", str | None, "Why, as was said.", None),
    Column("author", str, "Who recorded it.", "Ana Diaz, LCSW"),
    Column("mrn", str | None, "The record number of the patient it is about.", "OA1008"),
    Column("name", str | None, "The patient's name.", "Lee Example"),
    Column("session_id", str | None, "The session in which it was recorded.", None),
    Column("session", str | None, "What that is called.", "Evening group"),
    Column("session_day", date | None, "Its day.", date(2026, 11, 5)),
    Column("corrects", str | None, "The event that it makes wrong.", None),
    Column("corrected_by", str | None, "The event that made it wrong.", None),
)

OfProgram = Annotated[str | None, "Of one program alone."]
OfPart = Annotated[
    Part | None,
    "Of one part of the record alone. The calendars of rooms and staff, which say what the sessions"
    " say, are upkeep, and not told otherwise.",
]
FirstDay = Annotated[
    date | None,
    "The first day of recording. Of a facility and of staff it is 30 days back unless given.",
]
LastDay = Annotated[date | None, "The last day of recording."]
Before = Annotated[int | None, "A position: what was recorded before it alone."]


@question("history", reads=(*TELLS_OF_PATIENTS, "schedule"), columns=HISTORY_COLUMNS)
def history(
    reports: ReportQueries,
    *,
    patient_id: OfPatient = None,
    session_id: OfSession = None,
    program_id: OfProgram = None,
    staff_id: STAFF = None,
    part: OfPart = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    before: Before = None,
) -> Report:
    """Return what was recorded, the latest first: in words, when, by whom, and what corrected it.

    It is about a patient, a session, a program or somebody on the staff (what they recorded and
    what was recorded of them), or else about the facility.
    """
    subject = Subject(patient_id, session_id, program_id, staff_id)
    with reports.connected() as conn:
        told, zone = _teller(reports, conn)
        wanted = Wanted(
            _topics(reports, part),
            MOST_ENTRIES + 1,
            since=midnight(_first(subject, first_day, last_day, reports.now, zone), zone),
            until=midnight(last_day and last_day + timedelta(days=1), zone),
            before=before,
        )
        placed = told.events(subject, wanted)
        if len(placed) > MOST_ENTRIES:
            placed.pop()
            reports.note(f"what was recorded before position {placed[-1].position} is not shown")
        return Report.of("History", names(HISTORY_COLUMNS), told.rows(subject, placed))


def whole_history(
    reports: ReportQueries, subject: Subject, part: Part, position: int | None = None
) -> Report:
    """Return all of one part of the record of somebody or something, however long it is.

    It goes up to a position of the journal, which is included, or up to the present, and the
    latest stands first. Raises Unanswerable, as `history` does.
    """
    with reports.connected() as conn:
        told, _ = _teller(reports, conn)
        before = None if position is None else position + 1
        wanted = Wanted(_topics(reports, part), MOST_ENTRIES, before=before)
        placed = [each for batch in in_batches(told, subject, wanted) for each in batch]
        return Report.of("History", names(HISTORY_COLUMNS), told.rows(subject, placed))


def in_batches(told: Teller, subject: Subject, wanted: Wanted) -> Iterator[list[Placed]]:
    """Yield all events of a subject, the latest first, so many at a time as are wanted at once."""
    while found := told.events(subject, wanted):
        yield found
        wanted = replace(wanted, before=found[-1].position)


def _teller(reports: ReportQueries, conn: psycopg.Connection[Any]) -> tuple[Teller, ZoneInfo]:
    """Return who tells events, and the clocks of the facility. Raises Unanswerable."""
    sites = reports.facilities(conn, schedule.FACILITIES)
    if reports.journal is None or len(sites) != 1:
        raise Unanswerable("say of which facility the history is")
    (site,) = sites
    zone = ZoneInfo(site.timezone)
    return Teller(reports, reports.journal, conn, site.facility_id, zone), zone


def _topics(reports: ReportQueries, part: Part | None) -> list[str]:
    """Return the topics of a part of the record, or of all but upkeep, as far as they are shown."""
    return [
        cls.TOPIC
        for cls, each in WORDS.items()
        if each.part not in reports.viewer.hidden
        and (each.part == part or (part is None and each.part != "upkeep"))
    ]


def _first(
    subject: Subject, first: date | None, last: date | None, now: datetime, zone: ZoneInfo
) -> date | None:
    if first is not None or subject.has_an_end:
        return first
    return (last or now.astimezone(zone).date()) - DAYS_BACK


def midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    """Return the instant at which a day begins on a facility's clocks."""
    return None if day is None else datetime.combine(day, time(), zone)
