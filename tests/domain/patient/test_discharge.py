from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from domain.errors import (
    AlreadyAdmitted,
    CandidateAgain,
    EndsBeforeStart,
    NoSuchLevel,
    NotAdmitted,
    RecordMerged,
    Refusal,
)
from domain.levels import ABOVE, BELOW, Level
from domain.patient import (
    Discharge,
    DischargeCorrected,
    PatientDischarged,
)
from domain.patient.treatment import DischargeKind, DischargeReason
from tests.domain.patient.test_admission import (
    LEFT,
    REFERRAL,
    admitted,
    candidate,
    candidate_again,
    closed,
    corrected,
    day,
    in_treatment,
    merged,
    referred,
    screened,
    sent_up,
    treated_again,
)
from tests.domain.patient.test_patient import ended, patient
from tests.support.domain_examples import Command
from tests.support.given_when_then import fact, given

TO: dict[str, Level] = {"step-up": "2.5", "step-down": "1"}
"""Where somebody goes by the kinds that need a level."""

KINDS = get_args(DischargeKind)
EACH_KIND = [Discharge(day(7), kind, (), TO.get(kind)) for kind in KINDS]


def stepped(kind: Any, level: Any) -> Discharge:
    return Discharge(day(7), kind, ("needs-more-care",), level)


# How a treatment ends


def test_a_treatment_ends_in_seven_ways() -> None:
    assert KINDS == (
        "completed",
        "transferred",
        "dropped-out",
        "administrative",
        "step-up",
        "step-down",
        "against-advice",
    )


@pytest.mark.parametrize("discharge", EACH_KIND, ids=lambda each: each.kind)
def test_a_treatment_ends_once_in_each_way(discharge: Discharge) -> None:
    spec = in_treatment()
    spec.when(ended(discharge)).then(fact(PatientDischarged, discharge=discharge))
    assert not spec.aggregate.in_treatment
    assert spec.aggregate.left_by(day(8)) == day(7)
    spec.when(ended(discharge)).then_nothing()


@pytest.mark.parametrize("reason", get_args(DischargeReason))
def test_a_treatment_ends_for_each_reason(reason: DischargeReason) -> None:
    discharge = Discharge(day(7), "administrative", (reason,))
    given(patient()).when(ended(discharge)).then(fact(PatientDischarged, discharge=discharge))


def test_a_treatment_ends_for_several_reasons_in_their_order() -> None:
    discharge = Discharge(day(7), "dropped-out", ("no-contact", "attendance", "other"))
    spec = in_treatment().when(ended(discharge))
    spec.then(fact(PatientDischarged, discharge=discharge))
    assert spec.aggregate.discharge.reasons == ("no-contact", "attendance", "other")


def test_a_tests_result_is_no_reason_for_a_discharge() -> None:
    assert not [each for each in get_args(DischargeReason) if "test" in each or "positive" in each]


@pytest.mark.parametrize("level", ABOVE)
def test_a_step_up_leads_to_a_level_above(level: Level) -> None:
    discharge = stepped("step-up", level)
    in_treatment().when(ended(discharge)).then(fact(PatientDischarged, discharge=discharge))


@pytest.mark.parametrize("level", BELOW)
def test_a_step_down_leads_to_a_level_below(level: Level) -> None:
    discharge = stepped("step-down", level)
    in_treatment().when(ended(discharge)).then(fact(PatientDischarged, discharge=discharge))


@pytest.mark.parametrize("level", [*BELOW, "2.1", "5", ""])
def test_a_step_up_leads_nowhere_else(level: str) -> None:
    in_treatment().when(ended(stepped("step-up", level))).then_refused(
        NoSuchLevel, level=level or "missing", levels=", ".join(ABOVE)
    )


@pytest.mark.parametrize("level", [*ABOVE, "2.1", "0"])
def test_a_step_down_leads_nowhere_else(level: str) -> None:
    in_treatment().when(ended(stepped("step-down", level))).then_refused(
        NoSuchLevel, level=level, levels="0.5, 1, 1.5, 1.7"
    )


@pytest.mark.parametrize("kind", ["step-up", "step-down"])
def test_a_step_leads_to_some_level(kind: str) -> None:
    spec = in_treatment().when(ended(stepped(kind, None)))
    spec.then_refused(NoSuchLevel, level="missing")
    assert str(spec.refusal).startswith("the level of care is missing, expected one of ")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(TO)))
@pytest.mark.parametrize("level", [None, "1", "2.1", "inpatient"])
def test_who_leaves_otherwise_may_go_to_any_level_or_none(kind: Any, level: Any) -> None:
    discharge = stepped(kind, level)
    in_treatment().when(ended(discharge)).then(fact(PatientDischarged, discharge=discharge))


