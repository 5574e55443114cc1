"""The commands about questionnaires and drug tests."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.errors import (
    NoCredential,
    NotAdmitted,
    NotOnRecord,
    NotYet,
    ReasonMissing,
    StepOutOfTurn,
)
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from services.application.admissions import (
    close_referral,
)
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
from tests.support.care_path import (
    ANSWERS,
    discharged,
    referred,
    refused,
)
from tests.support.drug_test_draws import drawn_day
from tests.support.small_clinic import (
    ANN,
    BEN,
    FRIDAY,
    MONDAY,
    SmallClinic,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


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


def test_of_an_assessment_there_is_one_for_each_instant(clinic: SmallClinic) -> None:
    assert Assessment.id_of(ANN, "phq-9", clinic.now) != Assessment.id_of(BEN, "phq-9", clinic.now)
