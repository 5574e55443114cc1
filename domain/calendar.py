"""A calendar: one room's or one person's bookings in one week.

What lasts from one week into the next is booked in both.
"""

from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from domain.aggregate import Aggregate, CommandContext, Event, Opening, derived_id
from domain.errors import ResourceTaken
from domain.times import Span, week_of

ResourceKind = Literal["room", "staff"]


# Events


class CalendarOpened(Opening):
    """A room or a person of staff is about to be booked in this week (its Monday)."""

    TOPIC = "calendar.opened"

    kind: ResourceKind
    resource_id: str
    week: date


class TimeBooked(Event):
    """A session takes the resource from `starts_at` to `ends_at` (UTC)."""

    TOPIC = "calendar.time-booked"

    session_id: str
    starts_at: datetime
    ends_at: datetime


class BookingReleased(Event):
    """The session no longer takes the resource."""

    TOPIC = "calendar.booking-released"

    session_id: str


def weeks_of(span: Span, zone: ZoneInfo) -> tuple[date, ...]:
    """Return the weeks (their Mondays) in which a time lies by a site's clocks, in order."""
    first = week_of(span.starts_at.astimezone(zone).date(), "monday")
    last_instant = max(span.starts_at, span.ends_at - timedelta.resolution)
    last = week_of(last_instant.astimezone(zone).date(), "monday")
    return tuple(first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))


def weeks_around(span: Span, zone: ZoneInfo) -> tuple[date, ...]:
    """Return the weeks in whose calendars something that meets a time may be booked.

    A booking used to be in the week of its start alone, also one that lasts past its Sunday; and
    a change of a zone's rules moves midnight.
    """
    day = timedelta(days=1)
    return weeks_of(Span(span.starts_at - day, span.ends_at + day), zone)


class Calendar(Aggregate):
    """Guards that a room or a person is in one place at a time."""

    TOPIC = "calendar"

    kind: ResourceKind
    resource_id: str
    week: date
    bookings: dict[str, Span] = field(default_factory=dict)

    @staticmethod
    def id_of(facility_id: str, kind: ResourceKind, resource_id: str, day: date) -> str:
        """Return the id of the calendar in which a day of a resource lies."""
        week = week_of(day, "monday")
        return derived_id("calendar", facility_id, kind, resource_id, week.isoformat())

    # Commands

    @classmethod
    def start(
        cls,
        context: CommandContext,
        *,
        facility_id: str,
        kind: ResourceKind,
        resource_id: str,
        day: date,
    ) -> Self:
        """Open the calendar of the week in which a day lies."""
        return cls.open(
            CalendarOpened,
            context,
            id=cls.id_of(facility_id, kind, resource_id, day),
            facility_id=facility_id,
            kind=kind,
            resource_id=resource_id,
            week=week_of(day, "monday"),
        )

    def in_the_way(self, session_id: str, span: Span) -> list[str]:
        """Return the ids of the other sessions that take some of that time."""
        return [
            other
            for other, taken in self.bookings.items()
            if other != session_id and taken.overlaps(span)
        ]

    def check(self, session_id: str, span: Span) -> None:
        """Raise ResourceTaken where another session takes some of that time."""
        if self.in_the_way(session_id, span):
            kind = "staff member" if self.kind == "staff" else self.kind
            raise ResourceTaken(kind=kind, resource_id=self.resource_id)

    def book(self, context: CommandContext, session_id: str, span: Span) -> None:
        """Take the resource for a session; a second booking of it moves the first."""
        if self.bookings.get(session_id) == span:
            return
        self.check(session_id, span)
        self.record(
            TimeBooked,
            context,
            session_id=session_id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
        )

    def release(self, context: CommandContext, session_id: str) -> None:
        """Give the time of a session back."""
        if session_id in self.bookings:
            self.record(BookingReleased, context, session_id=session_id)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case TimeBooked():
                self.bookings[event.session_id] = Span(event.starts_at, event.ends_at)
            case BookingReleased():
                self.bookings.pop(event.session_id, None)
