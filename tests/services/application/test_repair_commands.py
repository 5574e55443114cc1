"""Booking a repair: all of its sessions, or none."""

from datetime import time, timedelta

import pytest

from domain.errors import ConflictsMet, PatientTaken
from domain.patient import Commitment, Discharge
from services.application import NotKnown
from services.application.discharge import discharge_patient
from services.application.rosters import book_patient, book_repair, note_commitment
from services.application.sessions import call_off_session, schedule_session
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
)

TUESDAY, THURSDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def test_all_sessions_of_a_repair_are_booked_with_one_command(clinic: SmallClinic) -> None:
    repair = [clinic.own("extra", TUESDAY), clinic.own("extra", THURSDAY), clinic.evening().id]
    context = clinic.context()
    clinic.daybook.handle(context, book_repair, ANN, repair)
    assert set(clinic.patient(ANN).bookings) == set(repair)
    for session_id in repair:
        session = clinic.journal.load(session_id)
        assert ANN in session.visits
    recorded = len(clinic.journal.order)
    clinic.daybook.handle(context, book_repair, ANN, repair)
    assert len(clinic.journal.order) == recorded


def test_what_is_booked_already_stays_and_the_rest_is_booked(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, on=("MO",))
    extra = clinic.own("extra", TUESDAY)
    clinic.daybook.handle(clinic.context(), book_repair, ANN, [clinic.evening().id, extra, extra])
    assert extra in clinic.patient(ANN).bookings


def test_each_session_that_stands_against_it_is_named_and_nothing_is_booked(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(BEN, CAL, on=("MO",))
    duty = Commitment("work", "Shift", ("TU",), time(11), time(13), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    called_off, booked = clinic.own("off", WEDNESDAY), clinic.own("booked", THURSDAY)
    clinic.daybook.handle(clinic.context(), call_off_session, called_off, "the room is flooded")
    clinic.daybook.handle(clinic.context(), book_patient, booked, ANN)
    parallel = clinic.own("parallel", FRIDAY, room_id="room-3")
    clinic.daybook.handle(clinic.context(), book_patient, parallel, BEN)
    free = clinic.own("free", MONDAY, hour=14)
    wanted = [
        clinic.evening().id,
        clinic.own("work", TUESDAY),
        called_off,
        parallel,
        free,
    ]
    recorded = len(clinic.journal.order)
    with pytest.raises(ConflictsMet) as refused:
        clinic.daybook.handle(clinic.context(), book_repair, ANN, wanted)
    for said in (
        f"{WEDNESDAY}: the session was called off or taken off the schedule",
        f"{MONDAY}: the session is full (capacity 2)",
        f"{TUESDAY}: the session on {TUESDAY} overlaps an outside commitment of the patient (work",
        f"{FRIDAY}: the session is full (capacity 1)",
    ):
        assert said in str(refused.value)
    assert len(clinic.journal.order) == recorded
    assert free not in clinic.patient(ANN).bookings


def test_sessions_that_overlap_each_other_are_no_repair(clinic: SmallClinic) -> None:
    other = clinic.daybook.handle(
        clinic.context(),
        schedule_session,
        facility_id=FACILITY,
        label="other",
        meeting=own_meeting(TUESDAY, 13, "room-3", "staff-3"),
    )
    both = [clinic.own("one", TUESDAY), other]
    with pytest.raises(PatientTaken):
        clinic.daybook.handle(clinic.context(), book_repair, ANN, both)
    assert not clinic.patient(ANN).bookings


def test_a_session_that_has_begun_mends_nothing(clinic: SmallClinic) -> None:
    clinic.own("extra", MONDAY)
    extra = clinic.own("late", MONDAY, 14)
    clinic.at("14:00")
    with pytest.raises(ConflictsMet, match="the session has begun already"):
        clinic.daybook.handle(clinic.context(), book_repair, ANN, [extra])
    clinic.at("13:59")
    clinic.daybook.handle(clinic.context(), book_repair, ANN, [extra])
    assert extra in clinic.patient(ANN).bookings


def test_who_left_is_not_booked_and_what_nobody_knows_neither(clinic: SmallClinic) -> None:
    extra = clinic.own("extra", FRIDAY)
    with pytest.raises(NotKnown):
        clinic.daybook.handle(clinic.context(), book_repair, ANN, [extra, "session-nobody-knows"])
    clinic.at("10:00", TUESDAY)
    left = Discharge(TUESDAY, "completed", ("goals-met",))
    clinic.daybook.handle(clinic.context(), discharge_patient, ANN, left)
    with pytest.raises(ConflictsMet, match="not admitted on that day"):
        clinic.daybook.handle(clinic.context(), book_repair, ANN, [extra])
