"""What a miss says: by how much, and first whose doing it was.

The week has 3 x 180 = 540 minutes, offered and attended, on three days, one hour of it individual.
"""

from dataclasses import replace
from typing import Any

import pytest

from domain.compliance.caseload import CounselorWeek, caseload
from domain.compliance.days import billable_day, in_person, services_a_day
from domain.compliance.facts import Client
from domain.compliance.hours import (
    attended_hours,
    days_a_week,
    individual_a_week,
    longest_stay,
    offered_hours,
    too_many_hours,
)
from domain.compliance.months import individual_a_month
from domain.compliance.period import Period
from domain.compliance.thresholds import Rule
from tests.support.compliance_week import (
    EVENINGS,
    GROUP_AND_SKILLS,
    MONDAY,
    WEEK,
    adopted,
    visit,
    with_third_evening,
)


def because(rule: Rule, of: Period, **numbers: int) -> str:
    found = rule(of, adopted(**numbers))
    assert found is not None
    return found.because


def day_of(minutes: Any, **otherwise: Any) -> Period:
    return replace(WEEK, last_day=MONDAY, visits=(visit(0, minutes, **otherwise),))


# By how much


@pytest.mark.parametrize(
    ("skills", "said"),
    [
        (59, "539 minutes were attended, 1 under the minimum of 540"),
        (60, "540 minutes were attended, at least 540 are asked for"),
        (61, "541 minutes were attended, at least 540 are asked for"),
    ],
)
def test_attended_hours_say_by_how_much_they_are_missed(skills: int, said: str) -> None:
    # 180 + 180 + 120 of group and these minutes of skills; four hours are scheduled that evening.
    week = with_third_evening(
        scheduled={"group": 120, "skills": 120}, credited={"group": 120, "skills": skills}
    )
    told = because(attended_hours, week, attended_minutes_min=540)
    assert told == said + ("; the program offered 600" if skills == 59 else "")


def test_too_many_hours_say_by_how_much() -> None:
    assert because(too_many_hours, WEEK, attended_minutes_max=540) == (
        "540 minutes were attended, at most 540 are allowed"
    )
    assert because(too_many_hours, WEEK, attended_minutes_max=539) == (
        "540 minutes were attended, 1 over the maximum of 539"
    )


def test_one_of_something_is_said_in_the_singular() -> None:
    first_week = replace(WEEK, admitted_on=MONDAY)
    assert because(longest_stay, first_week, weeks_without_rationale_max=1) == (
        "1 week has begun without a written rationale, at most 1 is allowed"
    )
    assert because(individual_a_week, WEEK, individual_per_week_min=1) == (
        "1 individual session was attended, at least 1 is asked for"
    )
    service = day_of({"group": 60})
    assert because(services_a_day, service, day_services_min=1) == (
        "1 service was attended, at least 1 is asked for"
    )


def test_a_caseload_says_by_how_much_it_is_missed() -> None:
    clients = tuple(
        Client(f"patient-{each}", "iop", MONDAY, None, (f"patient-{each}:1",)) for each in (1, 2)
    )
    week = CounselorWeek("site s-diaz", MONDAY, WEEK.last_day, clients, ())
    found = caseload(week, adopted(caseload_max=1))
    assert found is not None
    assert found.because == (
        "2 patients on average (14 patient days in 7 days), 1 over the maximum of 1"
    )


# Whose doing it was


def test_where_the_program_offered_too_little_that_is_said_first() -> None:
    # The third evening was called off: 360 of 540 minutes on 2 of 3 days, all of them attended.
    week = replace(WEEK, visits=EVENINGS[:2])
    assert because(attended_hours, week, attended_minutes_min=540) == (
        "the program offered 360 of 540 minutes; 360 minutes were attended"
    )
    assert because(days_a_week, week, days_per_week_min=3) == (
        "the program offered 2 of 3 days; 2 days were attended"
    )
    assert because(individual_a_week, week, individual_per_week_min=1) == (
        "the program offered 0 of 1 individual session; 0 individual sessions were attended"
    )
    assert because(offered_hours, week, offered_minutes_min=540) == (
        "360 minutes were offered, 180 under the minimum of 540"
    )
    called_off = with_third_evening(status="cancelled", credited={})
    assert because(attended_hours, called_off, attended_minutes_min=540) == (
        "the program offered 360 of 540 minutes; 360 minutes were attended"
    )


def test_where_the_schedule_has_no_slack_that_is_said() -> None:
    # 539 of the 540 minutes on the schedule.
    week = with_third_evening(credited={"group": 120, "individual": 59})
    assert because(attended_hours, week, attended_minutes_min=540) == (
        "539 minutes were attended, 1 under the minimum of 540;"
        " the schedule has no slack: the program offered 540"
    )
    # A week that is met says nothing of it.
    assert "slack" not in because(attended_hours, WEEK, attended_minutes_min=540)


def test_of_a_month_and_a_day_it_is_said_too() -> None:
    month = replace(WEEK, visits=EVENINGS[:2])
    assert because(individual_a_month, month, individual_per_month_min=1).startswith(
        "the program offered 0 of 1 individual session;"
    )
    short = day_of(GROUP_AND_SKILLS)
    assert because(billable_day, short, day_minutes_min=181) == (
        "the program offered 180 of 181 minutes; 180 minutes were attended"
    )
    assert because(services_a_day, short, day_services_min=3) == (
        "the program offered 2 of 3 services; 2 services were attended"
    )


def test_a_day_by_video_alone_was_offered_without_a_service_in_person() -> None:
    by_video = day_of(GROUP_AND_SKILLS, modality="video")
    assert because(in_person, by_video, in_person_services_min=1) == (
        "the program offered 0 of 1 service in person; 0 services in person were attended"
    )


def test_a_make_up_to_which_the_patient_came_was_offered_on_its_day() -> None:
    make_up = day_of(GROUP_AND_SKILLS, rostered=False, credited={"group": 100})
    assert because(billable_day, make_up, day_minutes_min=180) == (
        "100 minutes were attended, 80 under the minimum of 180;"
        " the schedule has no slack: the program offered 180"
    )


# What is to come


def test_what_is_to_come_is_told_in_the_future() -> None:
    ahead = WEEK.ahead(EVENINGS, ())
    assert because(attended_hours, ahead, attended_minutes_min=540) == (
        "as scheduled, 540 minutes will be attended, at least 540 are asked for"
    )
    short = WEEK.ahead(EVENINGS[:2], ())
    assert because(attended_hours, short, attended_minutes_min=540) == (
        "the program offers 360 of 540 minutes; 360 minutes will be attended"
    )
    assert because(longest_stay, WEEK.ahead((), ()), weeks_without_rationale_max=4) == (
        "as it stands, 5 weeks will have begun without a written rationale, 1 over the maximum of 4"
    )
