"""The units of authorizations: to which of them each day of treatment is charged. Pure.

This is the one place where units are counted: what is left of an authorization on a patient's page,
in a finding and behind a billable day all come from here.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.compliance.facts import Authorized, FacilityFacts, PatientFacts, Visit
from domain.times import week_of


@dataclass(frozen=True, slots=True)
class Left:
    """How many units are left of an authorization, below 0 where more were used, and the proof."""

    authorized: Authorized
    units: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """A day that took a unit of an authorization, the event on the payer, and its visits."""

    day: date
    paid_by: str
    visits: tuple[Visit, ...]


def unit_for(day: date, minutes: int, left: Iterable[Left]) -> Left | None:
    """Return the authorization that has a unit left for a day with these minutes, if any has.

    Of several it is the first to end. One whose unit is longer than the day comes last: it would
    not be charged for it.
    """
    able = (each for each in left if each.units > 0 and each.authorized.covers(day))
    return min(
        able,
        key=lambda each: (minutes < each.authorized.minutes_per_unit, *_order(each.authorized)),
        default=None,
    )


class AuthorizationUnits:
    """The days that a patient attended, each charged to one authorization at most.

    A day is charged to an authorization of the payer on that day. It takes a unit of the first to
    end of those that have one left, no more a week than the payer allows. A day that finds none
    left is charged to the first to end all the same: more was done than was agreed to.
    """

    def __init__(self, facts: PatientFacts, site: FacilityFacts) -> None:
        self._facts = facts
        self._site = site
        self._charges: dict[str, list[Charge]] = {key: [] for key in facts.authorized}
        self._weeks: Counter[tuple[str, date]] = Counter()
        by_day: dict[date, list[Visit]] = defaultdict(list)
        for visit in facts.visits.values() if facts.authorized else ():
            by_day[visit.day].append(visit)
        for day, visits in sorted(by_day.items()):
            self._charge(day, visits)

    def days(self, key: str) -> list[date]:
        """Return the days that are charged to an authorization, as far as is recorded, in order."""
        return [each.day for each in self._charges[key]]

    def proof(self, key: str, through: date = date.max) -> tuple[str, ...]:
        """Return the events that say what is used of an authorization by a day.

        Where others of the same payer have days in common with it, what they took is among them.
        """
        told: set[str] = set()
        for rival in self._rivals(key, through):
            told.add(self._facts.authorized[rival].event_id)
            for each in self._charges[rival][: self._used_before(rival, through, included=True)]:
                told.add(each.paid_by)
                told.update(event for visit in each.visits for event in visit.evidence)
                stay = self._facts.stay_on(each.day)
                told.update(stay.evidence if stay else ())
        return tuple(sorted(told))

    def after(self, day: date) -> Iterator[tuple[str, int]]:
        """Yield what is left, once a day is over, of each authorization of the payer on it."""
        for key, authorized in self._of_payer(day):
            yield key, authorized.units - self._used_before(key, day, included=True)

    def before(self, day: date) -> Iterator[tuple[str, int]]:
        """Yield what is left for a day of each authorization of the payer on it.

        Nothing is in a week of which all units are used.
        """
        for key, authorized in self._of_payer(day):
            left = authorized.units - self._used_before(key, day)
            yield key, 0 if self._week_is_used(key, day) else left

    def _charge(self, day: date, visits: list[Visit]) -> None:
        payer = self._facts.payer_on(day)
        if payer is None:
            return
        minutes = sum(each.minutes for each in visits)
        week = week_of(day, self._site.week_starts_on)
        open_ = [
            Left(each, each.units - len(self._charges[key]), ())
            for key, each in self._facts.authorized.items()
            if each.payer == payer.who
            and each.covers(day)
            and minutes >= each.minutes_per_unit
            and (each.units_per_week is None or self._weeks[key, week] < each.units_per_week)
        ]
        chosen = unit_for(day, minutes, open_) or min(open_, key=_first_to_end, default=None)
        if chosen is not None:
            key = chosen.authorized.authorization_id
            self._weeks[key, week] += 1
            self._charges[key].append(Charge(day, payer.event_id, tuple(visits)))

    def _of_payer(self, day: date) -> Iterator[tuple[str, Authorized]]:
        payer = self._facts.payer_on(day)
        for key, authorized in self._facts.authorized.items():
            if payer and authorized.payer == payer.who:
                yield key, authorized

    def _week_is_used(self, key: str, day: date) -> bool:
        """Tell whether the days before one took all units that the payer allows in its week."""
        at_most = self._facts.authorized[key].units_per_week
        if at_most is None:
            return False
        week = week_of(day, self._site.week_starts_on)
        return self._used_before(key, day) - self._used_before(key, week) >= at_most

    def _used_before(self, key: str, day: date, *, included: bool = False) -> int:
        search = bisect_right if included else bisect_left
        return search(self._charges[key], day, key=lambda each: each.day)

    def _rivals(self, key: str, through: date) -> set[str]:
        """Return the authorizations, this one too, that could have taken each other's days."""
        known = self._facts.authorized
        found, to_follow = {key}, [key]
        while to_follow:
            one = known[to_follow.pop()]
            for other, authorized in known.items():
                if (
                    other not in found
                    and authorized.first_day <= through
                    and _meet(one, authorized)
                ):
                    found.add(other)
                    to_follow.append(other)
        return found


def _first_to_end(left: Left) -> tuple[date, str]:
    return _order(left.authorized)


def _order(authorized: Authorized) -> tuple[date, str]:
    return authorized.last_day, authorized.authorization_id


def _meet(one: Authorized, other: Authorized) -> bool:
    """Tell whether two authorizations of one payer have a day in common."""
    if one.payer != other.payer:
        return False
    return one.first_day <= other.last_day and other.first_day <= one.last_day
