"""A calendar as programs read it: RFC 5545, with every time in UTC.

Readers were an hour wrong with times of a zone that they had to work out themselves.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from icalendar import Calendar, Event

from services.reports.appointments import Appointment

MEDIA_TYPE = "text/calendar; charset=utf-8"

READ_EVERY = timedelta(minutes=30)
"""How often a program is asked to read a calendar again."""

NEUTRAL = "Appointment"
"""What each of a patient's times is called: their calendar may lie with anybody."""


def calendar_of_staff(
    feed_id: str, appointments: Iterable[Appointment], made_at: datetime
) -> bytes:
    """Return a staff member's calendar; `made_at` is an aware instant."""
    calendar = _calendar("Daybook")
    for each in appointments:
        event = _event(feed_id, each, made_at)
        event.add("summary", f"Called off: {each.called}" if each.is_called_off else each.called)
        event.add("location", each.where)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def calendar_of_patient(
    feed_id: str, appointments: Iterable[Appointment], made_at: datetime
) -> bytes:
    """Return a patient's calendar: times alone, nothing of what they are or where."""
    calendar = _calendar("Appointments")
    for each in appointments:
        event = _event(feed_id, each, made_at)
        event.add("summary", f"Called off: {NEUTRAL}" if each.is_called_off else NEUTRAL)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Daybook//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    return calendar


def _event(feed_id: str, appointment: Appointment, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", _uid(feed_id, appointment.session_id))
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("status", "CANCELLED" if appointment.is_called_off else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _uid(feed_id: str, session_id: str) -> str:
    """Return a name of a session that is another one in each feed.

    Whoever keeps the calendars of several patients does not see who is in a group together.
    """
    return blake2b(f"{feed_id} {session_id}".encode(), digest_size=16).hexdigest()
