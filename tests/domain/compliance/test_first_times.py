"""The first plan and the first certification: met, just under, just over, not applicable.

The stay began on Monday, 2 March 2026, on clocks of UTC; each date was counted on a calendar.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.facts import Certified, Done, InForce, Leave, PatientFacts, Stay, Waiver
from domain.compliance.finding import NO_DAY, Finding
from domain.policy import RuleName
from tests.support.compliance_stay import STAY, Outcome, findings, march, on, only, patient, shown
from tests.support.compliance_week import adopted, visit

MINNESOTA: dict[str, Any] = {"first_plan_days": 30, "first_plan_visits": 10}
"""By the tenth day of treatment after that of the admission, and within 30 days."""


def planned(*days: int, **otherwise: Any) -> dict[str, Any]:
    """Plans that hold from these days of March on."""
    numbered = enumerate(days)
    plans = [InForce(march(day), 540, 3, f"patient-1:{10 + number}") for number, day in numbered]
    return {"plans": plans, **otherwise}


def certified(*days: int) -> dict[str, Any]:
    return {
        "certified": [
            Certified(march(day), march(day) + timedelta(days=60), f"patient-1:{10 + number}")
            for number, day in enumerate(days)
        ]
    }


def judged(rule: RuleName, facts: PatientFacts, stay: Stay = STAY, **numbers: int) -> list[Finding]:
    """What a rule says; each finding comes out again from the events that it names."""
    terms = adopted(**numbers)
    found = findings(rule, facts, terms, stay)
    for each in found:
        again = findings(rule, only(facts, each.evidence), terms, stay)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]
    return found


# first-plan


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (2, (2, 2, "met", 0)),
        (6, (2, 6, "met", 4)),
        (7, (2, 7, "met", 5)),
        (8, (2, 7, "breached", 6)),
    ],
)
def test_first_plan_within_days_of_the_admission(day: int, expected: Outcome) -> None:
    assert shown(judged("first-plan", patient(**planned(day)), first_plan_days=5)) == [expected]


def test_first_plan_that_nobody_made_is_late_from_the_day_after() -> None:
    (found,) = judged("first-plan", patient(), first_plan_days=5)
    assert shown([found]) == [(2, 7, "breached", None)]
    assert found.because == "no plan was made"


def test_first_plan_asks_for_the_first_one_only() -> None:
    known = patient(**planned(6, 20))
    (found,) = judged("first-plan", known, first_plan_days=5)
    assert shown([found]) == [(2, 6, "met", 4)]
    assert "patient-1:10" in found.evidence
    assert "patient-1:11" not in found.evidence


def test_first_plan_may_hold_before_the_admission_but_be_of_no_earlier_stay() -> None:
    known = patient(**planned(1))
    assert shown(judged("first-plan", known, first_plan_days=0)) == [(2, 2, "met", 0)]
    before = Stay("iop", march(1) - timedelta(days=60), march(1), ("patient-1:0",))
    known.stays = [before, STAY]
    assert shown(findings("first-plan", known, adopted(first_plan_days=0))) == [
        (2, 2, "breached", None)
    ]


def test_first_plan_does_not_apply_where_the_treatment_ended_before_it_was_due() -> None:
    for ended, state in ((7, "not_applicable"), (8, "breached")):
        gone = replace(STAY, discharged_on=march(ended))
        assert shown(judged("first-plan", patient(), gone, first_plan_days=5)) == [
            (2, 7, state, None)
        ]


def test_first_plan_stands_still_on_leave() -> None:
    # The 3rd, then the 7th to the 10th.
    away = Leave(march(4), march(6), ("patient-1:8",))
    known = patient(leaves=[away])
    assert shown(judged("first-plan", known, first_plan_days=5)) == [(2, 10, "breached", None)]


# first-plan, by days of treatment

DAYS = (2, 3, 5, 6, 9, 10, 12, 13, 16, 17, 19)
"""The stay's first days of treatment: after the 2nd, that of the admission, the tenth is the 19th.

