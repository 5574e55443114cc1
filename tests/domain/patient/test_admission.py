from dataclasses import replace
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
    Refusal,
    StaysOverlap,
)
from domain.levels import ABOVE, Level
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    Discharge,
    DischargeCorrected,
    Patient,
    PatientAbsorbed,
    PatientAdmitted,
    PatientReferred,
    PatientReferredAgain,
    PatientReferredUp,
    PatientScreened,
    Plan,
    Referral,
    ReferralClosed,
    Screened,
    Stay,
)
from domain.patient.treatment import UpReason
from tests.domain.patient.test_patient import ended, patient, planned
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY, Command
from tests.support.given_when_then import fact, given

REFERRAL = Referral("adult-iop", MONDAY, "County Hospital", "inpatient")
RECOMMENDED = Screened("screening-1", MONDAY, "2.1")
LEFT = Discharge(MONDAY + timedelta(30), "completed")


def day(number: int) -> date:
    """The day so many days after the Monday of the referral."""
    return MONDAY + timedelta(number)


def candidate(referral: Referral = REFERRAL) -> Patient:
    return Patient.refer(CAUSE, id="patient-1", facility_id=FACILITY, referral=referral)


def referred(referral: Referral = REFERRAL) -> Command:
    return lambda p: p.refer_again(CAUSE, referral)


def screened(screening: Screened = RECOMMENDED) -> Command:
    return lambda p: p.take_screening(CAUSE, screening)


def recommended(level: Level, on: date = MONDAY) -> Command:
    return screened(Screened(f"screening-{on}", on, level))


def sent_up(level: Any = "3.7", *reasons: UpReason) -> Command:
    return lambda p: p.refer_up(CAUSE, level, reasons)


def closed(reason: str = "no contact") -> Command:
    return lambda p: p.close_referral(CAUSE, reason)


def admitted(
    on: date = MONDAY,
    override: str | None = None,
    payer: str = "medicaid",
    focus: Any = "co-occurring",
) -> Command:
    return lambda p: p.admit_candidate(
        CAUSE, admitted_on=on, payer=payer, focus=focus, override=override
    )


def corrected(on: date = MONDAY, payer: str = "medicaid", program_id: str = "adult-iop") -> Command:
    return lambda p: p.correct_admission(CAUSE, program_id=program_id, admitted_on=on, payer=payer)


def merged(p: Any) -> None:
    other = Patient.refer(CAUSE, id="patient-2", facility_id=FACILITY, referral=REFERRAL)
    if p.admitted_on:
        other.admit_candidate(
            CAUSE, admitted_on=MONDAY, payer="medicaid", focus="co-occurring", override="asked"
        )
    other.absorb(CAUSE, p)


def in_treatment(*earlier: Command) -> given:
    """Return a candidate who was admitted on the day of the referral."""
    return given(candidate(), screened(), admitted(), *earlier)


def candidate_again(on: date = LEFT.day, *earlier: Command) -> given:
    """Return a patient who left after thirty days and was referred anew."""
    again = replace(REFERRAL, day=on, origin="community")
    return in_treatment(ended(LEFT), referred(again), *earlier)


def treated_again(first: int = 60) -> given:
    return candidate_again(LEFT.day, recommended("2.1", day(31)), admitted(day(first)))


# The referral


def test_somebody_new_is_a_candidate() -> None:
    spec = given().when(lambda _: candidate())
    spec.then(fact(PatientReferred, program_id="adult-iop", referral=REFERRAL))
    found = spec.aggregate
    assert (found.referral, found.episode, found.in_treatment) == (REFERRAL, 0, False)
    assert not found.admitted_at(MONDAY)


def test_a_candidate_is_not_referred_the_same_way_again() -> None:
    given(candidate()).when(referred()).then_nothing()


