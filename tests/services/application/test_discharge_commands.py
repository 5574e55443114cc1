"""The commands by which a patient leaves, and what a merged record keeps."""

from dataclasses import replace

import pytest

from domain.errors import (
    ConflictsMet,
    NotAdmitted,
    ReasonMissing,
)
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_testing import DrugTesting
from domain.patient import (
    Authorization,
    Consent,
    Enrolment,
)
from services.application.check_in import check_in
from services.application.discharge import take_discharge_back
from services.application.disclosures import give_consent
from services.application.monitoring import (
    draw_drug_tests,
)
from services.application.plans import authorize
from services.application.rosters import book_patient, wait_for_session, wait_for_track
from services.application.sessions import close_session
from services.application.signatures import merge_patients
from tests.support.care_path import LEFT, discharged, refused
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    FRIDAY,
    MONDAY,
    PATIENTS,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


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
