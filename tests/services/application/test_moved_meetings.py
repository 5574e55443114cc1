"""An enrolment's first and last day are those of the meetings as they are held."""

from datetime import date

import pytest

from domain.patient import Enrolment
from domain.program import Deviation
from services.application.rosters import book_patient, end_enrolment, enrol_patient
from services.application.sessions import close_session
from services.application.tracks import change_meeting, restore_meeting
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)

SATURDAY, TUESDAY = date(2025, 3, 8), date(2025, 3, 4)
SECOND_MONDAY = date(2025, 3, 10)
ALL_DAYS = ("MO", "WE", "FR")


@pytest.fixture
def clinic() -> SmallClinic:
    clinic = SmallClinic()
    clinic.enrol(ANN)
    return clinic


def enrol(clinic: SmallClinic, patient_id: str, first: date, last: date | None) -> None:
    enrolment = Enrolment(TRACK, ALL_DAYS, first, last)
    clinic.daybook.handle(clinic.context(), enrol_patient, patient_id, enrolment)


def move(clinic: SmallClinic, occurrence: date, day: date) -> None:
    clinic.daybook.handle(
        clinic.context(),
        change_meeting,
        FACILITY,
        PROGRAM,
        TRACK,
        occurrence=occurrence,
        deviation=Deviation("holiday", day=day),
    )


def expected(clinic: SmallClinic, occurrence: date) -> set[str]:
    session = clinic.evening(occurrence)
    for patient_id in session.visits:
        assert session.id in clinic.patient(patient_id).bookings
    return set(session.visits)


def test_who_joins_on_the_rules_day_is_not_expected_before_it(clinic: SmallClinic) -> None:
    enrol(clinic, BEN, SECOND_MONDAY, None)
    move(clinic, SECOND_MONDAY, SATURDAY)
    assert expected(clinic, SECOND_MONDAY) == {ANN}
    assert clinic.evening(SECOND_MONDAY).id not in clinic.patient(BEN).bookings
    clinic.daybook.handle(
        clinic.context(), restore_meeting, FACILITY, PROGRAM, TRACK, occurrence=SECOND_MONDAY
    )
    assert expected(clinic, SECOND_MONDAY) == {ANN, BEN}


def test_who_leaves_on_the_rules_day_is_not_expected_after_it(clinic: SmallClinic) -> None:
    enrol(clinic, BEN, MONDAY, WEDNESDAY)
    move(clinic, WEDNESDAY, date(2025, 3, 6))
    assert expected(clinic, WEDNESDAY) == {ANN}


def test_a_meeting_that_is_moved_into_an_enrolment_expects_who_is_enrolled(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, BEN, MONDAY, WEDNESDAY)
    assert expected(clinic, FRIDAY) == {ANN}
    move(clinic, FRIDAY, TUESDAY)
    assert expected(clinic, FRIDAY) == {ANN, BEN}


@pytest.mark.parametrize(
    ("first", "last", "comes"),
    [
        (SATURDAY, SATURDAY, True),
        (date(2025, 3, 9), None, False),
        (MONDAY, FRIDAY, False),
        (MONDAY, SATURDAY, True),
    ],
)
def test_an_enrolment_asks_to_a_meeting_that_was_moved_by_the_day_on_which_it_is_held(
    clinic: SmallClinic, first: date, last: date | None, comes: bool
) -> None:
    move(clinic, SECOND_MONDAY, SATURDAY)
    enrol(clinic, BEN, first, last)
    assert (BEN in expected(clinic, SECOND_MONDAY)) == comes


def test_the_weekday_is_the_rules(clinic: SmallClinic) -> None:
    move(clinic, SECOND_MONDAY, SATURDAY)
    wednesdays = Enrolment(TRACK, ("WE",), MONDAY, None)
    clinic.daybook.handle(clinic.context(), enrol_patient, BEN, wednesdays)
    assert expected(clinic, SECOND_MONDAY) == {ANN}


def test_an_enrolment_that_ends_before_the_day_on_which_it_is_held_gives_the_place_back(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, BEN, MONDAY, None)
    move(clinic, FRIDAY, SECOND_MONDAY.replace(day=9))
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, FRIDAY)
    assert expected(clinic, FRIDAY) == {ANN}
    assert BEN in expected(clinic, WEDNESDAY)


def test_who_was_booked_for_that_meeting_alone_goes_with_it(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), book_patient, clinic.evening(FRIDAY).id, CAL)
    move(clinic, FRIDAY, SATURDAY)
    assert expected(clinic, FRIDAY) == {ANN, CAL}


# An enrolment that is revised


def test_an_enrolment_that_ends_later_books_the_days_between(clinic: SmallClinic) -> None:
    enrol(clinic, BEN, MONDAY, WEDNESDAY)
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, FRIDAY)
    assert BEN in expected(clinic, FRIDAY)
    assert BEN not in expected(clinic, SECOND_MONDAY)


def test_an_enrolment_on_fewer_days_gives_the_others_back(clinic: SmallClinic) -> None:
    enrol(clinic, BEN, MONDAY, None)
    clinic.daybook.handle(
        clinic.context(), enrol_patient, BEN, Enrolment(TRACK, ("MO",), MONDAY, FRIDAY)
    )
    assert BEN in expected(clinic, MONDAY)
    assert BEN not in expected(clinic, WEDNESDAY)
    assert BEN not in expected(clinic, SECOND_MONDAY)


def test_an_enrolment_that_had_ended_before_a_session_that_is_closed_takes_the_no_show_back(
    clinic: SmallClinic,
) -> None:
    enrol(clinic, BEN, MONDAY, None)
    clinic.at("21:00", WEDNESDAY)
    for day in (MONDAY, WEDNESDAY):
        clinic.daybook.handle(clinic.context(), close_session, clinic.evening(day).id)
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, MONDAY)
    assert clinic.evening(MONDAY).records[BEN].attendance
    assert clinic.evening(WEDNESDAY).records[BEN].attendance is None
