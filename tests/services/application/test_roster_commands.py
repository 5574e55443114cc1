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
from services.application.check_in import (
    check_in,
    check_in_supporter,
    check_out,
    check_out_supporter,
)
from services.application.rosters import (
    accept_collisions,
    book_patient,
    end_enrolment,
    enrol_patient,
    invite_supporter,
    note_commitment,
    release_patient,
    stop_waiting_for_session,
    stop_waiting_for_track,
    wait_for_session,
    wait_for_track,
)
from services.application.sessions import close_session, schedule_session
from services.application.signatures import merge_patients
from services.application.support_network import name_supporter, remove_supporter
from services.application.tracks import change_following
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
    clinic.daybook.handle(clinic.context(), note_commitment, CAL, WORK)
    before = len(clinic.journal.order)
    with pytest.raises(ConflictsMet) as met:
        clinic.enrol(CAL)
    said = str(met.value)
    for day in ("2025-03-03", "2025-03-10"):
        assert f"{day}: the session is full (capacity 2)" in said
    for day in ("2025-03-05", "2025-03-12"):
        assert (
            f"{day}: the session on {day} overlaps an outside commitment of the patient (work, WE"
            in said
        )
    assert clinic.topics(before) == []
    assert not clinic.patient(CAL).enrolments


def test_a_duty_may_be_overridden_with_a_reason(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, WORK)
    enrolment = Enrolment(TRACK, ("WE",), MONDAY, None)
    clinic.daybook.handle(clinic.context(), enrol_patient, ANN, enrolment, "the employer agreed")
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
        clinic.daybook.handle(clinic.context(), enrol_patient, ANN, again)
    gone = clinic.patient(BEN)
    gone.end(clinic.context(), Discharge(WEDNESDAY, "completed"))
    clinic.journal.save(gone)
    with pytest.raises(ConflictsMet, match="2025-03-07: the patient is not admitted"):
        clinic.enrol(BEN)


def test_an_enrolment_that_ends_gives_its_later_places_back(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), end_enrolment, ANN, TRACK, MONDAY, WEDNESDAY)
    days = sorted(each.starts_at.day for each in clinic.patient(ANN).bookings.values())
    assert days == [3, 5]
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), end_enrolment, ANN, TRACK, MONDAY, WEDNESDAY)
    assert clinic.topics(before) == []
    with pytest.raises(NotKnown, match="enrollment"):
        clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, WEDNESDAY)


# One session


def test_a_booking_against_a_duty_is_refused_with_the_duty_named(clinic: SmallClinic) -> None:
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, WORK)
    session_id = clinic.evening(WEDNESDAY).id
    with pytest.raises(
        CommitmentInTheWay,
        match=r"2025-03-05 overlaps an outside commitment of the patient \(work, WE 18:00",
    ):
        clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN, "a shift was swapped")
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
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    if collides:
        with pytest.raises(CommitmentInTheWay):
            clinic.daybook.handle(clinic.context(), book_patient, clinic.evening().id, ANN)
    else:
        clinic.daybook.handle(clinic.context(), book_patient, clinic.evening().id, ANN)


def test_a_new_duty_against_what_is_booked_waits_for_a_decision(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, WORK)
    assert set(clinic.patient(ANN).undecided) == {
        clinic.evening(WEDNESDAY).id,
        clinic.evening(date(2025, 3, 12)).id,
    }
    clinic.daybook.handle(clinic.context(), accept_collisions, ANN, "the employer agreed")
    assert clinic.patient(ANN).undecided == {}
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), accept_collisions, ANN, "the employer agreed")
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, WORK)
    assert clinic.topics(before) == []


# Waiting


def test_a_place_that_comes_free_goes_to_the_first_who_can_take_it(clinic: SmallClinic) -> None:
    session_id = clinic.own("one", room_id="room-3")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    for patient_id in (BEN, CAL, DEE):
        clinic.daybook.handle(clinic.context(), wait_for_session, session_id, patient_id)
    # Ben is at another session at that time.
    elsewhere = clinic.daybook.handle(
        clinic.context(),
        schedule_session,
        facility_id=FACILITY,
        label="elsewhere",
        meeting=own_meeting(MONDAY, 13, "room-1", "staff-3"),
    )
    clinic.daybook.handle(clinic.context(), book_patient, elsewhere, BEN)
    clinic.daybook.handle(clinic.context(), release_patient, session_id, ANN, "asked for")
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
    with pytest.raises(PlacesFree):
        clinic.daybook.handle(clinic.context(), wait_for_session, session_id, ANN)
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    with pytest.raises(AlreadyExpected):
        clinic.daybook.handle(clinic.context(), wait_for_session, session_id, ANN)
    clinic.daybook.handle(clinic.context(), wait_for_session, session_id, BEN)
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), wait_for_session, session_id, BEN)
    assert clinic.topics(before) == []
    clinic.daybook.handle(clinic.context(), stop_waiting_for_session, session_id, BEN, "moved away")
    assert clinic.journal.load(session_id).waiting == ()
    with pytest.raises(SessionFull):
        clinic.daybook.handle(clinic.context(), book_patient, session_id, BEN)


