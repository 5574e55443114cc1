"""The week in a sentence, from what was attended, what is to come and where a place is free."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.compliance.facts import Leave
from services.web.patient_visits import Opening, Visit
from services.web.patient_week import WeekAsked, WeekTold, beside_rules, told

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 19, 17, 52)
"""Thursday, before the evening's group."""

ASKED = WeekAsked(MONDAY, 360, 2, 540, 3, is_whole=True)


def visit(offset: int, credited: int = 0, *, hour: int = 18, status: str = "scheduled") -> Visit:
    day = MONDAY + timedelta(offset)
    starts = datetime(day.year, day.month, day.day, hour)
    return Visit(
        session_id=f"session-{offset}",
        day=day,
        week=MONDAY,
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        name="Evening group",
        is_make_up=False,
        status="attended" if credited else status,
        is_partial=False,
        scheduled_minutes=180,
        credited_minutes=credited,
        called_off=False,
        arrived_at=None,
        left_at=None,
        made_up=False,
    )


def opening(offset: int, free: int = 2, minutes: int = 180) -> Opening:
    day = MONDAY + timedelta(offset)
    starts = datetime(day.year, day.month, day.day, 9)
    ends = starts + timedelta(minutes=minutes)
    return Opening(f"opening-{offset}", day, starts, ends, "Morning group", free, minutes)


ATTENDED = (visit(0, 180), visit(1, 180))
TONIGHT = visit(3)


def week(*visits: Visit, openings: tuple[Opening, ...] = (), asked: WeekAsked = ASKED) -> WeekTold:
    return told(asked, visits, openings, NOW)


def test_tonight_decides_where_the_week_is_short_without_it() -> None:
    found = week(*ATTENDED, TONIGHT, openings=(opening(4),))
    assert found.heading == "Tonight decides this week"
    assert found.text == (
        "2 of 3 days so far. With Evening group tonight the plan is met. If it is missed,"
        " Morning group on Fri, Nov 20 at 9:00 am is all that would mend it: 2 places free."
    )
    assert (found.done, found.expected, found.of) == (360, 180, 540)
    assert [each.session_id for some in found.mends for each in some] == ["opening-4"]


def test_what_is_free_before_the_deciding_session_mends_nothing_of_it() -> None:
    found = week(*ATTENDED, visit(4), openings=(opening(4),))
    assert found.heading == "Tomorrow decides this week"
    assert "no single session that is left this week would mend it" in found.text
    assert found.mends == ()


@pytest.mark.parametrize(("hour", "when"), [(9, "Today"), (13, "This afternoon"), (18, "Tonight")])
def test_a_session_of_today_is_called_by_its_hour(hour: int, when: str) -> None:
    now = NOW.replace(hour=8)
    found = told(ASKED, (*ATTENDED, visit(3, hour=hour)), (), now)
    assert found.heading == f"{when} decides this week"


def test_a_week_with_a_session_to_spare_is_on_track() -> None:
    found = week(*ATTENDED, TONIGHT, visit(4))
    assert (found.heading, found.color) == ("On track this week", "pine")
    assert found.text == "2 of 3 days so far. 2 sessions to come. One of them can be missed."


def test_a_week_is_kept_once_minutes_and_days_are_there() -> None:
    asked = replace(ASKED, credited_minutes=540, credited_days=3)
    found = week(*ATTENDED, visit(2, 180), asked=asked)
    assert (found.heading, found.color) == ("This week is met", "pine")


def test_minutes_without_the_days_do_not_keep_a_week() -> None:
    asked = replace(ASKED, credited_minutes=540)
    found = week(visit(0, 270), visit(1, 270), asked=asked)
    assert found.heading == "Too little is offered this week"
    assert "The program offers 6 h of 9 h on 2 of 3 days. 1 day will be missing" in found.text


def test_a_short_week_names_the_first_session_that_mends_it() -> None:
    missed = visit(2, status="no_show")
    found = week(*ATTENDED, missed, openings=(opening(4, free=1), opening(5)))
    assert (found.heading, found.color) == ("3 h and 1 day short this week", "amber")
    assert found.text == (
        "2 of 3 days so far. 3 h and 1 day will be missing as it is scheduled."
        " Morning group on Fri, Nov 20 at 9:00 am would mend it: 1 place free. So would others."
    )


def test_a_session_that_is_too_short_mends_nothing() -> None:
    found = week(*ATTENDED, openings=(opening(4, minutes=120),))
    assert found.color == "brick"
    assert found.text.endswith("What is left this week with a free place would not mend it.")
    assert found.mends == ()