3, 5, 6, 9, 10, 12, 13, 16, 17 and 19 March.
"""


def in_treatment(*days: int, plan: int | None = None) -> PatientFacts:
    visits = [on(each, "attended") for each in days]
    return patient(*visits, **(planned(plan) if plan else {}))


@pytest.mark.parametrize(
    ("plan", "expected", "unit"),
    [
        (18, (2, 18, "met", 16), "days"),
        (19, (2, 19, "met", 17), "days"),
        (20, (2, 19, "breached", 11), "visits"),
        (None, (2, 19, "breached", None), "visits"),
    ],
)
def test_first_plan_is_due_with_the_tenth_day_of_treatment_where_that_is_before_the_30_days(
    plan: int | None, expected: Outcome, unit: str
) -> None:
    (found,) = judged("first-plan", in_treatment(*DAYS, plan=plan), **MINNESOTA)
    assert (shown([found])[0], found.unit) == (expected, unit)


def test_first_plan_is_due_after_30_days_where_there_were_fewer_days_of_treatment() -> None:
    # 29 days of March, then the 1st of April: the 32nd of March.
    (found,) = judged("first-plan", in_treatment(*DAYS[:-1]), **MINNESOTA)
    assert (shown([found])[0], found.required, found.unit) == (
        (2, 32, "breached", None),
        30,
        "days",
    )
    (found,) = judged("first-plan", in_treatment(*DAYS[:-1], plan=32), **MINNESOTA)
    assert shown([found]) == [(2, 32, "met", 30)]
    (found,) = judged("first-plan", in_treatment(*DAYS[:-1], plan=33), **MINNESOTA)
    assert shown([found]) == [(2, 32, "breached", 31)]


def test_first_plan_counts_a_day_with_two_sessions_once_and_no_day_that_was_missed() -> None:
    again = replace(visit(8, {"individual": 60}), session_id="second", evidence=("second:1",))
    known = patient(
        *(on(each, "attended") for each in DAYS[:-1]), again, on(18), on(19, "cancelled")
    )
    (found,) = judged("first-plan", known, first_plan_visits=10)
    assert (found.state, found.last_day) == ("on_track", NO_DAY)
    assert found.because == "no plan was made yet; it waits for visit 10, and there were 9"


@pytest.mark.parametrize(("plan", "taken"), [(2, 0), (3, 1), (19, 10)])
def test_first_plan_by_days_of_treatment_alone_leaves_out_that_of_the_admission(
    plan: int, taken: int
) -> None:
    (found,) = judged("first-plan", in_treatment(*DAYS, plan=plan), first_plan_visits=10)
    assert shown([found]) == [(2, plan, "met", taken)]


# first-plan, by contacts or by days, whichever is later

MONTANA: dict[str, Any] = {"first_plan_days": 21, "first_plan_contacts": 5}
"""Of the stay's days the fifth contact is on the 9th; 21 days after the 2nd is the 23rd."""


@pytest.mark.parametrize(
    ("plan", "expected", "unit"),
    [
        (9, (2, 9, "met", 7), "days"),
        (23, (2, 23, "met", 21), "days"),
        (24, (2, 23, "breached", 22), "days"),
        (None, (2, 23, "breached", None), "days"),
    ],
)
def test_first_plan_is_due_with_the_days_where_those_are_later_than_the_contacts(
    plan: int | None, expected: Outcome, unit: str
) -> None:
    (found,) = judged("first-plan", in_treatment(*DAYS, plan=plan), **MONTANA)
    assert (shown([found])[0], found.unit) == (expected, unit)


SELDOM = (2, 10, 20, 28, 30)
"""Days of a stay whose fifth contact is on the 30th, after the 23rd."""


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (30, (2, 30, "met", 5)),
        (31, (2, 30, "breached", 6)),
        (None, (2, 30, "breached", None)),
    ],
)
def test_first_plan_is_due_with_the_fifth_contact_where_that_is_later_than_the_days(
    plan: int | None, expected: Outcome
) -> None:
    (found,) = judged("first-plan", in_treatment(*SELDOM, plan=plan), **MONTANA)
    assert (shown([found])[0], found.required, found.unit) == (expected, 5, "visits")


