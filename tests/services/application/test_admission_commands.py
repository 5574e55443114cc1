"""The commands by which a patient comes: referred, screened, admitted."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    AlreadyAdmitted,
    Contraindicated,
    EditionForAdults,
    IdentityDiffers,
    NotRecommended,
    NotReferred,
    NotScreened,
    NotYet,
    ReasonMissing,
    StaysOverlap,
)
from domain.identity import Identity
from domain.patient import (
    Plan,
)
from domain.program import Program
from domain.screening import Finding, Screening
from services.application import NotKnown
from services.application.admissions import (
    close_referral,
    correct_admission,
    refer_up,
    screen_patient,
)
from services.application.plans import set_plan
from services.application.signatures import merge_patients
from tests.support.care_path import (
    LEE,
    RATINGS,
    REFERRAL,
    SOUND,
    admit,
    discharged,
    finding,
    referred,
    refused,
    screened,
)
from tests.support.small_clinic import (
    ANN,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


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
