"""The commands about what is planned, certified and paid for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import (
    NoPlan,
    NotAdmitted,
    NotAPhysician,
    NotYet,
)
from domain.facility import Facility
from domain.patient import (
    Authorization,
    Plan,
    Prompt,
)
from domain.staff import Credential
from services.application.plans import authorize, certify_care, review_plan, set_plan, taper_plan
from tests.support.care_path import referred, refused
from tests.support.small_clinic import (
    ANN,
    FACILITY,
    FRIDAY,
    MONDAY,
    WEDNESDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


@pytest.fixture
def physician(clinic: SmallClinic) -> str:
    site = clinic.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), "staff-3", Credential("MD", MONDAY))
    clinic.journal.save(site)
    return "staff-3"


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
