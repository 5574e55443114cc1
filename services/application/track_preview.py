"""What a change of a series is about, and what it brings."""

from dataclasses import dataclass
from datetime import date

from domain.session import Amendment


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of a series brings, up to the horizon; each a sentence with its day.

    `meetings` are the days on which the track meets. `closures` are days of its rule on which the
    program is closed, `clock_changes` those on which a change of clocks moves, lengthens or
    shortens the meeting. With `conflicts` nothing is saved.
    """

    meetings: tuple[date, ...]
    closures: tuple[str, ...]
    clock_changes: tuple[str, ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SingleDay:
    """A change of one day alone, and why: also what is closed is put right by it.

    The day is that of a track's rule or, with `held`, the one on which meetings are held.
    """

    day: date
    amendment: Amendment
    held: bool = False
