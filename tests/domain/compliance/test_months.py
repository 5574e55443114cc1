"""Each rule about a month: met, just under, just over, and where it does not apply.

March 2026, of a stay that began on 2 February; in its first week are three evenings.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.care import Service
from domain.compliance.finding import Finding
from domain.compliance.months import family_a_month, individual_a_month
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from tests.support.compliance_week import PLAN, WEEK, adopted, visit

MARCH = replace(WEEK, first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), visits=())
BOTH = pytest.mark.parametrize(
    ("rule", "key", "service"),
    [
        (individual_a_month, "individual_per_month_min", "individual"),
        (family_a_month, "family_per_month_min", "family"),
    ],
)


def month_with(service: Service, *days: int) -> Period:
    """March, with sessions of an hour so many days after its first Monday."""
    return replace(MARCH, visits=tuple(visit(each, {service: 60}) for each in days))


def finding(rule: Rule, month: Period, **numbers: int) -> Finding:
    found = rule(month, adopted(**numbers))
    assert found is not None
    return found


def at_individual_sessions(month: Period, required: int) -> tuple[str, int | None]:
    found = finding(individual_a_month, month, individual_per_month_min=required)
    return found.state, found.measured


def at_family_sessions(month: Period, required: int) -> tuple[str, int | None]:
    found = finding(family_a_month, month, family_per_month_min=required)
    return found.state, found.measured


@pytest.mark.parametrize(("required", "state"), [(1, "met"), (2, "met"), (3, "breached")])
def test_individual_a_month_counts_sessions_with_presence(required: int, state: str) -> None:
    month = month_with("individual", 0, 21)
    assert at_individual_sessions(month, required) == (state, 2)


@pytest.mark.parametrize(("required", "state"), [(1, "met"), (2, "met"), (3, "breached")])
def test_family_a_month_counts_sessions_with_presence(required: int, state: str) -> None:
    month = month_with("family", 0, 21)
    assert at_family_sessions(month, required) == (state, 2)


def test_individual_a_month_leaves_out_other_services() -> None:
    assert at_individual_sessions(month_with("family", 0), 1) == ("breached", 0)


def test_family_a_month_leaves_out_other_services() -> None:
    assert at_family_sessions(month_with("individual", 0), 1) == ("breached", 0)


@BOTH
def test_a_month_names_what_would_mend_it(rule: Rule, key: str, service: Service) -> None:
    open_ended = visit(0, {service: 60}, credited={}, status="incomplete")
    group = visit(1, {"group": 60}, credited={}, status="incomplete")
    found = finding(rule, replace(MARCH, visits=(open_ended, group)), **{key: 1})
    assert (found.state, found.measured, found.mends) == ("breached", 0, ("session-0",))


@BOTH
@pytest.mark.parametrize(
    ("otherwise", "applies"),
    [
        ({"admitted_on": date(2026, 3, 1)}, True),
        ({"admitted_on": date(2026, 3, 2)}, False),
        ({"discharged_on": date(2026, 3, 31)}, True),
        ({"discharged_on": date(2026, 3, 30)}, False),
    ],
)
def test_a_month_in_part_is_not_judged(
    rule: Rule, key: str, service: Service, otherwise: dict[str, Any], applies: bool
) -> None:
    found = finding(rule, replace(month_with(service, 0), **otherwise), **{key: 1})
    assert found.state == ("met" if applies else "not_applicable")
    if not applies:
        assert found.because == "the patient was in treatment for a part of the month"


@BOTH
def test_a_month_of_a_taper_is_judged(rule: Rule, key: str, service: Service) -> None:
    taper = replace(PLAN, from_day=date(2026, 3, 30), taper_began=date(2026, 3, 30))
    month = replace(month_with(service, 0), plans=(PLAN, taper))
    assert finding(rule, month, taper_weeks_max=2, **{key: 2}).state == "breached"


@pytest.mark.parametrize(("shortest", "state"), [(59, "met"), (60, "met"), (61, "breached")])
def test_individual_a_month_leaves_out_sessions_shorter_than_the_policy_has_them(
    shortest: int, state: str
) -> None:
    numbers = {"individual_per_month_min": 2, "individual_minutes_min": shortest}
    found = finding(individual_a_month, month_with("individual", 0, 21), **numbers)
    assert found.state == state
