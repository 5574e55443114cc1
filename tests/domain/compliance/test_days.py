"""Each rule about a day: met, just under, just over, and where it does not apply.

The Monday has 180 minutes: two hours of group and one of skills, which are two services.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.care import Service
from domain.compliance.day_services import services_of
from domain.compliance.days import billable_day, services_a_day
from domain.compliance.facts import Visit
from domain.compliance.finding import Finding
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from domain.policy import SERVICES
from tests.support.compliance_week import GROUP_AND_SKILLS, MONDAY, PLAN, WEEK, adopted, visit

BOTH = pytest.mark.parametrize(
    ("rule", "key"), [(billable_day, "day_minutes_min"), (services_a_day, "day_services_min")]
)


def day_of(*visits: Visit) -> Period:
    return replace(WEEK, last_day=MONDAY, visits=visits)


def evening(minutes: Mapping[Service, int] = GROUP_AND_SKILLS, **otherwise: Any) -> Visit:
    return visit(0, minutes, **otherwise)


def finding(rule: Rule, day: Period, **numbers: int) -> Finding:
    found = rule(day, adopted(**numbers))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("group", "state", "minutes"), [(119, "breached", 179), (120, "met", 180), (121, "met", 181)]
)
def test_billable_day_counts_the_minutes_of_presence(group: int, state: str, minutes: int) -> None:
    day = day_of(evening(credited={"group": group, "skills": 60}))
    found = finding(billable_day, day, day_minutes_min=180)
    assert (found.state, found.measured, found.required) == (state, minutes, 180)
    assert (found.first_day, found.last_day, found.unit) == (MONDAY, MONDAY, "minutes")


def test_billable_day_adds_up_the_sessions_of_the_day() -> None:
    morning = evening({"individual": 60}, session_id="session-9", evidence=("session-9:4",))
    found = finding(billable_day, day_of(evening(), morning), day_minutes_min=240)
    assert (found.state, found.measured) == ("met", 240)
    assert {"session-0:4", "session-9:4"} <= set(found.evidence)


def test_billable_day_leaves_out_services_that_do_not_count() -> None:
    terms = adopted(day_minutes_min=180)
    counting = replace(terms, policy=replace(terms.policy, counts=("group",)))
    found = billable_day(day_of(evening()), counting)
    assert found
    assert (found.state, found.measured) == ("breached", 120)


def test_billable_day_names_the_visit_that_would_mend_it() -> None:
    day = day_of(evening(credited={}, status="incomplete"))
    found = finding(billable_day, day, day_minutes_min=180)
    assert (found.state, found.measured, found.mends) == ("breached", 0, ("session-0",))
    assert found.because.startswith("1 visit has no time out, and so no minutes; ")


@pytest.mark.parametrize(("required", "state"), [(1, "met"), (2, "met"), (3, "breached")])
def test_services_a_day_count_those_with_presence(required: int, state: str) -> None:
    found = finding(services_a_day, day_of(evening()), day_services_min=required)
    assert (found.state, found.measured, found.unit) == (state, 2, "times")


def test_services_a_day_count_once_for_each_session() -> None:
    # Group and skills in the evening, group and holistic before: four, of which two are group.
    before = evening({"group": 60, "holistic": 45}, session_id="session-9")
    assert services_of((evening(), before), SERVICES) == 4
    assert services_of((evening(), before), ["group"]) == 2
    assert services_of((evening(credited={"group": 1, "skills": 0}),), SERVICES) == 0


def test_services_a_day_name_the_visit_that_would_mend_them() -> None:
    day = day_of(evening(credited={}, status="incomplete"))
    found = finding(services_a_day, day, day_services_min=1)
    assert (found.state, found.measured, found.mends) == ("breached", 0, ("session-0",))


@BOTH
@pytest.mark.parametrize("status", ["no_show", "excused", "cancelled", "turned_away", "scheduled"])
def test_a_day_is_not_judged_where_the_patient_was_not_there(
    rule: Rule, key: str, status: str
) -> None:
    for day in (day_of(), day_of(evening(credited={}, status=status))):
        found = finding(rule, day, **{key: 1})
        assert (found.state, found.measured) == ("not_applicable", None)
        assert found.because == "the patient was not there"


@BOTH
def test_a_day_is_judged_on_the_first_and_the_last_of_a_stay_and_in_a_taper(
    rule: Rule, key: str
) -> None:
    taper = replace(PLAN, from_day=MONDAY, taper_began=MONDAY)
    day = replace(day_of(evening()), admitted_on=MONDAY, discharged_on=MONDAY, plans=(PLAN, taper))
    assert finding(rule, day, taper_weeks_max=2, **{key: 1}).state == "met"
