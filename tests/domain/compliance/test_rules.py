"""What holds for every rule about a week, a month or a day: names, terms, waivers, evidence."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.compliance.authorization_units import Left
from domain.compliance.caseload import COUNSELORS, PROGRAMS
from domain.compliance.days import DAILY
from domain.compliance.facts import Authorized, Done, InForce, Leave, Waiver
from domain.compliance.finding import ASKED_BY, Finding
from domain.compliance.hours import WEEKLY, taper_weeks
from domain.compliance.months import MONTHLY
from domain.compliance.period import Period
from domain.compliance.recurring import STAYS
from domain.compliance.sessions import SESSIONS
from domain.compliance.thresholds import Rule
from domain.compliance.visits import VISITS
from domain.policy import Adopted
from domain.policy_parameters import PARAMETERS
from tests.support.compliance_week import MONDAY, PLAN, WEEK, adopted

SUNDAY = MONDAY + timedelta(days=6)
RULES = (*WEEKLY, *MONTHLY, *DAILY)


def name_of(rule: Any) -> Any:
    return rule.__name__.replace("_", "-")


BINDING = [(rule, ASKED_BY[name_of(rule)][0]) for rule in RULES]
EACH = pytest.mark.parametrize(("rule", "key"), BINDING)
TAPERING = InForce(MONDAY, 360, 2, "patient-1:9", taper_began=MONDAY)
WEEKS: dict[Rule, Period] = {taper_weeks: replace(WEEK, plans=(TAPERING,))}
"""The week of which a rule has something to say, where that is not the usual one."""
AUTHORIZED = Authorized(
    "auth-1", "aetna", "H0015", 12, MONDAY, SUNDAY + timedelta(days=9), None, 180, "patient-1:5"
)


def finding(rule: Rule, period: Period, **numbers: int) -> Finding:
    found = rule(period, adopted(**numbers))
    assert found is not None
    return found


def test_each_rule_stands_in_one_list_under_the_name_of_its_function() -> None:
    listed = [*RULES, *VISITS, *(rule for rule, _ in STAYS), *SESSIONS, *COUNSELORS, *PROGRAMS]
    names = [each.__name__.replace("_", "-") for each in listed]
    assert names == list(ASKED_BY)


def test_each_rule_says_where_its_number_comes_from_or_that_it_has_no_source() -> None:
    listed = [*RULES, *VISITS, *(rule for rule, _ in STAYS), *SESSIONS, *COUNSELORS, *PROGRAMS]
    sources = ("http", "CCR", "TAC", "VAC", "ASAM", "unverified")
    for each in listed:
        assert any(source in str(each.__doc__) for source in sources), each.__name__


@EACH
def test_a_rule_binds_only_where_the_policy_has_its_number(rule: Rule, key: str) -> None:
    others = {each: PARAMETERS[each].least for each in PARAMETERS if each != key}
    week = WEEKS.get(rule, WEEK)
    assert rule(week, adopted(**others)) is None
    assert rule(week, adopted(**{key: PARAMETERS[key].least})) is not None


def test_a_week_is_judged_by_each_rule_that_binds_in_their_order() -> None:
    numbers = {"days_per_week_min": 3, "offered_minutes_min": 540, "group_max": 12}
    assert [found.rule for rule in WEEKLY if (found := rule(WEEK, adopted(**numbers)))] == [
        "offered-hours",
        "days-a-week",
    ]


@EACH
def test_a_finding_names_the_policy_the_stay_the_plan_and_the_visits(rule: Rule, key: str) -> None:
    week = WEEKS.get(rule, WEEK)
    found = finding(rule, week, **{key: PARAMETERS[key].least})
    assert (found.policy_id, found.version, found.patient_id) == ("house", 1, "patient-1")
    assert (found.first_day, found.last_day, found.about) == (MONDAY, SUNDAY, None)
    assert found.unit == PARAMETERS[key].unit
    assert found.rule == rule.__name__.replace("_", "-")
    assert found.evidence == (
        "patient-1:1",
        week.plans[0].event_id,
        "program-1:2",
        "session-0:1",
        "session-0:4",
        "session-1:1",
        "session-1:4",
        "session-3:1",
        "session-3:4",
    )


@EACH
@pytest.mark.parametrize(
    ("first", "last", "waived"),
    [
        (MONDAY, SUNDAY, True),
        (SUNDAY, SUNDAY, True),
        (MONDAY, SUNDAY - timedelta(days=1), False),
        (SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=3), False),
    ],
)
def test_a_waiver_holds_for_what_ends_within_it_and_comes_before_a_taper(
    rule: Rule, key: str, first: date, last: date, waived: bool
) -> None:
    name = name_of(rule)
    numbers = {"taper_weeks_max": 2, key: PARAMETERS[key].least}
    waiver = Waiver(name, first, last, "patient-1:7", "Ana Diaz, LCSW [s-diaz]")
    week = replace(WEEK, plans=(PLAN, TAPERING), waivers=(waiver,))
    found = finding(rule, week, **numbers)
    assert (found.state == "waived") == waived
    assert (found.because == f"excepted by Ana Diaz, LCSW through {last}") == waived
    assert "patient-1:7" in found.evidence
    other = replace(week, waivers=(replace(waiver, rule="caseload"),))
    unwaived = finding(rule, other, **numbers)
    assert unwaived.state != "waived"
    assert "patient-1:7" not in unwaived.evidence


def only(period: Period, evidence: Iterable[str]) -> Period:
    """The facts of a period that some events say."""
    known = set(evidence)
    return replace(
        period,
        plans=tuple(each for each in period.plans if each.event_id in known),
        visits=tuple(each for each in period.visits if known >= {*each.evidence}),
        waivers=tuple(each for each in period.waivers if each.event_id in known),
        justified=tuple(each for each in period.justified if each.event_id in known),
        left=tuple(each for each in period.left if known >= {*each.evidence}),
        leaves=tuple(each for each in period.leaves if known >= {*each.evidence}),
        hospitalized=tuple(each for each in period.hospitalized if each.event_id in known),
    )


WHATEVER_PART = {
    *("taper_weeks", "longest_stay", "billable_day", "services_a_day"),
    *("primary_service", "in_person", "group_each_day", "partial_hospitalization"),
}
"""The rules that are judged of parts of a period as well."""


@EACH
def test_a_week_or_month_with_a_day_of_leave_is_left_out_where_a_part_of_one_is(
    rule: Rule, key: str
) -> None:
    whole = WEEKS.get(rule, WEEK)
    away = replace(whole, leaves=(Leave(SUNDAY, SUNDAY, ("patient-1:6", "patient-1:9")),))
    numbers = {key: PARAMETERS[key].greatest}
    found = finding(rule, away, **numbers)
    if rule.__name__ in WHATEVER_PART:
        assert found == finding(rule, whole, **numbers)
        return
    span = "month" if rule in MONTHLY else "week"
    assert (found.state, found.because) == (
        "not_applicable",
        f"the patient was on leave on a part of the {span}",
    )
    assert {"patient-1:6", "patient-1:9"} <= set(found.evidence)
    assert rule(only(away, found.evidence), adopted(**numbers)) == found


@EACH
@pytest.mark.parametrize("waived", [False, True])
def test_a_finding_is_found_again_from_the_events_that_it_names(
    rule: Rule, key: str, waived: bool
) -> None:
    name = name_of(rule)
    waiver = Waiver(name, MONDAY, SUNDAY, "patient-1:7")
    whole = WEEKS.get(rule, WEEK)
    week = replace(
        whole,
        plans=(replace(PLAN, from_day=date(2026, 1, 5), event_id="patient-1:0"), *whole.plans),
        waivers=(Waiver("caseload", MONDAY, SUNDAY, "patient-1:8"), *([waiver] if waived else [])),
        justified=(Done(MONDAY, "patient-1:3"), Done(SUNDAY, "patient-1:4")),
        left=(Left(AUTHORIZED, 3, ("patient-1:5", "session-0:4")),),
    )
    terms: Adopted = adopted(**{key: PARAMETERS[key].least})
    found = rule(week, terms)
    assert found is not None
    assert rule(only(week, found.evidence), terms) == found
