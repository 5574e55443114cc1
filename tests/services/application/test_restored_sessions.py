"""A session that was called off by mistake takes place after all."""

from datetime import UTC, date, datetime, time

import pytest

from domain.errors import (
    CalledOff,
    NoSuchMeeting,
    NotTakingPlace,
    PatientTaken,
    ReasonMissing,
    ResourceTaken,
)
from domain.patient import Commitment, Discharge, Enrolment
from domain.program import Deviation
from services.application import NotKnown
from services.application.discharge import discharge_patient
from services.application.rosters import (
    book_patient,
    enrol_patient,
    note_commitment,
    wait_for_session,
)
from services.application.sessions import (
    call_off_session,
    close_session,
    reschedule_session,
    schedule_session,
)
from services.application.tracks import (
    change_following,
    change_meeting,
    declare_closure,
    restore_meeting,
    restore_session,
)
from services.process_managers.session_closing import Closing
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    FACILITY,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
)

NEXT_WEDNESDAY = date(2025, 3, 12)


@pytest.fixture
def clinic() -> SmallClinic:
    clinic = SmallClinic()
    clinic.enrol(ANN, BEN)
    return clinic


def call_off(clinic: SmallClinic, day: date = WEDNESDAY) -> str:
    session_id = clinic.evening(day).id
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "typed the wrong day")
    return session_id


def restore(clinic: SmallClinic, session_id: str, reason: str = "it was another day") -> None:
    clinic.daybook.handle(clinic.context(), restore_session, session_id, reason)


def test_a_session_takes_place_again_with_its_room_its_staff_and_its_roster(
    clinic: SmallClinic,
) -> None:
    session_id = call_off(clinic)
    restore(clinic, session_id)
    session = clinic.evening(WEDNESDAY)
    assert session.takes_place
    assert set(session.visits) == {ANN, BEN}
    assert session_id in clinic.patient(ANN).bookings
    with pytest.raises(ResourceTaken):
        clinic.own("another", WEDNESDAY, 17, "room-1")
    before = len(clinic.journal.order)
    restore(clinic, session_id)
    assert clinic.topics(before) == []


def test_a_one_off_session_takes_place_again(clinic: SmallClinic) -> None:
    session_id = clinic.own("one")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, CAL)
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "typed the wrong day")
    restore(clinic, session_id)
    assert session_id in clinic.patient(CAL).bookings
    with pytest.raises(ResourceTaken):
        clinic.own("another")


def test_a_session_that_is_over_is_recorded_again_and_the_reason_with_it(
    clinic: SmallClinic,
) -> None:
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    session_id = call_off(clinic, MONDAY)
    restore(clinic, session_id)
    attendance = clinic.evening().records[ANN].attendance
    assert attendance
    assert attendance.status == "no_show"
    [*_, last] = [
        each for each in clinic.journal.events(session_id) if "corrected" in type(each).TOPIC
    ]
    assert last.reason == "it was another day"


def test_a_session_that_was_called_off_before_its_end_is_closed_once_it_is_restored(
    clinic: SmallClinic,
) -> None:
    session_id = call_off(clinic, MONDAY)
    clinic.at("21:00")
    with pytest.raises(NotTakingPlace):
        clinic.daybook.handle(clinic.context(), close_session, session_id)
    restore(clinic, session_id)
    clinic.daybook.handle(clinic.context(), close_session, session_id)
    assert clinic.evening().closed


def test_the_closing_of_a_session_follows_when_it_is_restored(clinic: SmallClinic) -> None:
    session_id, closing = call_off(clinic, MONDAY), Closing()
    restore(clinic, session_id)
    [task] = closing.tasks(clinic.journal.events(session_id)[-1])
    clinic.at("20:30")
    due = closing.do(clinic.daybook, clinic.context(), task.key)
    assert due == datetime(2025, 3, 3, 21, tzinfo=UTC)
    clinic.at("21:00")
    assert closing.do(clinic.daybook, clinic.context(), task.key) is None
    assert clinic.evening().closed


def test_it_takes_place_as_its_series_has_it_by_now(clinic: SmallClinic) -> None:
    session_id = call_off(clinic)
    clinic.daybook.handle(
        clinic.context(),
        change_following,
        FACILITY,
        PROGRAM,
        TRACK,
        from_day=WEDNESDAY,
        pattern=clinic.program()
        .series(TRACK)
        .pattern_on(MONDAY)
        .__class__("FREQ=WEEKLY;BYDAY=MO,WE,FR", time(18), time(20), "room-2", "staff-3", 2),
        reason="new hours",
    )
    restore(clinic, session_id)
    meeting = clinic.evening(WEDNESDAY).meeting
    assert (meeting.starts_at.hour, meeting.room_id) == (18, "room-2")
    assert clinic.patient(ANN).bookings[session_id].starts_at.hour == 18


