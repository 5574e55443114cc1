"""What a track's meetings are like: the rule of their days, their times, place and parts. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal

from dateutil.rrule import rrulestr

from domain import bounds
from domain.care import SegmentFormat, Service
from domain.errors import (
    EndsBeforeStart,
    NotARule,
    NotPositive,
    OutsideMeeting,
    SegmentsOverlap,
    UnknownPractice,
)
from domain.times import WEEKDAYS, in_week_order

Modality = Literal["in-person", "video", "hybrid"]

HOLISTIC = ("mindfulness", "yoga", "meditation", "exercise", "art")
"""The practices of holistic sessions."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a meeting, by the facility's clocks; a break counts for nothing.

    `topic` is what an education is about in its curriculum, or which practice of HOLISTIC a
    holistic part is; None where nobody said. `format` is None for what is as its service is.
    """

    starts: time
    ends: time
    service: Service
    title: str
    topic: str | None = None
    format: SegmentFormat | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a track meets: `rule` is an RFC 5545 recurrence rule of days, times are wall times."""

    rule: str
    starts: time
    ends: time
    room_id: str
    staff_id: str
    capacity: int
    segments: tuple[Segment, ...] = ()
    modality: Modality = "in-person"


# Rules

_WEEKDAY = f"([+-]?[1-5])?({'|'.join(WEEKDAYS)})"
_DAY_OF_MONTH = "-?([1-9]|[12][0-9]|3[01])"
_PARTS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY",
    "INTERVAL": "[1-9][0-9]?",
    "BYDAY": f"{_WEEKDAY}(,{_WEEKDAY})*",
    "BYMONTHDAY": f"{_DAY_OF_MONTH}(,{_DAY_OF_MONTH})*",
    "WKST": "|".join(WEEKDAYS),
}
"""The parts of a rule; its first and last day are the track's, its times the pattern's."""


def weekly(weekdays: Iterable[str]) -> str:
    """Return the rule that meets every week on these days."""
    return f"FREQ=WEEKLY;BYDAY={','.join(in_week_order(weekdays))}"


def days_by(rule: str, first: date, through: date) -> Iterator[date]:
    """Yield the days that a rule, beginning on `first`, has up to `through`."""
    # Bounded in the rule itself: one that never has a day would be followed to the year 9999.
    for moment in _parsed(rule, first, through):
        yield moment.date()


def weekdays_of(rule: str, first: date) -> tuple[str, ...]:
    """Return the days of the week on which a rule can have a meeting, from Monday on."""
    parts = dict(part.split("=") for part in rule.split(";"))
    if "BYDAY" in parts:
        return in_week_order(each[-2:] for each in parts["BYDAY"].split(","))
    if parts["FREQ"] == "WEEKLY":
        return (WEEKDAYS[first.weekday()],)
    return WEEKDAYS


def check_rule(rule: str) -> None:
    """Raise NotARule for what is no rule of days: the track's own days and times bound it."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    wrong = [
        name
        for name, value in parts.items()
        if name not in _PARTS or not re.fullmatch(_PARTS[name], value)
    ]
    if wrong or len(parts) != rule.count(";") + 1:
        because = f"the part {wrong[0]!r} is not valid" if wrong else "a part is there twice"
        raise NotARule(rule=rule, because=because)
    if "FREQ" not in parts:
        raise NotARule(rule=rule, because="FREQ is missing")
    if parts["FREQ"] != "MONTHLY" and re.search(r"\d", parts.get("BYDAY", "")):
        raise NotARule(rule=rule, because="a first or last weekday needs FREQ=MONTHLY")
    if parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts:
        raise NotARule(rule=rule, because="BYMONTHDAY does not go with FREQ=WEEKLY")


@lru_cache(maxsize=1024)
def _parsed(rule: str, first: date, through: date) -> Iterable[datetime]:
    return rrulestr(f"{rule};UNTIL={through:%Y%m%d}", dtstart=datetime.combine(first, time()))


# Checks


def check_pattern(pattern: Pattern) -> None:
    """Raise the refusal that a pattern's rule, times, places or segments call for."""
    check_rule(pattern.rule)
    if pattern.ends <= pattern.starts:
        raise EndsBeforeStart(start="starts", end="ends")
    if pattern.capacity <= 0:
        raise NotPositive(what="capacity")
    bounds.check("the capacity", bounds.PLACES.problem(pattern.capacity))
    check_segments(pattern.segments, pattern.starts, pattern.ends)


def check_segments(segments: Sequence[Segment], starts: time, ends: time) -> None:
    """Raise the refusal that the segments of a meeting call for."""
    bounds.check_count("segments of one meeting", len(segments), bounds.MOST_SEGMENTS)
    for index, segment in enumerate(segments):
        check_segment(segment, starts, ends, segments[:index])


def check_segment(segment: Segment, starts: time, ends: time, others: Sequence[Segment]) -> None:
    """Raise the refusal that a segment of a meeting, beside the others, calls for."""
    if segment.ends <= segment.starts:
        raise EndsBeforeStart(start="starts", end="ends")
    if segment.starts < starts or segment.ends > ends:
        raise OutsideMeeting
    if any(segment.starts < other.ends and other.starts < segment.ends for other in others):
        raise SegmentsOverlap
    if segment.service == "holistic" and segment.topic not in {None, *HOLISTIC}:
        raise UnknownPractice(practices=", ".join(HOLISTIC))
