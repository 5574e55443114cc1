"""The week in a sentence: how it stands, what is missing, what would mend it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from domain.plurals import counted
from services.web.patient_visits import Opening, Visit
from services.web.words import clock, day, hours

EVENING, NOON = 17, 12
"""The hours from which on a day's session is tonight's, and this afternoon's."""

Color = Literal["pine", "amber", "brick", "slate"]


@dataclass(frozen=True, slots=True)
class WeekAsked:
    """What a week comes to so far, and what the plan of care asks of it."""

    first_day: date
    credited_minutes: int
    credited_days: int
    required_minutes: int
    required_days: int
    is_whole: bool
    """Whether the stay has each of its days."""


@dataclass(frozen=True, slots=True)
class WeekTold:
    """A week as the page tells it. `expected` are the minutes of the sessions to come.

    `is_short` tells whether it will not be met as it is scheduled.
    """

    week: WeekAsked
    color: Color
    heading: str
    text: str
    expected: int = 0
    mends: tuple[Opening, ...] = ()
    is_short: bool = False

    @property
    def done(self) -> int:
        """The minutes that are recorded."""
        return self.week.credited_minutes

    @property
    def of(self) -> int:
        """The minutes that fill the bar."""
        return max(self.week.required_minutes, self.done + self.expected, 1)


def told(
    week: WeekAsked, visits: Sequence[Visit], openings: Sequence[Opening], now: datetime
) -> WeekTold:
    """Return how a running week stands; `visits` are its own, `openings` those of its rest."""
    to_come = [each for each in visits if each.is_open and (each.ends_at > now or each.arrived_at)]
    expected = sum(each.scheduled_minutes for each in to_come)
    days = _days_done(visits)
    so_far = _so_far(week)
    if not week.required_minutes:
        text = f"No plan of care asks for hours in this week. {so_far}"
        return WeekTold(week, "slate", "No weekly plan yet", text, expected)
    if not week.is_whole:
        text = f"The stay has only a part of this week. {so_far}{_to_come(to_come)}"
        return WeekTold(week, "slate", "A part of a week", text, expected)
    if _lacks(week, (), days) == (0, 0):
        return WeekTold(week, "pine", "This week is met", f"{so_far}{_to_come(to_come)}", expected)
    if _lacks(week, to_come, days) != (0, 0):
        short = _short(week, visits, to_come, openings, expected)
        return replace(short, text=f"{short.text}{_not_closed(visits, now)}")
    first = to_come[0]
    rest = to_come[1:]
    if _lacks(week, rest, days) == (0, 0):
        text = f"{so_far}{_to_come(to_come)} One of them can be missed."
        return WeekTold(week, "pine", "On track this week", text, expected)
    later = [each for each in openings if each.starts_at >= first.ends_at]
    mends = _mending(week, rest, days, later)
    when = _when(first, now)
    text = f"{so_far} With {first.name} {_lower(when)} {_rest(rest)} the plan is met. "
    if mends:
        last = mends[-1]
        at = f"{last.name} on {day(last.day)} at {clock(last.starts_at)}"
        only = "the last session that would mend it" if len(mends) > 1 else "all that would mend it"
        text += f"If it is missed, {at} is {only}: {counted(last.free, 'place')} free."
    else:
        text += "If it is missed, no other session of this week would mend it."
    return WeekTold(
        week, "amber", f"{when} decides this week", text.replace("  ", " "), expected, tuple(mends)
    )


def _short(
    week: WeekAsked,
    visits: Sequence[Visit],
    to_come: Sequence[Visit],
    openings: Sequence[Opening],
    expected: int,
) -> WeekTold:
    days = _days_done(visits)
    minutes, lacking_days = _lacks(week, to_come, days)
    said = [hours(minutes)] if minutes else []
    said += [counted(lacking_days, "day")] if lacking_days else []
    mends = tuple(_mending(week, to_come, days, openings))
    offers = _offers_too_little(week, visits)
    text = f"{_so_far(week)} {offers}{' and '.join(said)} will be missing as it is scheduled. "
    if mends:
        first = mends[0]
        at = f"{first.name} on {day(first.day)} at {clock(first.starts_at)}"
        text += f"{at} would mend it: {counted(first.free, 'place')} free."
    elif openings:
        text += "No single session that is left this week would mend it."
    else:
        text += "No session with a free place is left this week."
    color: Color = "amber" if mends else "brick"
    heading = "Too little is offered" if offers else f"{' and '.join(said)} short"
    return WeekTold(week, color, f"{heading} this week", text, expected, mends, is_short=True)


def _offers_too_little(week: WeekAsked, visits: Sequence[Visit]) -> str:
    """Say what the program offers where that is less than the plan; else nothing."""
    offered = [each for each in visits if not (each.called_off or each.status == "cancelled")]
    theirs = [each for each in offered if not each.is_make_up]
    minutes = sum(each.scheduled_minutes for each in theirs)
    days = len({each.day for each in theirs})
    said = []
    if minutes < week.required_minutes:
        said.append(f"{hours(minutes)} of {hours(week.required_minutes)}")
    if days < week.required_days:
        said.append(f"{days} of {counted(week.required_days, 'day')}")
    return f"The program offers {' on '.join(said)}. " if said else ""


def _lacks(
    week: WeekAsked, to_come: Sequence[Visit | Opening], days: frozenset[date]
) -> tuple[int, int]:
    """Return the minutes and days that are missing once somebody came to some sessions."""
    minutes = week.credited_minutes + sum(map(_minutes, to_come))
    number = len(days | {each.day for each in to_come})
    return max(week.required_minutes - minutes, 0), max(week.required_days - number, 0)


def _minutes(each: Visit | Opening) -> int:
    return each.minutes if isinstance(each, Opening) else each.scheduled_minutes


def _mending(
    week: WeekAsked, to_come: Sequence[Visit], days: frozenset[date], openings: Sequence[Opening]
) -> list[Opening]:
    return [each for each in openings if _lacks(week, (*to_come, each), days) == (0, 0)]


def _days_done(visits: Sequence[Visit]) -> frozenset[date]:
    return frozenset(each.day for each in visits if each.credited_minutes)


def _so_far(week: WeekAsked) -> str:
    if week.credited_days >= week.required_days:
        return f"{hours(week.credited_minutes)} on {counted(week.credited_days, 'day')} so far."
    return f"{week.credited_days} of {counted(week.required_days, 'day')} so far."


def _to_come(to_come: Sequence[Visit]) -> str:
    return f" {counted(len(to_come), 'session')} to come." if to_come else ""


def _not_closed(visits: Sequence[Visit], now: datetime) -> str:
    """Name the sessions that are over and whose sheet says nothing of the patient yet."""
    over = [each for each in visits if each.is_open and each.ends_at <= now and not each.arrived_at]
    named = " and ".join(f"{each.name} on {day(each.day)}" for each in over)
    return f" {named} {'is' if len(over) == 1 else 'are'} not closed yet." if over else ""


def _rest(rest: Sequence[Visit]) -> str:
    if not rest:
        return ""
    return "and the session after it" if len(rest) == 1 else f"and the {len(rest)} after it"


def _when(visit: Visit, now: datetime) -> str:
    if visit.day == now.date():
        hour = visit.starts_at.hour
        return "Tonight" if hour >= EVENING else "This afternoon" if hour >= NOON else "Today"
    if visit.day == now.date() + timedelta(days=1):
        return "Tomorrow"
    return f"{visit.day:%A}"


def _lower(when: str) -> str:
    return f"on {when}" if when.endswith("day") and when != "Today" else when.lower()
