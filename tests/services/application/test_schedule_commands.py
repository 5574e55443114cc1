"""The commands that change the schedule: series, single sessions, rooms and staff."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.errors import (
    ConflictsMet,
    MeetingUnsound,
    NoCredential,
    NoFacilitator,
    NoSuchRoom,
    NotTakingPlace,
    PatientTaken,
    Refusal,
    ResourceTaken,
    SessionFull,
    TooEarly,
)
from domain.facility import Facility
from domain.patient import Commitment, Enrolment
from domain.program import Deviation, Pattern, Program, Track
from domain.session import Meeting, Session
from domain.staff import Credential
from services.application import NotKnown, Preview
from services.application.check_in import check_in
from services.application.rosters import (
    book_patient,
    enrol_patient,
    note_commitment,
    release_patient,
)
from services.application.sessions import (
    call_off_session,
    close_session,
    reschedule_session,
    schedule_session,
    start_session,
)
from services.application.tracks import (
    change_following,
    change_meeting,
    declare_closure,
    extend_track,
    keep_track,
    lift_closure,
    restore_meeting,
    substitute_room,
    substitute_staff,
)
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    EVENING,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    own_meeting,
    pattern,
)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def following(
    clinic: SmallClinic, day: date, changed: Pattern, *, dry_run: bool = False
) -> Preview:
    return clinic.daybook.handle(
        clinic.context(),
        change_following,
        FACILITY,
        PROGRAM,
        TRACK,
        from_day=day,
        pattern=changed,
        reason="new hours",
        dry_run=dry_run,
    )


def one(clinic: SmallClinic, day: date, deviation: Deviation, *, dry_run: bool = False) -> Preview:
    return clinic.daybook.handle(
        clinic.context(),
        change_meeting,
        FACILITY,
        PROGRAM,
        TRACK,
        occurrence=day,
        deviation=deviation,
        dry_run=dry_run,
    )


# A series


def test_a_change_of_all_that_follow_moves_sessions_rooms_staff_and_patients(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN, BEN)
    following(clinic, WEDNESDAY, pattern(18, "room-2", "staff-3", ("MO", "WE")))
    assert clinic.evening(MONDAY).meeting.starts_at == datetime(2025, 3, 3, 17, tzinfo=UTC)
    moved = clinic.evening(WEDNESDAY)
    assert moved.meeting.starts_at == datetime(2025, 3, 5, 18, tzinfo=UTC)
    assert (moved.meeting.room_id, moved.meeting.staff_id) == ("room-2", "staff-3")
    assert set(moved.visits) == {ANN, BEN}
    assert clinic.evening(FRIDAY).withdrawn
    booked = clinic.patient(ANN).bookings
    assert booked[moved.id].starts_at == moved.meeting.starts_at
    assert clinic.evening(FRIDAY).id not in booked
    # The old time is free again.
    clinic.daybook.handle(
        clinic.context(),
        schedule_session,
        facility_id=FACILITY,
        label="one",
        meeting=own_meeting(FRIDAY, 17, "room-1", "staff-1"),
    )


def test_a_series_that_meets_conflicts_changes_nothing_and_names_each(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.own("room-taken", WEDNESDAY, 14, "room-1")
    clinic.own("patient-taken", FRIDAY, 14, "room-3")
    clinic.daybook.handle(
        clinic.context(), book_patient, Session.id_of(FACILITY, "patient-taken", None), ANN
    )
    duty = Commitment("work", "Shift", ("MO",), time(15), time(16), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    before = len(clinic.journal.order)
    earlier = pattern(14, "room-1", "staff-1", ("MO", "WE", "FR"))
    with pytest.raises(ConflictsMet) as met:
        following(clinic, WEDNESDAY, earlier)
    said = str(met.value)
    assert "2025-03-05: room room-1 is booked for another session" in said
    assert "2025-03-07: the patient is booked for another session" in said
    assert "2025-03-10: the session on 2025-03-10 overlaps an outside commitment" in said
    assert "(work, MO 15:00-16:00)" in said
    assert len(clinic.journal.order) == before
    assert ANN not in said


def test_a_preview_names_conflicts_closures_and_changes_of_clocks_and_saves_nothing() -> None:
    clinic = SmallClinic()
    site = clinic.journal.load(Facility.id_of(FACILITY))
    clinic.own("room-taken", WEDNESDAY, 14, "room-1")
    program = clinic.program()
    program.declare_closure(clinic.context(), date(2025, 3, 12), "training")
    clinic.journal.save(program, site)
    before = len(clinic.journal.order)
    found = following(
        clinic, WEDNESDAY, pattern(14, "room-1", "staff-1", ("MO", "WE")), dry_run=True
    )
    assert len(clinic.journal.order) == before
    assert [day.day for day in found.meetings] == [3, 5, 10]
    assert found.closures == ("2025-03-12: training",)
    assert len(found.conflicts) == 1
    assert "2025-03-05" in found.conflicts[0]


def test_a_preview_names_the_nights_on_which_the_clocks_change() -> None:
    clinic = SmallClinic(timezone="America/New_York")
    nights = pattern(1, "room-2", "staff-2", ("SU",))
    found = following(clinic, WEDNESDAY, nights, dry_run=True)
    assert [day.day for day in found.meetings] == [3, 9]
    assert found.clock_changes == ("2025-03-09: the clocks change meanwhile, it takes 120 minutes",)
    assert not found.conflicts
    following(clinic, WEDNESDAY, nights)
    night = clinic.evening(date(2025, 3, 9)).meeting
    assert night.starts_at == datetime(2025, 3, 9, 6, tzinfo=UTC)
    assert night.scheduled_minutes == 120


def test_sessions_of_a_series_may_take_each_others_time(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    # Monday the 10th moves to Wednesday the 12th while Wednesday moves to Thursday.
    one(clinic, date(2025, 3, 12), Deviation("swap", day=date(2025, 3, 13)))
    one(clinic, date(2025, 3, 10), Deviation("swap", day=date(2025, 3, 12)))
    assert clinic.evening(date(2025, 3, 10)).meeting.day == date(2025, 3, 12)
    assert clinic.evening(date(2025, 3, 12)).meeting.day == date(2025, 3, 13)
    following(clinic, WEDNESDAY, pattern(18, "room-1", "staff-1", ("MO", "WE", "FR")))
    assert clinic.evening(date(2025, 3, 10)).meeting.day == date(2025, 3, 12)
    assert len(clinic.patient(ANN).bookings) == 6


def test_one_meeting_is_changed_and_restored(clinic: SmallClinic) -> None:
    one(clinic, WEDNESDAY, Deviation("trip", room_id="room-3", starts=time(9), ends=time(11)))
    assert clinic.evening(WEDNESDAY).meeting.places == 1
    clinic.daybook.handle(
        clinic.context(), restore_meeting, FACILITY, PROGRAM, TRACK, occurrence=WEDNESDAY
    )
    assert clinic.evening(WEDNESDAY).meeting.room_id == "room-1"
    before = len(clinic.journal.order)
    clinic.daybook.handle(
        clinic.context(), restore_meeting, FACILITY, PROGRAM, TRACK, occurrence=WEDNESDAY
    )
    assert clinic.topics(before) == []


def test_a_meeting_taken_out_gives_back_everybodys_time_and_comes_back_with_its_roster(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN, BEN)
    one(clinic, WEDNESDAY, Deviation("snow", off=True))
    assert clinic.evening(WEDNESDAY).withdrawn
    assert clinic.evening(WEDNESDAY).id not in clinic.patient(ANN).bookings
    one(clinic, WEDNESDAY, Deviation("no snow", off=False))
    assert set(clinic.evening(WEDNESDAY).visits) == {ANN, BEN}
    assert clinic.evening(WEDNESDAY).id in clinic.patient(ANN).bookings


def test_a_meeting_with_presence_is_not_taken_out(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.at("17:00")
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening().id, ANN)
    with pytest.raises(ConflictsMet, match="2025-03-03: a patient has signed in"):
        one(clinic, MONDAY, Deviation("snow", off=True))


def test_a_meeting_in_a_smaller_room_than_its_roster_is_a_conflict(clinic: SmallClinic) -> None:
    clinic.enrol(ANN, BEN)
    with pytest.raises(ConflictsMet, match=r"2025-03-05: the session is full \(capacity 1\)"):
        one(clinic, WEDNESDAY, Deviation("pipe", room_id="room-3"))


def test_what_is_closed_stays_as_it_was(clinic: SmallClinic) -> None:
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    following(clinic, MONDAY, pattern(18, "room-2", "staff-1", ("MO", "WE")))
    assert clinic.evening(MONDAY).meeting.room_id == "room-1"
    assert clinic.evening(WEDNESDAY).meeting.room_id == "room-2"


def test_a_track_whose_room_is_not_there_is_refused(clinic: SmallClinic) -> None:
    with pytest.raises(NoSuchRoom):
        following(clinic, WEDNESDAY, replace(EVENING, room_id="room-9"))


def test_a_second_track_at_the_same_time_in_the_same_room_books_nothing(
    clinic: SmallClinic,
) -> None:
    before = len(clinic.journal.order)
    second = Track("late", "Late", MONDAY, date(2025, 3, 7), replace(EVENING, staff_id="staff-2"))
    with pytest.raises(ConflictsMet) as met:
        clinic.daybook.handle(clinic.context(), keep_track, FACILITY, PROGRAM, second)
    assert str(met.value).count("room room-1 is booked") == 3
    assert len(clinic.journal.order) == before


def test_nothing_is_known_of_a_program_that_is_not_there(clinic: SmallClinic) -> None:
    with pytest.raises(NotKnown, match="program"):
        clinic.daybook.handle(
            clinic.context(), restore_meeting, FACILITY, "youth", TRACK, occurrence=WEDNESDAY
        )


def test_what_a_session_came_to_follows_when_it_is_called_off_or_moved_afterwards(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    clinic.daybook.handle(
        clinic.context(), call_off_session, clinic.evening().id, "nobody was there"
    )
    record = clinic.evening().records[ANN].attendance
    assert record
    assert record.status == "cancelled"
    one = clinic.own("one", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), book_patient, one, ANN)
    clinic.at("15:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), close_session, one)
    shorter = own_meeting(WEDNESDAY, 12, "room-2", "staff-2")
    shorter = replace(
        shorter, parts=(replace(shorter.parts[0], ends_at=clinic.at("13:00", WEDNESDAY)),)
    )
    clinic.at("15:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), reschedule_session, one, shorter)
    record = clinic.journal.load(one).records[ANN].attendance
    assert record.scheduled_minutes == shorter.scheduled_minutes


# Closures


def test_a_closure_takes_the_days_sessions_off_and_lifting_it_brings_them_back(
    clinic: SmallClinic,
) -> None:
    clinic.enrol(ANN, BEN)
    looked = clinic.daybook.handle(
        clinic.context(), declare_closure, FACILITY, PROGRAM, WEDNESDAY, "snow", dry_run=True
    )
    assert looked.closures == ("2025-03-05: snow",)
    assert not clinic.evening(WEDNESDAY).withdrawn
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, WEDNESDAY, "snow")
    assert clinic.evening(WEDNESDAY).withdrawn
    assert clinic.evening(WEDNESDAY).id not in clinic.patient(ANN).bookings
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, WEDNESDAY, "snow")
    assert clinic.topics(before) == []
    clinic.daybook.handle(clinic.context(), lift_closure, FACILITY, PROGRAM, WEDNESDAY)
    assert set(clinic.evening(WEDNESDAY).visits) == {ANN, BEN}
    assert clinic.evening(WEDNESDAY).id in clinic.patient(ANN).bookings
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), lift_closure, FACILITY, PROGRAM, WEDNESDAY)
    assert clinic.topics(before) == []


def test_a_day_on_which_somebody_came_is_not_closed_any_more(clinic: SmallClinic) -> None:
    clinic.enrol(ANN)
    clinic.at("17:00")
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening().id, ANN)
    with pytest.raises(ConflictsMet, match="2025-03-03: a patient has signed in"):
        clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, MONDAY, "snow")


# The horizon


def running() -> SmallClinic:
    return SmallClinic(last_day=None)


def test_a_running_track_goes_on_with_its_roster_as_time_goes_by() -> None:
    clinic = running()
    clinic.enrol(ANN, BEN)
    last = date(2025, 5, 26)
    assert clinic.journal.load(Session.id_of(FACILITY, TRACK, last))
    clinic.at("09:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context("daybook"), extend_track, FACILITY, PROGRAM, TRACK)
    beyond = clinic.evening(date(2025, 5, 28))
    assert set(beyond.visits) == {ANN, BEN}
    assert beyond.id in clinic.patient(ANN).bookings
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context("daybook"), extend_track, FACILITY, PROGRAM, TRACK)
    assert clinic.topics(before) == []


def test_what_cannot_be_scheduled_ahead_is_noted_and_tried_again() -> None:
    clinic = running()
    clinic.enrol(ANN)
    blocked_day, day_after = date(2025, 5, 28), date(2025, 5, 30)
    clinic.own("room-taken", blocked_day, 17, "room-1")
    clinic.own("patient-taken", day_after, 17, "room-2")
    taken = Session.id_of(FACILITY, "patient-taken", None)
    clinic.daybook.handle(clinic.context(), book_patient, taken, ANN)
    clinic.at("09:00", FRIDAY)
    clinic.daybook.handle(clinic.context(), extend_track, FACILITY, PROGRAM, TRACK)
    assert clinic.program().blocked == {TRACK: {blocked_day: "room-1"}}
    assert clinic.journal.load(Session.id_of(FACILITY, TRACK, blocked_day)) is None
    crowded = clinic.evening(day_after)
    assert not crowded.visits
    assert "booked for another session" in clinic.patient(ANN).blocked[crowded.id]
    clinic.daybook.handle(
        clinic.context(), call_off_session, Session.id_of(FACILITY, "room-taken", None), "no need"
    )
    clinic.daybook.handle(clinic.context(), release_patient, taken, ANN, "no need")
    clinic.daybook.handle(clinic.context(), extend_track, FACILITY, PROGRAM, TRACK)
    assert clinic.program().blocked == {TRACK: {}}
    assert ANN in clinic.evening(blocked_day).visits
    assert ANN in clinic.evening(day_after).visits
    assert clinic.patient(ANN).blocked == {}


# One session


def test_a_room_is_substituted_and_the_series_knows(clinic: SmallClinic) -> None:
    session_id = clinic.evening(WEDNESDAY).id
    clinic.daybook.handle(clinic.context(), substitute_room, session_id, "room-3", "burst pipe")
    assert clinic.evening(WEDNESDAY).meeting.places == 1
    deviation = clinic.program().series(TRACK).deviations[WEDNESDAY]
    assert deviation.room_id == "room-3"
    following(clinic, MONDAY, pattern(16, "room-2", "staff-1", ("MO", "WE", "FR")))
    assert clinic.evening(WEDNESDAY).meeting.room_id == "room-3"
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), substitute_room, session_id, "room-3", "burst pipe")
    assert clinic.topics(before) == []


def test_a_room_that_is_taken_or_not_there_is_no_substitute(clinic: SmallClinic) -> None:
    clinic.own("other", WEDNESDAY, 17, "room-2")
    session_id = clinic.evening(WEDNESDAY).id
    with pytest.raises(ResourceTaken):
        clinic.daybook.handle(clinic.context(), substitute_room, session_id, "room-2", "burst pipe")
    with pytest.raises(NoSuchRoom):
        clinic.daybook.handle(clinic.context(), substitute_room, session_id, "room-9", "burst pipe")


def test_staff_is_substituted_under_the_credential_of_that_day(clinic: SmallClinic) -> None:
    site = clinic.journal.load(Facility.id_of(FACILITY))
    site.record_credential(clinic.context(), "staff-3", Credential("LMSW", MONDAY, WEDNESDAY))
    clinic.journal.save(site)
    before = len(clinic.journal.order)
    session_id = clinic.evening(WEDNESDAY).id
    clinic.daybook.handle(clinic.context(), substitute_staff, session_id, "staff-3", "flu")
    event = clinic.journal.all_events()[before]
    assert (event.TOPIC, event.credential) == ("session.staff-substituted", "LMSW")
    with pytest.raises(NoCredential):
        clinic.daybook.handle(
            clinic.context(), substitute_staff, clinic.evening(FRIDAY).id, "staff-3", "flu"
        )


def test_a_session_whose_facilitator_is_gone_neither_starts_nor_closes(clinic: SmallClinic) -> None:
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), substitute_staff, session_id, None, "flu")
    clinic.at("17:00")
    with pytest.raises(NoFacilitator):
        clinic.daybook.handle(clinic.context(), start_session, session_id)
    clinic.at("20:00")
    with pytest.raises(NoFacilitator):
        clinic.daybook.handle(clinic.context(), close_session, session_id)
    clinic.daybook.handle(
        clinic.context(), substitute_staff, session_id, "staff-2", "found somebody"
    )
    clinic.daybook.handle(clinic.context(), close_session, session_id)
    assert clinic.evening().closed


def test_a_session_whose_facilitator_is_gone_gets_none_back_by_a_change_of_its_series(
    clinic: SmallClinic,
) -> None:
    clinic.daybook.handle(
        clinic.context(), substitute_staff, clinic.evening(WEDNESDAY).id, None, "flu"
    )
    following(clinic, MONDAY, pattern(18, "room-2", "staff-3", ("MO", "WE")))
    moved = clinic.evening(WEDNESDAY).meeting
    assert (moved.room_id, moved.staff_id) == ("room-2", None)


def test_a_session_that_moves_back_to_a_larger_room_has_its_places_again(
    clinic: SmallClinic,
) -> None:
    session_id = clinic.evening(WEDNESDAY).id
    for room_id, places in (("room-3", 1), ("room-1", 2)):
        clinic.daybook.handle(clinic.context(), substitute_room, session_id, room_id, "burst pipe")
        assert clinic.evening(WEDNESDAY).meeting.places == places


def test_a_session_starts_within_the_hour_before_its_time(clinic: SmallClinic) -> None:
    session_id = clinic.evening().id
    clinic.at("15:59")
    with pytest.raises(TooEarly):
        clinic.daybook.handle(clinic.context(), start_session, session_id)
    clinic.at("16:00")
    clinic.daybook.handle(clinic.context(), start_session, session_id)
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), start_session, session_id)
    assert clinic.topics(before) == []


def test_a_session_of_its_own_moves_with_all_who_are_expected(clinic: SmallClinic) -> None:
    session_id = clinic.own("one")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    moved = own_meeting(WEDNESDAY, 10, "room-3", "staff-3")
    clinic.daybook.handle(clinic.context(), reschedule_session, session_id, moved)
    assert clinic.patient(ANN).bookings[session_id].starts_at == moved.starts_at
    clinic.enrol(ANN)
    with pytest.raises(PatientTaken):
        clinic.daybook.handle(
            clinic.context(),
            reschedule_session,
            session_id,
            own_meeting(WEDNESDAY, 18, "room-3", "staff-3"),
        )
    roomy = own_meeting(WEDNESDAY, 10, "room-2", "staff-3")
    clinic.daybook.handle(clinic.context(), reschedule_session, session_id, roomy)
    clinic.daybook.handle(clinic.context(), book_patient, session_id, BEN)
    with pytest.raises(SessionFull):
        clinic.daybook.handle(clinic.context(), reschedule_session, session_id, moved)


OWN = own_meeting(WEDNESDAY, 10, "room-2", "staff-2")
HOUR = timedelta(hours=1)
UNSOUND = {
    "of a track": replace(OWN, track_id="evening", occurrence=WEDNESDAY),
    "backwards": replace(OWN, ends_at=OWN.starts_at - HOUR, parts=()),
    "on another day": replace(OWN, day=FRIDAY),
    "a part outside": replace(OWN, ends_at=OWN.ends_at - HOUR),
    "parts that overlap": replace(OWN, parts=OWN.parts * 2),
    "no places": replace(OWN, places=0),
    "more places than the room": replace(OWN, places=4),
}


@pytest.mark.parametrize("meeting", UNSOUND.values(), ids=UNSOUND)
def test_a_session_of_its_own_that_could_not_take_place_is_refused(
    clinic: SmallClinic, meeting: Meeting
) -> None:
    with pytest.raises(MeetingUnsound):
        clinic.daybook.handle(
            clinic.context(), schedule_session, facility_id=FACILITY, label="one", meeting=meeting
        )
    session_id = clinic.own("other")
    before = len(clinic.journal.order)
    with pytest.raises(MeetingUnsound):
        clinic.daybook.handle(clinic.context(), reschedule_session, session_id, meeting)
    assert len(clinic.journal.order) == before


@pytest.mark.parametrize(
    ("elsewhere", "refusal"),
    [
        ({"program_id": "none"}, NotKnown),
        ({"room_id": "none"}, NoSuchRoom),
        ({"staff_id": "none"}, NoCredential),
    ],
)
def test_what_a_session_of_its_own_needs_has_to_be_there(
    clinic: SmallClinic, elsewhere: dict[str, str], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        clinic.daybook.handle(
            clinic.context(),
            schedule_session,
            facility_id=FACILITY,
            label="one",
            meeting=replace(OWN, **elsewhere),  # type: ignore[arg-type]
        )


def test_a_session_that_is_called_off_frees_everybody_and_stays_so(clinic: SmallClinic) -> None:
    session_id = clinic.own("one")
    clinic.daybook.handle(clinic.context(), book_patient, session_id, CAL)
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "flu")
    assert session_id not in clinic.patient(CAL).bookings
    clinic.own("another")
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), call_off_session, session_id, "flu")
    assert clinic.topics(before) == []
    with pytest.raises(NotTakingPlace):
        clinic.daybook.handle(
            clinic.context(),
            reschedule_session,
            session_id,
            own_meeting(WEDNESDAY, 10, "room-3", "staff-3"),
        )


def test_an_enrolment_on_days_of_the_rule_alone() -> None:
    clinic = SmallClinic()
    program = clinic.program()
    assert isinstance(program, Program)
    clinic.daybook.handle(
        clinic.context(), enrol_patient, ANN, Enrolment(TRACK, ("WE",), MONDAY, None)
    )
    days = [each.starts_at.day for each in clinic.patient(ANN).bookings.values()]
    assert days == [5, 12]