@pytest.mark.parametrize(
    "changes",
    [
        {"day": day(1)},
        {"by": "self"},
        {"origin": "community"},
        {"program_id": "adolescent-iop"},
    ],
)
def test_another_referral_takes_the_place_of_the_first(changes: dict[str, Any]) -> None:
    other = replace(REFERRAL, **changes)
    spec = given(candidate()).when(referred(other))
    spec.then(fact(PatientReferredAgain, referral=other))
    assert spec.aggregate.referral == other


def test_another_referral_leaves_the_screening_of_the_candidate_standing() -> None:
    spec = given(candidate(), screened()).when(referred(replace(REFERRAL, by="self")))
    spec.then(fact(PatientReferredAgain))
    assert spec.aggregate.screened == RECOMMENDED


@pytest.mark.parametrize("treated", [in_treatment(), treated_again(), given(patient())])
def test_who_is_in_treatment_is_not_referred(treated: given) -> None:
    treated.when(referred(replace(REFERRAL, day=day(90)))).then_refused(AlreadyAdmitted)


@pytest.mark.parametrize("way_out", [closed(), sent_up("3.7", "too-severe")])
def test_whose_candidacy_has_ended_may_be_referred_the_same_way_again(way_out: Command) -> None:
    spec = given(candidate(), screened(), way_out).when(referred())
    spec.then(fact(PatientReferredAgain, referral=REFERRAL))
    found = spec.aggregate
    assert (found.referral, found.screened, found.candidacy_ended) == (REFERRAL, None, None)


def test_who_has_left_is_a_candidate_again_whom_nobody_has_screened() -> None:
    again = replace(REFERRAL, day=LEFT.day)
    spec = in_treatment(ended(LEFT)).when(referred(again))
    spec.then(fact(PatientReferredAgain, referral=again))
    found = spec.aggregate
    assert (found.screened, found.in_treatment, found.discharge) == (None, False, LEFT)


def test_nobody_is_referred_on_a_record_that_is_part_of_another() -> None:
    spec = given(candidate(), merged)
    spec.when(referred(replace(REFERRAL, by="self"))).then_refused(RecordMerged)
    spec.when(referred()).then_nothing()


# The screening


@pytest.mark.parametrize("spec", [given(candidate()), in_treatment(), candidate_again()])
def test_a_screening_is_taken_in_once(spec: given) -> None:
    other = Screened("screening-2", day(31), "2.5")
    spec.when(screened(other)).then(fact(PatientScreened, screened=other))
    spec.when(screened(other)).then_nothing()
    assert spec.aggregate.screened == other


def test_a_screening_that_was_put_right_is_taken_in_anew() -> None:
    right = replace(RECOMMENDED, level="1")
    given(candidate(), screened()).when(screened(right)).then(fact(PatientScreened, screened=right))


@pytest.mark.parametrize(
    "earlier",
    [
        [closed()],
        [sent_up("3.7", "too-severe")],
        [screened(), admitted(), ended(LEFT)],
    ],
)
def test_who_is_neither_a_candidate_nor_in_treatment_is_not_screened(
    earlier: list[Command],
) -> None:
    spec = given(candidate(), *earlier)
    spec.when(recommended("2.5", day(40))).then_refused(NotReferred)


def test_nobody_is_screened_on_a_record_that_is_part_of_another() -> None:
    spec = given(candidate(), screened(), merged)
    spec.when(recommended("2.5", day(1))).then_refused(RecordMerged)
    spec.when(screened()).then_nothing()


def test_an_older_screening_that_is_put_right_is_not_the_last_one() -> None:
    last = Screened("screening-2", day(5), "2.5")
    spec = given(candidate(), screened(), screened(last))
    spec.when(screened(RECOMMENDED))
    assert spec.aggregate.screened == last


def test_a_screening_of_the_treatment_before_recommends_no_admission() -> None:
    spec = candidate_again(day(60), screened())
    spec.when(admitted(day(61))).then_refused(NotScreened)


def test_a_screening_of_the_treatment_before_is_not_the_last_of_this_one() -> None:
    again = admitted(day(61), "known here")
    spec = candidate_again(day(60), again).when(screened(replace(RECOMMENDED, level="1")))
    assert spec.aggregate.screened is None