def test_first_plan_waits_for_the_fifth_contact_though_the_days_are_over() -> None:
    (found,) = judged("first-plan", in_treatment(*SELDOM[:-1]), **MONTANA)
    assert (found.state, found.last_day) == ("on_track", NO_DAY)
    assert found.because == "no plan was made yet; it waits for visit 5, and there were 4"


def test_first_plan_by_contacts_does_not_apply_where_the_treatment_ended_before_the_fifth() -> None:
    gone = replace(STAY, discharged_on=march(29))
    (found,) = judged("first-plan", in_treatment(*SELDOM[:-1]), gone, **MONTANA)
    assert (found.state, found.because) == (
        "not_applicable",
        "the treatment ended before it was due",
    )


# first-certification


@pytest.mark.parametrize(
    ("day", "most", "expected"),
    [
        (2, 0, (2, 2, "met", 0)),
        (3, 0, (2, 2, "breached", 1)),
        (6, 5, (2, 6, "met", 4)),
        (7, 5, (2, 7, "met", 5)),
        (8, 5, (2, 7, "breached", 6)),
        (1, 0, (2, 2, "met", 0)),
    ],
)
def test_first_certification_within_days_of_the_admission(
    day: int, most: int, expected: Outcome
) -> None:
    known = patient(**certified(day))
    assert shown(judged("first-certification", known, first_certification_days=most)) == [expected]


def test_first_certification_is_not_on_track_for_who_was_never_certified() -> None:
    asked: dict[str, Any] = {"first_certification_days": 0, "certification_days": 60}
    (found,) = judged("first-certification", patient(), **asked)
    assert shown([found]) == [(2, 2, "breached", None)]
    assert found.because == "the care was never certified"
    # Nothing is renewed that there never was.
    assert judged("certification", patient(), **asked) == []


def test_first_certification_is_late_of_who_was_discharged_and_never_certified() -> None:
    gone = replace(STAY, discharged_on=march(20))
    assert shown(judged("first-certification", patient(), gone, first_certification_days=0)) == [
        (2, 2, "breached", None)
    ]
    gone = replace(STAY, discharged_on=march(2))
    assert shown(judged("first-certification", patient(), gone, first_certification_days=0)) == [
        (2, 2, "not_applicable", None)
    ]


# What is renewed


def test_certifications_are_renewed_from_the_first_one_on() -> None:
    known = patient(**certified(5, 60))
    both: dict[str, Any] = {"first_certification_days": 5, "certification_days": 60}
    # The 5th of March and 60 days make the 64th; the 60th and 60 days the 120th.
    assert shown(judged("certification", known, **both)) == [
        (5, 60, "met", 55),
        (60, 120, "breached", None),
    ]
    # Without a number for the first one the renewals begin with the admission.
    assert shown(judged("certification", known, certification_days=60)) == [
        (2, 5, "met", 3),
        (5, 60, "met", 55),
        (60, 120, "breached", None),
    ]


def test_reviews_are_counted_from_the_first_plan_on() -> None:
    reviews = [Done(march(30), "patient-1:40")]
    known = patient(**planned(7, reviews=reviews))
    both: dict[str, Any] = {"first_plan_days": 30, "plan_review_days": 30}
    # From the 7th to the 30th are 23 days; 30 more make the 60th.
    assert shown(judged("plan-review", known, **both)) == [
        (7, 30, "met", 23),
        (30, 60, "breached", None),
    ]
    assert shown(judged("plan-review", known, plan_review_days=30))[0] == (2, 30, "met", 28)
    assert judged("plan-review", patient(reviews=reviews), **both) == []


# All of them


@pytest.mark.parametrize(
    ("rule", "key"),
    [("first-plan", "first_plan_days"), ("first-certification", "first_certification_days")],
)
def test_a_first_time_binds_only_where_the_policy_has_its_number_and_is_waived(
    rule: RuleName, key: str
) -> None:
    assert judged(rule, patient(), plan_review_days=30, certification_days=60) == []
    waived = patient(waivers=[Waiver(rule, march(2), march(31), "patient-1:7")])
    number: dict[str, Any] = {key: 5}
    (found,) = judged(rule, waived, **number)
    assert found.state == "waived"
    assert "patient-1:7" in found.evidence
