"""The way in and out of treatment: who may be admitted, and how treatments follow one another."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    AlreadyAdmitted,
    EndsBeforeStart,
    NoSuchLevel,
    NotAdmitted,
    NotRecommended,
    NotReferred,
    NotScreened,
    OtherWayRound,
    ReasonMissing,
    RecordMerged,
    StaysOverlap,
)
from domain.levels import ABOVE, BELOW, Level
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    Discharge,
    DischargeCorrected,
    Patient,
    PatientDischarged,
    PatientReferred,
    PatientReferredAgain,
    PatientReferredUp,
    PatientScreened,
    Plan,
    Referral,
    ReferralClosed,
    Screened,
)
from tests.domain.examples import CAUSE, FACILITY, MONDAY, Command
from tests.domain.test_patient import patient
from tests.spec import fact, given

REFERRAL = Referral("adult-iop", MONDAY, "County hospital", "inpatient")
SCREENED = Screened("screening-1", MONDAY, "2.1")
TUESDAY, NEXT_WEEK = MONDAY + timedelta(days=1), MONDAY + timedelta(days=7)
LEFT = Discharge(MONDAY, "completed", ("goals-met",))


def candidate() -> Patient:
    return Patient.refer(CAUSE, id="patient-1", facility_id=FACILITY, referral=REFERRAL)


def referred(day: date = MONDAY) -> Command:
    return lambda p: p.refer_again(CAUSE, Referral("adult-iop", day, "self", "community"))


def screened(level: Level = "2.1") -> Command:
    return lambda p: p.take_screening(CAUSE, Screened("screening-1", MONDAY, level))


def admitted(day: date = MONDAY, override: str | None = None, payer: str = "medicaid") -> Command:
    facts: dict[str, Any] = {"payer": payer, "focus": "co-occurring", "override": override}
    return lambda p: p.admit_candidate(CAUSE, admitted_on=day, **facts)


def ended(discharge: Discharge | None = LEFT) -> Command:
    return lambda p: p.end(CAUSE, discharge)


def referred_up(p: Any) -> None:
    p.refer_up(CAUSE, "3.5", ("no-safe-home",))


def closed(p: Any) -> None:
    p.close_referral(CAUSE, "could not be reached")


# Candidates


def test_a_referral_makes_somebody_a_candidate_and_no_patient_yet() -> None:
    spec = given().when(lambda _: candidate())
    spec.then(fact(PatientReferred, program_id="adult-iop", referral=REFERRAL))
    assert not spec.aggregate.in_treatment
    assert not spec.aggregate.admitted_at(MONDAY)
    assert spec.aggregate.episode == 0


def test_the_same_referral_again_records_nothing_and_another_one_replaces_it() -> None:
    given(candidate()).when(lambda p: p.refer_again(CAUSE, REFERRAL)).then_nothing()
    spec = given(candidate(), screened()).when(referred(TUESDAY))
    spec.then(fact(PatientReferredAgain))
    # What was found of this candidate is found still.
    assert spec.aggregate.screened == SCREENED


def test_a_screening_is_taken_in_once() -> None:
    spec = given(candidate()).when(screened())
    spec.then(fact(PatientScreened, screened=SCREENED))
    spec.when(screened()).then_nothing()


def test_who_is_in_treatment_is_screened_again_and_who_is_neither_is_not() -> None:
    given(patient()).when(screened("1")).then(fact(PatientScreened))
    given(patient(), ended()).when(screened()).then_refused(NotReferred)


@pytest.mark.parametrize("level", ABOVE)
def test_a_candidate_is_referred_up_to_a_level_with_more_care(level: Level) -> None:
    spec = given(candidate()).when(lambda p: p.refer_up(CAUSE, level, ("too-severe",)))
    spec.then(fact(PatientReferredUp, level=level, reasons=("too-severe",)))
    spec.when(lambda p: p.refer_up(CAUSE, level, ("too-severe",))).then_nothing()


@pytest.mark.parametrize("level", ["2.1", *BELOW])
def test_nobody_is_referred_up_to_this_level_or_less(level: Any) -> None:
    spec = given(candidate()).when(lambda p: p.refer_up(CAUSE, level, ("too-severe",)))
    spec.then_refused(NoSuchLevel, level=level)


def test_a_referral_up_says_why() -> None:
    given(candidate()).when(lambda p: p.refer_up(CAUSE, "3.5", ())).then_refused(ReasonMissing)


def test_a_referral_is_closed_with_a_reason_once() -> None:
    spec = given(candidate()).when(closed)
    spec.then(fact(ReferralClosed, reason="could not be reached"))
    spec.when(closed).then_nothing()
    given(candidate()).when(lambda p: p.close_referral(CAUSE, "")).then_refused(ReasonMissing)


@pytest.mark.parametrize("command", [referred_up, closed, admitted(override="court order")])
def test_who_was_not_referred_is_no_candidate(command: Command) -> None:
    given(patient(), ended()).when(command).then_refused(NotReferred)
    given(patient()).when(command).then_refused(AlreadyAdmitted)


def test_who_is_in_treatment_is_not_referred_again() -> None:
    given(patient()).when(referred()).then_refused(AlreadyAdmitted)


# Admission


def test_a_screening_that_recommends_this_level_opens_the_door() -> None:
    spec = given(candidate(), screened()).when(admitted())
    spec.then(
        fact(
            CandidateAdmitted,
            program_id="adult-iop",
            admitted_on=MONDAY,
            episode=1,
            screening_id="screening-1",
            override=None,
        )
    )
    spec.when(admitted()).then_nothing()
    spec.when(admitted(payer="self-pay")).then_refused(AlreadyAdmitted)


def test_without_a_screening_it_takes_a_reason() -> None:
    given(candidate()).when(admitted()).then_refused(NotScreened)
    given(candidate()).when(admitted(override="")).then_refused(NotScreened)
    spec = given(candidate()).when(admitted(override="court order"))
    spec.then(fact(CandidateAdmitted, screening_id=None, override="court order"))


@pytest.mark.parametrize("level", ["1", "2.5", "3.5"])
def test_against_the_screening_it_takes_a_reason(level: Level) -> None:
    given(candidate(), screened(level)).when(admitted()).then_refused(NotRecommended, level=level)
    given(candidate(), screened(level)).when(admitted(override="no bed is free")).then(
        fact(CandidateAdmitted, screening_id="screening-1", override="no bed is free")
    )


@pytest.mark.parametrize(("offset", "possible"), [(-1, False), (0, True), (1, True)])
def test_nobody_is_admitted_before_the_referral(offset: int, possible: bool) -> None:
    spec = given(candidate(), screened()).when(admitted(MONDAY + timedelta(days=offset)))
    spec.then(fact(CandidateAdmitted)) if possible else spec.then_refused(EndsBeforeStart)


@pytest.mark.parametrize("end", [referred_up, closed])
def test_a_candidacy_that_ended_leaves_no_screening_behind(end: Command) -> None:
    spec = given(candidate(), screened(), end, referred()).when(admitted())
    spec.then_refused(NotScreened)


# Episodes


@pytest.mark.parametrize(("offset", "possible"), [(-1, False), (0, False), (1, True)])
def test_a_treatment_begins_after_the_one_before_it(offset: int, possible: bool) -> None:
    left = Discharge(NEXT_WEEK, "completed", ("goals-met",))
    day = NEXT_WEEK + timedelta(days=offset)
    spec = given(patient(), ended(left), referred()).when(admitted(day, "known here"))
    if possible:
        spec.then(fact(CandidateAdmitted, episode=2))
    else:
        spec.then_refused(StaysOverlap, day=NEXT_WEEK)


def test_the_days_of_each_treatment_are_days_of_treatment() -> None:
    twice = given(patient(), ended(), referred(), admitted(NEXT_WEEK, "known here")).aggregate
    assert [twice.admitted_at(MONDAY + timedelta(days=n)) for n in range(-1, 9)] == [
        *(False, True, False, False, False, False, False, False, True, True),
    ]
    assert [each.discharge for each in twice.earlier] == [LEFT]
    assert [twice.left_by(MONDAY + timedelta(days=n)) for n in (-1, 0, 1, 7)] == [
        None,
        MONDAY,
        MONDAY,
        None,
    ]


def test_a_new_episode_has_no_plan_yet() -> None:
    steps = (ended(), referred(), admitted(NEXT_WEEK, "known here"))
    again = given(patient(), lambda p: p.set_plan(CAUSE, Plan(540, 3), MONDAY), *steps).aggregate
    assert (again.plan, again.plan_from, again.certified_on) == (None, None, None)


def test_an_admission_is_not_put_right_into_the_treatment_before() -> None:
    def corrected(day: date) -> Command:
        facts = {"program_id": "adult-iop", "admitted_on": day, "payer": "medicaid"}
        return lambda p: p.correct_admission(CAUSE, **facts)

    twice = (ended(), referred(), admitted(NEXT_WEEK, "known here"))
    given(patient(), *twice).when(corrected(NEXT_WEEK)).then_nothing()
    given(patient(), *twice).when(corrected(MONDAY)).then_refused(StaysOverlap, day=MONDAY)
    given(patient(), *twice).when(corrected(TUESDAY)).then(
        fact(AdmissionCorrected, admitted_on=TUESDAY)
    )
    given(candidate()).when(corrected(MONDAY)).then_refused(NotAdmitted)


# The end


@pytest.mark.parametrize(
    ("kind", "level", "possible"),
    [
        ("step-up", "2.5", True),
        ("step-up", "inpatient", True),
        ("step-up", "2.1", False),
        ("step-up", "1", False),
        ("step-up", None, False),
        ("step-down", "1.7", True),
        ("step-down", "0.5", True),
        ("step-down", "2.1", False),
        ("step-down", "3.1", False),
        ("step-down", None, False),
        ("completed", None, True),
        ("transferred", "2.1", True),
        ("dropped-out", None, True),
        ("administrative", None, True),
        ("against-advice", None, True),
    ],
)
def test_a_step_leads_to_a_level_above_or_below(kind: Any, level: Any, possible: bool) -> None:
    discharge = Discharge(MONDAY, kind, ("other",), level)
    spec = given(patient()).when(ended(discharge))
    if possible:
        spec.then(fact(PatientDischarged, discharge=discharge))
        spec.when(ended(discharge)).then_nothing()
    else:
        spec.then_refused(NoSuchLevel)


def test_a_candidate_is_not_discharged() -> None:
    given(candidate()).when(ended()).then_refused(NotAdmitted)


def test_a_discharge_is_taken_back_unless_the_patient_is_a_candidate_again() -> None:
    given(patient(), ended()).when(ended(None)).then(fact(DischargeCorrected, discharge=None))
    given(patient(), ended(), referred()).when(ended(None)).then_refused(AlreadyAdmitted)


def test_a_discharge_is_put_right_also_while_the_patient_is_a_candidate_again() -> None:
    other = Discharge(MONDAY, "dropped-out", ("no-contact",))
    given(patient(), ended(), referred()).when(ended(other)).then(
        fact(DischargeCorrected, discharge=other)
    )


# One person, two records


def test_a_record_with_a_treatment_is_not_merged_into_one_without() -> None:
    other = Patient.refer(CAUSE, id="patient-2", facility_id=FACILITY, referral=REFERRAL)
    given(other).when(lambda p: p.absorb(CAUSE, patient())).then_refused(OtherWayRound)


@pytest.mark.parametrize("command", [referred(TUESDAY), screened(), closed, referred_up])
def test_a_merged_record_takes_no_command(command: Command) -> None:
    def merged(p: Any) -> None:
        Patient.admit(
            CAUSE,
            id="patient-9",
            facility_id=FACILITY,
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="medicaid",
            override="as it was before",
        ).absorb(CAUSE, p)

    given(candidate(), merged).when(command).then_refused(RecordMerged)