def test_a_place_in_a_track_goes_to_the_first_who_can_take_all_of_it(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO", "WE"))
    clinic.daybook.handle(clinic.context(), wait_for_track, DEE, TRACK, ("MO", "FR"))
    clinic.daybook.handle(clinic.context(), note_commitment, CAL, WORK)
    clinic.daybook.handle(clinic.context(), end_enrolment, ANN, TRACK, MONDAY, MONDAY)
    program = clinic.program()
    assert [each.patient_id for each in program.waiting[TRACK]] == [CAL, DEE]
    clinic.at("09:00", date(2025, 3, 4))
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, date(2025, 3, 4))
    assert [each.patient_id for each in clinic.program().waiting[TRACK]] == [CAL]
    assert clinic.patient(DEE).enrolled_in(TRACK, date(2025, 3, 4))
    days = sorted(each.starts_at.day for each in clinic.patient(DEE).bookings.values())
    assert days == [7, 10, 14]
    passed = events_of(clinic, "program.track-passed-over")
    assert "(work, " in passed[-1].because  # type: ignore[attr-defined]


def test_a_larger_group_takes_in_who_waits_for_it(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    for patient_id in (CAL, DEE):
        clinic.daybook.handle(clinic.context(), wait_for_track, patient_id, TRACK, ("MO",))
    larger = replace(EVENING, room_id="room-2", capacity=3)
    clinic.daybook.handle(
        clinic.context(),
        change_following,
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
    clinic.daybook.handle(
        clinic.context(),
        change_following,
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
    with pytest.raises(PlacesFree):
        clinic.daybook.handle(clinic.context(), wait_for_track, ANN, TRACK, ("MO",))
    clinic.enrol(ANN, BEN)
    with pytest.raises(AlreadyExpected):
        clinic.daybook.handle(clinic.context(), wait_for_track, ANN, TRACK, ("MO",))
    with pytest.raises(NotMeeting):
        clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("SU",))
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO",))
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO",))
    assert clinic.topics(before) == []
    clinic.daybook.handle(clinic.context(), stop_waiting_for_track, CAL, TRACK, "moved away")
    assert clinic.program().waiting == {TRACK: ()}


# Family


def test_a_supporter_is_on_the_roster_as_what_they_are(clinic: SmallClinic) -> None:
    session_id = clinic.own("family", room_id="room-3")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    with pytest.raises(NotNamed):
        clinic.daybook.handle(clinic.context(), invite_supporter, session_id, ANN, "supporter-1")
    for patient_id in (ANN, BEN):
        clinic.daybook.handle(clinic.context(), name_supporter, patient_id, "supporter-1", "mother")
    with pytest.raises(NotOnRoster):
        clinic.daybook.handle(clinic.context(), invite_supporter, session_id, BEN, "supporter-1")
    clinic.daybook.handle(clinic.context(), invite_supporter, session_id, ANN, "supporter-1")
    session = clinic.journal.load(session_id)
    assert session.supporters["supporter-1"].relation == "mother"
    assert (len(session.visits), session.free_places) == (1, 0)
    clinic.at("12:00")
    clinic.daybook.handle(clinic.context(), check_in_supporter, session_id, "supporter-1")
    clinic.at("14:00")
    clinic.daybook.handle(clinic.context(), check_out_supporter, session_id, "supporter-1")
    clinic.daybook.handle(clinic.context(), close_session, session_id)
    assert set(clinic.journal.load(session_id).records) == {ANN}
    clinic.daybook.handle(clinic.context(), remove_supporter, ANN, "supporter-1")
    with pytest.raises(NotNamed):
        clinic.daybook.handle(clinic.context(), invite_supporter, session_id, ANN, "supporter-1")


# Two records of one person


def test_merging_moves_what_is_to_come_and_keeps_what_was(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, on=("MO", "WE"))
    clinic.at("17:00")
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening().id, ANN)
    clinic.at("20:00")
    clinic.daybook.handle(clinic.context(), check_out, clinic.evening().id, ANN)
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    duty = Commitment("family", "School run", ("FR",), time(8), time(9), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    clinic.daybook.handle(clinic.context(), name_supporter, ANN, "supporter-1", "mother")
    clinic.daybook.handle(clinic.context(), merge_patients, ANN, into=BEN)
    assert list(clinic.patient(BEN).commitments) == [duty.key]
    assert clinic.patient(BEN).supporters == {"supporter-1": "mother"}
    assert list(clinic.evening(MONDAY).visits) == [ANN]
    assert list(clinic.evening(WEDNESDAY).visits) == [BEN]
    assert clinic.patient(ANN).merged_into == BEN
    assert clinic.patient(BEN).absorbed == (ANN,)
    assert clinic.patient(BEN).enrolled_in(TRACK, FRIDAY)
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), merge_patients, ANN, into=BEN)
    assert clinic.topics(before) == []
    with pytest.raises(RecordMerged):
        clinic.daybook.handle(clinic.context(), merge_patients, ANN, into=CAL)
    with pytest.raises(RecordMerged):
        clinic.daybook.handle(clinic.context(), merge_patients, CAL, into=ANN)
    with pytest.raises(RecordMerged):
        clinic.daybook.handle(clinic.context(), merge_patients, CAL, into=CAL)
    with pytest.raises(RecordMerged):
        clinic.daybook.handle(clinic.context(), note_commitment, ANN, WORK)


def test_nobody_is_booked_outside_their_treatment(clinic: SmallClinic) -> None:
    gone = clinic.patient(ANN)
    gone.end(clinic.context(), Discharge(MONDAY, "completed"))
    clinic.journal.save(gone)
    clinic.daybook.handle(clinic.context(), book_patient, clinic.evening(MONDAY).id, ANN)
    with pytest.raises(NotAdmitted):
        clinic.daybook.handle(clinic.context(), book_patient, clinic.evening(WEDNESDAY).id, ANN)
    with pytest.raises(NotKnown, match="patient"):
        clinic.daybook.handle(clinic.context(), book_patient, clinic.evening().id, "patient-nobody")
    with pytest.raises(NotKnown, match="session"):
        clinic.daybook.handle(clinic.context(), book_patient, "session-nowhere", ANN)