def test_a_screening_of_the_candidacy_before_recommends_no_admission() -> None:
    again = referred(replace(REFERRAL, day=day(60)))
    spec = given(candidate(), recommended("2.5"), closed(), again, recommended("2.1"))
    spec.when(admitted(day(61))).then_refused(NotScreened)


# Another level, or none


@pytest.mark.parametrize("level", ABOVE)
def test_a_candidate_is_referred_to_a_level_above(level: Level) -> None:
    reasons: tuple[UpReason, ...] = ("too-severe", "no-safe-home")
    spec = given(candidate(), recommended(level)).when(sent_up(level, *reasons))
    spec.then(fact(PatientReferredUp, level=level, reasons=reasons))
    found = spec.aggregate
    assert (found.referral, found.screened) == (None, None)
    assert found.candidacy_ended == f"referred up to {level}"
    spec.when(sent_up(level, *reasons)).then_nothing()


def test_the_levels_above_begin_with_partial_hospitalization() -> None:
    assert ABOVE == ("2.5", "2.7", "3.1", "3.3", "3.5", "3.7", "4", "inpatient")


@pytest.mark.parametrize("level", ["0.5", "1", "1.5", "1.7", "2.1", "5", ""])
def test_nobody_is_referred_up_to_this_level_or_one_below(level: str) -> None:
    spec = given(candidate()).when(sent_up(level, "too-severe"))
    spec.then_refused(NoSuchLevel, level=level, levels=", ".join(ABOVE))


def test_to_refer_up_needs_a_reason() -> None:
    given(candidate()).when(sent_up("3.7")).then_refused(ReasonMissing)


def test_who_was_referred_up_is_referred_to_no_other_level() -> None:
    spec = given(candidate(), sent_up("2.5", "too-severe"))
    spec.when(sent_up("3.7", "too-severe")).then_refused(NotReferred)


def test_a_candidate_may_be_no_candidate_any_longer() -> None:
    spec = given(candidate(), screened()).when(closed("moved away"))
    spec.then(fact(ReferralClosed, reason="moved away"))
    found = spec.aggregate
    assert (found.referral, found.screened) == (None, None)
    assert found.candidacy_ended == "moved away"
    spec.when(closed("moved away")).then_nothing()
    spec.when(closed("no contact")).then_refused(NotReferred)


@pytest.mark.parametrize("spec", [given(candidate()), given(candidate(), closed())])
def test_to_close_a_referral_needs_a_reason(spec: given) -> None:
    spec.when(closed("")).then_refused(ReasonMissing)


@pytest.mark.parametrize("way_out", [closed(), sent_up("3.7", "too-severe")])
@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        (in_treatment, AlreadyAdmitted),
        (treated_again, AlreadyAdmitted),
        (lambda: in_treatment(ended(LEFT)), NotReferred),
        (lambda: given(candidate(), closed("moved away")), NotReferred),
        (lambda: given(candidate(), merged), RecordMerged),
    ],
)
def test_only_a_candidate_is_sent_elsewhere(
    spec: Any, refusal: type[Refusal], way_out: Command
) -> None:
    spec().when(way_out).then_refused(refusal)


def test_a_candidate_again_may_be_sent_elsewhere_too() -> None:
    spec = candidate_again().when(closed("no contact"))
    spec.then(fact(ReferralClosed))
    found = spec.aggregate
    assert (found.discharge, found.in_treatment, found.episode) == (LEFT, False, 1)


def test_a_referral_that_was_closed_with_such_words_was_not_referred_up() -> None:
    spec = given(candidate(), closed("referred up to 3.7"))
    spec.when(sent_up("3.7", "too-severe")).then_refused(NotReferred)


# The admission


def test_a_candidate_whom_a_screening_recommends_is_admitted_once() -> None:
    spec = given(candidate(), screened())
    spec.when(admitted()).then(
        fact(
            CandidateAdmitted,
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="medicaid",
            focus="co-occurring",
            episode=1,
            screening_id="screening-1",
            override=None,
        )
    )
    found = spec.aggregate
    assert (found.referral, found.episode, found.in_treatment) == (None, 1, True)
    assert (found.focus, found.screened, found.earlier) == ("co-occurring", RECOMMENDED, ())
    spec.when(admitted()).then_nothing()


