"""Whose patient somebody is: by the counselor of the treatment that goes on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.patient import Discharge, Patient, Referral
from projections import care
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY
from tests.support.read_models import ReadModels, facility, patient

DAY = timedelta(days=1)


def whose(read_models: ReadModels, staff_id: str, day: date = MONDAY) -> list[str]:
    asked = {"staff_id": staff_id, "facility_id": FACILITY, "today": day}
    return sorted(row[0] for row in read_models.rows(care.ASSIGNED, **asked))


@pytest.fixture
def ann(read_models: ReadModels) -> Patient:
    ann = patient("ann")
    ann.assign_counselor(CAUSE, "s-diaz", MONDAY)
    read_models.take(facility(), ann)
    return ann


def test_a_patient_is_the_counselors_until_the_next_one_and_of_who_comes_next_at_once(
    read_models: ReadModels, ann: Patient
) -> None:
    read_models.after(ann, lambda p: p.assign_counselor(CAUSE, "s-lind", MONDAY + 7 * DAY))
    days = (MONDAY, MONDAY + 6 * DAY, MONDAY + 7 * DAY)
    assert [whose(read_models, "s-diaz", day) for day in days] == [["ann"], ["ann"], []]
    assert [whose(read_models, "s-lind", day) for day in days] == [["ann"]] * 3


def test_an_assignment_outlives_the_treatment_and_is_none_of_the_next_one(
    read_models: ReadModels, ann: Patient
) -> None:
    last, again = MONDAY + 20 * DAY, MONDAY + 30 * DAY
    read_models.after(ann, lambda p: p.end(CAUSE, Discharge(last, "completed")))
    assert whose(read_models, "s-diaz", last + DAY) == ["ann"]
    later = replace(CAUSE, at=CAUSE.at + 30 * DAY)
    read_models.after(
        ann,
        lambda p: p.refer_again(later, Referral("adult-iop", again, "self", "community")),
        lambda p: p.admit_candidate(
            later, admitted_on=again, payer="self", focus="co-occurring", override="known here"
        ),
    )
    assert whose(read_models, "s-diaz", again) == []


def test_the_assignment_of_a_record_that_was_merged_is_gone(
    read_models: ReadModels, ann: Patient
) -> None:
    ben = patient("ben")
    ben.absorb(CAUSE, ann)
    read_models.take(ann, ben)
    assert whose(read_models, "s-diaz") == []
    assert read_models.rows("SELECT FROM care.counselors") == []
