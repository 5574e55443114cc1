"""The rows of a clinic's files: their columns, in the files' own words."""

import datetime as clock
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any, ClassVar, Literal, get_args

from domain import bounds
from domain.patient.schedule import CommitmentKind
from domain.program import Focus, Population, Service
from services.clinic_import import field_parsers
from services.clinic_import.field_parsers import SessionRef

DischargeWord = Literal["completed", "transferred", "dropped-out", "administrative"]
"""How a treatment ends, in a clinic's files, which tell less than Daybook can."""


STAY = (
    frozenset({"discharged_on", "discharge_kind"}),
    frozenset({"weekly_hours", "days_per_week"}),
)
"""The columns of a stay that say something together only."""

When = Literal["ever", "treatment", "past"]
"""When a day can be: ever within bounds, while somebody can be treated, or until today."""


def column(
    read: Any,
    *,
    secret: bool = False,
    optional: bool = False,
    may_lack: bool = False,
    when: When = "ever",
) -> Any:
    """Describe a column: how it is read, and whether it tells who a patient is.

    An `optional` one may be empty; one that the file `may_lack` need not be there at all.
    """
    described = {"read": read, "secret": secret, "optional": optional, "may_lack": may_lack}
    described["when"] = when
    return field(default=None, metadata=described) if may_lack else field(metadata=described)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read, with its line."""

    FILE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]
    """The columns that tell one row of a kind from another."""
    TOGETHER: ClassVar[tuple[frozenset[str], ...]] = ()
    """The columns of which none says anything without the others."""

    line: int

    @property
    def place(self) -> tuple[str, int]:
        """The row's file and line."""
        return self.FILE, self.line

    @property
    def key(self) -> tuple[object, ...]:
        """What tells the row from others of its kind."""
        return tuple(getattr(self, name) for name in self.KEY)


def columns_of(row: type[Row]) -> dict[str, Any]:
    """Return the columns of a kind of row: how each is read."""
    return {each.name: each.metadata for each in fields(row) if each.metadata}


_FACTS: dict[type[Row], tuple[str, ...]] = {}


def facts_of(row: type[Row]) -> tuple[str, ...]:
    """Return the columns of a kind of row that are not part of its key."""
    if row not in _FACTS:
        key = {"line", *row.KEY}
        _FACTS[row] = tuple(each.name for each in fields(row) if each.name not in key)
    return _FACTS[row]


def tells_of_patients(row: type[Row]) -> bool:
    """Tell whether a column of a kind of row says who a patient is."""
    return any(each["secret"] for each in columns_of(row).values())


@dataclass(frozen=True, slots=True)
class ProgramRow(Row):
    """A program; its hours are read as minutes."""

    FILE: ClassVar[str] = "programs.csv"
    KEY: ClassVar[tuple[str, ...]] = ("program_id",)

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
    KEY: ClassVar[tuple[str, ...]] = ("track_id",)
    TOGETHER: ClassVar[tuple[frozenset[str], ...]] = (frozenset({"starts", "ends"}),)

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
    KEY: ClassVar[tuple[str, ...]] = ("track_id", "starts")

    track_id: str = column(field_parsers.line)
    starts: time = column(field_parsers.wall_time)
    ends: time = column(field_parsers.wall_time)
    service: Service = column(field_parsers.one_of(*get_args(Service)))
    title: str = column(field_parsers.line)


@dataclass(frozen=True, slots=True)
class SessionRow(Row):
    """A one-off session."""

    FILE: ClassVar[str] = "sessions.csv"
    KEY: ClassVar[tuple[str, ...]] = ("session_id",)
    TOGETHER: ClassVar[tuple[frozenset[str], ...]] = (frozenset({"date", "starts", "ends"}),)

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
    KEY: ClassVar[tuple[str, ...]] = ("mrn",)
    TOGETHER: ClassVar[tuple[frozenset[str], ...]] = STAY

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
class EpisodeRow(Row):
    """A further stay of a patient, before or after that of patients.csv."""

    FILE: ClassVar[str] = "episodes.csv"
    KEY: ClassVar[tuple[str, ...]] = ("mrn", "admitted_on")
    TOGETHER: ClassVar[tuple[frozenset[str], ...]] = STAY

    mrn: str = column(field_parsers.record_number, secret=True)
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
    KEY: ClassVar[tuple[str, ...]] = ("mrn", "track_id", "first_day")

    mrn: str = column(field_parsers.record_number, secret=True)
    track_id: str = column(field_parsers.line)
    first_day: clock.date = column(field_parsers.day, when="treatment")
    last_day: clock.date | None = column(field_parsers.day, optional=True)
    weekdays: tuple[str, ...] = column(field_parsers.weekdays)


@dataclass(frozen=True, slots=True)
class CommitmentRow(Row):
    """A patient's outside commitments."""

    FILE: ClassVar[str] = "commitments.csv"
    KEY: ClassVar[tuple[str, ...]] = ("mrn", "kind", "first_day", "starts")

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
    KEY: ClassVar[tuple[str, ...]] = ("date", "session", "starts")

    date: clock.date = column(field_parsers.day, when="treatment")
    session: str = column(field_parsers.line)
    reason: str = column(field_parsers.text)
    starts: time | None = column(field_parsers.wall_time, optional=True, may_lack=True)


@dataclass(frozen=True, slots=True)
class AbsenceRow(Row):
    """A patient said that they would not come."""

    FILE: ClassVar[str] = "absences.csv"
    KEY: ClassVar[tuple[str, ...]] = ("date", "session", "mrn", "starts")

    date: clock.date = column(field_parsers.day, when="treatment")
    session: str = column(field_parsers.line)
    mrn: str = column(field_parsers.record_number, secret=True)
    reason: str = column(field_parsers.text)
    excused: bool = column(field_parsers.yes_or_no)
    notified_at: datetime = column(field_parsers.moment)
    starts: time | None = column(field_parsers.wall_time, optional=True, may_lack=True)


@dataclass(frozen=True, slots=True)
class SignInRow(Row):
    """A line of a sign-in sheet."""

    FILE: ClassVar[str] = "sign_ins.csv"
    KEY: ClassVar[tuple[str, ...]] = ("date", "session", "mrn", "time_in", "starts")

    date: clock.date = column(field_parsers.day, when="past")
    session: str = column(field_parsers.line)
    mrn: str = column(field_parsers.record_number, secret=True)
    time_in: time = column(field_parsers.wall_time)
    time_out: time | None = column(field_parsers.wall_time, optional=True)
    makes_up: SessionRef | None = column(field_parsers.visit, optional=True)
    starts: time | None = column(field_parsers.wall_time, optional=True, may_lack=True)
