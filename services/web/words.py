"""How pages write instants, days, minutes and counts: as US clinics do."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.care import SegmentFormat
from domain.plurals import counted
from services.reports import labels

HYPHENATED = frozenset({"co-occurring", "12-step"})
"""Names that are words as they are."""


def clock(at: datetime | time) -> str:
    """Return a time of day, as 5:52 pm."""
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"


def clock_range(starts: datetime, ends: datetime) -> str:
    """Return from when to when, as 6:00–9:10 pm or 11:00 am–1:30 pm."""
    first, last = clock(starts), clock(ends)
    if first[-2:] == last[-2:]:
        first = first[:-3]
    return f"{first}–{last}"


def day(of: date) -> str:
    """Return a day, as Thu, Nov 19."""
    return f"{of:%a, %b} {of.day}"


def long_day(of: date) -> str:
    """Return a day in full, as Thursday, November 19."""
    return f"{of:%A, %B} {of.day}"


def dated(of: date) -> str:
    """Return a day with its year, as Nov 19, 2026."""
    return f"{of:%b} {of.day}, {of.year}"


def day_of_year(of: date, today: date) -> str:
    """Return a day as Nov 19; with its year where that is not today's."""
    return f"{of:%b} {of.day}" if of.year == today.year else dated(of)


def moment(at: datetime) -> str:
    """Return an instant, as Thu, Nov 19, 5:52 pm."""
    return f"{day(at)}, {clock(at)}"


def by_when(at: datetime) -> str:
    """Return until when something can be done: until a time, or through the day before midnight."""
    if at.time() == time.min:
        return f"through {day(at.date() - timedelta(days=1))}"
    return f"until {moment(at)}"


def hours(minutes: int | None) -> str:
    """Return minutes as hours, as 3 h, 3 h 10 or 40 min."""
    if minutes is None:
        return "–"
    whole, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else ""
    if not whole:
        return f"{sign}{rest} min"
    return f"{sign}{whole} h {rest:02}" if rest else f"{sign}{whole} h"


def sentence(text: str) -> str:
    """Return a text as a sentence: it begins with a capital and ends with a period."""
    said = text[:1].upper() + text[1:]
    return said if said.endswith((".", "?", "!")) else f"{said}."


def words(name: str) -> str:
    """Return the name of a state or kind in words, as *absence announced*."""
    if name in HYPHENATED:
        return name
    return name.replace("_", " ").replace("-", " ")


FORMATS: Mapping[str, str] = {key: said.capitalize() for key, said in labels.FORMATS.items()}
"""What is said of a part of a session that is set apart from others of its service."""


def formats(said: Iterable[SegmentFormat]) -> str:
    """Return what sets parts of a session apart, as *several families together*."""
    return ", ".join(labels.FORMATS[each] for each in said)


FILTERS: dict[str, Any] = {
    each.__name__: each
    for each in (
        *(clock, day, long_day, dated, day_of_year, moment, by_when),
        *(hours, counted, sentence, words, formats),
    )
}
