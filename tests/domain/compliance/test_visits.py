"""What else follows a visit: met, just under, just over, and where it does not apply.

The session is on Monday, 2 March 2026, from 13:00 to 16:00 in New York.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.facts import Leave, Waiver
from domain.compliance.finding import ASKED_BY
from domain.compliance.visits import AfterVisit, VisitRule, make_up_owed, note_due, outreach_due
from domain.policy import RuleName
from tests.support.compliance_visit import (
    CALLED_OFF,
    ENDED,
    NO_SHOW,
    THERE,
    after,
    at,
    finding,
    made_up,
    march,
    outcome,
    signed,
    tried,
)
from tests.support.compliance_week import GROUP_AND_SKILLS, adopted, visit

MINUTE = timedelta(minutes=1)

# outreach-due


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(hours=23, minutes=59), ("met", 24, 3)),
        (timedelta(hours=24), ("met", 24, 3)),
        (timedelta(hours=24, minutes=1), ("breached", 25, 3)),
        (timedelta(minutes=-5), ("met", 0, 2)),
    ],
)
def test_outreach_due_within_hours_of_the_end_of_the_session(
    later: timedelta, expected: tuple[str, int, int]
) -> None:
    assert outcome(outreach_due, tried(ENDED + later), outreach_hours=24) == expected


def test_outreach_due_and_never_tried_is_breached() -> None:
    found = finding(outreach_due, tried(), outreach_hours=24)
    assert (found.state, found.measured) == ("breached", None)
    assert found.because == "no attempt to reach the patient is on record"
    assert (found.about, found.last_day) == ("session-0", march(3))


def test_outreach_due_counts_the_first_attempt() -> None:
    found = finding(outreach_due, tried(ENDED + 30 * MINUTE, ENDED + 5 * MINUTE), outreach_hours=24)
    assert (found.state, found.measured) == ("met", 1)
    assert "patient-1:21" in found.evidence
    assert "patient-1:20" not in found.evidence


def test_outreach_due_does_not_apply_where_the_patient_had_said_so() -> None:
    found = finding(outreach_due, after(replace(NO_SHOW, status="absent")), outreach_hours=24)
    assert (found.state, found.because) == (
        "not_applicable",
        "the patient had called off beforehand",
    )


@pytest.mark.parametrize("status", ["attended", "incomplete", "excused", "cancelled", "scheduled"])
def test_outreach_due_to_nobody_else(status: Any) -> None:
    assert outreach_due(after(replace(NO_SHOW, status=status)), adopted(outreach_hours=24)) is None


def test_outreach_due_waits_for_no_leave_and_starts_anew_with_each_miss() -> None:
    away = tried(leaves=(Leave(march(2), march(9), ("patient-1:8",)),))
    assert outcome(outreach_due, away, outreach_hours=24) == ("breached", None, 3)
    gone = tried(discharged_on=march(2))
    assert outcome(outreach_due, gone, outreach_hours=24) == ("breached", None, 3)
    friday = replace(visit(4, GROUP_AND_SKILLS), status="no_show", credited={})
    again = finding(outreach_due, after(friday), outreach_hours=24)
    # The clocks change in the night to Sunday, not in that to Saturday.
    assert (again.about, again.until) == ("session-4", at(7, 16))
    saturday = replace(visit(5, GROUP_AND_SKILLS), status="no_show", credited={})
    assert finding(outreach_due, after(saturday), outreach_hours=24).until == at(8, 17)


# make-up-owed


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, ("met", 0, 2)),
        (13, ("met", 13, 15)),
        (14, ("met", 14, 16)),
        (15, ("breached", 15, 16)),
    ],
)
def test_make_up_owed_within_days_of_what_was_called_off(
    days: int, expected: tuple[str, int, int]
) -> None:
    known = made_up(days)
    assert outcome(make_up_owed, known, make_up_days=14) == expected
    found = finding(make_up_owed, known, make_up_days=14)
    assert {f"session-{days}:1", f"session-{days}:4"} <= set(found.evidence)


def test_make_up_owed_stands_still_on_leave() -> None:
    # Monday, the 2nd, and 14 days, and the seven of the leave.
    away = (Leave(march(9), march(15), ("patient-1:8",)),)
    found = finding(make_up_owed, after(CALLED_OFF, leaves=away), make_up_days=14)
    assert (found.state, found.last_day) == ("breached", march(23))
    assert "patient-1:8" in found.evidence
    assert outcome(make_up_owed, made_up(21, leaves=away), make_up_days=14) == ("met", 14, 23)
    assert outcome(make_up_owed, made_up(22, leaves=away), make_up_days=14) == ("breached", 15, 23)
    before = finding(make_up_owed, made_up(3, leaves=away), make_up_days=14)
    assert (before.state, before.measured) == ("met", 3)
    assert "patient-1:8" not in before.evidence


def test_make_up_owed_and_never_made_up_is_breached() -> None:
    found = finding(make_up_owed, after(CALLED_OFF), make_up_days=14)
    assert (found.state, found.measured, found.last_day) == ("breached", None, march(16))
    assert found.because == "the session was not made up"


@pytest.mark.parametrize(
    ("discharged_on", "state"), [(16, "not_applicable"), (15, "not_applicable"), (17, "breached")]
)
def test_make_up_owed_does_not_apply_where_the_treatment_ended_before(
    discharged_on: int, state: str
) -> None:
    gone = after(CALLED_OFF, discharged_on=march(discharged_on))
    assert finding(make_up_owed, gone, make_up_days=14).state == state
    in_time = made_up(3, discharged_on=march(discharged_on))
    assert finding(make_up_owed, in_time, make_up_days=14).state == "met"


def test_make_up_owed_for_nothing_else() -> None:
    nobody_expected = replace(CALLED_OFF, rostered=False)
    for there in (THERE, NO_SHOW, nobody_expected):
        assert make_up_owed(after(there), adopted(make_up_days=14)) is None


# All of them

EACH = pytest.mark.parametrize(
    ("rule", "key", "known"),
    [
        *((note_due, key, signed(at(12), at(20))) for key in ASKED_BY["note-due"]),
        (outreach_due, "outreach_hours", tried(at(12), at(20))),
        (make_up_owed, "make_up_days", made_up(10)),
    ],
)


@EACH
def test_a_rule_about_a_visit_binds_only_where_the_policy_has_its_number(
    rule: VisitRule, key: str, known: AfterVisit
) -> None:
    assert rule(known, adopted(group_max=12)) is None
    assert rule(known, adopted(**{key: 1})) is not None


@EACH
def test_a_rule_about_a_visit_is_waived_on_the_day_on_which_it_is_over(
    rule: VisitRule, key: str, known: AfterVisit
) -> None:
    unwaived = finding(rule, known, **{key: 1})
    assert unwaived.state == "breached"
    due = unwaived.last_day
    for first, last, waived in (
        (due, due, True),
        (march(2), due, True),
        (march(2), due - timedelta(days=1), False),
        (due + timedelta(days=1), march(31), False),
    ):
        waiver = Waiver(unwaived.rule, first, last, "patient-1:7")
        found = finding(rule, replace(known, waivers=(waiver,)), **{key: 1})
        assert (found.state == "waived") == waived
        assert "patient-1:7" in found.evidence
    other: RuleName = "caseload"
    waivers = (Waiver(other, due, due, "patient-1:7"),)
    assert finding(rule, replace(known, waivers=waivers), **{key: 1}) == unwaived


@EACH
@pytest.mark.parametrize("number", [1, 20])
def test_a_finding_about_a_visit_is_found_again_from_the_events_that_it_names(
    rule: VisitRule, key: str, known: AfterVisit, number: int
) -> None:
    closures = {march(day): f"program-1:{day}" for day in (3, 4, 13, 21, 30)}
    leaves = (Leave(march(9), march(10), ("patient-1:8",)),)
    known = replace(known, closures=closures, waivers=(), leaves=leaves)
    found = finding(rule, known, **{key: number})
    assert {"patient-1:1", "program-1:2", "session-0:1", "session-0:4"} <= set(found.evidence)
    said = set(found.evidence)
    there = known.visit
    again = replace(
        known,
        visit=replace(there, notes=tuple(each for each in there.notes if each.event_id in said)),
        closures={day: event for day, event in closures.items() if event in said},
        attempts=tuple(each for each in known.attempts if each.event_id in said),
        visits=tuple(each for each in known.visits if said >= {*each.evidence}),
        leaves=tuple(each for each in known.leaves if said >= {*each.evidence}),
    )
    assert finding(rule, again, **{key: number}) == found
