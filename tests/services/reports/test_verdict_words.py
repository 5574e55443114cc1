"""What people read in place of the record's own words."""

from typing import Any, get_args

import pytest

from domain.compliance.finding import ASKED_BY, Reason, State
from domain.patient.events.admission import BY_IMPORT
from services.reports.rule_names import RULE_NAMES
from services.reports.verdict_words import (
    REASONS,
    STATES,
    VISITS,
    admission_words,
    miss,
    numbers,
    reason_words,
    state_words,
    visit_words,
    week_words,
)

SEEN = {
    "met",
    "not met",
    "on track",
    "at risk",
    "can't be met",
    "excepted",
    "not applicable",
    "not known",
}


def finding(**facts: Any) -> dict[str, Any]:
    known = {
        "rule": "attended-hours",
        "state": "breached",
        "measured": 538,
        "required": 540,
        "unit": "minutes",
        "because": "538 minutes were attended, 2 under the minimum of 540",
    }
    return known | facts


def test_each_state_rule_and_reason_has_its_words() -> None:
    assert set(STATES) == set(get_args(State))
    assert set(STATES.values()) == SEEN
    assert list(RULE_NAMES) == list(ASKED_BY)
    assert set(get_args(Reason)) <= set(REASONS)


def test_nothing_scheduled_is_not_impossible() -> None:
    idle = "nothing is scheduled for the patient; no session is left that could add enough"
    assert state_words("impossible", idle) == "nothing scheduled"
    full = "as scheduled, 360 minutes will be attended, 180 under the minimum of 540"
    assert state_words("impossible", full) == "can't be met"
    assert miss(finding(state="impossible", because=idle, measured=0)) == ""


@pytest.mark.parametrize(
    ("facts", "said", "by"),
    [
        ({}, "538 of 540 minutes", "2 minutes under"),
        ({"measured": 539}, "539 of 540 minutes", "1 minute under"),
        ({"state": "met", "measured": 540}, "540 of 540 minutes", ""),
        (
            {"rule": "days-a-week", "measured": 2, "required": 3, "unit": "days"},
            "2 of 3 days",
            "1 day under",
        ),
        (
            {"rule": "individual-a-week", "measured": 0, "required": 1, "unit": "times"},
            "0 of 1 individual session",
            "1 individual session under",
        ),
        (
            {"rule": "group-size", "measured": 17, "required": 16, "unit": "patients"},
            "17 patients, at most 16",
            "1 patient over",
        ),
        (
            {"rule": "plan-review", "measured": 33, "required": 30, "unit": "days"},
            "33 days, within 30",
            "3 days late",
        ),
        (
            {"rule": "plan-review", "measured": None, "required": 30, "unit": "days"},
            "within 30 days",
            "",
        ),
        (
            {"rule": "sheet-due", "measured": None, "required": 0, "unit": "days"},
            "on the same day",
            "",
        ),
        (
            {"rule": "sheet-due", "measured": 2, "required": 0, "unit": "days"},
            "2 days, due on the same day",
            "2 days late",
        ),
        (
            {"rule": "note-due", "measured": 2, "required": 1, "unit": "sessions"},
            "before the next session of the same kind",
            "",
        ),
    ],
)
def test_a_miss_says_by_how_much(facts: dict[str, Any], said: str, by: str) -> None:
    assert numbers(finding(**facts)) == said
    assert miss(finding(**facts)) == by


def test_a_forecast_speaks_of_the_future() -> None:
    because = "as scheduled, 538 minutes will be attended, 2 under the minimum of 540"
    assert miss(finding(state="at_risk", because=because)) == "will be 2 minutes under"


def test_where_the_program_offered_too_little_nobody_is_called_short() -> None:
    because = "the program offered 410 of 540 minutes; 410 minutes were attended"
    found = finding(measured=410, because=because)
    assert miss(found) == "the program offered 410 of 540 minutes"


def test_where_the_record_is_incomplete_nobody_is_called_short() -> None:
    because = "1 visit has no time out, and so no minutes; 360 minutes were attended, 180 under"
    assert miss(finding(measured=360, because=because)) == "1 visit has no time out"


def test_a_schedule_without_slack_is_said() -> None:
    because = "538 minutes were attended; the schedule has no slack: the program offered 540"
    assert miss(finding(because=because)) == "2 minutes under; the schedule has no slack"


def test_an_authorization_without_a_unit_is_not_one_that_is_not_on_record() -> None:
    assert reason_words("authorization", authorized=False) == "no authorization on record"
    assert reason_words("authorization", authorized=True) == "no unit left of the authorization"
    assert reason_words("minutes", authorized=True) == "too few minutes"


def test_who_called_off_is_not_who_did_not_come() -> None:
    assert visit_words("absent") == "called off, unexcused"
    assert visit_words("no_show") == "no-show"
    assert visit_words("cancelled") == "called off by the program"
    assert len(set(VISITS.values())) == len(VISITS)


def test_an_imported_admission_says_what_is_not_on_file() -> None:
    assert admission_words(BY_IMPORT) == "no screening on file (imported)"
    assert admission_words("a waiting list") == (
        "admitted without a screening that recommends it: a waiting list"
    )


def week(verdict: str, **facts: int) -> dict[str, Any]:
    known = {
        "scheduled_minutes": 720,
        "scheduled_days": 4,
        "credited_minutes": 540,
        "credited_days": 3,
        "required_minutes": 540,
        "required_days": 3,
    }
    return {"verdict": verdict} | known | facts


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (week("met"), "met"),
        (week("partial_week"), "part of a week"),
        (week("short", credited_minutes=538), "2 minutes under"),
        (week("short", credited_minutes=590, credited_days=2), "2 of 3 days"),
        (week("short", credited_minutes=300, credited_days=2), "240 minutes and 1 day under"),
        (
            week("short", credited_minutes=538, scheduled_minutes=540),
            "2 minutes under; the schedule has no slack",
        ),
        (
            week("program_shortfall", credited_minutes=410, scheduled_minutes=410),
            "the program offered 410 of 540 minutes",
        ),
        (
            week("program_shortfall", credited_days=2, scheduled_days=2),
            "the program offered 2 of 3 days",
        ),
    ],
)
def test_a_week_says_by_how_much_it_is_missed_and_by_whom(of: dict[str, Any], said: str) -> None:
    assert week_words(of) == said
