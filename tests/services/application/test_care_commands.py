"""The commands about the whole of the care: in, planned for, measured, and out again."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.errors import (
    AlreadyAdmitted,
    ConflictsMet,
    ConsentNotInForce,
    Contraindicated,
    EditionForAdults,
    IdentityDiffers,
    NoCredential,
    NoPlan,
    NotAdmitted,
    NotAPhysician,
    NotMissed,
    NotOnRecord,
    NotRecommended,
    NotReferred,
    NotScreened,
    NotYet,
    ReasonMissing,
    Refusal,
    StaysOverlap,
    StepOutOfTurn,
)
from domain.facility import Facility
from domain.identity import Identity
from domain.levels import Level
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import (
    Authorization,
    Consent,
    Discharge,
    Disclosure,
    Enrolment,
    Plan,
    Prompt,
    Referral,
    ResourceReferral,
    SupportMeeting,
)
from domain.program import Program
from domain.screening import Candidacy, Finding, Screening
from domain.staff import Credential
from services.application import NotKnown
from services.application.admissions import (
    admit_patient,
    close_referral,
    correct_admission,
    refer_patient,
    refer_up,
    screen_patient,
)
from services.application.check_in import check_in
from services.application.discharge import discharge_patient, take_discharge_back
from services.application.disclosures import disclose, give_consent, revoke_consent
from services.application.episode import assign_counselor, change_payer, justify_stay
from services.application.monitoring import (
    acknowledge_concern,
    call_test_off,
    collect_specimen,
    correct_result,
    draw_drug_test,
    draw_drug_tests,
    end_drug_tests,
    hand_specimen_over,
    miss_test,
    notify_of_test,
    order_drug_test,
    refuse_test,
    report_result,
    take_assessment,
)
from services.application.plans import authorize, certify_care, review_plan, set_plan, taper_plan
from services.application.rosters import book_patient, wait_for_session, wait_for_track
from services.application.sessions import call_off_session, close_session
from services.application.signatures import merge_patients
from services.application.support_network import (
    attempt_outreach,
    name_supporter,
    record_resource_outcome,
    refer_to_resource,
    report_support_meeting,
    verify_support_meeting,
)
from services.vault import Contact, Person
from tests.support.drug_test_draws import drawn_day
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    FACILITY,
    FRIDAY,
    MONDAY,
    PATIENTS,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)

LEE = Person("OS-7", "Lee", "Example", date(1990, 1, 1))
REFERRAL = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
SOUND = Candidacy(
    stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
)
RATINGS = {str(number): 2 for number in range(1, 7)}
LEFT = Discharge(MONDAY, "completed", ("goals-met",))


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


@pytest.fixture
def physician(clinic: SmallClinic) -> str:
    site = clinic.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), "staff-3", Credential("MD", MONDAY))
    clinic.journal.save(site)
    return "staff-3"


def finding(level: Level = "2.1", **otherwise: bool) -> Finding:
    candidacy = replace(SOUND, **otherwise)
    return Finding("3", RATINGS, candidacy, level, ("dimension-5",))


def referred(clinic: SmallClinic, person: Person = LEE, referral: Referral = REFERRAL) -> str:
    return clinic.daybook.handle(clinic.context(), refer_patient, FACILITY, person, referral)


def admit(clinic: SmallClinic, patient_id: str, day: date = MONDAY, **facts: Any) -> None:
    facts = {"payer": "medicaid", "focus": "co-occurring"} | facts
    clinic.daybook.handle(clinic.context(), admit_patient, patient_id, admitted_on=day, **facts)


def screened(clinic: SmallClinic, patient_id: str, found: Finding | None = None) -> None:
    day = clinic.now.date()
    clinic.daybook.handle(clinic.context(), screen_patient, patient_id, day, found or finding())


def discharged(clinic: SmallClinic, patient_id: str, discharge: Discharge = LEFT) -> None:
    clinic.daybook.handle(clinic.context(), discharge_patient, patient_id, discharge)


def refused(clinic: SmallClinic, refusal: type[Refusal], command: Any, *args: Any) -> None:
    before = len(clinic.journal.order)
    with pytest.raises(refusal):
        command(*args)
    assert len(clinic.journal.order) == before


# The way in


def test_a_candidate_is_referred_screened_and_admitted(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    patient_id = referred(clinic)
    screened(clinic, patient_id)
    admit(clinic, patient_id)
    assert clinic.topics(since) == [
        *("record-number.assigned", "patient.referred", "identity.recorded"),
        *("patient.screened", "screening.recorded"),
        "patient.candidate-admitted",
    ]
    patient = clinic.patient(patient_id)
    assert (patient.episode, patient.focus, patient.override) == (1, "co-occurring", None)
    assert (
        clinic.vault.begin().open(
            patient_id, clinic.journal.load(Identity.id_of(patient_id)).sealed
        )
        == LEE
    )


def test_the_same_commands_again_record_nothing(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    screened(clinic, patient_id)
    since = len(clinic.journal.order)
    assert referred(clinic) == patient_id
    screened(clinic, patient_id)
    assert clinic.topics(since) == []
    admit(clinic, patient_id)
    since = len(clinic.journal.order)
    admit(clinic, patient_id)
    assert clinic.topics(since) == []


def test_a_referral_of_a_known_number_under_another_name_is_refused(clinic: SmallClinic) -> None:
    referred(clinic)
    refused(clinic, IdentityDiffers, referred, clinic, replace(LEE, given_name="Leigh"))
    refused(clinic, IdentityDiffers, referred, clinic, replace(LEE, born=date(1990, 1, 2)))


def test_a_number_of_a_merged_record_is_of_the_record_that_goes_on(clinic: SmallClinic) -> None:
    duplicate = referred(clinic)
    other = referred(clinic, replace(LEE, mrn="OS-8"))
    admit(clinic, other, override="court order")
    discharged(clinic, other)
    clinic.daybook.handle(clinic.context(), merge_patients, duplicate, into=other)
    again = replace(REFERRAL, by="self", origin="community")
    assert referred(clinic, referral=again) == other
    sealed = clinic.journal.load(Identity.id_of(other)).sealed
    assert clinic.vault.begin().open(other, sealed).mrn == "OS-8"


def test_nobody_is_referred_tomorrow(clinic: SmallClinic) -> None:
    tomorrow = replace(REFERRAL, day=MONDAY + timedelta(days=1))
    refused(clinic, NotYet, referred, clinic, LEE, tomorrow)


def test_nobody_is_referred_to_a_program_that_is_not_there(clinic: SmallClinic) -> None:
    elsewhere = replace(REFERRAL, program_id="nowhere")
    refused(clinic, NotKnown, referred, clinic, LEE, elsewhere)


def test_nobody_is_admitted_whom_no_screening_recommends(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    refused(clinic, NotScreened, admit, clinic, patient_id)
    screened(clinic, patient_id, finding("3.5", stable_living=False))
    refused(clinic, NotRecommended, admit, clinic, patient_id)
    admit(clinic, patient_id, override="a bed in sober housing was found")
    patient = clinic.patient(patient_id)
    assert patient.override == "a bed in sober housing was found"


def test_a_screening_does_not_recommend_what_it_speaks_against(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    for against in (
        finding(stable_living=False),
        finding(needs_24_hour_supervision=True),
        replace(finding(), ratings=RATINGS | {"1": 4}),
    ):
        refused(clinic, Contraindicated, screened, clinic, patient_id, against)


def test_adolescents_are_screened_by_the_third_edition(clinic: SmallClinic) -> None:
    young = Program.start(
        clinic.context(),
        facility_id=FACILITY,
        program_id="teens",
        name="Teens",
        population="adolescent",
        focus="substance-use",
        weekly_minutes=360,
        days_per_week=3,
    )
    clinic.journal.save(young)
    patient_id = referred(clinic, referral=replace(REFERRAL, program_id="teens"))
    fourth = Finding("4", dict(list(RATINGS.items())[:5]), SOUND, "2.1", ("living",))
    refused(clinic, EditionForAdults, screened, clinic, patient_id, fourth)
    screened(clinic, patient_id)


def test_a_screening_is_put_right_with_a_reason(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    screened(clinic, patient_id)
    refused(clinic, ReasonMissing, screened, clinic, patient_id, finding("2.5"))
    clinic.daybook.handle(
        clinic.context(),
        screen_patient,
        patient_id,
        MONDAY,
        finding("2.5"),
        reason="a page was missing",
    )
    assert clinic.journal.load(Screening.id_of(patient_id, MONDAY)).finding == finding("2.5")
    refused(clinic, NotRecommended, admit, clinic, patient_id)


def test_nobody_is_screened_tomorrow(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    tomorrow = MONDAY + timedelta(days=1)
    refused(
        clinic,
        NotYet,
        clinic.daybook.handle,
        clinic.context(),
        screen_patient,
        patient_id,
        tomorrow,
        finding(),
    )


def test_who_is_referred_up_is_no_candidate_any_longer(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), refer_up, patient_id, "3.5", ("no-safe-home",))
    refused(clinic, NotReferred, admit, clinic, patient_id)
    referred(clinic, referral=replace(REFERRAL, origin="residential"))
    # What was found before does not speak for this candidacy.
    refused(clinic, NotScreened, admit, clinic, patient_id)


def test_a_screening_of_the_same_day_speaks_for_the_candidacy_that_followed(
    clinic: SmallClinic,
) -> None:
    patient_id = referred(clinic)
    screened(clinic, patient_id, finding("3.5", stable_living=False))
    clinic.daybook.handle(clinic.context(), refer_up, patient_id, "3.5", ("no-safe-home",))
    referred(clinic, referral=replace(REFERRAL, origin="residential"))
    clinic.daybook.handle(
        clinic.context(), screen_patient, patient_id, MONDAY, finding(), reason="a bed was found"
    )
    admit(clinic, patient_id)
    assert clinic.patient(patient_id).in_treatment


def test_a_closed_referral_leads_to_nothing(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    clinic.daybook.handle(clinic.context(), close_referral, patient_id, "could not be reached")
    refused(clinic, NotReferred, admit, clinic, patient_id, MONDAY)


def test_who_is_in_treatment_is_not_referred_again(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    admit(clinic, patient_id, override="court order")
    clinic.at("09:00", FRIDAY)
    later = replace(REFERRAL, day=FRIDAY)
    refused(clinic, AlreadyAdmitted, referred, clinic, LEE, later)


def test_a_readmission_is_a_new_episode_of_the_same_patient(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    admit(clinic, patient_id, override="court order")
    clinic.daybook.handle(clinic.context(), set_plan, patient_id, Plan(540, 3), MONDAY)
    discharged(clinic, patient_id)
    assert referred(clinic, referral=replace(REFERRAL, day=MONDAY, by="self")) == patient_id
    screened(clinic, patient_id)
    refused(clinic, StaysOverlap, admit, clinic, patient_id, MONDAY)
    admit(clinic, patient_id, WEDNESDAY)
    patient = clinic.patient(patient_id)
    assert (patient.episode, patient.plan) == (2, None)
    assert [patient.admitted_at(MONDAY + timedelta(days=n)) for n in range(3)] == [
        True,
        False,
        True,
    ]


# The plan


def test_a_plan_is_kept_reviewed_certified_and_tapered(clinic: SmallClinic, physician: str) -> None:
    daybook, context = clinic.daybook, clinic.context()
    refused(clinic, NoPlan, daybook.handle, context, review_plan, ANN, MONDAY, FRIDAY)
    daybook.handle(context, set_plan, ANN, Plan(540, 3), MONDAY)
    daybook.handle(context, set_plan, ANN, Plan(600, 4), MONDAY, Prompt("attendance"))
    daybook.handle(context, review_plan, ANN, MONDAY, FRIDAY)
    daybook.handle(clinic.context(physician), certify_care, ANN, MONDAY)
    plan = clinic.patient(ANN).plan
    assert plan
    daybook.handle(context, taper_plan, ANN, replace(plan, days_per_week=2), FRIDAY, "1")
    patient = clinic.patient(ANN)
    assert patient.plan == Plan(600, 2, next_review=FRIDAY)
    assert patient.recertify_by == MONDAY + timedelta(days=60)
    refused(clinic, NotYet, daybook.handle, context, review_plan, ANN, WEDNESDAY, FRIDAY)
    refused(clinic, NotYet, daybook.handle, context, certify_care, ANN, WEDNESDAY)
    refused(clinic, NotAPhysician, daybook.handle, context, certify_care, ANN, MONDAY)


def test_a_candidate_has_no_plan(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    refused(
        clinic,
        NotAdmitted,
        clinic.daybook.handle,
        clinic.context(),
        set_plan,
        patient_id,
        Plan(1, 1),
        MONDAY,
    )


def test_an_authorization_is_kept_once(clinic: SmallClinic) -> None:
    agreed = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, FRIDAY)
    since = len(clinic.journal.order)
    for each in (agreed, agreed, replace(agreed, units=15)):
        clinic.daybook.handle(clinic.context(), authorize, ANN, each)
    assert clinic.topics(since) == [
        "patient.authorization-recorded",
        "patient.authorization-revised",
    ]


# Monitoring

ANSWERS = {str(number): 0 for number in range(1, 10)}


def test_a_concern_is_raised_and_acknowledged_by_somebody_of_the_staff(
    clinic: SmallClinic,
) -> None:
    daybook = clinic.daybook
    assessment_id = daybook.handle(
        clinic.context(), take_assessment, ANN, "phq-9", ANSWERS | {"9": 1}, taken_at=clinic.now
    )
    for _ in range(2):
        refused(
            clinic,
            NoCredential,
            daybook.handle,
            clinic.context("a visitor"),
            acknowledge_concern,
            assessment_id,
            "seen-at-once",
        )
    daybook.handle(clinic.context(), acknowledge_concern, assessment_id, "seen-at-once")
    found = clinic.journal.load(assessment_id)
    assert (found.concern, found.response) == ("thoughts-of-death", "seen-at-once")
    sound = daybook.handle(clinic.context(), take_assessment, BEN, "phq-9", ANSWERS)
    refused(
        clinic,
        NotOnRecord,
        daybook.handle,
        clinic.context(),
        acknowledge_concern,
        sound,
        "seen-at-once",
    )


def test_other_answers_of_that_instant_need_a_reason(clinic: SmallClinic) -> None:
    assessment_id = clinic.daybook.handle(clinic.context(), take_assessment, ANN, "phq-9", ANSWERS)
    refused(
        clinic,
        ReasonMissing,
        clinic.daybook.handle,
        clinic.context(),
        take_assessment,
        ANN,
        "phq-9",
        ANSWERS | {"1": 3},
    )
    assert (
        clinic.daybook.handle(
            clinic.context(), take_assessment, ANN, "phq-9", ANSWERS | {"1": 3}, reason="misread"
        )
        == assessment_id
    )
    assert clinic.journal.load(assessment_id).scales[0].score == 3


def test_nobody_is_assessed_who_is_neither_candidate_nor_patient(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    clinic.daybook.handle(clinic.context(), take_assessment, patient_id, "phq-9", ANSWERS)
    clinic.daybook.handle(clinic.context(), close_referral, patient_id, "moved away")
    clinic.now += timedelta(minutes=1)
    refused(
        clinic,
        NotAdmitted,
        clinic.daybook.handle,
        clinic.context(),
        take_assessment,
        patient_id,
        "phq-9",
        ANSWERS,
    )


def drawn_days(clinic: SmallClinic, patient_id: str, through: date) -> list[date]:
    """Let the days pass, drawing each morning and, by mistake, again at noon."""
    while clinic.now.date() <= through:
        for hour in (0, 12):
            clinic.now = clinic.now.replace(hour=hour, minute=5)
            # As for the manager: where nothing is drawn any more, that is refused.
            with suppress(NotOnRecord, NotAdmitted):
                clinic.daybook.handle(clinic.context("daybook"), draw_drug_test, patient_id)
        clinic.now += timedelta(days=1)
    testing = clinic.journal.load(DrugTesting.id_of(patient_id))
    return sorted(each.day for each in testing.tests.values())


def test_tests_are_drawn_on_days_of_attendance_and_the_seed_proves_it(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    coming = [clinic.evening(MONDAY + timedelta(days=n)).meeting.day for n in (0, 2, 4, 7, 9, 11)]
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(2, 7))
    days = drawn_days(clinic, ANN, date(2025, 3, 14))
    assert days
    assert set(days) <= set(coming)
    gaps = [later - day for day, later in zip([MONDAY, *days], days, strict=False)]
    assert all(timedelta(days=2) <= gap <= timedelta(days=7) for gap in gaps)
    testing = clinic.journal.load(DrugTesting.id_of(ANN))
    seed = clinic.vault.begin().open_seed(ANN, testing.sealed_seed)
    for number, (last, day) in enumerate(zip([MONDAY, *days], days, strict=False), start=1):
        again = drawn_day(seed, number, last=last, gaps=Gaps(2, 7), comes_on=coming)
        assert again == day


def test_the_seed_is_in_no_event_in_clear_and_says_nothing_of_the_days_to_come(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(2, 7))
    testing = clinic.journal.load(DrugTesting.id_of(ANN))
    seed = clinic.vault.begin().open_seed(ANN, testing.sealed_seed)
    stored = b"".join(each.state for each in clinic.journal.stored[testing.id])
    assert len(seed) == 32
    assert seed not in stored
    assert seed.hex().encode() not in stored
    assert testing.tests == {}


def test_nobody_is_drawn_after_the_discharge(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))
    discharged(clinic, ANN)
    assert drawn_days(clinic, ANN, FRIDAY) == []
    refused(
        clinic,
        NotAdmitted,
        clinic.daybook.handle,
        clinic.context(),
        draw_drug_tests,
        ANN,
        Gaps(1, 1),
    )
    refused(
        clinic,
        NotAdmitted,
        clinic.daybook.handle,
        clinic.context(),
        order_drug_test,
        ANN,
        "for-cause",
    )


def test_a_test_goes_step_by_step_and_ends_no_treatment(clinic: SmallClinic) -> None:
    daybook = clinic.daybook
    before = clinic.patient(ANN)
    for number in range(3):
        clinic.now += timedelta(days=1)
        test_id = daybook.handle(clinic.context(), order_drug_test, ANN, "for-cause")
        assert daybook.handle(clinic.context(), order_drug_test, ANN, "for-cause") == test_id
        refused(
            clinic,
            StepOutOfTurn,
            daybook.handle,
            clinic.context(),
            collect_specimen,
            ANN,
            test_id,
            "urine",
        )
        daybook.handle(clinic.context(), notify_of_test, ANN, test_id)
        daybook.handle(clinic.context(), collect_specimen, ANN, test_id, "urine")
        over = HandOver(clinic.now, "staff-1", "County laboratory")
        daybook.handle(clinic.context(), hand_specimen_over, ANN, test_id, over)
        result = Result("presumptive", "positive", clinic.now, (f"substance {number}",))
        daybook.handle(clinic.context(), report_result, ANN, test_id, result)
        confirmed = replace(result, kind="definitive")
        daybook.handle(clinic.context(), report_result, ANN, test_id, confirmed)
        refused(
            clinic,
            NotYet,
            daybook.handle,
            clinic.context(),
            report_result,
            ANN,
            test_id,
            replace(confirmed, reported_at=clinic.now + timedelta(minutes=1)),
        )
    assert clinic.patient(ANN) == before
    assert clinic.patient(ANN).in_treatment


def test_a_missed_test_is_told_once_its_day_is_over(clinic: SmallClinic) -> None:
    test_id = clinic.daybook.handle(clinic.context(), order_drug_test, ANN, "intake")
    clinic.daybook.handle(clinic.context(), notify_of_test, ANN, test_id)
    clinic.at("23:59")
    refused(clinic, NotYet, clinic.daybook.handle, clinic.context(), miss_test, ANN, test_id)
    clinic.at("00:00", MONDAY + timedelta(days=1))
    clinic.daybook.handle(clinic.context(), miss_test, ANN, test_id)
    assert clinic.journal.load(DrugTesting.id_of(ANN)).tests[test_id].state == "missed"


def test_a_test_is_refused_or_called_off_and_a_result_put_right(clinic: SmallClinic) -> None:
    daybook, context = clinic.daybook, clinic.context()
    said_no = daybook.handle(context, order_drug_test, ANN, "for-cause")
    lost = daybook.handle(context, order_drug_test, ANN, "court-order")
    wrong = daybook.handle(context, order_drug_test, ANN, "intake")
    for test_id in (said_no, wrong):
        daybook.handle(context, notify_of_test, ANN, test_id)
    daybook.handle(context, refuse_test, ANN, said_no)
    daybook.handle(context, call_test_off, ANN, lost, "the laboratory lost it")
    daybook.handle(context, collect_specimen, ANN, wrong, "oral-fluid")
    daybook.handle(
        context, report_result, ANN, wrong, Result("presumptive", "negative", clinic.now)
    )
    positive = Result("presumptive", "positive", clinic.now, ("THC",))
    refused(
        clinic, ReasonMissing, daybook.handle, context, correct_result, ANN, wrong, positive, ""
    )
    daybook.handle(context, correct_result, ANN, wrong, positive, "mixed up")
    tests = clinic.journal.load(DrugTesting.id_of(ANN)).tests
    assert [tests[each].state for each in (said_no, lost, wrong)] == [
        *("refused", "called off", "resulted"),
    ]
    refused(clinic, NotOnRecord, daybook.handle, clinic.context(), notify_of_test, BEN, lost)


def test_draws_end_by_command_too(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(1, 1))
    since = len(clinic.journal.order)
    for patient_id in (ANN, ANN, BEN):
        clinic.daybook.handle(
            clinic.context(), end_drug_tests, patient_id, "stable for half a year"
        )
    assert clinic.topics(since) == ["drug-testing.interval-ended"]
    assert drawn_days(clinic, ANN, FRIDAY) == []
    for patient_id in (ANN, BEN):
        with pytest.raises(NotOnRecord):
            clinic.daybook.handle(clinic.context(), draw_drug_test, patient_id)


# The network, consents


def test_who_a_sponsor_is_is_kept_with_the_identity(clinic: SmallClinic) -> None:
    patient_id = referred(clinic)
    sam = Contact("Sam Sponsor", "555-0100")
    since = len(clinic.journal.order)
    for who in (sam, sam, replace(sam, reached_at="555-0101")):
        clinic.daybook.handle(
            clinic.context(), name_supporter, patient_id, "supporter-1", "sponsor", who
        )
    assert clinic.topics(since) == [
        "patient.supporter-named",
        "identity.contact-recorded",
        "identity.contact-recorded",
    ]
    assert b"Sam" not in b"".join(each.state for each in clinic.journal.order)


def test_meetings_of_others_are_no_hours_of_treatment(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    meeting = SupportMeeting("meeting-1", "12-step", MONDAY)
    clinic.daybook.handle(clinic.context(), report_support_meeting, ANN, meeting)
    clinic.daybook.handle(clinic.context(), verify_support_meeting, ANN, "meeting-1")
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    record = clinic.evening().records[ANN].attendance
    assert record
    assert record.credited_minutes == 0
    tomorrow = replace(meeting, meeting_id="meeting-2", day=MONDAY + timedelta(days=1))
    refused(
        clinic,
        NotYet,
        clinic.daybook.handle,
        clinic.context(),
        report_support_meeting,
        ANN,
        tomorrow,
    )


def test_a_resource_and_what_became_of_it(clinic: SmallClinic) -> None:
    to = ResourceReferral("referral-1", "housing", "County housing office", MONDAY)
    clinic.daybook.handle(clinic.context(), refer_to_resource, ANN, to)
    context, of = clinic.context(), (ANN, "referral-1")
    clinic.daybook.handle(context, record_resource_outcome, *of, "waiting-list", MONDAY)
    since = len(clinic.journal.order)
    clinic.daybook.handle(context, record_resource_outcome, *of, "waiting-list", MONDAY)
    assert clinic.topics(since) == []
    refused(
        clinic,
        NotYet,
        clinic.daybook.handle,
        context,
        record_resource_outcome,
        *of,
        "connected",
        FRIDAY,
    )


def test_outreach_follows_a_missed_session_alone(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    clinic.at("17:00")
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), check_in, session_id, BEN)
    clinic.at("21:00")

    def call(patient_id: str, at: datetime | None = None) -> None:
        clinic.daybook.handle(
            clinic.context(),
            attempt_outreach,
            patient_id,
            session_id,
            way="call",
            result="no-answer",
            at=at,
        )

    refused(clinic, NotMissed, call, BEN)
    refused(clinic, NotMissed, call, CAL)
    refused(clinic, NotMissed, call, ANN, clinic.evening().meeting.starts_at - timedelta(minutes=1))
    refused(clinic, NotYet, call, ANN, clinic.now + timedelta(minutes=1))
    since = len(clinic.journal.order)
    call(ANN)
    call(ANN)
    assert clinic.topics(since) == ["patient.outreach-attempted"]


def test_what_the_program_called_off_nobody_missed(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "burst pipe")
    clinic.at("21:00")
    with pytest.raises(NotMissed):
        clinic.daybook.handle(
            clinic.context(), attempt_outreach, ANN, session_id, way="call", result="no-answer"
        )


def test_a_disclosure_relies_on_a_consent(clinic: SmallClinic) -> None:
    consent = Consent("consent-1", "County court", "legal", ("attendance",), MONDAY, FRIDAY)
    clinic.daybook.handle(clinic.context(), give_consent, ANN, consent)
    told = Disclosure("disclosure-1", "consent-1", ("attendance",), MONDAY)
    since = len(clinic.journal.order)
    for _ in range(2):
        clinic.daybook.handle(clinic.context(), disclose, ANN, told)
    assert clinic.topics(since) == ["patient.disclosure-made"]
    clinic.at("09:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), revoke_consent, ANN, "consent-1", WEDNESDAY)
    again = replace(told, disclosure_id="disclosure-2", day=WEDNESDAY)
    refused(
        clinic, ConsentNotInForce, clinic.daybook.handle, clinic.context(), disclose, ANN, again
    )
    before = replace(again, day=WEDNESDAY - timedelta(days=1))
    clinic.daybook.handle(clinic.context(), disclose, ANN, before)


# The way out


def test_a_discharge_gives_back_all_that_was_to_come_at_once(clinic: SmallClinic) -> None:
    daybook = clinic.daybook
    clinic.enrol(ANN, BEN)
    own = clinic.own("one-1", FRIDAY, room_id="room-3")
    daybook.handle(clinic.context(), book_patient, own, DEE)
    daybook.handle(clinic.context(), wait_for_session, own, ANN)
    daybook.handle(clinic.context(), wait_for_session, clinic.evening(WEDNESDAY).id, CAL)
    daybook.handle(clinic.context(), wait_for_track, DEE, TRACK, ("FR",))
    daybook.handle(clinic.context(), draw_drug_tests, ANN, Gaps(2, 7))
    since = len(clinic.journal.order)
    discharged(clinic, ANN)
    # It was one save.
    assert [
        each.originator_id for each in clinic.journal.order[since:]
    ] == clinic.journal.last_saved
    patient = clinic.patient(ANN)
    assert list(patient.bookings) == [clinic.evening(MONDAY).id]
    assert patient.enrolments[Enrolment(TRACK, (), MONDAY, None).key].last_day == MONDAY
    assert clinic.journal.load(own).waiting == ()
    assert clinic.journal.load(DrugTesting.id_of(ANN)).gaps is None
    # The places went to those who waited for them.
    assert set(clinic.evening(WEDNESDAY).visits) == {BEN, CAL}
    assert set(clinic.evening(FRIDAY).visits) == {BEN, DEE}
    assert clinic.program().waiting.get(TRACK, ()) == ()


def test_who_leaves_waits_for_no_track(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO",))
    discharged(clinic, CAL)
    assert clinic.program().waiting[TRACK] == ()
    refused(
        clinic,
        NotAdmitted,
        clinic.daybook.handle,
        clinic.context(),
        wait_for_track,
        CAL,
        TRACK,
        ("MO",),
    )


def test_the_last_day_is_a_day_of_treatment(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    discharged(clinic, ANN, replace(LEFT, day=WEDNESDAY))
    assert list(clinic.patient(ANN).bookings) == [
        clinic.evening(MONDAY).id,
        clinic.evening(WEDNESDAY).id,
    ]


def test_nobody_is_discharged_before_a_day_on_which_they_came(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.at("17:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening(WEDNESDAY).id, ANN)
    with pytest.raises(ConflictsMet, match="2025-03-05: the patient has signed in"):
        discharged(clinic, ANN)
    discharged(clinic, ANN, replace(LEFT, day=WEDNESDAY))


def test_a_discharge_that_is_told_late_takes_the_absences_after_it_back(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.at("21:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening(WEDNESDAY).id)
    assert clinic.evening(WEDNESDAY).records[ANN].attendance
    discharged(clinic, ANN)
    assert clinic.evening(WEDNESDAY).records[ANN].attendance is None


def test_a_discharge_says_why(clinic: SmallClinic) -> None:
    refused(clinic, ReasonMissing, discharged, clinic, ANN, replace(LEFT, reasons=()))


def test_a_discharge_is_repeated_put_right_and_taken_back(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    discharged(clinic, ANN)
    since = len(clinic.journal.order)
    discharged(clinic, ANN)
    assert clinic.topics(since) == []
    discharged(clinic, ANN, replace(LEFT, kind="against-advice", reasons=("own-wish",)))
    clinic.daybook.handle(clinic.context(), take_discharge_back, ANN)
    assert clinic.patient(ANN).in_treatment
    assert clinic.topics(since) == ["patient.discharge-corrected"] * 2


def test_absences_discharge_nobody(clinic: SmallClinic) -> None:
    clinic.enrol(*PATIENTS[:2])
    for day in (MONDAY, WEDNESDAY, FRIDAY):
        clinic.at("21:00", day)
        clinic.daybook.handle(clinic.context(), close_session, clinic.evening(day).id)
    assert clinic.patient(ANN).in_treatment


def test_an_admission_is_put_right(clinic: SmallClinic) -> None:
    facts: dict[str, Any] = {"program_id": PROGRAM, "admitted_on": MONDAY, "payer": "medicare"}
    clinic.daybook.handle(clinic.context(), correct_admission, ANN, **facts)
    assert clinic.patient(ANN).payer == "medicare"
    refused(
        clinic,
        NotKnown,
        lambda: clinic.daybook.handle(
            clinic.context(), correct_admission, ANN, **facts | {"program_id": "nowhere"}
        ),
    )


def test_merged_records_share_what_was_agreed_to(clinic: SmallClinic) -> None:
    daybook = clinic.daybook
    agreed = Authorization("authorization-1", "medicaid", "H0015", 12, MONDAY, FRIDAY)
    daybook.handle(clinic.context(), authorize, BEN, agreed)
    consent = Consent("consent-1", "County court", "legal", ("attendance",), MONDAY, FRIDAY)
    daybook.handle(clinic.context(), give_consent, BEN, consent)
    daybook.handle(clinic.context(), draw_drug_tests, BEN, Gaps(1, 2))
    daybook.handle(clinic.context(), merge_patients, BEN, into=ANN)
    ann = clinic.patient(ANN)
    assert (ann.authorizations, ann.consents) == (
        {"authorization-1": agreed},
        {"consent-1": consent},
    )
    assert clinic.journal.load(DrugTesting.id_of(BEN)).gaps is None


def test_of_an_assessment_there_is_one_for_each_instant(clinic: SmallClinic) -> None:
    assert Assessment.id_of(ANN, "phq-9", clinic.now) != Assessment.id_of(BEN, "phq-9", clinic.now)


NOBODY: dict[str, Any] = {
    "screen": lambda d, c: d.handle(c, screen_patient, "nobody", MONDAY, finding()),
    "refer up": lambda d, c: d.handle(c, refer_up, "nobody", "3.5", ("too-severe",)),
    "close": lambda d, c: d.handle(c, close_referral, "nobody", "moved"),
    "admit": lambda d, c: d.handle(
        c, admit_patient, "nobody", admitted_on=MONDAY, payer="self", focus="mental-health"
    ),
    "plan": lambda d, c: d.handle(c, set_plan, "nobody", Plan(540, 3), MONDAY),
    "taper": lambda d, c: d.handle(c, taper_plan, "nobody", Plan(540, 3), MONDAY, "1"),
    "review": lambda d, c: d.handle(c, review_plan, "nobody", MONDAY, FRIDAY),
    "certify": lambda d, c: d.handle(c, certify_care, "nobody", MONDAY),
    "pay": lambda d, c: d.handle(c, change_payer, "nobody", "medicaid", MONDAY),
    "assign": lambda d, c: d.handle(c, assign_counselor, "nobody", "staff-1", MONDAY),
    "justify": lambda d, c: d.handle(c, justify_stay, "nobody", MONDAY),
    "assess": lambda d, c: d.handle(c, take_assessment, "nobody", "phq-9", ANSWERS),
    "acknowledge": lambda d, c: d.handle(c, acknowledge_concern, "nothing", "safety-plan"),
    "draw": lambda d, c: d.handle(c, draw_drug_tests, "nobody", Gaps(1, 2)),
    "draw today": lambda d, c: d.handle(c, draw_drug_test, "nobody"),
    "order": lambda d, c: d.handle(c, order_drug_test, "nobody", "intake"),
    "miss": lambda d, c: d.handle(c, miss_test, "nobody", "nothing"),
    "name": lambda d, c: d.handle(c, name_supporter, "nobody", "supporter-1", "sister"),
    "meeting": lambda d, c: d.handle(
        c, report_support_meeting, "nobody", SupportMeeting("meeting-1", "other", MONDAY)
    ),
    "verify": lambda d, c: d.handle(c, verify_support_meeting, "nobody", "meeting-1"),
    "revoke": lambda d, c: d.handle(c, revoke_consent, "nobody", "consent-1", MONDAY),
    "discharge": lambda d, c: d.handle(c, discharge_patient, "nobody", LEFT),
    "take back": lambda d, c: d.handle(c, take_discharge_back, "nobody"),
}


@pytest.mark.parametrize("command", NOBODY.values(), ids=list(NOBODY))
def test_a_command_about_nobody_is_refused(clinic: SmallClinic, command: Any) -> None:
    refused(clinic, NotKnown, command, clinic.daybook, clinic.context())
