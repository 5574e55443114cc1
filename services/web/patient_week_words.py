"""The week of a patient in words: what is done, to come, away, not closed, and what would mend."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.compliance.facts import Leave
from domain.plurals import counted
from services.web.patient_visits import Opening, Visit
from services.web.words import clock, day, hours

EVENING, NOON = 17, 12
"""The hours from which on a day's session is tonight's, and this afternoon's."""


def so_far_words(minutes: int, days: int, required_days: int) -> str:
    """Return what is done: the minutes once the days are there, else the days."""
    if days >= required_days:
        return f"{hours(minutes)} on {counted(days, 'day')} so far."
    return f"{days} of {counted(required_days, 'day')} so far."


def to_come_words(ahead: Sequence[Visit]) -> str:
    """Return how many sessions are to come; nothing where none is."""
    return f" {counted(len(ahead), 'session')} to come." if ahead else ""


def away_words(visits: Sequence[Visit]) -> str:
    """Name the sessions to which the patient said that they will not come."""
    away = [each for each in visits if each.is_open and each.stays_away and not each.arrived_at]
    return f"They will not come to {_named(away)}. " if away else ""


def not_closed_words(over: Sequence[Visit]) -> str:
    """Name the sessions that are over and whose sheet says nothing of the patient yet."""
    if not over:
        return ""
    closed = "is not closed yet and counts" if len(over) == 1 else "are not closed yet and count"
    return f" {_named(over)} {closed} as attended so far."


def not_counted_words(visits: Sequence[Visit]) -> str:
    """Name the sessions to which they came and that count only once their sheets are closed."""
    came = [each for each in visits if each.is_open and each.arrived_at and not each.is_coming]
    if not came:
        return ""
    counts = "counts once its sheet is" if len(came) == 1 else "count once their sheets are"
    return f" They came to {_named(came)}, which {counts} closed."


def _named(visits: Sequence[Visit]) -> str:
    return _and([f"{each.name} on {day(each.day)}" for each in visits])


def at_words(some: Sequence[Opening]) -> str:
    """Return what some sessions are called and when they are."""
    return _and([f"{each.name} on {day(each.day)} at {clock(each.starts_at)}" for each in some])


def free_words(some: Sequence[Opening]) -> str:
    """Return how many places a session has left; of several, that each has one."""
    if len(some) > 1:
        return "each has a place free"
    return f"{counted(some[0].free, 'place')} free"


def leave_words(leave: Leave) -> str:
    """Return the days of a leave."""
    if leave.first_day == leave.last_day:
        return f"on {day(leave.first_day)}"
    return f"from {day(leave.first_day)} to {day(leave.last_day)}"


def others_words(others: Sequence[Visit]) -> str:
    """Return that other sessions are to come besides one; nothing where none is."""
    if not others:
        return ""
    if len(others) == 1:
        return " and the other session to come"
    return f" and the {len(others)} others to come"


def when_words(visit: Visit, now: datetime) -> str:
    """Return when a session of this week is, as the first word of a sentence."""
    if visit.day == now.date():
        hour = visit.starts_at.hour
        return "Tonight" if hour >= EVENING else "This afternoon" if hour >= NOON else "Today"
    if visit.day == now.date() + timedelta(days=1):
        return "Tomorrow"
    return f"{visit.day:%A}"


def inside(when: str) -> str:
    """Return when something is as it stands inside of a sentence."""
    return f"on {when}" if when.endswith("day") and when != "Today" else when.lower()


def _and(names: Sequence[str]) -> str:
    """Return names one after the other, the last one after *and*."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
