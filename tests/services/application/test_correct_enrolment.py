"""The first day of an enrolment, put right by a command: its sessions follow."""

from datetime import date

import pytest

from domain.errors import ConflictsMet
from domain.patient import Enrolment
from services.application import CommandHandler, NotKnown
from services.application.check_in import check_in
from services.application.rosters import correct_enrolment, enrol_patient
from services.application.sessions import close_session
from tests.support.small_clinic import (
    ANN,
    FRIDAY,
    MONDAY,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)

DAYS = ("MO", "WE", "FR")


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def enrol(clinic: SmallClinic, first_day: date) -> None:
    handle(clinic, enrol_patient, ANN, Enrolment(TRACK, DAYS, first_day, None))


def handle(clinic: SmallClinic, command: object, *args: object, **kwargs: object) -> None:
    handler = CommandHandler(clinic.journal, clinic.vault)
    handler.handle(clinic.context(), command, *args, **kwargs)  # type: ignore[arg-type]


def correct(clinic: SmallClinic, first_day: date, corrected: date) -> None:
    handle(clinic, correct_enrolment, ANN, TRACK, first_day, corrected_first_day=corrected)


def test_correct_enrolment_to_a_later_day_takes_back_what_was_before_it(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, MONDAY)
    clinic.at("20:30")
    handle(clinic, close_session, clinic.evening(MONDAY).id)
    recorded = clinic.evening(MONDAY).records[ANN].attendance
    assert recorded
    assert recorded.status == "no_show"
    correct(clinic, MONDAY, WEDNESDAY)
    monday = clinic.evening(MONDAY)
    assert ANN not in monday.visits
    assert monday.records[ANN].attendance is None
    assert ANN in clinic.evening(WEDNESDAY).visits
    patient = clinic.patient(ANN)
    assert monday.id not in patient.bookings
    assert [each for each in patient.enrolments.values() if not each.is_empty] == [
        Enrolment(TRACK, DAYS, WEDNESDAY, None)
    ]


def test_correct_enrolment_to_an_earlier_day_expects_the_patient_from_then_on(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, FRIDAY)
    clinic.at("20:30")
    handle(clinic, close_session, clinic.evening(MONDAY).id)
    correct(clinic, FRIDAY, MONDAY)
    recorded = clinic.evening(MONDAY).records[ANN].attendance
    assert recorded
    assert recorded.status == "no_show"
    assert ANN in clinic.evening(WEDNESDAY).visits
    assert clinic.evening(WEDNESDAY).id in clinic.patient(ANN).bookings


def test_correct_enrolment_is_refused_where_the_patient_came_before_it_began(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, MONDAY)
    clinic.at("17:00")
    handle(clinic, check_in, clinic.evening(MONDAY).id, ANN)
    before = clinic.journal.position()
    with pytest.raises(ConflictsMet, match="2025-03-03"):
        correct(clinic, MONDAY, WEDNESDAY)
    assert clinic.journal.position() == before


def test_correct_enrolment_again_changes_nothing(clinic: SmallClinic) -> None:
    enrol(clinic, MONDAY)
    correct(clinic, MONDAY, WEDNESDAY)
    before = clinic.journal.position()
    correct(clinic, MONDAY, WEDNESDAY)
    assert clinic.journal.position() == before
    with pytest.raises(NotKnown):
        correct(clinic, MONDAY, FRIDAY)


def test_correct_enrolment_back_and_forth(clinic: SmallClinic) -> None:
    enrol(clinic, MONDAY)
    correct(clinic, MONDAY, WEDNESDAY)
    correct(clinic, WEDNESDAY, MONDAY)
    assert ANN in clinic.evening(MONDAY).visits
