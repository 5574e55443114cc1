"""The commands about who is expected: enrolments, waiting lists, duties, supporters, merging."""

from dataclasses import replace
from datetime import date, time

import pytest

from domain.errors import (
    AlreadyExpected,
    CommitmentInTheWay,
    ConflictsMet,
    EnrolledTwice,
    NotAdmitted,
    NotMeeting,
    NotNamed,
    NotOnRoster,
    PlacesFree,
    RecordMerged,
    SessionFull,
)
from domain.patient import Commitment, Discharge, Enrolment
from services.application import NotKnown
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    EVENING,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
)

WORK = Commitment("work", "Shift", ("WE",), time(18), time(21), MONDAY, None)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def events_of(clinic: SmallClinic, topic: str) -> list[object]:
    return [each for each in clinic.journal.all_events() if topic == each.TOPIC]


# Enrolments


def test_an_enrolment_books_all_the_sessions_to_come(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    assert len(clinic.patient(ANN).bookings) == 6
    before = len(clinic.journal.order)
    clinic.enrol(ANN)
    assert clinic.topics(before) == []


def test_an_enrolment_that_meets_a_conflict_books_nothing_and_names_each(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN, BEN, on=("MO",))
    clinic.daybook.note_commitment(clinic.context(), CAL, WORK)
    before = len(clinic.journal.order)
    with pytest.raises(ConflictsMet) as met:
        clinic.enrol(CAL)
    said = str(met.value)
    for day in ("2025-03-03", "2025-03-10"):
        assert f"{day}: the session's 2 places are taken" in said
    for day in ("2025-03-05", "2025-03-12"):
        assert f"{day}: the session on {day} collides with work, WE 18:00-21:00" in said
    assert clinic.topics(before) == []
    assert not clinic.patient(CAL).enrolments


def test_a_duty_may_be_overridden_with_a_reason(clinic: SmallClinic) -> None:
    clinic.daybook.note_commitment(clinic.context(), ANN, WORK)
    enrolment = Enrolment(TRACK, ("WE",), MONDAY, None)
    clinic.daybook.enrol_patient(clinic.context(), ANN, enrolment, "the employer agreed")
    accepted = events_of(clinic, "patient.collision-accepted")
    assert [each.reason for each in accepted] == ["the employer agreed"] * 2  # type: ignore[attr-defined]


def test_an_enrolment_is_refused_on_other_days_twice_or_before_the_admission(
    clinic: SmallClinic,
) -> None:
    with pytest.raises(NotMeeting):
        clinic.enrol(ANN, on=("TU",))
    clinic.enrol(ANN, on=("MO",))
    again = Enrolment(TRACK, ("MO",), WEDNESDAY, None)
    with pytest.raises(EnrolledTwice):
        clinic.daybook.enrol_patient(clinic.context(), ANN, again)
    gone = clinic.patient(BEN)
    gone.end(clinic.context(), Discharge(WEDNESDAY, "completed"))
    clinic.journal.save(gone)
    with pytest.raises(ConflictsMet, match="2025-03-07: the patient is not admitted"):
        clinic.enrol(BEN)


def test_an_enrolment_that_ends_gives_its_later_places_back(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    end = clinic.daybook.end_enrolment
    end(clinic.context(), ANN, TRACK, MONDAY, WEDNESDAY)
    days = sorted(each.starts_at.day for each in clinic.patient(ANN).bookings.values())
    assert days == [3, 5]
    before = len(clinic.journal.order)
    end(clinic.context(), ANN, TRACK, MONDAY, WEDNESDAY)
    assert clinic.topics(before) == []
    with pytest.raises(NotKnown, match="enrolment"):
        end(clinic.context(), BEN, TRACK, MONDAY, WEDNESDAY)


# One session


def test_a_booking_against_a_duty_is_refused_with_the_duty_named(clinic: SmallClinic) -> None:
    clinic.daybook.note_commitment(clinic.context(), ANN, WORK)
    session_id = clinic.evening(WEDNESDAY).id
    with pytest.raises(CommitmentInTheWay, match="2025-03-05 collides with work, WE 18:00"):
        clinic.daybook.book_patient(clinic.context(), session_id, ANN)
    clinic.daybook.book_patient(clinic.context(), session_id, ANN, "a shift was swapped")
    assert clinic.patient(ANN).accepted == {session_id: (WORK.key,)}


@pytest.mark.parametrize(
    ("starts", "ends", "collides"),
    [
        (time(15), time(16, 59), False),
        (time(15), time(17), False),
        (time(15), time(17, 1), True),
        (time(19, 59), time(21), True),
        (time(20), time(21), False),
    ],
)
def test_a_duty_collides_by_the_minute(
    clinic: SmallClinic, starts: time, ends: time, collides: bool
) -> None:
    duty = Commitment("school", "Class", ("MO",), starts, ends, MONDAY, None)
    clinic.daybook.note_commitment(clinic.context(), ANN, duty)
    if collides:
        with pytest.raises(CommitmentInTheWay):
            clinic.daybook.book_patient(clinic.context(), clinic.evening().id, ANN)
    else:
        clinic.daybook.book_patient(clinic.context(), clinic.evening().id, ANN)


def test_a_new_duty_against_what_is_booked_waits_for_a_decision(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.daybook.note_commitment(clinic.context(), ANN, WORK)
    assert set(clinic.patient(ANN).undecided) == {
        clinic.evening(WEDNESDAY).id,
        clinic.evening(date(2025, 3, 12)).id,
    }
    clinic.daybook.accept_collisions(clinic.context(), ANN, "the employer agreed")
    assert clinic.patient(ANN).undecided == {}
    before = len(clinic.journal.order)
    clinic.daybook.accept_collisions(clinic.context(), ANN, "the employer agreed")
    clinic.daybook.note_commitment(clinic.context(), ANN, WORK)
    assert clinic.topics(before) == []


# Waiting


def test_a_place_that_comes_free_goes_to_the_first_who_can_take_it(clinic: SmallClinic) -> None:
    session_id = clinic.own("one", room_id="room-3")
    clinic.daybook.book_patient(clinic.context(), session_id, ANN)
    for patient_id in (BEN, CAL, DEE):
        clinic.daybook.wait_for_session(clinic.context(), session_id, patient_id)
    # Ben is at another session at that time.
    elsewhere = clinic.daybook.schedule_session(
        clinic.context(),
        facility_id=FACILITY,
        label="elsewhere",
        meeting=own_meeting(MONDAY, 13, "room-1", "staff-3"),
    )
    clinic.daybook.book_patient(clinic.context(), elsewhere, BEN)
    clinic.daybook.release_patient(clinic.context(), session_id, ANN, "asked for")
    session = clinic.journal.load(session_id)
    assert list(session.visits) == [CAL]
    assert session.waiting == (BEN, DEE)
    assert session_id in clinic.patient(CAL).bookings
    passed = events_of(clinic, "session.patient-passed-over")
    assert [(each.patient_id, each.because) for each in passed] == [  # type: ignore[attr-defined]
        (BEN, "the patient is booked for another session at that time")
    ]


def test_waiting_is_refused_where_there_is_a_place_or_one_has_one(clinic: SmallClinic) -> None:
    session_id = clinic.own("one", room_id="room-3")
    wait = clinic.daybook.wait_for_session
    with pytest.raises(PlacesFree):
        wait(clinic.context(), session_id, ANN)
    clinic.daybook.book_patient(clinic.context(), session_id, ANN)
    with pytest.raises(AlreadyExpected):
        wait(clinic.context(), session_id, ANN)
    wait(clinic.context(), session_id, BEN)
    before = len(clinic.journal.order)
    wait(clinic.context(), session_id, BEN)
    assert clinic.topics(before) == []
    clinic.daybook.stop_waiting_for_session(clinic.context(), session_id, BEN, "moved away")
    assert clinic.journal.load(session_id).waiting == ()
    with pytest.raises(SessionFull):
        clinic.daybook.book_patient(clinic.context(), session_id, BEN)


def test_a_place_in_a_track_goes_to_the_first_who_can_take_all_of_it(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    wait = clinic.daybook.wait_for_track
    wait(clinic.context(), CAL, TRACK, ("MO", "WE"))
    wait(clinic.context(), DEE, TRACK, ("MO", "FR"))
    clinic.daybook.note_commitment(clinic.context(), CAL, WORK)
    clinic.daybook.end_enrolment(clinic.context(), ANN, TRACK, MONDAY, MONDAY)
    program = clinic.program()
    assert [each.patient_id for each in program.waiting[TRACK]] == [CAL, DEE]
    clinic.at("09:00", date(2025, 3, 4))
    clinic.daybook.end_enrolment(clinic.context(), BEN, TRACK, MONDAY, date(2025, 3, 4))
    assert [each.patient_id for each in clinic.program().waiting[TRACK]] == [CAL]
    assert clinic.patient(DEE).enrolled_in(TRACK, date(2025, 3, 4))
    days = sorted(each.starts_at.day for each in clinic.patient(DEE).bookings.values())
    assert days == [7, 10, 14]
    passed = events_of(clinic, "program.track-passed-over")
    assert "collides with work" in passed[-1].because  # type: ignore[attr-defined]


def test_a_larger_group_takes_in_who_waits_for_it(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    for patient_id in (CAL, DEE):
        clinic.daybook.wait_for_track(clinic.context(), patient_id, TRACK, ("MO",))
    larger = replace(EVENING, room_id="room-2", capacity=3)
    clinic.daybook.change_following(
        clinic.context(),
        FACILITY,
        PROGRAM,
        TRACK,
        from_day=WEDNESDAY,
        pattern=larger,
        reason="many wait",
    )
    # Today's session is in the smaller room still: from tomorrow on there is a place.
    assert [each.patient_id for each in clinic.program().waiting[TRACK]] == [CAL, DEE]
    assert not events_of(clinic, "program.track-passed-over")
    clinic.at("09:00", date(2025, 3, 4))
    clinic.daybook.change_following(
        clinic.context(),
        FACILITY,
        PROGRAM,
        TRACK,
        from_day=WEDNESDAY,
        pattern=replace(larger, modality="hybrid"),
        reason="some from home",
    )
    assert [each.patient_id for each in clinic.program().waiting[TRACK]] == [DEE]
    assert clinic.patient(CAL).enrolled_in(TRACK, date(2025, 3, 4))


def test_waiting_for_a_track_is_refused_where_there_is_a_place(clinic: SmallClinic) -> None:
    wait = clinic.daybook.wait_for_track
    with pytest.raises(PlacesFree):
        wait(clinic.context(), ANN, TRACK, ("MO",))
    clinic.enrol(ANN, BEN)
    with pytest.raises(AlreadyExpected):
        wait(clinic.context(), ANN, TRACK, ("MO",))
    with pytest.raises(NotMeeting):
        wait(clinic.context(), CAL, TRACK, ("SU",))
    wait(clinic.context(), CAL, TRACK, ("MO",))
    before = len(clinic.journal.order)
    wait(clinic.context(), CAL, TRACK, ("MO",))
    assert clinic.topics(before) == []
    clinic.daybook.stop_waiting_for_track(clinic.context(), CAL, TRACK, "moved away")
    assert clinic.program().waiting == {TRACK: ()}


# Family


def test_a_supporter_is_on_the_roster_as_what_they_are(clinic: SmallClinic) -> None:
    session_id = clinic.own("family", room_id="room-3")
    clinic.daybook.book_patient(clinic.context(), session_id, ANN)
    invite = clinic.daybook.invite_supporter
    with pytest.raises(NotNamed):
        invite(clinic.context(), session_id, ANN, "supporter-1")
    for patient_id in (ANN, BEN):
        clinic.daybook.name_supporter(clinic.context(), patient_id, "supporter-1", "mother")
    with pytest.raises(NotOnRoster):
        invite(clinic.context(), session_id, BEN, "supporter-1")
    invite(clinic.context(), session_id, ANN, "supporter-1")
    session = clinic.journal.load(session_id)
    assert session.supporters["supporter-1"].relation == "mother"
    assert (len(session.visits), session.free_places) == (1, 0)
    clinic.at("12:00")
    clinic.daybook.check_in_supporter(clinic.context(), session_id, "supporter-1")
    clinic.at("14:00")
    clinic.daybook.check_out_supporter(clinic.context(), session_id, "supporter-1")
    clinic.daybook.close_session(clinic.context(), session_id)
    assert set(clinic.journal.load(session_id).records) == {ANN}
    clinic.daybook.remove_supporter(clinic.context(), ANN, "supporter-1")
    with pytest.raises(NotNamed):
        invite(clinic.context(), session_id, ANN, "supporter-1")


# Two records of one person


def test_merging_moves_what_is_to_come_and_keeps_what_was(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, on=("MO", "WE"))
    clinic.at("17:00")
    clinic.daybook.check_in(clinic.context(), clinic.evening().id, ANN)
    clinic.at("20:00")
    clinic.daybook.check_out(clinic.context(), clinic.evening().id, ANN)
    clinic.daybook.close_session(clinic.context(), clinic.evening().id)
    duty = Commitment("family", "School run", ("FR",), time(8), time(9), MONDAY, None)
    clinic.daybook.note_commitment(clinic.context(), ANN, duty)
    clinic.daybook.name_supporter(clinic.context(), ANN, "supporter-1", "mother")
    clinic.daybook.merge_patients(clinic.context(), ANN, into=BEN)
    assert list(clinic.patient(BEN).commitments) == [duty.key]
    assert clinic.patient(BEN).supporters == {"supporter-1": "mother"}
    assert list(clinic.evening(MONDAY).visits) == [ANN]
    assert list(clinic.evening(WEDNESDAY).visits) == [BEN]
    assert clinic.patient(ANN).merged_into == BEN
    assert clinic.patient(BEN).absorbed == (ANN,)
    assert clinic.patient(BEN).enrolled_in(TRACK, FRIDAY)
    before = len(clinic.journal.order)
    clinic.daybook.merge_patients(clinic.context(), ANN, into=BEN)
    assert clinic.topics(before) == []
    with pytest.raises(RecordMerged):
        clinic.daybook.merge_patients(clinic.context(), ANN, into=CAL)
    with pytest.raises(RecordMerged):
        clinic.daybook.merge_patients(clinic.context(), CAL, into=ANN)
    with pytest.raises(RecordMerged):
        clinic.daybook.merge_patients(clinic.context(), CAL, into=CAL)
    with pytest.raises(RecordMerged):
        clinic.daybook.note_commitment(clinic.context(), ANN, WORK)


def test_nobody_is_booked_outside_their_treatment(clinic: SmallClinic) -> None:
    gone = clinic.patient(ANN)
    gone.end(clinic.context(), Discharge(MONDAY, "completed"))
    clinic.journal.save(gone)
    clinic.daybook.book_patient(clinic.context(), clinic.evening(MONDAY).id, ANN)
    with pytest.raises(NotAdmitted):
        clinic.daybook.book_patient(clinic.context(), clinic.evening(WEDNESDAY).id, ANN)
    with pytest.raises(NotKnown, match="patient"):
        clinic.daybook.book_patient(clinic.context(), clinic.evening().id, "patient-nobody")
    with pytest.raises(NotKnown, match="session"):
        clinic.daybook.book_patient(clinic.context(), "session-nowhere", ANN)
