"""What takes a patient's time. Days are both included; instants in UTC."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.times import Span, days, instant, span, weekday

CommitmentKind = Literal["work", "school", "family"]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A patient comes to a track on these days; `last_day` is None while that goes on."""

    track_id: str
    weekdays: tuple[str, ...]
    first_day: date
    last_day: date | None

    @property
    def key(self) -> str:
        """What tells one enrolment of a patient from another."""
        return f"{self.track_id} {self.first_day.isoformat()}"

    @property
    def is_empty(self) -> bool:
        """Tell whether it has no day: it began on another one, or ended before it began."""
        return self.last_day is not None and self.last_day < self.first_day

    def covers(self, day: date, rule_day: date | None = None) -> bool:
        """Tell whether the patient is to come on that day.

        `rule_day` is the one on which the track's rule has the meeting, where that was moved: the
        weekday is the rule's, the first and last day are those of the meeting as it is held.
        """
        in_range = self.first_day <= day and (self.last_day is None or day <= self.last_day)
        return in_range and weekday(rule_day or day) in self.weekdays

    def shares_days_with(self, other: "Enrolment") -> bool:
        """Tell whether there is a day on which both ask the patient to the same track."""
        if self.track_id != other.track_id:
            return False
        first = max(self.first_day, other.first_day)
        last = min(self.last_day or date.max, other.last_day or date.max)
        one_week = min(last, first + timedelta(days=min(6, (date.max - first).days)))
        return any(self.covers(day) and other.covers(day) for day in days(first, one_week))


@dataclass(frozen=True, slots=True)
class Booking:
    """A session takes the patient's time."""

    session_id: str
    starts_at: datetime
    ends_at: datetime

    @property
    def span(self) -> Span:
        """The booked time."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Commitment:
    """When a patient has work, school or family duties, by the facility's clocks.

    Where it ends earlier on the clock than it starts it lasts until the next day, as a night shift
    does; its weekdays, first and last day are those on which it starts.
    """

    kind: CommitmentKind
    title: str
    weekdays: tuple[str, ...]
    starts: time
    ends: time
    first_day: date
    last_day: date | None

    @property
    def key(self) -> str:
        """What tells one commitment of a patient from another."""
        return f"{self.kind} {self.first_day.isoformat()} {self.starts:%H:%M}"

    @property
    def is_overnight(self) -> bool:
        """Tell whether it lasts until the next day."""
        return self.ends < self.starts

    @property
    def in_words(self) -> str:
        """What it is and when, without its title."""
        return f"{self.kind}, {' '.join(self.weekdays)} {self.starts:%H:%M}-{self.ends:%H:%M}"

    def meets(self, booking: Booking, zone: ZoneInfo) -> bool:
        """Tell whether the commitment shares time with a booking, also past midnight."""
        first = booking.starts_at.astimezone(zone).date()
        last = booking.ends_at.astimezone(zone).date()
        if self.is_overnight:
            first -= timedelta(days=1)
        return any(
            self._falls_on(day) and self._on(day, zone).overlaps(booking.span)
            for day in days(first, last)
        )

    def _falls_on(self, day: date) -> bool:
        in_range = self.first_day <= day and (self.last_day is None or day <= self.last_day)
        return in_range and weekday(day) in self.weekdays

    def _on(self, day: date, zone: ZoneInfo) -> Span:
        """Return its time when it begins on a day."""
        if not self.is_overnight:
            return span(day, self.starts, self.ends, zone)
        ends_at = instant(day + timedelta(days=1), self.ends, zone)
        return Span(instant(day, self.starts, zone), ends_at)
