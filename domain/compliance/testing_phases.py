"""How often drug tests are due: by the phase that somebody decided on. Pure."""

from collections.abc import Iterator
from datetime import date

from domain.compliance.clocks import in_days
from domain.compliance.facts import Phased
from domain.compliance.intervals import Interval, StayOf, each_time, until_done
from domain.policy import Adopted, Parameter

_specimens = each_time(lambda facts: facts.tests)


def between_tests(of: StayOf, adopted: Adopted) -> Iterator[Interval]:
    """Yield the intervals between the days on which a specimen was collected.

    One more begins on the day from which on a patient who was stable is so no longer.
    """
    found = list(_specimens(of, adopted))
    if adopted.policy.parameter("drug_test_stable_days"):
        found += _begun_anew(of)
    yield from sorted(found, key=lambda each: each.began)


def _begun_anew(of: StayOf) -> Iterator[Interval]:
    tested = sorted(
        (each for each in of.facts.tests if of.stay.covers(each.day)), key=lambda each: each.day
    )
    for before, each in _no_longer_stable(of):
        following = next((test for test in tested if test.day >= each.from_day), None)
        tested_that_day = following is not None and following.day == each.from_day
        if each.from_day >= of.since and not tested_that_day:
            told = (before.event_id, each.event_id)
            yield until_done(of, each.from_day, told, following)


def number_of_phase(
    interval: Interval, adopted: Adopted
) -> tuple[Parameter | None, tuple[str, ...]]:
    """Return the number that holds for an interval, and the decisions that say so.

    It is that of the stable phase where the patient was stable when it began, or on the day on
    which the next test was taken or, by the other number, due: whoever is found stable in time
    need not be tested once more before that.
    """
    initial = adopted.policy.parameter("drug_test_days")
    stable = adopted.policy.parameter("drug_test_stable_days")
    if initial is None or stable is None:
        return initial, ()
    of, done_on = interval.of, interval.done_on
    due = in_days(interval.began, initial.value, done_on, of.calendar).due
    last = min(each for each in (due, done_on) if each)
    decided = [of.facts.phase_on(of.stay, day) for day in (interval.began, last)]
    known = [each for each in decided if each]
    is_stable = any(each.phase == "stable" for each in known)
    told = tuple(dict.fromkeys(each.event_id for each in known))
    return stable if is_stable else initial, told


def _no_longer_stable(of: StayOf) -> Iterator[tuple[Phased, Phased]]:
    """Yield the decisions by which a phase of stability began and ended."""
    by_day: dict[date, Phased] = {}
    for each in of.facts.phases:
        if of.stay.covers(each.from_day):
            by_day[each.from_day] = each
    before: Phased | None = None
    for day in sorted(by_day):
        each = by_day[day]
        if before and before.phase == "stable" and each.phase == "initial":
            yield before, each
        before = each
