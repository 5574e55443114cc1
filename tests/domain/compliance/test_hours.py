"""Each rule about hours: met, just under, just over, and where it does not apply.

The week has 3 x 180 = 540 minutes, offered and attended, on three days, one hour of it individual.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.compliance.facts import InForce
from domain.compliance.finding import Finding
from domain.compliance.hours import (
    attended_hours,
    days_a_week,
    individual_a_week,
    offered_hours,
    prescribed_hours,
    psychiatric_a_week,
    taper_weeks,
    too_many_hours,
)
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from tests.support.compliance_week import MONDAY, PLAN, WEEK, adopted, visit, with_third_evening

DISCHARGED_ON_SATURDAY = replace(WEEK, discharged_on=MONDAY + timedelta(days=5))
DISCHARGED_ON_SUNDAY = replace(WEEK, discharged_on=MONDAY + timedelta(days=6))
ADMITTED_ON_MONDAY = replace(WEEK, admitted_on=MONDAY)
ADMITTED_ON_TUESDAY = replace(WEEK, admitted_on=MONDAY + timedelta(days=1))
PARTIAL = "the patient was in treatment for a part of the week"


def tapering(began: date, minutes: int = 360) -> Period:
    plan = InForce(began, minutes, 2, "patient-1:9", taper_began=began)
    return replace(WEEK, plans=(PLAN, plan))


def finding(rule: Rule, week: Period, **numbers: int) -> Finding:
    found = rule(week, adopted(**numbers))
    assert found is not None
    return found


def outcome(rule: Rule, week: Period, **numbers: int) -> tuple[str, int | None, int]:
    found = finding(rule, week, **numbers)
    return found.state, found.measured, found.required


# prescribed-hours


def prescribing(minutes: int) -> Period:
    return replace(WEEK, plans=(replace(PLAN, weekly_minutes=minutes),))


@pytest.mark.parametrize(("minutes", "state"), [(539, "breached"), (540, "met"), (541, "met")])
def test_prescribed_hours_are_those_of_the_plan(minutes: int, state: str) -> None:
    asked = {"prescribed_minutes_min": 540}
    assert outcome(prescribed_hours, prescribing(minutes), **asked) == (state, minutes, 540)


def test_prescribed_hours_of_a_plan_adjusted_within_the_week_are_the_least_of_its_days() -> None:
    adjusted = InForce(MONDAY + timedelta(days=2), 480, 3, "patient-1:9")
    week = replace(WEEK, plans=(adjusted, PLAN))
    assert outcome(prescribed_hours, week, prescribed_minutes_min=540) == ("breached", 480, 540)
    earlier = replace(
        WEEK, plans=(replace(PLAN, weekly_minutes=480), replace(adjusted, weekly_minutes=600))
    )
    assert outcome(prescribed_hours, earlier, prescribed_minutes_min=540) == ("breached", 480, 540)


def test_prescribed_hours_of_a_plan_before_the_week_count_no_longer() -> None:
    old = InForce(date(2026, 1, 5), 300, 3, "patient-1:0")
    found = finding(prescribed_hours, replace(WEEK, plans=(PLAN, old)), prescribed_minutes_min=540)
    assert (found.state, found.measured) == ("met", 540)
    assert old.event_id not in found.evidence


@pytest.mark.parametrize("plans", [(), (replace(PLAN, from_day=MONDAY + timedelta(days=1)),)])
def test_prescribed_hours_are_unknown_without_a_plan_on_each_day(plans: Any) -> None:
    found = finding(prescribed_hours, replace(WEEK, plans=plans), prescribed_minutes_min=540)
    assert (found.state, found.measured) == ("unknown", None)
    assert found.because == "no plan of care holds on its first day"


def test_prescribed_hours_are_known_of_a_plan_that_begins_with_the_week() -> None:
    week = replace(WEEK, plans=(replace(PLAN, from_day=MONDAY),))
    assert outcome(prescribed_hours, week, prescribed_minutes_min=540) == ("met", 540, 540)


def test_prescribed_hours_do_not_apply_to_a_partial_week() -> None:
    found = finding(prescribed_hours, ADMITTED_ON_TUESDAY, prescribed_minutes_min=540)
    assert (found.state, found.because) == ("not_applicable", PARTIAL)


# offered-hours


@pytest.mark.parametrize(("required", "state"), [(541, "breached"), (540, "met"), (539, "met")])
def test_offered_hours_are_those_on_the_schedule(required: int, state: str) -> None:
    stayed_away = replace(WEEK, visits=tuple(replace(each, credited={}) for each in WEEK.visits))
    for week in (WEEK, stayed_away):
        assert outcome(offered_hours, week, offered_minutes_min=required) == (state, 540, required)


def test_offered_hours_leave_out_what_nobody_was_expected_at() -> None:
    # A make-up, or a session that was called off: 540 - 180 = 360.
    week = with_third_evening(rostered=False)
    assert outcome(offered_hours, week, offered_minutes_min=540) == ("breached", 360, 540)


def test_offered_hours_leave_out_services_that_do_not_count() -> None:
    terms = adopted(offered_minutes_min=480)
    counting = replace(terms, policy=replace(terms.policy, counts=("group", "individual")))
    found = offered_hours(WEEK, counting)
    # 3 x 120 of group and 60 of individual: 420.
    assert found
    assert (found.state, found.measured) == ("breached", 420)


def test_offered_hours_do_not_apply_to_a_partial_week() -> None:
    found = finding(offered_hours, DISCHARGED_ON_SATURDAY, offered_minutes_min=540)
    assert (found.state, found.because) == ("not_applicable", PARTIAL)


# attended-hours


@pytest.mark.parametrize(
    ("last", "state", "minutes"), [(59, "breached", 539), (60, "met", 540), (61, "met", 541)]
)
def test_attended_hours_are_those_of_presence(last: int, state: str, minutes: int) -> None:
    week = with_third_evening(credited={"group": 120, "individual": last})
    assert outcome(attended_hours, week, attended_minutes_min=540) == (state, minutes, 540)


def test_attended_hours_count_a_make_up_in_the_week_in_which_it_was() -> None:
    make_up = visit(5, {"group": 60}, rostered=False, scheduled={"group": 180})
    week = replace(WEEK, visits=(*WEEK.visits, make_up))
    assert outcome(attended_hours, week, attended_minutes_min=600) == ("met", 600, 600)


def test_attended_hours_name_the_visits_that_would_mend_them() -> None:
    week = with_third_evening(credited={}, status="incomplete")
    found = finding(attended_hours, week, attended_minutes_min=540)
    assert (found.state, found.measured, found.mends) == ("breached", 360, ("session-3",))
    assert found.because.startswith("1 visit has no time out, and so no minutes; ")
    met = finding(attended_hours, week, attended_minutes_min=360)
    assert (met.state, met.mends) == ("met", ())


@pytest.mark.parametrize(
    ("week", "state"),
    [
        (ADMITTED_ON_MONDAY, "met"),
        (ADMITTED_ON_TUESDAY, "not_applicable"),
        (DISCHARGED_ON_SATURDAY, "not_applicable"),
        (DISCHARGED_ON_SUNDAY, "met"),
    ],
)
def test_attended_hours_do_not_apply_to_a_partial_week(week: Period, state: str) -> None:
    assert outcome(attended_hours, week, attended_minutes_min=540)[0] == state


def test_attended_hours_say_where_policy_and_plan_differ() -> None:
    assert "the plan asks" not in finding(attended_hours, WEEK, attended_minutes_min=540).because
    found = finding(attended_hours, prescribing(720), attended_minutes_min=540)
    assert (found.state, found.required) == ("met", 540)
    assert found.because.endswith("the plan asks for 720")


# too-many-hours


@pytest.mark.parametrize(("most", "state"), [(541, "met"), (540, "met"), (539, "breached")])
def test_too_many_hours_are_more_than_this_level_has(most: int, state: str) -> None:
    assert outcome(too_many_hours, WEEK, attended_minutes_max=most) == (state, 540, most)


def test_hours_are_mended_by_no_time_out_of_what_does_not_count() -> None:
    week = with_third_evening(credited={}, status="incomplete", scheduled={"group": 180})
    found = finding(individual_a_week, week, individual_per_week_min=1)
    assert (found.state, found.mends) == ("breached", ())
    assert "time out" not in found.because
    week = with_third_evening(credited={}, status="incomplete")
    assert finding(individual_a_week, week, individual_per_week_min=1).mends == ("session-3",)


def test_too_many_hours_are_mended_by_no_time_out() -> None:
    week = with_third_evening(credited={}, status="incomplete")
    assert finding(too_many_hours, week, attended_minutes_max=300).mends == ()


def test_too_many_hours_do_not_apply_to_a_partial_week() -> None:
    found = finding(too_many_hours, ADMITTED_ON_TUESDAY, attended_minutes_max=300)
    assert found.state == "not_applicable"


# days-a-week


@pytest.mark.parametrize(("required", "state"), [(2, "met"), (3, "met"), (4, "breached")])
def test_days_a_week_are_days_with_presence(required: int, state: str) -> None:
    assert outcome(days_a_week, WEEK, days_per_week_min=required) == (state, 3, required)


def test_days_a_week_count_two_sessions_of_one_day_once_and_no_day_without_a_minute() -> None:
    twice = with_third_evening(day=MONDAY)
    assert outcome(days_a_week, twice, days_per_week_min=3) == ("breached", 2, 3)
    missed = with_third_evening(credited={})
    assert outcome(days_a_week, missed, days_per_week_min=3) == ("breached", 2, 3)


def test_days_a_week_do_not_apply_to_a_partial_week() -> None:
    assert outcome(days_a_week, ADMITTED_ON_TUESDAY, days_per_week_min=3)[0] == "not_applicable"


# taper-weeks


@pytest.mark.parametrize(
    ("began", "number", "state"),
    [
        (MONDAY + timedelta(days=6), 1, "met"),
        (MONDAY, 1, "met"),
        (MONDAY - timedelta(days=1), 2, "met"),
        (MONDAY - timedelta(days=7), 2, "met"),
        (MONDAY - timedelta(days=8), 3, "breached"),
    ],
)
def test_taper_weeks_are_counted_from_the_week_in_which_it_began(
    began: date, number: int, state: str
) -> None:
    assert outcome(taper_weeks, tapering(began), taper_weeks_max=2) == (state, number, 2)


def test_taper_weeks_are_not_told_where_no_plan_tapers() -> None:
    assert taper_weeks(WEEK, adopted(taper_weeks_max=2)) is None


@pytest.mark.parametrize("rule", [offered_hours, attended_hours, days_a_week, individual_a_week])
def test_the_minimums_of_a_week_do_not_apply_while_it_tapers(rule: Rule) -> None:
    numbers = {
        "offered_minutes_min": 900,
        "attended_minutes_min": 900,
        "days_per_week_min": 5,
        "individual_per_week_min": 2,
        "taper_weeks_max": 2,
    }
    first = finding(rule, tapering(MONDAY), **numbers)
    assert (first.state, first.because) == ("not_applicable", "week 1 of a taper")
    second = finding(rule, tapering(MONDAY - timedelta(days=7)), **numbers)
    assert (second.state, second.because) == ("not_applicable", "week 2 of a taper")
    assert finding(rule, tapering(MONDAY - timedelta(days=8)), **numbers).state == "breached"


def test_taper_weeks_are_counted_in_a_partial_week() -> None:
    week = replace(tapering(MONDAY - timedelta(days=8)), discharged_on=MONDAY)
    assert outcome(taper_weeks, week, taper_weeks_max=2) == ("breached", 3, 2)


def test_prescribed_and_too_many_hours_are_judged_while_it_tapers() -> None:
    numbers = {
        "prescribed_minutes_min": 540,
        "attended_minutes_max": 300,
        "taper_weeks_max": 2,
    }
    assert outcome(prescribed_hours, tapering(MONDAY), **numbers) == ("breached", 360, 540)
    assert outcome(too_many_hours, tapering(MONDAY), **numbers) == ("breached", 540, 300)


# individual-a-week


@pytest.mark.parametrize(("required", "state"), [(1, "met"), (2, "breached")])
def test_individual_a_week_counts_sessions_with_presence(required: int, state: str) -> None:
    found = outcome(individual_a_week, WEEK, individual_per_week_min=required)
    assert found == (state, 1, required)


def test_individual_a_week_leaves_out_a_session_of_which_nothing_was_attended() -> None:
    week = with_third_evening(credited={"group": 120})
    assert outcome(individual_a_week, week, individual_per_week_min=1) == ("breached", 0, 1)


def test_individual_a_week_does_not_apply_to_a_partial_week() -> None:
    found = outcome(individual_a_week, ADMITTED_ON_TUESDAY, individual_per_week_min=1)
    assert found[0] == "not_applicable"


@pytest.mark.parametrize(
    ("minutes", "state", "number"), [(49, "breached", 0), (50, "met", 1), (51, "met", 1)]
)
def test_individual_a_week_leaves_out_sessions_shorter_than_the_policy_has_them(
    minutes: int, state: str, number: int
) -> None:
    week = with_third_evening(credited={"group": 120, "individual": minutes})
    asked = {"individual_per_week_min": 1, "individual_minutes_min": 50}
    found = finding(individual_a_week, week, **asked)
    assert (found.state, found.measured) == (state, number)
    assert "of at least 50 minutes" in found.because
    # What is offered is as long as that, too: an hour.
    short = with_third_evening(scheduled={"group": 120, "individual": 45}, credited={})
    assert "the program offered 0 of 1" in finding(individual_a_week, short, **asked).because


# psychiatric-a-week


def psychiatric(*days: int) -> Period:
    visits = tuple(visit(each, {"medication": 20}) for each in days)
    return replace(WEEK, visits=(*WEEK.visits, *visits))


@pytest.mark.parametrize(("required", "state"), [(1, "met"), (2, "met"), (3, "breached")])
def test_psychiatric_a_week_counts_sessions_with_medication(required: int, state: str) -> None:
    found = finding(psychiatric_a_week, psychiatric(2, 4), psychiatric_per_week_min=required)
    assert (found.state, found.measured, found.unit) == (state, 2, "times")


def test_psychiatric_a_week_leaves_out_who_did_not_come() -> None:
    missed = visit(2, {"medication": 20}, status="no_show", credited={})
    week = replace(WEEK, visits=(*WEEK.visits, missed))
    assert outcome(psychiatric_a_week, week, psychiatric_per_week_min=1) == ("breached", 0, 1)


def test_psychiatric_a_week_is_mended_by_a_time_out() -> None:
    open_ended = visit(2, {"medication": 20}, status="incomplete", credited={})
    week = replace(WEEK, visits=(*WEEK.visits, open_ended))
    found = finding(psychiatric_a_week, week, psychiatric_per_week_min=1)
    assert (found.state, found.mends) == ("breached", ("session-2",))


def test_psychiatric_a_week_does_not_apply_to_a_partial_week() -> None:
    found = outcome(psychiatric_a_week, ADMITTED_ON_TUESDAY, psychiatric_per_week_min=1)
    assert found[0] == "not_applicable"