def test_a_candidate_whom_nobody_screened_is_not_admitted() -> None:
    given(candidate()).when(admitted()).then_refused(NotScreened)


@pytest.mark.parametrize("level", ["0.5", "1", "1.7", "2.5", "2.7", "4", "inpatient"])
def test_a_candidate_is_not_admitted_against_the_screening(level: Level) -> None:
    given(candidate(), recommended(level)).when(admitted()).then_refused(
        NotRecommended, level=level
    )


@pytest.mark.parametrize(
    ("screening", "screening_id"),
    [([], None), ([screened(replace(RECOMMENDED, level="2.5"))], "screening-1")],
)
def test_a_reason_admits_a_candidate_all_the_same(
    screening: list[Command], screening_id: str | None
) -> None:
    spec = given(candidate(), *screening)
    spec.when(admitted(override="no bed elsewhere")).then(
        fact(CandidateAdmitted, override="no bed elsewhere", screening_id=screening_id)
    )
    assert spec.aggregate.override == "no bed elsewhere"
    spec.when(admitted(override="no bed elsewhere")).then_nothing()


@pytest.mark.parametrize(
    ("screening", "refusal"), [([], NotScreened), ([recommended("2.5")], NotRecommended)]
)
def test_an_empty_reason_admits_nobody(screening: list[Command], refusal: type[Refusal]) -> None:
    given(candidate(), *screening).when(admitted(override="")).then_refused(refusal)


@pytest.mark.parametrize(("on", "fits"), [(-1, False), (0, True), (1, True)])
def test_nobody_is_admitted_before_the_referral(on: int, fits: bool) -> None:
    spec = given(candidate(), screened()).when(admitted(day(on)))
    if fits:
        spec.then(fact(CandidateAdmitted, admitted_on=day(on)))
    else:
        spec.then_refused(EndsBeforeStart, start="the referral", end="admitted_on")


def test_the_program_is_the_one_of_the_last_referral() -> None:
    other = replace(REFERRAL, program_id="evening-iop")
    spec = given(candidate(), referred(other), screened()).when(admitted())
    spec.then(fact(CandidateAdmitted, program_id="evening-iop"))
    assert spec.aggregate.program_id == "evening-iop"


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        (lambda: given(patient()), AlreadyAdmitted),
        (in_treatment, AlreadyAdmitted),
        (lambda: in_treatment(ended(LEFT)), NotReferred),
        (lambda: given(candidate(), screened(), closed()), NotReferred),
        (lambda: given(candidate(), sent_up("3.7", "too-severe")), NotReferred),
        (lambda: given(candidate(), merged), RecordMerged),
    ],
)
def test_only_a_candidate_is_admitted(spec: Any, refusal: type[Refusal]) -> None:
    spec().when(admitted(day(45), override="asked")).then_refused(refusal)


def test_an_admission_that_a_merged_record_says_already_may_be_said_again() -> None:
    in_treatment(merged).when(admitted()).then_nothing()


def test_somebody_is_admitted_without_a_referral_for_a_reason() -> None:
    spec = given().when(
        lambda _: Patient.admit(
            CAUSE,
            id="patient-1",
            facility_id=FACILITY,
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="medicaid",
            focus="substance-use",
            override="moved from another clinic",
        )
    )
    spec.then(fact(PatientAdmitted, focus="substance-use", override="moved from another clinic"))
    found = spec.aggregate
    assert (found.referral, found.episode, found.in_treatment) == (None, 1, True)


def test_nobody_is_admitted_without_a_referral_and_a_reason() -> None:
    given().when(
        lambda _: Patient.admit(
            CAUSE,
            id="patient-1",
            facility_id=FACILITY,
            program_id="adult-iop",
            admitted_on=MONDAY,
            payer="medicaid",
            override="",
        )
    ).then_refused(ReasonMissing)