def test_who_left_meanwhile_is_not_expected_and_who_joined_is(clinic: SmallClinic) -> None:
    session_id = call_off(clinic, NEXT_WEDNESDAY)
    clinic.at("12:00", WEDNESDAY)
    clinic.daybook.handle(
        clinic.context(), discharge_patient, BEN, Discharge(WEDNESDAY, "completed", ("goals-met",))
    )
    enrolment = Enrolment(TRACK, ("MO", "WE", "FR"), date(2025, 3, 7), None)
    clinic.daybook.handle(clinic.context(), enrol_patient, CAL, enrolment)
    restore(clinic, session_id)
    assert set(clinic.evening(NEXT_WEDNESDAY).visits) == {ANN, CAL}


def test_who_waits_gets_the_place_of_who_left(clinic: SmallClinic) -> None:
    clinic.daybook.handle(
        clinic.context(), wait_for_session, clinic.evening(NEXT_WEDNESDAY).id, DEE
    )
    session_id = call_off(clinic, NEXT_WEDNESDAY)
    clinic.at("12:00", WEDNESDAY)
    clinic.daybook.handle(
        clinic.context(), discharge_patient, BEN, Discharge(WEDNESDAY, "completed", ("goals-met",))
    )
    restore(clinic, session_id)
    assert set(clinic.evening(NEXT_WEDNESDAY).visits) == {ANN, DEE}


def test_a_room_or_a_patient_that_is_taken_by_now_is_in_the_way(clinic: SmallClinic) -> None:
    session_id = call_off(clinic)
    other = clinic.own("room", WEDNESDAY, 17, "room-1")
    before = len(clinic.journal.order)
    with pytest.raises(ResourceTaken):
        restore(clinic, session_id)
    clinic.daybook.handle(clinic.context(), call_off_session, other, "made way")
    elsewhere = clinic.own("elsewhere", WEDNESDAY, 17, "room-2")
    clinic.daybook.handle(clinic.context(), book_patient, elsewhere, ANN)
    after = len(clinic.journal.order)
    assert after > before
    with pytest.raises(PatientTaken):
        restore(clinic, session_id)
    assert len(clinic.journal.order) == after


def test_a_duty_that_was_accepted_before_waits_for_a_decision(clinic: SmallClinic) -> None:
    duty = Commitment("work", "Shift", ("WE",), time(18), time(22), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    session_id = call_off(clinic)
    restore(clinic, session_id)
    assert clinic.patient(ANN).undecided[session_id] == (duty.key,)


def test_a_session_whose_day_is_closed_or_that_left_the_schedule_stays_off(
    clinic: SmallClinic,
) -> None:
    session_id = call_off(clinic)
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, WEDNESDAY, "snow")
    with pytest.raises(NoSuchMeeting):
        restore(clinic, session_id)
    friday = date(2025, 3, 7)
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, friday, "snow")
    with pytest.raises(NotTakingPlace):
        restore(clinic, clinic.evening(friday).id)


def test_it_needs_a_reason_and_a_session(clinic: SmallClinic) -> None:
    with pytest.raises(ReasonMissing):
        restore(clinic, call_off(clinic), " ")
    with pytest.raises(NotKnown):
        restore(clinic, "session-1")


# What is called off is not changed without a word


def test_a_meeting_that_was_called_off_has_to_be_restored_before_it_is_changed(
    clinic: SmallClinic,
) -> None:
    session_id = call_off(clinic)
    before = len(clinic.journal.order)
    which = (FACILITY, PROGRAM, TRACK)
    says = "the session of 2025-03-05 was called off: restore it first"
    with pytest.raises(CalledOff, match=says):
        clinic.daybook.handle(clinic.context(), restore_meeting, *which, occurrence=WEDNESDAY)
    with pytest.raises(CalledOff, match=says):
        clinic.daybook.handle(
            clinic.context(),
            change_meeting,
            *which,
            occurrence=WEDNESDAY,
            deviation=Deviation("trip", room_id="room-2"),
        )
    with pytest.raises(CalledOff, match=says):
        clinic.daybook.handle(
            clinic.context(), reschedule_session, session_id, clinic.evening(WEDNESDAY).meeting
        )
    assert len(clinic.journal.order) == before
    own = clinic.own("one")
    clinic.daybook.handle(clinic.context(), call_off_session, own, "flu")
    with pytest.raises(CalledOff):
        clinic.own("one")


def test_a_day_on_which_the_track_never_meets_has_nothing_to_restore(clinic: SmallClinic) -> None:
    with pytest.raises(NoSuchMeeting):
        clinic.daybook.handle(
            clinic.context(), restore_meeting, FACILITY, PROGRAM, TRACK, occurrence=date(2025, 3, 4)
        )


def test_a_one_off_session_that_is_scheduled_again_elsewhere_is_moved_with_its_record(
    clinic: SmallClinic,
) -> None:
    session_id = clinic.own("one")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, CAL)
    clinic.at("15:00")
    clinic.daybook.handle(clinic.context(), close_session, session_id)
    clinic.daybook.handle(
        clinic.context(),
        schedule_session,
        facility_id=FACILITY,
        label="one",
        meeting=own_meeting(MONDAY, 9, "room-2", "staff-2"),
    )
    session = clinic.journal.load(session_id)
    assert session.records[CAL].version == session.version or session.records[CAL].attendance
