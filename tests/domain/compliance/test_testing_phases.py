"""Drug tests by phase: weekly at the start, monthly when stable, and what lies between.

The stay begins on Monday, 2 March 2026, on clocks of UTC; each date was counted on a calendar.
"""

from dataclasses import replace
from typing import Any

import pytest

from domain.compliance.facts import Done, Leave, PatientFacts, Phased
from domain.compliance.finding import Finding
from tests.support.compliance_stay import (
    STAY,
    Outcome,
    done,
    findings,
    march,
    only,
    outcomes,
    patient,
)
from tests.support.compliance_week import adopted

ASAM = {"drug_test_days": 7, "drug_test_stable_days": 30}


def stable(day: int, event: int = 30) -> Phased:
    return Phased(march(day), "stable", f"testing-1:{event}")


def initial(day: int, event: int = 31) -> Phased:
    return Phased(march(day), "initial", f"testing-1:{event}")


def whose(*days: int, phases: tuple[Phased, ...] = (), **otherwise: Any) -> PatientFacts:
    """A patient who was tested on these days of March."""
    return patient(tests=done(*days), phases=list(phases), **otherwise)


def judged(facts: PatientFacts, stay: Any = STAY, **numbers: int) -> list[Finding]:
    """What is said of tests; each finding comes out again from the events that it names."""
    terms = adopted(**(numbers or ASAM))
    found = findings("drug-test", facts, terms, stay)
    assert len({each.finding_id for each in found}) == len(found)
    for each in found:
        again = findings("drug-test", only(facts, each.evidence), terms, stay)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]
    return found


def shown(found: list[Finding]) -> list[tuple[int, int, str, int | None, int]]:
    """Of each finding its days of March, state, days taken and days asked for."""
    return [
        (
            (each.first_day - march(1)).days + 1,
            (each.last_day - march(1)).days + 1,
            each.state,
            each.measured,
            each.required,
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (8, (2, 8, "met", 6, 7)),
        (9, (2, 9, "met", 7, 7)),
        (10, (2, 9, "breached", 8, 7)),
    ],
)
def test_tests_are_weekly_until_somebody_decides_that_the_patient_is_stable(
    day: int, expected: Any
) -> None:
    assert shown(judged(whose(day)))[0] == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (38, (9, 38, "met", 29, 30)),
        (39, (9, 39, "met", 30, 30)),
        (40, (9, 39, "breached", 31, 30)),
    ],
)
def test_tests_are_monthly_from_the_last_one_on_once_the_patient_is_stable(
    day: int, expected: Any
) -> None:
    # From the 9th thirty days are the 8th of April, the 39th of March.
    assert shown(judged(whose(9, day, phases=(stable(12),))))[1] == expected


@pytest.mark.parametrize(
    ("decided", "second"),
    [
        (9, (9, 39, "breached", None, 30)),
        (16, (9, 39, "breached", None, 30)),
        # It was due by the 16th, and is late on the 17th.
        (17, (9, 16, "breached", None, 7)),
    ],
)
def test_who_is_found_stable_in_time_need_not_be_tested_before(decided: int, second: Any) -> None:
    first, *others = shown(judged(whose(9, phases=(stable(decided),))))
    assert first[:3] == (2, 9, "met")
    assert others == [second]


def test_who_is_stable_no_longer_is_tested_within_a_week_of_that() -> None:
    phases = (stable(12), initial(20))
    # The interval of the 9th goes on to its 30 days; from the 20th on a week is the 27th.
    assert shown(judged(whose(9, phases=phases)))[1:] == [
        (9, 39, "breached", None, 30),
        (20, 27, "breached", None, 7),
    ]
    assert shown(judged(whose(9, 27, phases=phases)))[1:] == [
        (9, 27, "met", 18, 30),
        (20, 27, "met", 7, 7),
        (27, 34, "breached", None, 7),
    ]
    assert shown(judged(whose(9, 28, phases=phases)))[2] == (20, 27, "breached", 8, 7)
    # A test on the day of the decision begins the week by itself.
    assert shown(judged(whose(9, 20, phases=phases)))[1:] == [
        (9, 20, "met", 11, 30),
        (20, 27, "breached", None, 7),
    ]


def test_what_was_decided_twice_for_a_day_is_what_was_said_last() -> None:
    phases = (stable(12), initial(12))
    assert shown(judged(whose(9, phases=phases)))[1:] == [(9, 16, "breached", None, 7)]


def test_a_decision_in_an_earlier_stay_says_nothing_of_this_one() -> None:
    assert shown(judged(whose(9, phases=(stable(1),))))[1:] == [(9, 16, "breached", None, 7)]


def test_a_leave_moves_the_day_by_which_somebody_has_to_be_found_stable() -> None:
    # Three days away: the 10th, then the 14th to the 19th.
    away = Leave(march(11), march(13), ("patient-1:8",))
    known = whose(9, phases=(stable(19),), leaves=[away])
    assert shown(judged(known))[1:] == [(9, 42, "breached", None, 30)]
    late = replace(known, phases=[stable(20)])
    assert shown(judged(late))[1:] == [(9, 19, "breached", None, 7)]


def test_what_was_not_due_yet_when_the_treatment_ended_does_not_apply() -> None:
    gone = replace(STAY, discharged_on=march(39))
    known = whose(9, phases=(stable(12),))
    assert shown(judged(known, gone))[1:] == [(9, 39, "not_applicable", None, 30)]


def test_a_policy_without_a_number_for_who_is_stable_asks_for_the_same_all_along() -> None:
    known = patient(tests=[Done(march(9), "testing-1:5")], phases=[stable(12), initial(20)])
    found = judged(known, drug_test_days=7)
    assert shown(found)[1:] == [(9, 16, "breached", None, 7)]
    expected: list[Outcome] = [(2, 9, "met", 7), (9, 16, "breached", None)]
    assert outcomes("drug-test", known, drug_test_days=7) == expected
