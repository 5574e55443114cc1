"""By which clock the end of an interval is read, by the number of a policy. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.compliance.clocks import Reading, in_business_days, in_days, in_months, in_visits
from domain.compliance.intervals import Interval
from domain.policy import Parameter


def read(interval: Interval, asked: Parameter) -> Reading:
    """Return when an interval is due by a number, and how long it took."""
    return _CLOCKS.get(asked.key, _in_days)(interval, asked.value)


def _in_days(interval: Interval, most: int) -> Reading:
    return in_days(interval.began, most, interval.done_on, interval.of.calendar)


def _in_business_days(interval: Interval, most: int) -> Reading:
    return in_business_days(interval.began, most, interval.done_on, interval.of.calendar)


def _in_months(interval: Interval, most: int) -> Reading:
    return in_months(interval.began, most, interval.done_on, interval.of.calendar)


def _in_visits(interval: Interval, most: int) -> Reading:
    return in_visits(interval.came, most, interval.done_on, interval.of.calendar)


def _in_own_business_days(interval: Interval, most: int) -> Reading:
    """Count the program's own: no leave of the patient puts off what it has to report."""
    calendar = replace(interval.of.calendar, leaves=())
    return in_business_days(interval.began, most, interval.done_on, calendar)


def _in_treatment_days(interval: Interval, most: int) -> Reading:
    """Count the days on which the patient came, after the one on which the stay began.

    Minnesota leaves that day out (245G.06, subd. 1).
    """
    by_day = {each.day: each for each in reversed(interval.of.visits) if each.came}
    came = [by_day[day] for day in sorted(by_day) if day > interval.began]
    reading = in_visits(came, most, interval.done_on, interval.of.calendar)
    at_once = interval.done_on is not None and interval.done_on <= interval.began
    return replace(reading, taken=0) if at_once else reading


_CLOCKS: Mapping[str, Callable[[Interval, int], Reading]] = {
    "first_plan_visits": _in_treatment_days,
    "first_plan_contacts": _in_visits,
    "plan_review_visits": _in_visits,
    "certification_months": _in_months,
    "discharge_summary_business_days": _in_own_business_days,
    "discharge_summary_months": _in_months,
    "court_report_business_days": _in_business_days,
    "noncompliance_report_business_days": _in_own_business_days,
    "emergency_report_business_days": _in_own_business_days,
}
"""The numbers that are not in calendar days, and their clocks."""
