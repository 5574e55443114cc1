"""Which repairs disturb a patient's week least. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from domain.compliance.facts import OpenSession, Visit
from domain.times import MINUTE

Away = tuple[datetime, datetime]
"""From when to when somebody is away from home on a day."""


def away_on(visits: Iterable[Visit]) -> dict[date, Away]:
    """Return from when to when a patient is at sessions, by day."""
    found: dict[date, Away] = {}
    for each in visits:
        if each.expected:
            first, last = found.get(each.day, (each.starts_at, each.ends_at))
            found[each.day] = min(first, each.starts_at), max(last, each.ends_at)
    return found


def least_first(
    repairs: Iterable[tuple[OpenSession, ...]], away: Mapping[date, Away]
) -> list[tuple[OpenSession, ...]]:
    """Return repairs in the order in which they disturb a patient's week, the least first.

    Of those that disturb it as much, in the order in which they are given.
    """
    alone: dict[str, Disturbed] = {}

    def disturbed(repair: tuple[OpenSession, ...]) -> Disturbed:
        if len({each.day for each in repair}) < len(repair):
            return disturbs(repair, away)
        # On days of their own they add up, and each is in many repairs.
        new_days = longer = 0
        for each in repair:
            known = alone.get(each.session_id)
            if known is None:
                known = alone[each.session_id] = disturbs((each,), away)
            new_days += known[0]
            longer += known[1]
        return new_days, longer

    return sorted(repairs, key=disturbed)


Disturbed = tuple[int, int]
"""On how many days a patient would have to come though they do not yet, and how many minutes longer
they would be away on all days, from the first session to the last."""


def disturbs(repair: Iterable[OpenSession], away: Mapping[date, Away]) -> Disturbed:
    """Return how much a repair disturbs a patient's week."""
    then: dict[date, Away] = {}
    for each in repair:
        day = each.day
        first, last = then.get(day) or away.get(day) or (each.starts_at, each.ends_at)
        then[day] = min(first, each.starts_at), max(last, each.ends_at)
    new_days, longer = 0, timedelta()
    for day, (first, last) in then.items():
        if before := away.get(day):
            longer -= before[1] - before[0]
        else:
            new_days += 1
        longer += last - first
    return new_days, longer // MINUTE
