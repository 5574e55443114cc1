"""What is known of a patient's partial hospitalization, here or elsewhere."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from domain.errors import EndsBeforeStart, NotOnRecord, ReasonMissing, RecordMerged
from domain.patient import (
    PartialHospitalizationRecorded,
    PartialHospitalizationWithdrawn,
    Patient,
)
from tests.support.domain_examples import CAUSE
from tests.support.given_when_then import fact, given

FIRST, LAST, LATER = date(2025, 2, 3), date(2025, 2, 21), date(2025, 2, 24)
Does = Callable[[Any], object]


def patient(patient_id: str = "patient-1") -> Patient:
    return Patient.admit(
        CAUSE,
        id=patient_id,
        facility_id="oak-street",
        program_id="adult-iop",
        admitted_on=date(2025, 3, 3),
        payer="medicare",
        override="as it was before",
    )


def recorded(last: date | None = LAST, first: date = FIRST) -> Does:
    return lambda one: one.record_partial_hospitalization(CAUSE, first, last)


def withdrawn(first: date = FIRST, reason: str = "it was day treatment") -> Does:
    return lambda one: one.withdraw_partial_hospitalization(CAUSE, first, reason)


def test_it_is_recorded_also_of_days_before_the_treatment() -> None:
    spec = given(patient())
    spec.when(recorded()).then(fact(PartialHospitalizationRecorded, first_day=FIRST, last_day=LAST))
    assert spec.aggregate.hospitalized == {FIRST: LAST}
    spec.when(recorded()).then_nothing()


def test_what_goes_on_gets_a_last_day_once_it_is_known_and_another_if_that_was_wrong() -> None:
    spec = given(patient(), recorded(None))
    spec.when(recorded(None)).then_nothing()
    spec.when(recorded(LAST)).then(fact(PartialHospitalizationRecorded, last_day=LAST))
    spec.when(recorded(LATER)).then(fact(PartialHospitalizationRecorded, last_day=LATER))
    spec.when(recorded(None, LATER)).then(fact(PartialHospitalizationRecorded, first_day=LATER))
    assert spec.aggregate.hospitalized == {FIRST: LATER, LATER: None}


@pytest.mark.parametrize(("last", "is_refused"), [(date(2025, 2, 2), True), (FIRST, False)])
def test_it_does_not_end_before_it_begins(last: date, is_refused: bool) -> None:
    spec = given(patient()).when(recorded(last))
    if is_refused:
        spec.then_refused(EndsBeforeStart, start="first_day", end="last_day")
    else:
        spec.then(fact(PartialHospitalizationRecorded))


def test_what_never_was_is_taken_back_with_a_reason() -> None:
    spec = given(patient(), recorded())
    spec.when(withdrawn(reason=" ")).then_refused(ReasonMissing)
    spec.when(withdrawn(LATER)).then_refused(NotOnRecord)
    spec.when(withdrawn()).then(
        fact(PartialHospitalizationWithdrawn, first_day=FIRST, reason="it was day treatment")
    )
    assert spec.aggregate.hospitalized == {}
    spec.when(withdrawn()).then_refused(NotOnRecord)
    spec.when(recorded()).then(fact(PartialHospitalizationRecorded))


def test_nothing_more_is_recorded_of_a_record_that_was_merged() -> None:
    duplicate = patient("patient-2")
    patient().absorb(CAUSE, duplicate)
    given(duplicate).when(recorded()).then_refused(RecordMerged)
