"""The first time in a stay that something is done, and the intervals that begin with it. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date

from domain.compliance.facts import Done, InForce, PatientFacts, Since, latest
from domain.compliance.intervals import (
    Interval,
    Intervals,
    StayOf,
    certifications,
    each_time,
    from_each,
    until_done,
)
from domain.policy import Adopted

FirstOf = Callable[[StayOf], Done | None]
"""From a stay to the first time that something was done in it; None where it never was."""


def first_plan_of(of: StayOf) -> Done | None:
    """Return the day from which on the first plan of a stay holds.

    That it is made on that day is a reading of Daybook's: nothing else is on record of it.
    """
    ended = of.stay.discharged_on or date.max
    known = (each for each in of.facts.plans_in(of.stay) if each.from_day <= ended)
    first = min(known, key=_from_day, default=None)
    return Done(max(first.from_day, of.stay.admitted_on), first.event_id) if first else None


def first_certification_of(of: StayOf) -> Done | None:
    """Return when a physician certified a stay for the first time, or had before it began."""
    ended, since = of.stay.discharged_on or date.max, of.facts.ended_before(of.stay)
    known = (each for each in certifications(of.facts) if since < each.day <= ended)
    first = min(known, key=_day_of, default=None)
    return Done(max(first.day, of.stay.admitted_on), first.event_id) if first else None


def first_counselor_of(of: StayOf) -> Done | None:
    """Return when a stay had a counselor of the patient's own for the first time."""
    known = of.facts.counselors_in(of.stay)
    first = latest(known, of.stay.admitted_on) or min(known, key=_from_day, default=None)
    return Done(max(first.from_day, of.stay.admitted_on), first.event_id) if first else None


def to_the_first(first_of: FirstOf) -> Intervals:
    """Return what makes the interval from the admission to the first time."""

    def intervals(of: StayOf, _: Adopted) -> Iterator[Interval]:
        if of.stay.admitted_on >= of.since:
            yield until_done(of, of.stay.admitted_on, (), first_of(of))

    return intervals


def renewals(
    done_of: Callable[[PatientFacts], Iterable[Done]], first_of: FirstOf, asked_by: Collection[str]
) -> Intervals:
    """Return what makes the intervals from the first time on, and from each time to the next.

    A policy that has none of the numbers `asked_by` asks for no first time by itself: there the
    first interval begins with the admission.
    """
    from_the_admission = each_time(done_of)

    def intervals(of: StayOf, adopted: Adopted) -> Iterator[Interval]:
        if not any(adopted.policy.parameter(key) for key in asked_by):
            yield from from_the_admission(of, adopted)
            return
        first = first_of(of)
        if first is None:
            return
        by_day = {first.day: first}
        for each in done_of(of.facts):
            if of.stay.covers(each.day) and each.day > first.day:
                by_day.setdefault(each.day, each)
        if max(by_day) >= of.since:
            times = [by_day[day] for day in sorted(by_day)]
            yield from from_each(of, times, first.event_id)

    return intervals


def _from_day(said: Since | InForce) -> date:
    return said.from_day


def _day_of(done: Done) -> date:
    return done.day
