"""The rules about what is offered over time: on average, without long gaps, a group a day. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from domain.compliance.clocks import DAY, leaves_within
from domain.compliance.facts import Leave, Visit
from domain.compliance.finding import Finding
from domain.compliance.period import Period, minutes_of
from domain.compliance.thresholds import Measured, Rule, evaluate
from domain.plurals import amount
from domain.policy import Adopted, Policy
from domain.times import days


def average_hours(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether so many minutes a week were offered, on average of the stay through this week.

    Virginia: at least 3 hours a day of adults, 2 of adolescents, *to achieve an average* of 9 to 19
    hours a week, or 6 to 19 (12VAC30-130-5090,
    https://law.lis.virginia.gov/admincode/title12/agency30/chapter130/section5090/). It does not
    say over which weeks, nor whether offered or attended: that it is what the schedule offered in
    the weeks of the stay so far is a reading of Daybook's (unverified). Weeks of which the patient
    was in treatment for a part, on leave on a day or in a taper are left out, as each-week rules
    leave them out. A fraction of a minute is none: 539 and two thirds are not 540.
    """
    if adopted.policy.parameter("average_offered_minutes_min") is None:
        return None
    earlier = tuple(week.weeks_before())
    total, weeks = _in_all(week, earlier, adopted.policy)
    of = Measured(
        total // weeks,
        f"minutes a week were offered on average ({total} in {amount(weeks, 'weeks')})",
        evidence=tuple(_told(earlier)),
    )
    return evaluate("average-hours", "average_offered_minutes_min", of, week, adopted)


def lacking_on_average(week: Period, policy: Policy, required: int) -> int:
    """Return how many minutes a week is short of for so many on average of the stay through it."""
    total, weeks = _in_all(week, week.weeks_before(), policy)
    return required * weeks - total


def _in_all(week: Period, earlier: Iterable[Period], policy: Policy) -> tuple[int, int]:
    """Return how many minutes were offered in a week and those before it, and in how many weeks."""
    counted = [week, *(each for each in earlier if not _is_set_apart(each, policy))]
    return sum(each.offered(policy.counts) for each in counted), len(counted)


def _is_set_apart(week: Period, policy: Policy) -> bool:
    """Tell whether a week does not count for an average, since of itself nothing is asked."""
    allowed = policy.parameter("taper_weeks_max")
    return bool(week.leaves) or (allowed is not None and 0 < week.taper_week <= allowed.value)


def _told(weeks: Iterable[Period]) -> Iterator[str]:
    for each in weeks:
        yield from each.evidence
        yield from _events_of(each.leaves)


def longest_gap(week: Period, adopted: Adopted) -> Finding | None:
    """Tell whether no more than so many days in a row went by without a service.

    North Carolina, of SAIOP: no more than 2 consecutive days between offered services (8A-12; read
    as a provider quotes it, http://questinnovations.org/substance-abuse-intensive-outpatient-program/).
    A gap is told in each week that has days of it, as long as it is by the end of that week. Before
    the first service of the stay there is none. What the patient's own schedule offers counts, and
    days of leave do not: both are readings of Daybook's (unverified).
    """
    last = _last_before(week, adopted)
    away = _leaves_of(week, last)
    of = Measured(
        max((len(each) for each in _gaps(week, adopted, last, away)), default=None),
        "days in a row were without a service",
        missing="there was no service before it",
        unmeasured="not_applicable",
        within="at most",
        evidence=(*_events_of(last), *_events_of(away)),
    )
    return evaluate("longest-gap", "gap_days_max", of, week, adopted)


def too_long_from(week: Period, adopted: Adopted) -> date | None:
    """Return the day with which the first gap of a week becomes too long; None where none does."""
    parameter = adopted.policy.parameter("gap_days_max")
    if parameter is None:
        return None
    most, last = parameter.value, _last_before(week, adopted)
    gaps = _gaps(week, adopted, last, _leaves_of(week, last))
    return min((each[most] for each in gaps if len(each) > most), default=None)


def _gaps(
    week: Period, adopted: Adopted, before: list[Visit], away: tuple[Leave, ...]
) -> Iterator[list[date]]:
    """Yield the days of each gap by the end of a week, none of them of a leave."""
    here = {each.day for each in week.visits if _is_service(each, adopted)}
    served = sorted({*(each.day for each in before), *here})
    for first, last in pairwise([*served, week.last_day + DAY]):
        between = days(first + DAY, last - DAY)
        yield [day for day in between if not any(each.covers(day) for each in away)]


def _last_before(week: Period, adopted: Adopted) -> list[Visit]:
    """Return the last service before a week; none where there was none."""
    return [each for each in week.visits_before() if _is_service(each, adopted)][-1:]


def _leaves_of(week: Period, before: list[Visit]) -> tuple[Leave, ...]:
    """Return the leaves from the last service before a week to its end."""
    since = before[0].day if before else week.first_day
    return leaves_within(week.stay_leaves, since, week.last_day)


def _is_service(visit: Visit, adopted: Adopted) -> bool:
    """Tell whether a visit is a service that was offered to the patient, or to which they came."""
    return visit.offered and minutes_of([visit.scheduled], adopted.policy.counts) > 0


def _events_of(known: Iterable[Visit | Leave]) -> Iterator[str]:
    return (event_id for each in known for event_id in each.evidence)


def group_each_day(day: Period, adopted: Adopted) -> Finding | None:
    """Tell whether so many of the sessions of a day were groups.

    North Carolina, of SAIOP: group counseling on each day on which services are offered (8A-12;
    read as a provider quotes it,
    https://sandhillsbc.com/medical-clinic-substance-abuse-intensive-outpatient-program). That this
    is asked of each patient's own schedule is a reading of Daybook's (unverified). What the patient
    dropped in to was offered to them, too.
    """
    offered = [each for each in day.visits if each.offered]
    of = Measured(
        sum(1 for each in offered if each.scheduled.get("group", 0)) if offered else None,
        "groups were offered",
        missing="nothing was offered",
        unmeasured="not_applicable",
        span="day",
        tapers=False,
        partial=False,
    )
    return evaluate("group-each-day", "groups_per_day_min", of, day, adopted)


SCHEDULED: tuple[Rule, ...] = (group_each_day,)
"""The rules that a day is judged by on which a patient was expected, whether they came or not."""
