"""A calendar: one room's or one person's bookings in one week."""

from dataclasses import field
from datetime import date, datetime
from typing import Literal, Self

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

    def is_free(self, session_id: str, span: Span) -> bool:
        """Tell whether no other session takes some of that time."""
        return not any(
            other != session_id and taken.overlaps(span) for other, taken in self.bookings.items()
        )

    def check(self, session_id: str, span: Span) -> None:
        """Raise ResourceTaken where another session takes some of that time."""
        if not self.is_free(session_id, span):
            raise ResourceTaken(kind=self.kind, resource_id=self.resource_id)

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
