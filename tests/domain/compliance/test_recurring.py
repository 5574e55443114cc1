"""Each rule about what is done again and again: met, just under, just over, not applicable.

The stay began on Monday, 2 March 2026.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.facts import Certified, Done, PatientFacts, Since, Stay, Waiver
from domain.compliance.finding import ASKED_BY
from domain.policy import RuleName
from tests.support.compliance_stay import STAY, done, findings, march, on, only, outcomes, patient
from tests.support.compliance_week import adopted

REPEATED: tuple[RuleName, ...] = (
    "plan-review",
    "certification",
    "phq-9",
    "gad-7",
    "bam",
    "drug-test",
)
EACH = pytest.mark.parametrize("rule", REPEATED)


def having(rule: RuleName, *days: int, **otherwise: Any) -> PatientFacts:
    """A patient with whom what a rule asks for was done on these days of March."""
    times = done(*days)
    match rule:
        case "plan-review":
            facts: dict[str, Any] = {"reviews": times}
        case "certification":
            facts = {
                "certified": [
                    Certified(each.day, each.day + timedelta(days=60), each.event_id)
                    for each in times
                ]
            }
        case "drug-test":
            facts = {"tests": times}
        case _:
            facts = {"assessments": {rule: times}}
    return patient(**facts, **otherwise)


def asked(rule: RuleName, number: int) -> dict[str, Any]:
    return {ASKED_BY[rule][0]: number}


# What is done again and again


@EACH
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (3, (2, 3, "met", 1)),
        (8, (2, 8, "met", 6)),
        (9, (2, 9, "met", 7)),
        (10, (2, 9, "breached", 8)),
        (25, (2, 9, "breached", 23)),
    ],
)
def test_the_first_time_is_due_so_many_days_after_the_admission(
    rule: RuleName, day: int, expected: tuple[int, int, str, int]
) -> None:
    first, *_ = outcomes(rule, having(rule, day), **asked(rule, 7))
    assert first == expected


@EACH
def test_each_next_time_is_due_so_many_days_after_the_one_before(rule: RuleName) -> None:
    # 2 -> 9: seven days; 9 -> 17: eight; 17 -> 20: three; after the 20th nothing by the 27th.
    assert outcomes(rule, having(rule, 9, 17, 20), **asked(rule, 7)) == [
        (2, 9, "met", 7),
        (9, 16, "breached", 8),
        (17, 20, "met", 3),
        (20, 27, "breached", None),
    ]


@EACH
def test_what_was_never_done_is_breached_on_the_day_on_which_it_was_due(rule: RuleName) -> None:
    assert outcomes(rule, having(rule), **asked(rule, 7)) == [(2, 9, "breached", None)]


@EACH
def test_what_was_done_on_the_day_of_the_admission_begins_the_first_interval(
    rule: RuleName,
) -> None:
    (found,) = findings(rule, having(rule, 2), adopted(**asked(rule, 7)))
    assert (found.first_day, found.last_day) == (march(2), march(9))
    assert "patient-1:10" in found.evidence


@EACH
def test_what_was_done_twice_on_a_day_counts_once(rule: RuleName) -> None:
    known = having(rule, 9, 9, 12)
    assert outcomes(rule, known, **asked(rule, 7)) == [
        (2, 9, "met", 7),
        (9, 12, "met", 3),
        (12, 19, "breached", None),
    ]
    evidence = {
        event
        for each in findings(rule, known, adopted(**asked(rule, 7)))
        for event in each.evidence
    }
    assert "patient-1:11" not in evidence


@EACH
def test_what_was_done_out_of_order_on_record_counts_in_the_order_of_its_days(
    rule: RuleName,
) -> None:
    assert outcomes(rule, having(rule, 12, 9), **asked(rule, 7))[:2] == [
        (2, 9, "met", 7),
        (9, 12, "met", 3),
    ]


@EACH
def test_what_was_done_outside_the_stay_does_not_count(rule: RuleName) -> None:
    gone = replace(STAY, discharged_on=march(20))
    assert outcomes(rule, having(rule, 1, 21), gone, **asked(rule, 7)) == [(2, 9, "breached", None)]


@EACH
@pytest.mark.parametrize(
    ("discharged", "state"), [(8, "not_applicable"), (9, "not_applicable"), (10, "breached")]
)
def test_what_was_not_due_yet_when_the_treatment_ended_does_not_apply(
    rule: RuleName, discharged: int, state: str
) -> None:
    gone = replace(STAY, discharged_on=march(discharged))
    (found,) = findings(rule, having(rule), adopted(**asked(rule, 7)), gone)
    assert (found.state, found.measured, found.last_day) == (state, None, march(9))
    if state == "not_applicable":
        assert found.because == "the treatment ended before it was due"


@EACH
def test_what_was_done_before_the_treatment_ended_is_met(rule: RuleName) -> None:
    gone = replace(STAY, discharged_on=march(5))
    assert outcomes(rule, having(rule, 5), gone, **asked(rule, 7)) == [
        (2, 5, "met", 3),
        (5, 12, "not_applicable", None),
    ]


def test_each_questionnaire_counts_for_itself() -> None:
    known = patient(assessments={"phq-9": done(9)})
    assert outcomes("phq-9", known, phq_9_days=7)[0] == (2, 9, "met", 7)
    assert outcomes("gad-7", known, gad_7_days=7) == [(2, 9, "breached", None)]


# counselor-assigned


def with_counselor(*days: int, **otherwise: Any) -> PatientFacts:
    assigned = [
        Since(march(each), f"staff-{number}", f"patient-1:{10 + number}")
        for number, each in enumerate(days)
    ]
    return patient(counselors=assigned, **otherwise)


@pytest.mark.parametrize(
    ("day", "most", "expected"),
    [
        (2, 0, (2, 2, "met", 0)),
        (3, 0, (2, 2, "breached", 1)),
        (1, 0, (2, 2, "met", 0)),
        (4, 3, (2, 4, "met", 2)),
        (5, 3, (2, 5, "met", 3)),
        (6, 3, (2, 5, "breached", 4)),
    ],
)
def test_counselor_assigned_within_days_of_the_admission(
    day: int, most: int, expected: tuple[int, int, str, int]
) -> None:
    assert outcomes("counselor-assigned", with_counselor(day), counselor_days=most) == [expected]


def test_counselor_assigned_asks_for_the_first_one_only() -> None:
    known = with_counselor(9, 4)
    assert outcomes("counselor-assigned", known, counselor_days=3) == [(2, 4, "met", 2)]
    (found,) = findings("counselor-assigned", known, adopted(counselor_days=3))
    assert "patient-1:11" in found.evidence
    assert "patient-1:10" not in found.evidence


def test_counselor_assigned_to_nobody_is_breached() -> None:
    assert outcomes("counselor-assigned", patient(), counselor_days=0) == [(2, 2, "breached", None)]


def test_counselor_assigned_does_not_apply_where_the_treatment_ended_before() -> None:
    gone = replace(STAY, discharged_on=march(4))
    known = with_counselor(5)
    assert outcomes("counselor-assigned", known, gone, counselor_days=3) == [
        (2, 5, "not_applicable", None)
    ]


def test_counselor_assigned_in_an_earlier_stay_does_not_count() -> None:
    before = Stay("iop", march(1) - timedelta(days=60), march(1), ("patient-1:0",))
    known = with_counselor(1)
    known.stays = [before, STAY]
    assert outcomes("counselor-assigned", known, counselor_days=0) == [(2, 2, "breached", None)]
    between = replace(before, discharged_on=march(1) - timedelta(days=1))
    known.stays = [between, STAY]
    assert outcomes("counselor-assigned", known, counselor_days=0) == [(2, 2, "met", 0)]


# All of them

LATE = [
    ("counselor-assigned", with_counselor(20)),
    *((rule, having(rule, 9, 9, 20)) for rule in REPEATED),
    (
        "absence-review",
        patient(on(3), on(4, "excused"), on(5), on(6, "attended"), reviews=done(2, 20)),
    ),
]
OF_ALL = pytest.mark.parametrize(("rule", "facts"), LATE)


def terms(rule: RuleName, number: int) -> dict[str, int]:
    return asked(rule, number) | ({"absences_in_a_row": 2} if rule == "absence-review" else {})


@OF_ALL
def test_a_rule_about_a_stay_binds_only_where_the_policy_has_its_number(
    rule: RuleName, facts: PatientFacts
) -> None:
    assert findings(rule, facts, adopted(group_max=12, absences_in_a_row=2)) == []
    assert findings(rule, facts, adopted(**terms(rule, 7)))


@OF_ALL
def test_a_rule_about_a_stay_is_waived_on_the_day_on_which_it_is_over(
    rule: RuleName, facts: PatientFacts
) -> None:
    numbers = adopted(**terms(rule, 1))
    late = findings(rule, facts, numbers)[0]
    assert late.state == "breached"
    for first, last, waived in (
        (late.last_day, late.last_day, True),
        (march(1), late.last_day - timedelta(days=1), False),
        (late.last_day + timedelta(days=1), march(31), False),
    ):
        waivers = [Waiver(rule, first, last, "patient-1:7")]
        found = findings(rule, replace(facts, waivers=waivers), numbers)[0]
        assert (found.state == "waived") == waived
        assert "patient-1:7" in found.evidence


@OF_ALL
@pytest.mark.parametrize("number", [1, 7, 30])
def test_a_finding_about_a_stay_is_found_again_from_the_events_that_it_names(
    rule: RuleName, facts: PatientFacts, number: int
) -> None:
    numbers = adopted(**terms(rule, number))
    known = replace(facts, waivers=[Waiver(rule, march(1), march(3), "patient-1:7")])
    found = findings(rule, known, numbers)
    assert len({each.finding_id for each in found}) == len(found)
    for each in found:
        assert {"facility-1:1", "patient-1:1", "program-1:2"} <= set(each.evidence)
        assert (each.patient_id, each.about) == ("patient-1", None)
        again = findings(rule, only(known, each.evidence), numbers)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]


def test_what_was_done_is_named_by_its_event() -> None:
    known = patient(reviews=[Done(march(9), "patient-1:4")])
    first, second = findings("plan-review", known, adopted(plan_review_days=30))
    assert "patient-1:4" in first.evidence
    assert "patient-1:4" in second.evidence
    assert first.because == "the plan was reviewed after 7 days, at most 30 are allowed"
    assert second.because == "the plan was not reviewed"