def test_what_is_over_and_not_closed_is_named_and_counts_as_the_rules_count_it() -> None:
    found = week(*ATTENDED, visit(2))
    assert (found.heading, found.color) == ("Met once the sheet is closed", "pine")
    not_closed = "Evening group on Wed, Nov 18 is not closed yet and counts as attended so far."
    assert found.text.endswith(not_closed)
    assert (found.done, found.expected) == (360, 180)
    asked = replace(ASKED, required_minutes=720)
    found = week(*ATTENDED, visit(2), asked=asked)
    assert found.heading == "Too little is offered this week"
    assert found.lacks == (180, 0)
    assert found.text.endswith(not_closed)


def test_who_will_not_come_tonight_is_short_as_the_rules_say() -> None:
    away = replace(TONIGHT, stays_away=True)
    found = week(*ATTENDED, away, openings=(opening(4),))
    assert found.heading == "3 h and 1 day short this week"
    assert "They will not come to Evening group on Thu, Nov 19." in found.text
    assert (found.done, found.expected) == (360, 0)


def test_who_comes_after_all_or_to_make_up_counts_once_the_sheet_is_closed() -> None:
    for here in (
        replace(TONIGHT, stays_away=True, arrived_at=NOW),
        replace(TONIGHT, is_make_up=True, arrived_at=NOW),
    ):
        found = week(*ATTENDED, here)
        assert found.is_short
        assert found.text.endswith(
            "They came to Evening group on Thu, Nov 19, which counts once its sheet is closed."
        )
        assert "will not come" not in found.text


def test_two_sessions_mend_together_what_neither_would() -> None:
    both = (opening(4, minutes=90), opening(5, minutes=90))
    found = week(*ATTENDED, openings=both)
    assert found.mends == (both,)
    assert "on Fri, Nov 20 at 9:00 am and Morning group on Sat, Nov 21" in found.text
    assert "would mend it together: each has a place free." in found.text


def test_a_week_without_a_session_says_so() -> None:
    asked = replace(ASKED, credited_minutes=0, credited_days=0)
    found = week(asked=asked)
    assert (found.heading, found.color) == ("Nothing is scheduled this week", "brick")
    assert found.text.startswith("0 of 3 days so far. No session of theirs is on the schedule. 9 h")


def test_a_session_that_is_not_the_first_can_be_the_one_that_decides() -> None:
    short = replace(TONIGHT, scheduled_minutes=60)
    found = week(*ATTENDED, short, visit(4))
    assert found.heading == "Tomorrow decides this week"
    assert "With Evening group tomorrow and the other session to come the plan is met" in found.text


def test_a_week_of_leave_is_not_judged() -> None:
    leave = Leave(MONDAY, MONDAY + timedelta(2), ())
    found = week(TONIGHT, asked=replace(ASKED, leave=leave))
    assert (found.heading, found.color) == ("On leave this week", "slate")
    assert found.text.startswith("On leave from Mon, Nov 16 to Wed, Nov 18: the week is not judged")


def finding(rule: str = "attended-hours", **otherwise: Any) -> dict[str, Any]:
    said = {"rule": rule, "from": MONDAY, "to": MONDAY + timedelta(6), "standing": "at_risk"}
    numbers = {"measured": 500, "required": 540, "unit": "minutes", "because": "as scheduled"}
    return said | numbers | otherwise


def test_a_rule_that_counts_less_than_the_plan_is_told_beside_it() -> None:
    met = week(*ATTENDED, TONIGHT, visit(4))
    found = beside_rules(met, [finding()])
    assert (found.heading, found.color) == ("The plan is met, a rule is not", "amber")
    said = "Hours attended in a week, as the rule counts: will be 40 min under."
    assert found.text == f"{met.text} {said}"
    assert beside_rules(met, [finding(standing="impossible")]).color == "brick"
    for other in (finding() | {"from": MONDAY - timedelta(7)}, finding("caseload")):
        assert beside_rules(met, [other]) == met


def test_a_rule_that_says_the_same_is_not_told_twice() -> None:
    short = week(*ATTENDED, replace(TONIGHT, stays_away=True))
    assert beside_rules(short, [finding(measured=360)]) == short


def test_who_is_there_now_counts_as_coming() -> None:
    here = replace(visit(3, hour=14), arrived_at=NOW - timedelta(hours=3))
    found = week(*ATTENDED, here)
    assert found.heading == "This afternoon decides this week"


def test_a_part_of_a_week_and_a_week_without_a_plan_are_not_judged() -> None:
    assert week(TONIGHT, asked=replace(ASKED, is_whole=False)).heading == "A part of a week"
    nothing = WeekAsked(MONDAY, 0, 0, 0, 0, is_whole=True)
    assert week(TONIGHT, asked=nothing).heading == "No weekly plan yet"