# The same patient once more


@pytest.mark.parametrize(("after", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_treatment_begins_after_the_one_before_it(after: int, fits: bool) -> None:
    on = LEFT.day + timedelta(after)
    spec = candidate_again(day(1), recommended("2.1", LEFT.day)).when(admitted(on))
    if fits:
        spec.then(fact(CandidateAdmitted, admitted_on=on, episode=2))
    else:
        spec.then_refused(StaysOverlap, day=LEFT.day)


def test_no_reason_lets_two_treatments_overlap() -> None:
    spec = candidate_again(day(1)).when(admitted(LEFT.day, override="asked"))
    spec.then_refused(StaysOverlap, day=LEFT.day)


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [(lambda: in_treatment(ended(LEFT)), NotReferred), (candidate_again, EndsBeforeStart)],
)
def test_who_has_left_is_not_admitted_as_before(spec: Any, refusal: type[Refusal]) -> None:
    spec().when(admitted()).then_refused(refusal)


def test_a_patient_who_comes_back_begins_anew() -> None:
    treated = planned(Plan(540, 3)), lambda p: p.certify(CAUSE, day(1), credential="MD")
    spec = in_treatment(*treated, ended(LEFT), referred(replace(REFERRAL, day=day(40))))
    spec.when(admitted(day(45), "known here", payer="self-pay")).then(
        fact(CandidateAdmitted, episode=2, screening_id=None, payer="self-pay")
    )
    found = spec.aggregate
    assert found.earlier == (Stay("adult-iop", MONDAY, "medicaid", LEFT),)
    assert (found.episode, found.discharge, found.plan, found.plan_from) == (2, None, None, None)
    assert (found.certified_on, found.recertify_by, found.reviewed_on) == (None, None, None)
    spec.when(admitted(day(45), "known here", payer="self-pay")).then_nothing()


def test_a_third_treatment_is_the_third() -> None:
    spec = treated_again(60)
    second = Discharge(day(90), "dropped-out", ("no-contact",))
    for command in (ended(second), referred(replace(REFERRAL, day=day(100)))):
        command(spec.aggregate)
    spec.history += spec.aggregate.collect_events()
    spec.when(admitted(day(100), "asked")).then(fact(CandidateAdmitted, episode=3))
    assert [stay.discharge for stay in spec.aggregate.earlier] == [LEFT, second]


@pytest.mark.parametrize(
    ("number", "treated"),
    [(-1, False), (0, True), (30, True), (31, False), (59, False), (60, True), (600, True)],
)
def test_a_day_of_the_first_treatment_is_one_still_and_the_gap_is_none(
    number: int, treated: bool
) -> None:
    found = treated_again(60).aggregate
    assert found.admitted_at(day(number)) is treated
    if treated:
        found.check_admitted(day(number))
    else:
        with pytest.raises(NotAdmitted):
            found.check_admitted(day(number))


@pytest.mark.parametrize(
    ("number", "last"),
    [(-1, None), (0, LEFT.day), (30, LEFT.day), (59, LEFT.day), (60, None)],
)
def test_each_day_knows_when_its_treatment_ended(number: int, last: date | None) -> None:
    assert treated_again(60).aggregate.left_by(day(number)) == last


# An admission that was recorded wrongly


@pytest.mark.parametrize(
    "changes",
    [{"on": day(-10)}, {"on": day(10)}, {"payer": "self-pay"}, {"program_id": "evening-iop"}],
)
def test_an_admission_is_put_right_once(changes: dict[str, Any]) -> None:
    spec = in_treatment()
    spec.when(corrected(**changes)).then(
        fact(
            AdmissionCorrected,
            program_id=changes.get("program_id", "adult-iop"),
            admitted_on=changes.get("on", MONDAY),
            payer=changes.get("payer", "medicaid"),
        )
    )
    spec.when(corrected(**changes)).then_nothing()


def test_an_admission_that_was_right_stays() -> None:
    in_treatment().when(corrected()).then_nothing()


@pytest.mark.parametrize("earlier", [[], [closed()], [sent_up("3.7", "too-severe")]])
def test_who_was_never_admitted_has_no_admission_to_put_right(earlier: list[Command]) -> None:
    given(candidate(), *earlier).when(corrected()).then_refused(NotAdmitted)


@pytest.mark.parametrize(("number", "fits"), [(29, True), (30, True), (31, False)])
def test_an_admission_is_put_on_the_day_of_the_discharge_at_the_latest(
    number: int, fits: bool
) -> None:
    spec = in_treatment(ended(LEFT)).when(corrected(day(number)))
    if fits:
        spec.then(fact(AdmissionCorrected, admitted_on=day(number)))
    else:
        spec.then_refused(EndsBeforeStart, start="admitted_on", end="discharged_on")


@pytest.mark.parametrize(("number", "fits"), [(0, False), (29, False), (30, False), (31, True)])
def test_a_later_admission_is_not_put_into_the_treatment_before(number: int, fits: bool) -> None:
    spec = treated_again(60).when(corrected(day(number)))
    if fits:
        spec.then(fact(AdmissionCorrected, admitted_on=day(number)))
        assert spec.aggregate.earlier == (Stay("adult-iop", MONDAY, "medicaid", LEFT),)
    else:
        spec.then_refused(StaysOverlap, day=LEFT.day)


def test_the_admission_before_is_put_right_while_a_candidate_again() -> None:
    spec = candidate_again().when(corrected(day(5)))
    spec.then(fact(AdmissionCorrected, admitted_on=day(5)))
    assert spec.aggregate.referral is not None


def test_an_admission_is_not_put_right_on_a_record_that_is_part_of_another() -> None:
    spec = in_treatment(merged)
    spec.when(corrected(day(1))).then_refused(RecordMerged)
    spec.when(corrected()).then_nothing()


def test_a_discharge_that_is_put_later_keeps_the_next_treatment_out() -> None:
    later = replace(LEFT, day=day(50))
    spec = candidate_again(LEFT.day, recommended("2.1", day(31)))
    spec.when(ended(later)).then(fact(DischargeCorrected, discharge=later))
    spec.when(admitted(day(50))).then_refused(StaysOverlap, day=day(50))
    spec.when(admitted(day(51))).then(fact(CandidateAdmitted, episode=2))


@pytest.mark.parametrize(("number", "fits"), [(59, False), (60, True), (61, True)])
def test_the_later_treatment_does_not_end_before_it_begins(number: int, fits: bool) -> None:
    spec = treated_again(60).when(ended(Discharge(day(number), "completed")))
    if fits:
        assert spec.refusal is None
        assert spec.aggregate.admitted_at(day(60))
        assert spec.aggregate.admitted_at(day(30))
    else:
        spec.then_refused(EndsBeforeStart, start="admitted_on", end="discharged_on")


def test_a_treatment_for_which_nobody_pays_is_one_of_those_before() -> None:
    again = referred(replace(REFERRAL, day=day(31)))
    spec = given(candidate(), screened(), admitted(payer=""), ended(LEFT), again)
    spec.when(admitted(day(40), "asked")).then(fact(CandidateAdmitted, episode=2))
    assert spec.aggregate.episode == 2
    assert spec.aggregate.admitted_at(MONDAY)


# One person, two records


@pytest.mark.parametrize(("earlier", "fits"), [([], False), ([screened(), admitted()], True)])
def test_a_record_with_a_treatment_is_not_merged_into_one_without(
    earlier: list[Command], fits: bool
) -> None:
    other = Patient.refer(CAUSE, id="patient-2", facility_id=FACILITY, referral=REFERRAL)
    spec = given(other, *earlier).when(lambda p: p.absorb(CAUSE, patient()))
    if fits:
        spec.then(fact(PatientAbsorbed, patient_id="patient-1"))
    else:
        spec.then_refused(OtherWayRound)