@pytest.mark.parametrize(("number", "fits"), [(-1, False), (0, True), (1, True)])
def test_a_treatment_lasts_a_day_at_least(number: int, fits: bool) -> None:
    discharge = Discharge(day(number), "against-advice", ("own-wish",))
    spec = in_treatment().when(ended(discharge))
    if fits:
        spec.then(fact(PatientDischarged, discharge=discharge))
    else:
        spec.then_refused(EndsBeforeStart, start="admitted_on", end="discharged_on")


@pytest.mark.parametrize("earlier", [[], [screened()], [closed()], [sent_up("4", "too-severe")]])
def test_who_was_never_admitted_is_not_discharged(earlier: list[Command]) -> None:
    spec = given(candidate(), *earlier)
    spec.when(ended(LEFT)).then_refused(NotAdmitted)
    spec.when(ended(None)).then_refused(NotAdmitted)


# A discharge that was recorded wrongly


@pytest.mark.parametrize(
    "right",
    [
        replace(LEFT, day=day(29)),
        replace(LEFT, day=day(31)),
        replace(LEFT, kind="dropped-out"),
        replace(LEFT, reasons=("goals-met",)),
        replace(LEFT, to_level="1"),
        replace(LEFT, kind="step-down", to_level="1.5"),
    ],
)
def test_a_discharge_is_put_right_once(right: Discharge) -> None:
    spec = in_treatment(ended(LEFT))
    spec.when(ended(right)).then(fact(DischargeCorrected, discharge=right))
    spec.when(ended(right)).then_nothing()
    assert spec.aggregate.discharge == right


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (replace(LEFT, day=day(-1)), EndsBeforeStart),
        (replace(LEFT, kind="step-up", to_level="1"), NoSuchLevel),
        (replace(LEFT, kind="step-down", to_level="2.5"), NoSuchLevel),
        (replace(LEFT, kind="step-down"), NoSuchLevel),
    ],
)
def test_a_discharge_is_not_put_wrong(wrong: Discharge, refusal: type[Refusal]) -> None:
    spec = in_treatment(ended(LEFT)).when(ended(wrong))
    spec.then_refused(refusal)
    assert spec.aggregate.discharge == LEFT


def test_a_discharge_follows_an_admission_that_was_put_right() -> None:
    spec = in_treatment(corrected(day(5)))
    spec.when(ended(Discharge(day(4), "completed"))).then_refused(EndsBeforeStart)
    spec.when(ended(Discharge(day(5), "completed"))).then(fact(PatientDischarged))


def test_a_discharge_is_taken_back_once() -> None:
    spec = in_treatment(ended(LEFT))
    spec.when(ended(None)).then(fact(DischargeCorrected, discharge=None))
    spec.when(ended(None)).then_nothing()
    assert spec.aggregate.in_treatment
    assert spec.aggregate.admitted_at(LEFT.day + timedelta(1))


def test_who_did_not_leave_after_all_leaves_later() -> None:
    again = replace(LEFT, day=day(60))
    spec = in_treatment(ended(LEFT), ended(None))
    spec.when(ended(again)).then(fact(PatientDischarged, discharge=again))


def test_a_discharge_is_put_right_but_not_taken_back_of_a_candidate_again() -> None:
    spec = candidate_again()
    spec.when(ended(None)).then_refused(CandidateAgain)
    right = replace(LEFT, reasons=("moved",))
    spec.when(ended(right)).then(fact(DischargeCorrected, discharge=right))
    assert spec.aggregate.referral is not None


@pytest.mark.parametrize("way_out", [closed(), sent_up("3.7", "too-severe")])
def test_a_discharge_is_taken_back_of_who_is_a_candidate_no_longer(way_out: Command) -> None:
    spec = candidate_again(LEFT.day, way_out)
    spec.when(ended(None)).then(fact(DischargeCorrected, discharge=None))
    assert spec.aggregate.in_treatment
    spec.when(referred(replace(REFERRAL, day=day(40)))).then_refused(AlreadyAdmitted)


def test_a_discharge_of_the_treatment_that_followed_leaves_the_first_as_it_was() -> None:
    second = Discharge(day(90), "completed", ("goals-met",))
    spec = treated_again(60)
    spec.when(ended(None)).then_nothing()
    spec.when(ended(second)).then(fact(PatientDischarged, discharge=second))
    spec.when(ended(None)).then(fact(DischargeCorrected, discharge=None))
    assert spec.aggregate.earlier[0].discharge == LEFT


def test_a_discharge_stands_against_an_admission_without_a_new_referral() -> None:
    spec = in_treatment(ended(LEFT), ended(None))
    spec.when(admitted()).then_nothing()
    spec.when(admitted(day(1))).then_refused(AlreadyAdmitted)


@pytest.mark.parametrize("discharge", [None, replace(LEFT, kind="transferred")])
def test_no_discharge_is_put_right_on_a_record_that_is_part_of_another(
    discharge: Discharge | None,
) -> None:
    spec = in_treatment(ended(LEFT), merged)
    spec.when(ended(discharge)).then_refused(RecordMerged)
    spec.when(ended(LEFT)).then_nothing()
