"""The week in a sentence: how it stands, what is missing, what would mend it.

It is told from what the rules look at: what is scheduled counts as attended, but for those sessions
of which the patient said that they will not come, and what mends it is what mends a finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any, Literal

from domain.compliance.facts import Leave
from domain.plurals import counted
from services.reports.rule_names import rule_name
from services.web.patient_visits import Opening, Visit
from services.web.patient_week_words import (
    at_words,
    away_words,
    free_words,
    inside,
    leave_words,
    not_closed_words,
    not_counted_words,
    others_words,
    so_far_words,
    to_come_words,
    when_words,
)
from services.web.rules import missed
from services.web.words import hours

MOST_TOGETHER = 3
"""How many sessions are looked for that would mend a week together."""

NOTHING = "No session of theirs is on the schedule. "
"""What is said of a week in which nothing is offered."""

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
    leave: Leave | None = None
    """A leave that has any of its days: then the rules leave it out."""

    @property
    def so_far(self) -> str:
        """What is recorded, in words."""
        return so_far_words(self.credited_minutes, self.credited_days, self.required_days)


@dataclass(frozen=True, slots=True)
class WeekTold:
    """A week as the page tells it. `expected` are the minutes of the sessions to come.

    `is_short` tells whether it will not be met as it is scheduled; each of `mends` are sessions
    that would mend it together.
    """

    week: WeekAsked
    color: Color
    heading: str
    text: str
    expected: int = 0
    mends: tuple[tuple[Opening, ...], ...] = ()
    is_short: bool = False
    lacks: tuple[int, int] = (0, 0)
    """The minutes and days that will be missing as it is scheduled."""

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
    course = _Course(week, visits, openings, now)
    found = _standing(course)
    open_ended = f"{not_closed_words(course.over)}{not_counted_words(visits)}"
    expected = sum(each.scheduled_minutes for each in course.coming)
    return replace(found, text=f"{found.text}{open_ended}", expected=expected)


@dataclass(frozen=True)
class _Course:
    """A week as it goes: what is done, what is to come, and what else there is."""

    week: WeekAsked
    visits: Sequence[Visit]
    openings: Sequence[Opening]
    now: datetime

    @cached_property
    def coming(self) -> list[Visit]:
        """The sessions that are expected to add to what is recorded."""
        return [each for each in self.visits if each.is_coming]

    @cached_property
    def ahead(self) -> list[Visit]:
        """Those of them that are not over."""
        return [each for each in self.coming if each.ends_at > self.now or each.arrived_at]

    @cached_property
    def over(self) -> list[Visit]:
        """Those of them that are over and not closed yet."""
        return [each for each in self.coming if each not in self.ahead]

    @cached_property
    def days_done(self) -> frozenset[date]:
        """The days on which something is recorded."""
        return frozenset(each.day for each in self.visits if each.credited_minutes)

    def lacks(self, coming: Sequence[Visit | Opening]) -> tuple[int, int]:
        """Return the minutes and days that are missing once somebody came to some sessions."""
        week = self.week
        minutes = week.credited_minutes + sum(map(_minutes, coming))
        number = len(self.days_done | {each.day for each in coming if _minutes(each)})
        return max(week.required_minutes - minutes, 0), max(week.required_days - number, 0)

    def is_met(self, coming: Sequence[Visit | Opening]) -> bool:
        """Tell whether nothing is missing once somebody came to some sessions."""
        return self.lacks(coming) == (0, 0)

    def without(self, one: Visit) -> list[Visit]:
        """Return what is to come but for one session."""
        return [each for each in self.coming if each is not one]


def _standing(course: _Course) -> WeekTold:
    week = course.week
    so_far = f"{week.so_far}{to_come_words(course.ahead)}"
    if not week.required_minutes:
        text = f"No plan of care asks for hours in this week. {so_far}"
        return WeekTold(week, "slate", "No weekly plan yet", text)
    if not week.is_whole:
        text = f"The stay has only a part of this week. {so_far}"
        return WeekTold(week, "slate", "A part of a week", text)
    if week.leave:
        text = f"On leave {leave_words(week.leave)}: the week is not judged. {so_far}"
        return WeekTold(week, "slate", "On leave this week", text)
    if course.is_met(()):
        return WeekTold(week, "pine", "This week is met", so_far)
    if not course.is_met(course.coming):
        return _short(course)
    if course.is_met(course.over):
        return WeekTold(week, "pine", "Met once the sheet is closed", so_far)
    deciding = (each for each in course.ahead if not course.is_met(course.without(each)))
    if (first := next(deciding, None)) is not None:
        return _decided(course, first)
    more = "One of them can be missed." if len(course.ahead) > 1 else "It can be missed."
    return WeekTold(week, "pine", "On track this week", f"{so_far} {more}")


def beside_rules(told: WeekTold, findings: Sequence[Mapping[str, Any]]) -> WeekTold:
    """Return how a week stands with what its rules say besides; `findings` are those of the page.

    A rule can ask for more than the plan, or count fewer services.
    """
    of_week = [
        each
        for each in findings
        if each["from"] == told.week.first_day
        and each["to"] == told.week.first_day + timedelta(days=6)
        and each["standing"] in {"at_risk", "impossible"}
        and each["rule"] in TOLD
        and not _is_said(told, each)
    ]
    if not of_week or told.color == "slate":
        return told
    said = " ".join(
        f"{rule_name(each['rule'])}, as the rule counts: {missed(each).partition(';')[0]}."
        for each in of_week
    )
    is_lost = any(each["standing"] == "impossible" for each in of_week)
    color: Color = "brick" if is_lost or told.color == "brick" else "amber"
    heading = told.heading if told.is_short else "The plan is met, a rule is not"
    return replace(told, color=color, heading=heading, text=f"{told.text} {said}")


TOLD = frozenset({"attended-hours", "days-a-week", "too-many-hours"})
"""The rules of a week whose numbers the sentence could be held against."""


def _is_said(told: WeekTold, finding: Mapping[str, Any]) -> bool:
    """Tell whether the sentence says already what a finding says is missing."""
    lacking = finding["required"] - (finding["measured"] or 0)
    of = {"attended-hours": told.lacks[0], "days-a-week": told.lacks[1]}
    return bool(of.get(finding["rule"], 0) == lacking)


def _decided(course: _Course, deciding: Visit) -> WeekTold:
    rest = course.without(deciding)
    later = [each for each in course.openings if each.starts_at >= deciding.ends_at]
    mends = [(each,) for each in later if course.is_met((*rest, each))]
    when = when_words(deciding, course.now)
    others = others_words([each for each in course.ahead if each is not deciding])
    text = f"{course.week.so_far} With {deciding.name} {inside(when)}{others} the plan is met. "
    if mends:
        only = "the last session" if len(mends) > 1 else "all"
        free = free_words(mends[-1])
        text += f"If it is missed, {at_words(mends[-1])} is {only} that would mend it: {free}."
    else:
        text += "If it is missed, no single session that is left this week would mend it."
    return WeekTold(course.week, "amber", f"{when} decides this week", text, mends=tuple(mends))


def _short(course: _Course) -> WeekTold:
    minutes, days = lacks = course.lacks(course.coming)
    said = [hours(minutes)] if minutes else []
    said += [counted(days, "day")] if days else []
    mends = _mending(course)
    offers = _offers_too_little(course.week, course.visits)
    missing = " and ".join(said)
    text = f"{course.week.so_far} {offers}{missing} will be missing as it is scheduled. "
    text += away_words(course.visits)
    if mends:
        together = "" if len(mends[0]) == 1 else " together"
        text += f"{at_words(mends[0])} would mend it{together}: {free_words(mends[0])}."
        text += " So would others." if len(mends) > 1 else ""
    elif course.openings:
        text += "What is left this week with a free place would not mend it."
    else:
        text += "No session with a free place is left this week."
    color: Color = "amber" if mends else "brick"
    too_little = "Nothing is scheduled" if offers == NOTHING else "Too little is offered"
    heading = f"{too_little if offers else f'{missing} short'} this week"
    return WeekTold(course.week, color, heading, text, mends=mends, is_short=True, lacks=lacks)


def _mending(course: _Course) -> tuple[tuple[Opening, ...], ...]:
    """Return the smallest sets of sessions that would mend a week, in their order."""
    openings = sorted(course.openings, key=lambda each: each.starts_at)
    for size in range(1, MOST_TOGETHER + 1):
        found = tuple(
            some
            for some in combinations(openings, size)
            if all(one.ends_at <= other.starts_at for one, other in pairwise(some))
            and course.is_met((*course.coming, *some))
        )
        if found:
            return found
    return ()


def _offers_too_little(week: WeekAsked, visits: Sequence[Visit]) -> str:
    """Say what the program offers where that is less than the plan; else nothing."""
    offered = [each for each in visits if not (each.called_off or each.status == "cancelled")]
    theirs = [each for each in offered if not each.is_make_up]
    if not theirs:
        return NOTHING
    minutes = sum(each.scheduled_minutes for each in theirs)
    days = len({each.day for each in theirs if each.scheduled_minutes})
    said = []
    if minutes < week.required_minutes:
        said.append(f"{hours(minutes)} of {hours(week.required_minutes)}")
    if days < week.required_days:
        said.append(f"{days} of {counted(week.required_days, 'day')}")
    return f"The program offers {' on '.join(said)}. " if said else ""


def _minutes(each: Visit | Opening) -> int:
    return each.minutes if isinstance(each, Opening) else each.scheduled_minutes
