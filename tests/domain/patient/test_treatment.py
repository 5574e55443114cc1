from datetime import date, timedelta

import pytest

from domain.bounds import LATEST
from domain.errors import EndsBeforeStart, EnrolledTwice
from domain.patient import (
    AdmissionCorrected,
    Discharge,
    Enrolment,
    PatientEnrolled,
    Plan,
    PlanAdjusted,
)
from tests.domain.patient.test_patient import PLAN, enrolled, enrolment, patient
from tests.support.domain_examples import CAUSE, MONDAY
from tests.support.given_when_then import fact, given

# The plan


def test_the_same_plan_from_another_day_is_an_adjustment() -> None:
    spec = given(patient(), lambda p: p.set_plan(CAUSE, PLAN, MONDAY))
    later = MONDAY + timedelta(7)
    spec.when(lambda p: p.set_plan(CAUSE, PLAN, later)).then(
        fact(PlanAdjusted, plan=PLAN, effective_from=later)
    )
    spec.when(lambda p: p.set_plan(CAUSE, PLAN, later)).then_nothing()
    spec.when(lambda p: p.set_plan(CAUSE, Plan(1, 1), later)).then(fact(PlanAdjusted))


# The admission


@pytest.mark.parametrize(("days", "fits"), [(6, True), (7, True), (8, False)])
def test_an_admission_is_not_put_after_the_discharge(days: int, fits: bool) -> None:
    discharge = Discharge(MONDAY + timedelta(7), "completed")
    day = MONDAY + timedelta(days)
    spec = given(patient(), lambda p: p.end(CAUSE, discharge)).when(
        lambda p: p.correct_admission(
            CAUSE, program_id="adult-iop", admitted_on=day, payer="medicaid"
        )
    )
    if fits:
        spec.then(fact(AdmissionCorrected, admitted_on=day))
    else:
        spec.then_refused(EndsBeforeStart)


# Enrolments


@pytest.mark.parametrize(
    ("track_id", "days", "enrolled_there"),
    [
        ("evening", -7, True),
        ("evening", 0, True),
        ("evening", 14, True),
        ("evening", 15, False),
        ("morning", 0, False),
    ],
)
def test_a_patient_is_enrolled_to_the_last_day(
    track_id: str, days: int, enrolled_there: bool
) -> None:
    until = enrolment("MO", last=MONDAY + timedelta(14))
    spec = given(patient(), enrolled(until))
    assert spec.aggregate.enrolled_in(track_id, MONDAY + timedelta(days)) is enrolled_there


def test_an_enrolment_without_a_last_day_goes_on_for_good() -> None:
    spec = given(patient(), enrolled(enrolment("MO")))
    assert spec.aggregate.enrolled_in("evening", date.max)
    assert not patient().enrolled_in("evening", MONDAY)


LAST = date.max
"""A Friday."""


@pytest.mark.parametrize(
    ("one", "other", "shares"),
    [
        (Enrolment("t", ("FR",), LAST, None), Enrolment("t", ("FR",), MONDAY, None), True),
        (Enrolment("t", ("FR",), LAST, LAST), Enrolment("t", ("FR",), LAST, None), True),
        (Enrolment("t", ("TH",), LAST, None), Enrolment("t", ("TH",), MONDAY, None), False),
        (
            Enrolment("t", ("TH",), LAST - timedelta(1), None),
            Enrolment("t", ("TH",), MONDAY, None),
            True,
        ),
        (
            Enrolment("t", ("SA",), LAST - timedelta(6), None),
            Enrolment("t", ("SA",), MONDAY, LAST - timedelta(7)),
            False,
        ),
        (Enrolment("t", ("FR",), MONDAY, None), Enrolment("u", ("FR",), MONDAY, None), False),
    ],
)
def test_shared_days_are_found_up_to_the_last_day_there_is(
    one: Enrolment, other: Enrolment, shares: bool
) -> None:
    assert one.shares_days_with(other) is other.shares_days_with(one) is shares


def test_an_enrolment_that_begins_on_the_last_day_that_can_be_recorded() -> None:
    forever = Enrolment("evening", ("TU",), LATEST, None)
    spec = given(patient())
    spec.when(enrolled(forever)).then(fact(PatientEnrolled))
    spec.when(enrolled(enrolment("TU"))).then_refused(EnrolledTwice)
