"""What facility.toml says, as rows: each known by a key and compared as those of other files."""

import datetime as clock
from dataclasses import dataclass
from typing import ClassVar

from domain.times import WeekStart
from services.clinic_import.rows import Row


@dataclass(frozen=True, slots=True)
class FacilityRow(Row):
    """The values of facility.toml that stand in no table."""

    FILE: ClassVar[str] = "facility.toml"
    KEY: ClassVar[tuple[str, ...]] = ()

    name: str
    week_starts_on: WeekStart
    late_after_minutes: int


@dataclass(frozen=True, slots=True)
class RoomRow(Row):
    """A room of facility.toml."""

    FILE: ClassVar[str] = "facility.toml"
    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    name: str
    capacity: int


@dataclass(frozen=True, slots=True)
class StaffRow(Row):
    """A member of staff in facility.toml."""

    FILE: ClassVar[str] = "facility.toml"
    KEY: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    name: str
    credential: str


@dataclass(frozen=True, slots=True)
class ClosureRow(Row):
    """A closure of facility.toml."""

    FILE: ClassVar[str] = "facility.toml"
    KEY: ClassVar[tuple[str, ...]] = ("date",)

    date: clock.date
    reason: str


@dataclass(frozen=True, slots=True)
class SupervisedRow(Row):
    """A credential of facility.toml whose notes ask for a co-signature from a day on."""

    FILE: ClassVar[str] = "facility.toml"
    KEY: ClassVar[tuple[str, ...]] = ("credential",)

    credential: str
    from_day: clock.date
