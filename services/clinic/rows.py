"""The rows of a clinic's files: their columns, in the files' own words."""

import datetime as clock
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any, ClassVar, Literal, get_args

from domain import bounds
from domain.patient.schedule import CommitmentKind
from domain.program import Focus, Population, Service
from services.clinic import values

DischargeWord = Literal["completed", "transferred", "dropped-out", "administrative"]
"""How a treatment ends, in a clinic's files, which tell less than Daybook can."""


When = Literal["ever", "treatment", "past"]
"""When a day can be: ever within bounds, while somebody can be treated, or until today."""


def column(read: Any, *, secret: bool = False, optional: bool = False, when: When = "ever") -> Any:
    """Describe a column: how it is read, whether it tells who a patient is, may it be empty."""
    return field(metadata={"read": read, "secret": secret, "optional": optional, "when": when})


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read, with its line."""

    FILE: ClassVar[str]

    line: int


def columns_of(row: type[Row]) -> dict[str, Any]:
    """Return the columns of a kind of row: how each is read."""
    return {each.name: each.metadata for each in fields(row) if each.metadata}


@dataclass(frozen=True, slots=True)
class ProgramRow(Row):
    """A program; its hours are read as minutes."""

    FILE: ClassVar[str] = "programs.csv"

    program_id: str = column(values.text)
    name: str = column(values.text)
    population: Population = column(values.one_of(*get_args(Population)))
    focus: Focus = column(values.one_of(*get_args(Focus)))
    weekly_hours: int = column(values.hours)
    days_per_week: int = column(values.count(bounds.DAYS_PER_WEEK))


@dataclass(frozen=True, slots=True)
class TrackRow(Row):
    """A weekly group."""

    FILE: ClassVar[str] = "tracks.csv"

    track_id: str = column(values.text)
    program_id: str = column(values.text)
    name: str = column(values.text)
    weekdays: tuple[str, ...] = column(values.weekdays)
    starts: time = column(values.wall_time)
    ends: time = column(values.wall_time)
    first_day: clock.date = column(values.day, when="treatment")
    last_day: clock.date | None = column(values.day, optional=True)
    room_id: str = column(values.text)
    staff_id: str = column(values.text)
    capacity: int = column(values.count(bounds.PLACES))


@dataclass(frozen=True, slots=True)
class SegmentRow(Row):
    """A part of a track's meeting."""

    FILE: ClassVar[str] = "segments.csv"

    track_id: str = column(values.text)
    starts: time = column(values.wall_time)
    ends: time = column(values.wall_time)
    service: Service = column(values.one_of(*get_args(Service)))
    title: str = column(values.text)


@dataclass(frozen=True, slots=True)
class SessionRow(Row):
    """A session of its own."""

    FILE: ClassVar[str] = "sessions.csv"

    session_id: str = column(values.text)
    program_id: str = column(values.text)
    date: clock.date = column(values.day, when="treatment")
    starts: time = column(values.wall_time)
    ends: time = column(values.wall_time)
    service: Service = column(values.one_of(*(s for s in get_args(Service) if s != "break")))
    title: str = column(values.text)
    room_id: str = column(values.text)
    staff_id: str = column(values.text)
    mrns: tuple[str, ...] = column(values.names, secret=True)


@dataclass(frozen=True, slots=True)
class PatientRow(Row):
    """A patient; the plan's hours are read as minutes."""

    FILE: ClassVar[str] = "patients.csv"

    mrn: str = column(values.text, secret=True)
    given_name: str = column(values.text, secret=True)
    family_name: str = column(values.text, secret=True)
    born: clock.date = column(values.day, secret=True, when="past")
    program_id: str = column(values.text)
    admitted_on: clock.date = column(values.day, when="treatment")
    discharged_on: clock.date | None = column(values.day, optional=True, when="treatment")
    discharge_kind: DischargeWord | None = column(
        values.one_of(*get_args(DischargeWord)), optional=True
    )
    weekly_hours: int | None = column(values.hours, optional=True)
    days_per_week: int | None = column(values.count(bounds.DAYS_PER_WEEK), optional=True)
    payer: str = column(values.text)


@dataclass(frozen=True, slots=True)
class EnrolmentRow(Row):
    """A patient comes to a track."""

    FILE: ClassVar[str] = "enrolments.csv"

    mrn: str = column(values.text, secret=True)
    track_id: str = column(values.text)
    first_day: clock.date = column(values.day, when="treatment")
    last_day: clock.date | None = column(values.day, optional=True)
    weekdays: tuple[str, ...] = column(values.weekdays)


@dataclass(frozen=True, slots=True)
class CommitmentRow(Row):
    """A patient's duties elsewhere."""

    FILE: ClassVar[str] = "commitments.csv"

    mrn: str = column(values.text, secret=True)
    kind: CommitmentKind = column(values.one_of(*get_args(CommitmentKind)))
    title: str = column(values.text)
    weekdays: tuple[str, ...] = column(values.weekdays)
    starts: time = column(values.wall_time)
    ends: time = column(values.wall_time)
    first_day: clock.date = column(values.day)
    last_day: clock.date | None = column(values.day, optional=True)


@dataclass(frozen=True, slots=True)
class CancellationRow(Row):
    """A session that the program called off."""

    FILE: ClassVar[str] = "cancellations.csv"

    date: clock.date = column(values.day, when="treatment")
    session: str = column(values.text)
    reason: str = column(values.text)


@dataclass(frozen=True, slots=True)
class AbsenceRow(Row):
    """A patient said that they would not come."""

    FILE: ClassVar[str] = "absences.csv"

    date: clock.date = column(values.day, when="treatment")
    session: str = column(values.text)
    mrn: str = column(values.text, secret=True)
    reason: str = column(values.text)
    excused: bool = column(values.yes_or_no)
    notified_at: datetime = column(values.moment)


@dataclass(frozen=True, slots=True)
class SignInRow(Row):
    """A line of a sign-in sheet."""

    FILE: ClassVar[str] = "sign_ins.csv"

    date: clock.date = column(values.day, when="past")
    session: str = column(values.text)
    mrn: str = column(values.text, secret=True)
    time_in: time = column(values.wall_time)
    time_out: time | None = column(values.wall_time, optional=True)
    makes_up: tuple[clock.date, str] | None = column(values.visit, optional=True)
