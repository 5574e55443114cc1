"""Days, weeks and wall times.

Instants are aware and in UTC; a wall time belongs to a zone. Minutes are whole and elapsed, so
that a meeting across a change of clocks counts what really passed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

WeekStart = Literal["monday", "sunday"]

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""RFC 5545's names of the days, in the order of `date.weekday()`."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, half-open: what ends when the next begins does not overlap it."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share an instant; an empty span shares none."""
        return max(self.starts_at, other.starts_at) < min(self.ends_at, other.ends_at)

    def shared(self, other: "Span") -> timedelta:
        """Return how long the two run at once."""
        start = max(self.starts_at, other.starts_at)
        return max(min(self.ends_at, other.ends_at) - start, timedelta())

    @property
    def minutes(self) -> int:
        """Whole elapsed minutes."""
        return max(self.ends_at - self.starts_at, timedelta()) // MINUTE


@lru_cache(maxsize=2**14)
def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which the zone's clocks show a wall time.

    A time that a change of clocks skips moves forward by the gap; one that comes twice is its
    first occurrence (RFC 5545, section 3.3.5).
    """
    # Two times that differ in their fold alone are the same key of what is cached.
    return datetime.combine(day, wall.replace(fold=0), zone).astimezone(UTC)


@lru_cache(maxsize=2**14)
def day_after(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day is over: the next one begins on the zone's clocks."""
    return instant(day + timedelta(days=1), time(), zone)


def span(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span:
    """Return the span between two wall times of one day.

    One that begins in a gap of the clocks and ends soon after it is empty: it never runs backwards.
    """
    starts_at = instant(day, starts, zone)
    return Span(starts_at, max(starts_at, instant(day, ends, zone)))


def clock_change(day: date, starts: time, ends: time, zone: ZoneInfo) -> str | None:
    """Say in words what a change of clocks makes of two wall times of a day; None where nothing."""
    shown = instant(day, starts, zone).astimezone(zone).time()
    if shown != starts:
        return f"there is no {starts:%H:%M} on the clocks, it begins at {shown:%H:%M}"
    if (
        datetime.combine(day, starts, zone).utcoffset()
        != datetime.combine(day, starts.replace(fold=1), zone).utcoffset()
    ):
        return f"{starts:%H:%M} comes twice, it begins the first time"
    when = span(day, starts, ends, zone)
    shown = when.ends_at.astimezone(zone).time()
    last_minute = (datetime.combine(day, ends) - MINUTE).time()
    if shown != ends and (when.ends_at - MINUTE).astimezone(zone).time() != last_minute:
        return f"there is no {ends:%H:%M} on the clocks, it ends at {shown:%H:%M}"
    on_the_clocks = datetime.combine(day, ends) - datetime.combine(day, starts)
    minutes = when.minutes
    if minutes != on_the_clocks // MINUTE:
        return f"the clocks change meanwhile, it takes {minutes} minutes"
    return None


def weekday(day: date) -> str:
    """Return the day's name, as in WEEKDAYS."""
    return WEEKDAYS[day.weekday()]


def in_week_order(weekdays: Iterable[str]) -> tuple[str, ...]:
    """Return the days without repetition, from Monday on."""
    return tuple(sorted(set(weekdays), key=WEEKDAYS.index))


def week_of(day: date, week_starts_on: WeekStart) -> date:
    """Return the first day of the week in which a day lies.

    Payers differ: Drug Medi-Cal counts from Sunday to Saturday (22 CCR 51341.1(b)(3)).
    """
    offset = day.weekday() if week_starts_on == "monday" else (day.weekday() + 1) % 7
    return day - timedelta(days=offset)


def days(first: date, last: date) -> Iterator[date]:
    """Yield each day from the first to the last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
