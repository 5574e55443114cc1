"""Which days take a unit of an authorization. Pure."""

from collections import defaultdict
from datetime import date

from domain.compliance.facts import Authorized, FacilityFacts, PatientFacts, Visit
from domain.times import week_of

UnitDays = list[tuple[date, tuple[str, ...]]]
"""The days that took a unit of an authorization, in order, and the events that say so."""


def unit_days(facts: PatientFacts, site: FacilityFacts, authorized: Authorized) -> UnitDays:
    """Return the days that take a unit: with enough minutes, and no more a week than agreed."""
    by_day: dict[date, list[Visit]] = defaultdict(list)
    for visit in facts.visits.values():
        if authorized.covers(visit.day):
            by_day[visit.day].append(visit)
    taken: dict[date, int] = defaultdict(int)
    found: UnitDays = []
    for day, visits in sorted(by_day.items()):
        week = week_of(day, site.week_starts_on)
        at_most = authorized.units_per_week
        enough = sum(each.minutes for each in visits) >= authorized.minutes_per_unit
        if enough and (at_most is None or taken[week] < at_most):
            taken[week] += 1
            found.append((day, tuple(event for each in visits for event in each.evidence)))
    return found
