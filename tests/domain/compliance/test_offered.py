"""Each rule about what is offered over time: met, just under, just over, and not applicable.

The week has 3 x 180 = 540 minutes, on Monday, Tuesday and Thursday; others may come before it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.compliance.facts import InForce, Leave, Visit
from domain.compliance.finding import Finding
from domain.compliance.offered import average_hours, group_each_day, longest_gap
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from tests.support.compliance_week import EVENINGS, MONDAY, PLAN, WEEK, adopted, visit

SUNDAY = MONDAY + timedelta(days=6)


def finding(rule: Rule, period: Period, **numbers: int) -> Finding:
    found = rule(period, adopted(**numbers))
    assert found is not None
    return found


def outcome(rule: Rule, period: Period, **numbers: int) -> tuple[str, int | None]:
    found = finding(rule, period, **numbers)
    return found.state, found.measured


def after(weeks: int, *earlier: Visit, **otherwise: Any) -> Period:
    """The week as one of a stay that began so many weeks before it, with these visits before."""
    known = sorted((*earlier, *EVENINGS), key=lambda each: each.starts_at)
    admitted_on = MONDAY - timedelta(weeks=weeks)
    return replace(WEEK, admitted_on=admitted_on, stay_visits=known, **otherwise)


def only(period: Period, evidence: Iterable[str]) -> Period:
    """The facts of a period and of the weeks before it that some events say."""
    said = set(evidence)
    assert said >= {*period.stay}
    kept: dict[str, Any] = {
        name: tuple(each for each in getattr(period, name) if said >= {*each.evidence})
        for name in ("visits", "leaves", "stay_visits", "stay_leaves")
    }
    plans = tuple(each for each in period.plans if each.event_id in said)
    return replace(period, plans=plans, **kept)


# average-hours


@pytest.mark.parametrize(
    ("minutes", "state", "average"), [(539, "breached", 539), (540, "met", 540), (541, "met", 540)]
)
def test_average_hours_are_those_of_the_weeks_of_the_stay_so_far(
    minutes: int, state: str, average: int
) -> None:
    # (539 + 540) / 2 = 539.5, which is not 540; (541 + 540) / 2 = 540.5.
    week = after(1, visit(-7, {"group": minutes}))
    assert outcome(average_hours, week, average_offered_minutes_min=540) == (state, average)


def test_average_hours_of_a_short_week_are_made_good_by_another() -> None:
    # 300 + 780 + 540 = 1620 in three weeks: 540 each. Week by week the first would not do.
    earlier = (visit(-14, {"group": 300}), visit(-7, {"group": 780}))
    found = finding(average_hours, after(2, *earlier), average_offered_minutes_min=540)
    assert (found.state, found.measured) == ("met", 540)
    assert found.because.startswith("540 minutes a week were offered on average (1620 in 3 weeks)")
    assert {"session--14:1", "session--7:4"} <= set(found.evidence)


def test_average_hours_count_what_was_offered_whether_the_patient_came_or_not() -> None:
    missed = visit(-7, {"group": 540}, status="no_show", credited={})
    called_off = visit(-6, {"group": 600}, status="cancelled", credited={})
    week = after(1, missed, called_off)
    assert outcome(average_hours, week, average_offered_minutes_min=540) == ("met", 540)


def test_average_hours_leave_out_the_week_of_the_admission() -> None:
    # Admitted on Tuesday the 24th of February: that week is a part of one.
    week = replace(after(1, visit(-6, {"group": 60})), admitted_on=MONDAY - timedelta(days=6))
    assert outcome(average_hours, week, average_offered_minutes_min=540) == ("met", 540)


def test_average_hours_leave_out_weeks_of_leave_and_of_a_taper() -> None:
    away = Leave(MONDAY - timedelta(days=5), MONDAY - timedelta(days=5), ("patient-1:6",))
    short = visit(-7, {"group": 60})
    week = after(1, short, stay_leaves=(away,))
    found = finding(average_hours, week, average_offered_minutes_min=540)
    assert (found.state, found.measured) == ("met", 540)
    assert "patient-1:6" in found.evidence
    # The taper of the week before was taken back with a plan from this Monday on.
    taper = InForce(MONDAY - timedelta(days=7), 360, 2, "patient-1:8", MONDAY - timedelta(days=7))
    anew = replace(PLAN, from_day=MONDAY, event_id="patient-1:9")
    week = after(1, short, plans=(PLAN, taper, anew))
    numbers = {"average_offered_minutes_min": 540}
    assert outcome(average_hours, week, **numbers) == ("breached", 300)
    assert outcome(average_hours, week, taper_weeks_max=2, **numbers) == ("met", 540)


def test_average_hours_do_not_apply_to_a_partial_week() -> None:
    week = replace(after(1, visit(-7, {"group": 60})), discharged_on=MONDAY + timedelta(days=4))
    assert outcome(average_hours, week, average_offered_minutes_min=540)[0] == "not_applicable"


# longest-gap


@pytest.mark.parametrize(("most", "state"), [(2, "breached"), (3, "met"), (4, "met")])
def test_longest_gap_is_that_between_two_services_or_to_the_end_of_the_week(
    most: int, state: str
) -> None:
    # Thursday is the last: Friday, Saturday, Sunday. Wednesday alone is between two.
    assert outcome(longest_gap, WEEK, gap_days_max=most) == (state, 3)


def test_longest_gap_over_the_end_of_a_week_counts_in_both() -> None:
    # From Wednesday, the 25th, to Monday, the 2nd: 26, 27, 28 and the 1st are four days.
    found = finding(longest_gap, after(1, visit(-5, {"group": 180})), gap_days_max=3)
    assert (found.state, found.measured) == ("breached", 4)
    assert found.because == "4 days in a row were without a service, 1 over the maximum of 3"
    assert {"session--5:1", "session--5:4"} <= set(found.evidence)
    friday = after(1, visit(-3, {"group": 180}))
    assert outcome(longest_gap, friday, gap_days_max=3) == ("met", 3)


def test_longest_gap_of_a_week_without_a_service_goes_on_from_the_last_one() -> None:
    # Sunday, the 1st, was the last: seven days by Sunday, the 8th.
    week = replace(after(1, visit(-1, {"group": 180})), visits=())
    assert outcome(longest_gap, week, gap_days_max=2) == ("breached", 7)


def test_longest_gap_counts_what_was_missed_as_offered_and_what_was_called_off_as_none() -> None:
    missed = visit(5, {"group": 180}, status="no_show", credited={})
    week = replace(WEEK, visits=(*EVENINGS, missed))
    assert outcome(longest_gap, week, gap_days_max=1) == ("met", 1)
    called_off = replace(missed, status="cancelled")
    week = replace(WEEK, visits=(*EVENINGS, called_off))
    assert outcome(longest_gap, week, gap_days_max=1) == ("breached", 3)
    breaks = visit(5, {"break": 180})
    assert outcome(longest_gap, replace(WEEK, visits=(*EVENINGS, breaks)), gap_days_max=3)[1] == 3


def test_longest_gap_does_not_count_days_of_leave() -> None:
    # Of the four days from the 26th to the 1st two were leave.
    away = Leave(date(2026, 2, 27), date(2026, 2, 28), ("patient-1:6",))
    week = after(1, visit(-5, {"group": 180}), stay_leaves=(away,))
    # Then Friday to Sunday of the week itself are longer.
    found = finding(longest_gap, week, gap_days_max=3)
    assert (found.state, found.measured) == ("met", 3)
    assert "patient-1:6" in found.evidence


def test_longest_gap_does_not_apply_before_the_first_service_or_to_a_partial_week() -> None:
    found = finding(longest_gap, replace(WEEK, visits=()), gap_days_max=2)
    assert (found.state, found.measured) == ("not_applicable", None)
    assert found.because == "there was no service before it"
    week = replace(WEEK, discharged_on=MONDAY + timedelta(days=4))
    assert outcome(longest_gap, week, gap_days_max=2)[0] == "not_applicable"


# group-each-day


def a_day(*visits: Visit) -> Period:
    return replace(WEEK, last_day=MONDAY, visits=visits)


GROUP, INDIVIDUAL = visit(0, {"group": 120, "skills": 60}), visit(0, {"individual": 50})


@pytest.mark.parametrize(("least", "state"), [(1, "met"), (2, "met"), (3, "breached")])
def test_group_each_day_counts_the_sessions_of_the_day_that_have_a_group(
    least: int, state: str
) -> None:
    day = a_day(GROUP, INDIVIDUAL, replace(GROUP, session_id="session-9"))
    found = finding(group_each_day, day, groups_per_day_min=least)
    assert (found.state, found.measured, found.unit) == (state, 2, "times")


def test_group_each_day_asks_for_one_where_something_else_was_offered() -> None:
    assert outcome(group_each_day, a_day(INDIVIDUAL), groups_per_day_min=1) == ("breached", 0)
    missed = replace(GROUP, status="no_show", credited={})
    assert outcome(group_each_day, a_day(missed), groups_per_day_min=1) == ("met", 1)
    called_off = replace(GROUP, status="cancelled", credited={})
    day = a_day(INDIVIDUAL, called_off)
    assert outcome(group_each_day, day, groups_per_day_min=1) == ("breached", 0)
    dropped_in = replace(GROUP, rostered=False)
    assert outcome(group_each_day, a_day(dropped_in), groups_per_day_min=1) == ("met", 1)


def test_group_each_day_does_not_apply_where_nothing_was_offered() -> None:
    called_off = replace(GROUP, status="cancelled", credited={})
    found = finding(group_each_day, a_day(called_off), groups_per_day_min=1)
    assert (found.state, found.because) == ("not_applicable", "nothing was offered")


# All of them


@pytest.mark.parametrize("rule", [average_hours, longest_gap])
def test_it_is_found_again_from_the_events_that_it_names(rule: Rule) -> None:
    away = Leave(date(2026, 2, 18), date(2026, 2, 19), ("patient-1:6", "patient-1:7"))
    later = Leave(SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=2), ("patient-1:10",))
    taper = InForce(date(2026, 2, 9), 360, 2, "patient-1:8", date(2026, 2, 9))
    anew = replace(PLAN, from_day=date(2026, 2, 16), event_id="patient-1:9")
    earlier = [visit(day, {"group": 180}) for day in (-28, -26, -21, -17, -13, -7, -5)]
    called_off = visit(-2, {"group": 180}, status="cancelled", credited={})
    week = after(4, *earlier, called_off, plans=(PLAN, taper, anew), stay_leaves=(away, later))
    numbers = {"average_offered_minutes_min": 540, "gap_days_max": 2, "taper_weeks_max": 1}
    found = finding(rule, week, **numbers)
    assert found.state in {"met", "breached"}
    assert "patient-1:10" not in found.evidence
    assert finding(rule, only(week, found.evidence), **numbers) == found
