"""Each rule about a day: met, just under, just over, and where it does not apply.

The Monday has 180 minutes: two hours of group and one of skills, which are two services.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.care import Service
from domain.compliance.day_services import services_of
from domain.compliance.days import (
    billable_day,
    in_person,
    partial_hospitalization,
    primary_service,
    services_a_day,
)
from domain.compliance.facts import Hospitalized, Visit
from domain.compliance.finding import Finding
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from domain.policy import SERVICES
from tests.support.compliance_week import GROUP_AND_SKILLS, MONDAY, PLAN, WEEK, adopted, visit

BOTH = pytest.mark.parametrize(
    ("rule", "key"),
    [
        (billable_day, "day_minutes_min"),
        (services_a_day, "day_services_min"),
        (primary_service, "primary_services_min"),
        (in_person, "in_person_services_min"),
    ],
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


def test_services_that_are_left_out_are_said_to_be_by_video() -> None:
    day = day_of(replace(evening(), modality="video"))
    terms = {"day_services_min": 2, "in_person_services_min": 1}
    found = finding(services_a_day, day, **terms)
    said = "the program offered 0 of 2 services not by video; 0 services not by video were attended"
    assert (found.state, found.measured, found.because) == ("breached", 0, said)
    found = finding(services_a_day, day_of(evening()), **terms)
    assert found.because == "2 services were attended, at least 2 are asked for"


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


# primary-service


@pytest.mark.parametrize(
    ("minutes", "state", "measured"),
    [
        ({"education": 180}, "breached", 0),
        ({"education": 90, "group": 44}, "breached", 0),
        ({"education": 90, "group": 45}, "met", 1),
        ({"education": 90, "group": 46}, "met", 1),
        ({"individual": 15, "family": 25}, "breached", 0),
        ({"individual": 16, "family": 26}, "met", 2),
        ({"holistic": 60, "occupational-therapy": 60, "assessment": 60}, "breached", 0),
    ],
)
def test_primary_service_is_therapy_of_one_of_a_group_or_of_a_family(
    minutes: Mapping[Service, int], state: str, measured: int
) -> None:
    found = finding(primary_service, day_of(evening(minutes)), primary_services_min=1)
    assert (found.state, found.measured, found.required) == (state, measured, 1)


def test_primary_service_that_the_program_did_not_offer_is_said_to_be_its_own_doing() -> None:
    found = finding(primary_service, day_of(evening({"education": 180})), primary_services_min=1)
    assert found.because == (
        "the program offered 0 of 1 primary service; 0 primary services were attended"
    )
    left = evening({"education": 90, "group": 60}, credited={"education": 90, "group": 20})
    found = finding(primary_service, day_of(left), primary_services_min=1)
    assert found.because.startswith("0 primary services were attended, 1 under the minimum of 1")


# in-person


@pytest.mark.parametrize(
    ("modality", "required", "state", "measured"),
    [
        ("in-person", 1, "met", 2),
        ("in-person", 2, "met", 2),
        ("in-person", 3, "breached", 2),
        ("video", 1, "breached", 0),
        ("hybrid", 1, "unknown", None),
        ("hybrid", 3, "breached", 0),
    ],
)
def test_in_person_counts_the_services_of_sessions_in_a_room(
    modality: Any, required: int, state: str, measured: int | None
) -> None:
    found = finding(in_person, day_of(evening(modality=modality)), in_person_services_min=required)
    assert (found.state, found.measured, found.required) == (state, measured, required)


def test_services_by_video_are_none_of_a_day_where_services_in_person_are_asked_for() -> None:
    # Group and skills by video, an hour alone in a room: three services, of which one is covered.
    day = day_of(evening(modality="video"), evening({"individual": 60}))
    without = finding(services_a_day, day, day_services_min=3)
    assert (without.state, without.measured) == ("met", 3)
    asked = finding(services_a_day, day, day_services_min=3, in_person_services_min=1)
    assert (asked.state, asked.measured) == ("breached", 1)


def test_in_person_one_service_in_a_room_is_enough_beside_others_by_video() -> None:
    alone = evening({"individual": 30}, session_id="session-9", evidence=("session-9:4",))
    found = finding(in_person, day_of(evening(modality="video"), alone), in_person_services_min=1)
    assert (found.state, found.measured) == ("met", 1)
    short = replace(alone, credited={"individual": 15})
    found = finding(in_person, day_of(evening(modality="video"), short), in_person_services_min=1)
    assert (found.state, found.measured) == ("breached", 0)


# partial-hospitalization


def hospitalized(last: int | None, first: int = 30, number: int = 7) -> Hospitalized:
    """From so many days before the Monday to so many; None: it goes on."""
    ends = None if last is None else MONDAY - timedelta(days=last)
    return Hospitalized(MONDAY - timedelta(days=first), ends, f"patient-1:{number}")


@pytest.mark.parametrize(
    ("last", "state", "measured"),
    [
        # The Monday is the seventh day after it, the eighth, the ninth.
        (7, "breached", 6),
        (8, "met", 7),
        (9, "met", 8),
        (1, "breached", 0),
        (0, "breached", 0),
        (-3, "breached", 0),
        (None, "breached", 0),
    ],
)
def test_partial_hospitalization_is_followed_by_so_many_days_without_a_day_of_this_level(
    last: int | None, state: str, measured: int
) -> None:
    day = replace(day_of(evening()), hospitalized=(hospitalized(last),))
    found = finding(partial_hospitalization, day, php_days_after=7)
    assert (found.state, found.measured, found.unit) == (state, measured, "days")
    assert "patient-1:7" in found.evidence


def test_partial_hospitalization_is_never_beside_this_level() -> None:
    for last, state in ((1, "met"), (0, "breached"), (None, "breached")):
        day = replace(day_of(evening()), hospitalized=(hospitalized(last),))
        found = finding(partial_hospitalization, day, php_days_after=0)
        assert (found.state, found.measured) == (state, 0)
        if state == "breached":
            assert found.because == "the day lies in partial hospitalization"


def test_partial_hospitalization_of_which_nothing_is_known_or_that_is_to_come_is_none() -> None:
    to_come = Hospitalized(MONDAY + timedelta(days=1), None, "patient-1:7")
    for known in ((), (to_come,)):
        day = replace(day_of(evening()), hospitalized=known)
        found = finding(partial_hospitalization, day, php_days_after=7)
        assert (found.state, found.measured) == ("not_applicable", None)
        assert "patient-1:7" not in found.evidence
    away = replace(day_of(evening(credited={}, status="no_show")), hospitalized=(hospitalized(1),))
    found = finding(partial_hospitalization, away, php_days_after=7)
    assert (found.state, found.because) == ("not_applicable", "the patient was not there")


def test_partial_hospitalization_is_the_one_that_ended_last() -> None:
    known = (hospitalized(20, 30, 5), hospitalized(8, 12, 9), hospitalized(9, 40, 7))
    day = replace(day_of(evening()), hospitalized=known)
    found = finding(partial_hospitalization, day, php_days_after=7)
    assert (found.state, found.measured) == ("met", 7)
    assert {"patient-1:5", "patient-1:7", "patient-1:9"} & {*found.evidence} == {"patient-1:9"}
