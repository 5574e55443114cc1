"""When a discharge summary is due: met, just under, just over, not applicable.

The stay began on Monday, 2 March 2026, and ended on Friday, the 20th, on clocks of UTC; each date
was counted on a calendar.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.compliance.facts import Stay, Summarized, Waiver
from domain.compliance.finding import Finding
from tests.support.compliance_stay import STAY, UTC, Outcome, findings, march, only, patient, shown
from tests.support.compliance_week import adopted

ENDED = replace(STAY, discharged_on=march(20), evidence=("patient-1:1", "patient-1:6"))
SOUTH_DAKOTA = {"discharge_summary_business_days": 5}
CLOSED = {march(25): "program-1:5"}


def summed_up(day: int, of: int = 20, event: int = 30) -> Summarized:
    return Summarized(march(day), march(of), f"patient-1:{event}")


def judged(
    *summaries: Summarized,
    stay: Stay = ENDED,
    closures: Mapping[date, str] | None = None,
    through: date = date(2026, 12, 31),
    numbers: Mapping[str, int] = SOUTH_DAKOTA,
    **otherwise: Any,
) -> list[Finding]:
    facts = patient(summaries=list(summaries), **otherwise)
    facts.stays = [stay]
    terms = adopted(**numbers)
    found = findings("discharge-summary", facts, terms, stay, closures=closures, through=through)
    for each in found:
        known = {day: event for day, event in (closures or {}).items() if event in each.evidence}
        again = findings(
            "discharge-summary",
            only(facts, each.evidence),
            terms,
            stay,
            closures=known,
            through=through,
        )
        assert again == [each]
    return found


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        # Monday 23 to Friday 27 are five working days; the weekend is none.
        (20, (20, 20, "met", 0)),
        (26, (20, 26, "met", 4)),
        (27, (20, 27, "met", 5)),
        (28, (20, 27, "breached", 6)),
        (30, (20, 27, "breached", 6)),
        (31, (20, 27, "breached", 7)),
    ],
)
def test_discharge_summary_within_working_days(signed: int, expected: Outcome) -> None:
    assert shown(judged(summed_up(signed))) == [expected]


def test_discharge_summary_that_nobody_signed_is_late_after_the_last_day() -> None:
    (found,) = judged()
    assert shown([found]) == [(20, 27, "breached", None)]
    assert found.until == datetime(2026, 3, 28, tzinfo=UTC)
    assert found.because == "no discharge summary is signed"


def test_discharge_summary_leaves_out_the_closures_of_the_program() -> None:
    # 23, 24, 26, 27 and Monday, the 30th.
    assert shown(judged(closures=CLOSED)) == [(20, 30, "breached", None)]
    assert shown(judged(summed_up(30), closures=CLOSED)) == [(20, 30, "met", 5)]


@pytest.mark.parametrize(
    ("key", "number", "due", "taken"),
    [
        # The 20th and 15 days make the 4th of April; a month the 20th of April.
        ("discharge_summary_days", 15, 35, 15),
        ("discharge_summary_months", 1, 51, 1),
    ],
)
def test_discharge_summary_by_days_or_months(key: str, number: int, due: int, taken: int) -> None:
    numbers = {key: number}
    assert shown(judged(summed_up(due - 1), numbers=numbers))[0][2] == "met"
    assert shown(judged(summed_up(due), numbers=numbers)) == [(20, due, "met", taken)]
    late = shown(judged(summed_up(due + 1), numbers=numbers))
    assert late == [(20, due, "breached", taken + 1)]


def test_discharge_summary_is_asked_for_once_the_last_day_is_over_and_never_before() -> None:
    assert judged(stay=STAY) == []
    assert judged(through=march(19)) == []
    assert len(judged(through=march(20))) == 1


def test_discharge_summary_of_which_there_are_two_is_the_first() -> None:
    (found,) = judged(summed_up(26, event=31), summed_up(24))
    assert shown([found]) == [(20, 24, "met", 2)]
    assert "patient-1:30" in found.evidence
    assert "patient-1:31" not in found.evidence


def test_discharge_summary_stays_with_its_treatment_when_the_discharge_is_put_right() -> None:
    # It was said to end on the 18th, and was signed then.
    assert shown(judged(summed_up(18, of=18))) == [(20, 20, "met", 0)]
    again = Stay("iop", march(24), None, ("patient-1:40",))
    facts = patient(summaries=[summed_up(30), summed_up(31, of=29, event=31)])
    facts.stays = [ENDED, again]
    terms = adopted(**SOUTH_DAKOTA)
    assert shown(findings("discharge-summary", facts, terms, ENDED)) == [(20, 27, "breached", 6)]
    over = replace(again, discharged_on=march(30))
    facts.stays = [ENDED, over]
    # Of the second stay, which ended on Monday, the 30th, it was signed before its last day.
    assert shown(findings("discharge-summary", facts, terms, over)) == [(30, 31, "met", 1)]


def test_discharge_summary_binds_only_where_the_policy_has_its_number_and_is_waived() -> None:
    assert judged(numbers={"plan_review_days": 30}) == []
    waiver = Waiver("discharge-summary", march(20), march(20) + timedelta(days=7), "patient-1:7")
    (found,) = judged(waivers=[waiver])
    assert found.state == "waived"
