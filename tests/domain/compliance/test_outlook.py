"""What runs out in the course of a stay, told at the end of each week: weeks, units and days.

The stay began on Monday, 2 February 2026; the week is its fifth.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.compliance.authorization_units import Left
from domain.compliance.facts import Authorized, Done
from domain.compliance.finding import Finding
from domain.compliance.hours import authorization_days, authorization_units, longest_stay
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from tests.support.compliance_week import MONDAY, PLAN, WEEK, adopted

SUNDAY = MONDAY + timedelta(days=6)
ADMITTED_ON_TUESDAY = replace(WEEK, admitted_on=MONDAY + timedelta(days=1))


def finding(rule: Rule, week: Period, **numbers: int) -> Finding:
    found = rule(week, adopted(**numbers))
    assert found is not None
    return found


def outcome(rule: Rule, week: Period, **numbers: int) -> tuple[str, int | None, int]:
    found = finding(rule, week, **numbers)
    return found.state, found.measured, found.required


# longest-stay


@pytest.mark.parametrize(("most", "state"), [(6, "met"), (5, "met"), (4, "breached")])
def test_longest_stay_counts_the_weeks_since_the_admission(most: int, state: str) -> None:
    # 2 February to 8 March are 35 days: five weeks.
    found = outcome(longest_stay, WEEK, weeks_without_rationale_max=most)
    assert found == (state, 5, most)


@pytest.mark.parametrize(
    ("admitted_on", "weeks"),
    [
        (SUNDAY - timedelta(days=7 * 6 - 1), 6),
        (SUNDAY - timedelta(days=7 * 6), 7),
        (SUNDAY, 1),
    ],
)
def test_longest_stay_takes_seven_days_for_a_week_whenever_it_began(
    admitted_on: date, weeks: int
) -> None:
    week = replace(WEEK, admitted_on=admitted_on)
    state = "met" if weeks <= 6 else "breached"
    assert outcome(longest_stay, week, weeks_without_rationale_max=6) == (state, weeks, 6)


def test_longest_stay_counts_anew_from_the_last_rationale() -> None:
    # Of 1 March to 8 March the last day is the first of a second week.
    written = (
        Done(MONDAY - timedelta(days=1), "patient-1:5"),
        Done(date(2026, 2, 9), "patient-1:4"),
    )
    found = finding(longest_stay, replace(WEEK, justified=written), weeks_without_rationale_max=6)
    assert (found.state, found.measured) == ("met", 2)
    assert "patient-1:5" in found.evidence
    assert "patient-1:4" not in found.evidence


@pytest.mark.parametrize(
    ("day", "weeks"), [(SUNDAY, 1), (SUNDAY - timedelta(days=7), 2), (date(2026, 2, 2), 5)]
)
def test_longest_stay_begins_a_week_with_the_day_of_the_rationale(day: date, weeks: int) -> None:
    week = replace(WEEK, justified=(Done(day, "patient-1:5"),))
    found = finding(longest_stay, week, weeks_without_rationale_max=4)
    assert found.measured == weeks
    assert "patient-1:5" in found.evidence


def test_longest_stay_leaves_out_a_rationale_of_another_stay_or_of_later() -> None:
    written = (
        Done(date(2026, 2, 1), "patient-1:0"),
        Done(SUNDAY + timedelta(days=1), "patient-1:8"),
    )
    found = finding(longest_stay, replace(WEEK, justified=written), weeks_without_rationale_max=4)
    assert (found.state, found.measured) == ("breached", 5)
    assert not {"patient-1:0", "patient-1:8"} & set(found.evidence)


def test_longest_stay_ends_with_the_stay() -> None:
    # 2 February to 2 March is the first day of a fifth week, to 1 March it would be four.
    gone = replace(WEEK, discharged_on=MONDAY)
    assert outcome(longest_stay, gone, weeks_without_rationale_max=4) == ("breached", 5, 4)
    later = replace(
        WEEK, discharged_on=MONDAY, justified=(Done(MONDAY + timedelta(days=1), "patient-1:8"),)
    )
    assert outcome(longest_stay, later, weeks_without_rationale_max=4) == ("breached", 5, 4)
    tuesday = replace(WEEK, admitted_on=date(2026, 2, 3), discharged_on=MONDAY)
    assert outcome(longest_stay, tuesday, weeks_without_rationale_max=4) == ("met", 4, 4)


def test_longest_stay_goes_on_through_a_taper() -> None:
    taper = replace(PLAN, from_day=MONDAY, taper_began=MONDAY)
    numbers = {"weeks_without_rationale_max": 4, "taper_weeks_max": 2}
    assert outcome(longest_stay, replace(WEEK, plans=(PLAN, taper)), **numbers)[0] == "breached"


# authorization-units, authorization-days


def left(units: int, first: date, last: date, number: int = 1) -> Left:
    authorized = Authorized(
        f"auth-{number}", "aetna", "H0015", 12, first, last, None, 180, f"patient-1:1{number}"
    )
    return Left(authorized, units, (f"patient-1:1{number}", f"session-{number}:9"))


def authorized(*known: Left) -> Period:
    return replace(WEEK, left=known)


@pytest.mark.parametrize(("units", "state"), [(3, "breached"), (4, "met"), (5, "met")])
def test_authorization_units_are_those_that_are_left(units: int, state: str) -> None:
    week = authorized(left(units, MONDAY, SUNDAY + timedelta(days=7)))
    found = finding(authorization_units, week, units_left_min=4)
    assert (found.state, found.measured, found.unit) == (state, units, "units")
    assert {"patient-1:11", "session-1:9"} <= set(found.evidence)


def test_authorization_units_are_summed_and_what_is_overdrawn_takes_none_away() -> None:
    two = authorized(left(3, MONDAY, SUNDAY), left(2, SUNDAY, SUNDAY + timedelta(days=7), 2))
    assert outcome(authorization_units, two, units_left_min=4) == ("met", 5, 4)
    overdrawn = authorized(left(-2, MONDAY, SUNDAY), left(4, SUNDAY, SUNDAY, 2))
    assert outcome(authorization_units, overdrawn, units_left_min=4) == ("met", 4, 4)


@pytest.mark.parametrize(("days", "state"), [(5, "breached"), (6, "met"), (7, "met")])
def test_authorization_days_are_those_after_the_week(days: int, state: str) -> None:
    week = authorized(left(9, MONDAY, SUNDAY + timedelta(days=days)))
    found = finding(authorization_days, week, days_left_min=6)
    assert (found.state, found.measured, found.unit) == (state, days, "days")
    assert {"patient-1:11", "session-1:9"} <= set(found.evidence)


@pytest.mark.parametrize(("begins", "days"), [(2, 9), (3, 9), (4, 2)])
def test_authorization_days_go_on_with_the_next_one_where_there_is_no_gap(
    begins: int, days: int
) -> None:
    # The first ends two days after the week, the second nine.
    first = left(9, MONDAY, SUNDAY + timedelta(days=2))
    second = left(9, SUNDAY + timedelta(days=begins), SUNDAY + timedelta(days=9), 2)
    for week in (authorized(first, second), authorized(second, first)):
        assert outcome(authorization_days, week, days_left_min=6)[1] == days


def test_authorization_days_are_none_where_the_next_one_begins_later() -> None:
    week = authorized(left(9, SUNDAY + timedelta(days=2), SUNDAY + timedelta(days=30)))
    assert outcome(authorization_days, week, days_left_min=6) == ("breached", 0, 6)
    at_once = authorized(left(9, SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=30)))
    assert outcome(authorization_days, at_once, days_left_min=6) == ("met", 30, 6)


AUTHORIZATIONS = [(authorization_units, "units_left_min"), (authorization_days, "days_left_min")]


@pytest.mark.parametrize(("rule", "key"), AUTHORIZATIONS)
def test_authorizations_are_unknown_where_none_is_on_record(rule: Rule, key: str) -> None:
    found = finding(rule, WEEK, **{key: 4})
    assert (found.state, found.measured) == ("unknown", None)
    assert found.because == "no authorization is on record"


@pytest.mark.parametrize(("rule", "key"), AUTHORIZATIONS)
def test_authorizations_are_not_asked_for_in_a_partial_week(rule: Rule, key: str) -> None:
    assert outcome(rule, ADMITTED_ON_TUESDAY, **{key: 4})[0] == "not_applicable"


@pytest.mark.parametrize(("rule", "key"), AUTHORIZATIONS)
def test_authorizations_are_asked_for_while_it_tapers(rule: Rule, key: str) -> None:
    taper = replace(PLAN, from_day=MONDAY, taper_began=MONDAY)
    week = replace(authorized(left(1, MONDAY, SUNDAY)), plans=(PLAN, taper))
    assert outcome(rule, week, taper_weeks_max=2, **{key: 4})[0] == "breached"
