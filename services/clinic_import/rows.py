"""The rows of a clinic's files: their columns, in the files' own words."""

import datetime as clock
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any, ClassVar, Literal, get_args

from domain import bounds
from domain.patient.schedule import CommitmentKind
from domain.program import Focus, Population, Service
from services.clinic_import import field_parsers

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


def tells_of_patients(row: type[Row]) -> bool:
    """Tell whether a column of a kind of row says who a patient is."""
    return any(each["secret"] for each in columns_of(row).values())


@dataclass(frozen=True, slots=True)
class ProgramRow(Row):
    """A program; its hours are read as minutes."""

    FILE: ClassVar[str] = "programs.csv"

    program_id: str = column(field_parsers.line)
    name: str = column(field_parsers.line)
    population: Population = column(field_parsers.one_of(*get_args(Population)))
    focus: Focus = column(field_parsers.one_of(*get_args(Focus)))
    weekly_hours: int = column(field_parsers.hours)
    days_per_week: int = column(field_parsers.count(bounds.DAYS_PER_WEEK))


@dataclass(frozen=True, slots=True)
class TrackRow(Row):
    """A weekly group."""

    FILE: ClassVar[str] = "tracks.csv"

    track_id: str = column(field_parsers.line)
    program_id: str = column(field_parsers.line)
    name: str = column(field_parsers.line)
    weekdays: tuple[str, ...] = column(field_parsers.weekdays)
    starts: time = column(field_parsers.wall_time)
    ends: time = column(field_parsers.wall_time)
    first_day: clock.date = column(field_parsers.day, when="treatment")
    last_day: clock.date | None = column(field_parsers.day, optional=True)
    room_id: str = column(field_parsers.line)
    staff_id: str = column(field_parsers.line)
    capacity: int = column(field_parsers.count(bounds.PLACES))


@dataclass(frozen=True, slots=True)
class SegmentRow(Row):
    """A part of a track's meeting."""

    FILE: ClassVar[str] = "segments.csv"

    track_id: str = column(field_parsers.line)
    starts: time = column(field_parsers.wall_time)
    ends: time = column(field_parsers.wall_time)
    service: Service = column(field_parsers.one_of(*get_args(Service)))
    title: str = column(field_parsers.line)


@dataclass(frozen=True, slots=True)
class SessionRow(Row):
    """A session of its own."""

    FILE: ClassVar[str] = "sessions.csv"

    session_id: str = column(field_parsers.line)
    program_id: str = column(field_parsers.line)
    date: clock.date = column(field_parsers.day, when="treatment")
    starts: time = column(field_parsers.wall_time)
    ends: time = column(field_parsers.wall_time)
    service: Service = column(field_parsers.one_of(*(s for s in get_args(Service) if s != "break")))
    title: str = column(field_parsers.line)
    room_id: str = column(field_parsers.line)
    staff_id: str = column(field_parsers.line)
    mrns: tuple[str, ...] = column(field_parsers.names, secret=True)


@dataclass(frozen=True, slots=True)
class PatientRow(Row):
    """A patient; the plan's hours are read as minutes."""

    FILE: ClassVar[str] = "patients.csv"

    mrn: str = column(field_parsers.record_number, secret=True)
    given_name: str = column(field_parsers.line, secret=True)
    family_name: str = column(field_parsers.line, secret=True)
    born: clock.date = column(field_parsers.day, secret=True, when="past")
    program_id: str = column(field_parsers.line)
    admitted_on: clock.date = column(field_parsers.day, when="treatment")
    discharged_on: clock.date | None = column(field_parsers.day, optional=True, when="treatment")
    discharge_kind: DischargeWord | None = column(
        field_parsers.one_of(*get_args(DischargeWord)), optional=True
    )
    weekly_hours: int | None = column(field_parsers.hours, optional=True)
    days_per_week: int | None = column(field_parsers.count(bounds.DAYS_PER_WEEK), optional=True)
    payer: str = column(field_parsers.line)


@dataclass(frozen=True, slots=True)
class EnrolmentRow(Row):
    """A patient comes to a track."""

    FILE: ClassVar[str] = "enrolments.csv"

    mrn: str = column(field_parsers.record_number, secret=True)
    track_id: str = column(field_parsers.line)
    first_day: clock.date = column(field_parsers.day, when="treatment")
    last_day: clock.date | None = column(field_parsers.day, optional=True)
    weekdays: tuple[str, ...] = column(field_parsers.weekdays)


@dataclass(frozen=True, slots=True)
class CommitmentRow(Row):
    """A patient's duties elsewhere."""

    FILE: ClassVar[str] = "commitments.csv"

    mrn: str = column(field_parsers.record_number, secret=True)
    kind: CommitmentKind = column(field_parsers.one_of(*get_args(CommitmentKind)))
    title: str = column(field_parsers.line)
    weekdays: tuple[str, ...] = column(field_parsers.weekdays)
    starts: time = column(field_parsers.wall_time)
    ends: time = column(field_parsers.wall_time)
    first_day: clock.date = column(field_parsers.day)
    last_day: clock.date | None = column(field_parsers.day, optional=True)


@dataclass(frozen=True, slots=True)
class CancellationRow(Row):
    """A session that the program called off."""

    FILE: ClassVar[str] = "cancellations.csv"

    date: clock.date = column(field_parsers.day, when="treatment")
    session: str = column(field_parsers.line)
    reason: str = column(field_parsers.text)


@dataclass(frozen=True, slots=True)
class AbsenceRow(Row):
    """A patient said that they would not come."""

    FILE: ClassVar[str] = "absences.csv"

    date: clock.date = column(field_parsers.day, when="treatment")
    session: str = column(field_parsers.line)
    mrn: str = column(field_parsers.record_number, secret=True)
    reason: str = column(field_parsers.text)
    excused: bool = column(field_parsers.yes_or_no)
    notified_at: datetime = column(field_parsers.moment)


@dataclass(frozen=True, slots=True)
class SignInRow(Row):
    """A line of a sign-in sheet."""

    FILE: ClassVar[str] = "sign_ins.csv"

    date: clock.date = column(field_parsers.day, when="past")
    session: str = column(field_parsers.line)
    mrn: str = column(field_parsers.record_number, secret=True)
    time_in: time = column(field_parsers.wall_time)
    time_out: time | None = column(field_parsers.wall_time, optional=True)
    makes_up: tuple[clock.date, str] | None = column(field_parsers.visit, optional=True)
