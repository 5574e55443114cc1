"""The commands about leaves: granted and revised, and what is booked stays booked."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import (
    EndsBeforeStart,
    LeavesOverlap,
    LeaveTooLong,
    NotAdmitted,
    NotOnRecord,
    ReasonMissing,
    RecordMerged,
    Refusal,
)
from domain.patient import Discharge, Leave
from services.application import NotKnown
from services.application.discharge import discharge_patient
from services.application.episode import grant_leave, revise_leave
from services.application.signatures import merge_patients
from tests.support.small_clinic import ANN, BEN, FRIDAY, MONDAY, WEDNESDAY, SmallClinic

SUNDAY = MONDAY - timedelta(days=1)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def grant(
    clinic: SmallClinic,
    patient_id: str = ANN,
    first: date = MONDAY,
    last: date = WEDNESDAY,
    reason: str = "in hospital",
) -> None:
    clinic.daybook.handle(clinic.context(), grant_leave, patient_id, first, last, reason)


def revise(
    clinic: SmallClinic,
    last: date | None,
    patient_id: str = ANN,
    first: date = MONDAY,
    reason: str = "came back at another time",
) -> None:
    clinic.daybook.handle(clinic.context(), revise_leave, patient_id, first, last, reason)


def test_a_leave_is_granted_revised_and_taken_back_once(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        grant(clinic)
    for _ in range(2):
        revise(clinic, FRIDAY)
    assert list(clinic.patient(ANN).leaves.values()) == [Leave(MONDAY, FRIDAY)]
    for _ in range(2):
        revise(clinic, None)
    topics = ["patient.leave-granted", "patient.leave-revised", "patient.leave-revised"]
    assert clinic.topics(since) == topics
    assert not clinic.patient(ANN).leaves


def test_a_leave_is_told_late_as_well(clinic: SmallClinic) -> None:
    clinic.at("09:00", MONDAY + timedelta(days=40))
    grant(clinic)
    assert clinic.patient(ANN).leaves[MONDAY].last_day == WEDNESDAY


def test_what_is_booked_stays_booked(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    booked, since = clinic.patient(ANN).bookings, len(clinic.journal.order)
    grant(clinic)
    revise(clinic, FRIDAY)
    assert clinic.patient(ANN).bookings == booked
    assert ANN in clinic.evening(WEDNESDAY).visits
    assert len(clinic.journal.order) == since + 2


def test_a_discharge_within_a_leave_leaves_it_on_record(clinic: SmallClinic) -> None:
    grant(clinic, last=FRIDAY)
    left = Discharge(WEDNESDAY, "transferred", ("hospitalized",))
    clinic.daybook.handle(clinic.context(), discharge_patient, ANN, left)
    assert list(clinic.patient(ANN).leaves.values()) == [Leave(MONDAY, FRIDAY)]


def test_a_leave_of_a_record_that_was_merged_stays_there(clinic: SmallClinic) -> None:
    grant(clinic, BEN)
    clinic.daybook.handle(clinic.context(), merge_patients, BEN, into=ANN)
    before = len(clinic.journal.order)
    assert not clinic.patient(ANN).leaves
    with pytest.raises(RecordMerged):
        grant(clinic, BEN, FRIDAY, FRIDAY)
    for last in (FRIDAY, None):
        with pytest.raises(RecordMerged):
            revise(clinic, last, BEN)
    assert len(clinic.journal.order) == before
    grant(clinic, ANN)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (lambda clinic: grant(clinic, "nobody"), NotKnown),
        (lambda clinic: grant(clinic, first=SUNDAY), NotAdmitted),
        (lambda clinic: grant(clinic, last=SUNDAY), EndsBeforeStart),
        (lambda clinic: grant(clinic, last=MONDAY + timedelta(days=90)), LeaveTooLong),
        (lambda clinic: grant(clinic, reason=" "), ReasonMissing),
        (lambda clinic: grant(clinic, last=FRIDAY), LeavesOverlap),
        (lambda clinic: revise(clinic, FRIDAY, "nobody"), NotKnown),
        (lambda clinic: revise(clinic, FRIDAY), NotOnRecord),
        (lambda clinic: revise(clinic, None), NotOnRecord),
        (lambda clinic: revise(clinic, WEDNESDAY, first=FRIDAY), EndsBeforeStart),
        (lambda clinic: revise(clinic, None, first=FRIDAY, reason=""), ReasonMissing),
    ],
)
def test_a_refusal_records_nothing(
    clinic: SmallClinic, command: Any, refusal: type[Refusal]
) -> None:
    grant(clinic, first=FRIDAY, last=FRIDAY)
    before = len(clinic.journal.order)
    with pytest.raises(refusal):
        command(clinic)
    assert len(clinic.journal.order) == before
