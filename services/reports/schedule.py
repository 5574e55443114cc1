"""The schedule of some days, as a report. Nothing in it says who a patient is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import psycopg
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from projections import schedule
from services.reports.report import Report

COLUMNS = (
    "date",
    "starts",
    "ends",
    "session",
    "services",
    "where",
    "leader",
    "places",
    "waiting",
    "state",
    "notes",
)

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


@dataclass(frozen=True, slots=True)
class Facility:
    """A site and its clocks."""

    facility_id: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Selection:
    """Days, both included; of one room, staff member or patient, or (None) of all."""

    first: date
    last: date
    room_id: str | None = None
    staff_id: str | None = None
    patient_id: str | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is on the schedule of a facility on the selected days."""

    facility: Facility
    selection: Selection
    rows: Sequence[tuple[Any, ...]]

    @classmethod
    def read(cls, conn: psycopg.Connection[Any], facility: Facility, selection: Selection) -> Self:
        """Read the sessions, what stands against them, and what could not be scheduled."""
        wanted = {"facility_id": facility.facility_id}
        wanted |= {name: getattr(selection, name) for name in Selection.__slots__}
        against: dict[str, list[str]] = {}
        for row in conn.execute(schedule.CONFLICTS, wanted):
            one, several = CONFLICTS[row.kind]
            said = one if row.times == 1 else several.format(row.times)
            against.setdefault(row.session_id, []).append(said)
        rows = [
            _row(each, facility.zone, against.get(each.session_id, ()))
            for each in conn.execute(schedule.AGENDA, wanted)
        ]
        rows += [_blocked(each) for each in conn.execute(schedule.BLOCKED, wanted)]
        return cls(facility, selection, rows)

    @staticmethod
    def report(agendas: Sequence["Agenda"]) -> "ScheduleReport":
        """Return one report of several facilities."""
        rows = sorted((row for each in agendas for row in each.rows), key=lambda row: row[:4])
        names = ", ".join(each.facility.name for each in agendas)
        days = sorted({each.selection.first for each in agendas})
        days += sorted({each.selection.last for each in agendas} - {*days})
        when = " to ".join(f"{day:%A} {day}" for day in (days[:1] + days[1:][-1:]))
        title = f"{names}: {when}" if agendas else "There is no facility yet"
        return ScheduleReport(title, COLUMNS, rows)


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
        _where(found.room, found.modality),
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


def _where(room: str, modality: str) -> str:
    return {"video": "video", "hybrid": f"{room} and video"}.get(modality, room)


def _moved(found: Any, zone: ZoneInfo) -> Iterator[str]:
    first: datetime = found.first_starts_at.astimezone(zone)
    if found.first_starts_at != found.starts_at:
        moment = f"{first:%H:%M}" if first.date() == found.day else f"{first:%Y-%m-%d %H:%M}"
        yield f"moved from {moment}"
