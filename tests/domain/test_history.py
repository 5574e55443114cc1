"""What was recorded while the rules were looser still loads, and goes on under today's."""

from datetime import datetime, time, timedelta
from functools import reduce
from typing import Any

import pytest

from domain.aggregate import Aggregate, Event
from domain.calendar import BookingReleased, TimeBooked
from domain.errors import (
    EndsBeforeStart,
    EnrolledTwice,
    NoCredential,
    NoFacilitator,
    PatientTaken,
    PlacesFree,
    RecordMerged,
    ResourceTaken,
    SessionFull,
    SignedInTwice,
)
from domain.facility import ClosingDelaySet, Credential, CredentialRecorded, RoomOpened, RoomRevised
from domain.patient import (
    AdmissionCorrected,
    BookingsReleased,
    CollisionAccepted,
    CollisionFound,
    Commitment,
    CommitmentNoted,
    Discharge,
    EnrolmentRevised,
    PatientDischarged,
    PatientEnrolled,
    PatientMerged,
    Plan,
    PlanAdjusted,
    PlanSet,
    SessionsBooked,
)
from domain.session import (
    AttendanceRecorded,
    AttendanceWithdrawn,
    CheckInUndone,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientReleased,
    PatientRostered,
    PatientWaitlisted,
    SessionClosed,
    SessionStarted,
    StaffSubstituted,
    SupporterExpected,
    SupporterReleased,
    WaitlistLeft,
)
from domain.session.attendance import attendance_of
from tests.domain.examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    Command,
    at,
    closed,
    line,
    rostered,
    session,
    signed_in,
)
from tests.domain.test_calendar import booked as takes
from tests.domain.test_calendar import calendar
from tests.domain.test_facility import ROOM, STAFF, facility
from tests.domain.test_patient import (
    UTC_ZONE,
    WORK,
    booked,
    booking,
    committed,
    enrolled,
    enrolment,
    patient,
    planned,
)
from tests.spec import fact, given, stored


def was(event: type[Event], **facts: Any) -> Command:
    """Record what today's guards might refuse."""
    return lambda aggregate: Aggregate.record(aggregate, event, CAUSE, **facts)


def history(aggregate: Any, *recorded: Command) -> given:
    """Return what storage brings back of an aggregate's events."""
    spec = given(aggregate, *recorded)
    spec.aggregate = reduce(lambda state, each: stored(each).mutate(state), spec.history, None)
    return spec


def arrived(patient_id: str, wall: str) -> Command:
    return was(PatientCheckedIn, patient_id=patient_id, arrived_at=at(wall), makes_up=None)


def left(patient_id: str, arrival: str, wall: str) -> Command:
    return was(PatientCheckedOut, patient_id=patient_id, arrived_at=at(arrival), left_at=at(wall))


def settled(s: Any) -> None:
    s.settle(AFTERWARDS, LATE_AFTER, FOUND)


# Sessions


def crowded() -> given:
    """Five patients in a session of three places."""
    return history(session(), *[was(PatientRostered, patient_id=f"p-{n}") for n in range(1, 6)])


def test_a_session_with_more_patients_than_places_has_none_free() -> None:
    spec = crowded()
    assert spec.aggregate.free_places == 0
    spec.when(rostered("p-6")).then_refused(SessionFull, places=3)
    spec.when(rostered("p-5")).then_nothing()


def test_who_has_no_place_was_there_all_the_same() -> None:
    spec = crowded().when(signed_in("p-5", "17:00", "20:00"))
    spec.then(fact(PatientCheckedIn), fact(PatientCheckedOut))
    spec.when(closed).then(fact(SessionClosed), *[fact(AttendanceRecorded)] * 5)


def test_a_crowded_session_empties_place_by_place() -> None:
    spec = crowded()
    for patient_id in ("p-1", "p-2", "p-3"):
        spec.when(lambda s, each=patient_id: s.release(CAUSE, each)).then(fact(PatientReleased))
    spec.when(lambda s: s.wait(CAUSE, "p-6")).then_refused(PlacesFree)
    spec.when(rostered("p-6")).then(fact(PatientRostered))
    spec.when(rostered("p-7")).then_refused(SessionFull)


def test_lines_that_overlap_may_be_put_right() -> None:
    lines = arrived("p-1", "17:00"), left("p-1", "17:00", "20:00"), arrived("p-1", "18:00")
    spec = history(session(), rostered("p-1"), *lines)
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "20:00"), line("18:00"))
    spec.when(signed_in("p-1", "18:00", "19:00")).then_refused(SignedInTwice)
    spec.when(lambda s: s.undo_check_in(AFTERWARDS, "p-1", at("18:00"), amendment=FOUND)).then(
        fact(CheckInUndone, arrived_at=at("18:00"))
    )
    spec.when(closed)
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 165


def test_who_arrived_without_being_expected_was_there() -> None:
    spec = history(session(), arrived("p-9", "17:00"), left("p-9", "17:00", "20:00"))
    spec.when(closed).then(fact(SessionClosed), fact(AttendanceRecorded, patient_id="p-9"))
    assert spec.aggregate.records["p-9"].attendance.role == "rostered"


def test_a_line_that_ends_before_it_begins_counts_for_nothing() -> None:
    backwards = arrived("p-1", "18:00"), left("p-1", "18:00", "17:00")
    spec = history(session(), rostered("p-1"), *backwards).when(closed)
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 0


def test_a_session_that_nobody_led_may_have_begun() -> None:
    nobody = was(StaffSubstituted, staff_id=None, credential=None, reason="ill")
    begun = was(SessionStarted, staff_id="staff-7", credential="LCSW")
    spec = history(session(), nobody, begun)
    spec.when(closed).then_refused(NoFacilitator)
    spec.when(
        lambda s: s.substitute_staff(CAUSE, "staff-8", credential="LMFT", reason="found")
    ).then(fact(StaffSubstituted, staff_id="staff-8"))
    spec.when(closed).then(fact(SessionClosed))


def test_a_session_that_was_closed_before_its_end_is_closed() -> None:
    spec = history(session(), rostered("p-1"), was(SessionClosed))
    spec.when(closed).then_nothing()
    spec.when(settled).then(fact(AttendanceRecorded, patient_id="p-1"))


def test_a_record_of_who_was_never_expected_is_withdrawn() -> None:
    session_now = session()
    rostered("p-9")(session_now)
    came_to = attendance_of(
        MEETING, session_now.visits["p-9"], called_off=False, late_after=LATE_AFTER
    )
    recorded = was(AttendanceRecorded, patient_id="p-9", attendance=came_to, makes_up=None)
    history(session(), was(SessionClosed), recorded).when(settled).then(
        fact(AttendanceWithdrawn, patient_id="p-9", corrects=3)
    )


def test_who_waits_where_a_place_is_free_gets_it_or_leaves() -> None:
    waiting = was(PatientWaitlisted, patient_id="p-1"), was(PatientWaitlisted, patient_id="p-2")
    spec = history(session(), *waiting)
    spec.when(lambda s: s.leave_waitlist(CAUSE, "p-2", "asked")).then(fact(WaitlistLeft))
    spec.when(lambda s: list(s.offer_places(CAUSE, lambda _: None))).then(
        fact(PatientRostered, patient_id="p-1")
    )
    assert spec.aggregate.waiting == ()


def test_a_supporter_of_nobody_who_is_expected_is_released() -> None:
    alone = was(SupporterExpected, supporter_id="s-1", patient_id="p-9", relation="mother")
    history(session(), alone).when(lambda s: s.release_supporter(CAUSE, "s-1")).then(
        fact(SupporterReleased, supporter_id="s-1")
    )


# Patients


def test_who_was_enrolled_twice_may_leave_one_of_them() -> None:
    first, second = enrolment("MO", "WE"), enrolment("MO", first=MONDAY + timedelta(7))
    twice = [was(PatientEnrolled, enrolment=each) for each in (first, second)]
    spec = history(patient(), *twice)
    assert len(spec.aggregate.enrolments) == 2
    spec.when(enrolled(second)).then_nothing()
    spec.when(enrolled(enrolment("MO", first=MONDAY + timedelta(14)))).then_refused(EnrolledTwice)
    shorter = enrolment("MO", "WE", last=MONDAY + timedelta(6))
    spec.when(enrolled(shorter)).then(fact(EnrolmentRevised, enrolment=shorter))


def test_bookings_that_overlap_may_be_given_back_or_moved() -> None:
    one, other = booking("s-1", "09:00", "11:00"), booking("s-2", "10:00", "12:00")
    spec = history(patient(), was(SessionsBooked, bookings=(one, other)))
    spec.when(booked(one, other)).then_nothing()
    spec.when(booked(booking("s-3", "11:30", "12:30"))).then_refused(PatientTaken)
    spec.when(booked(booking("s-3", "12:00", "13:00"))).then(fact(SessionsBooked))
    spec.when(booked(booking("s-2", "11:00", "12:00"))).then(fact(SessionsBooked))
    spec.when(lambda p: p.release(CAUSE, ["s-1"], "twice")).then(fact(BookingsReleased))


def test_a_booking_that_collided_unseen_waits_for_a_decision() -> None:
    evening = was(SessionsBooked, bookings=(booking("s-1", "17:00", "20:00"),))
    spec = history(patient(), was(CommitmentNoted, commitment=WORK), evening)
    spec.when(lambda p: p.find_collisions(CAUSE, UTC_ZONE)).then(fact(CollisionFound))
    spec.when(lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "asked")).then(fact(CollisionAccepted))


def test_a_collision_that_was_found_twice_is_decided_once() -> None:
    found = was(CollisionFound, session_id="s-1", commitment=WORK.key)
    evening = booked(booking("s-1", "17:00", "20:00"))
    spec = history(patient(), committed(WORK), evening, found, found)
    spec.when(lambda p: p.accept_collisions(CAUSE, UTC_ZONE, "asked")).then(fact(CollisionAccepted))
    assert spec.aggregate.undecided == {}


def test_a_duty_that_ends_before_it_begins_collides_with_nothing() -> None:
    backwards = Commitment("work", "Shift", ("MO",), time(18), time(16), MONDAY, None)
    spec = history(patient(), was(CommitmentNoted, commitment=backwards))
    spec.when(committed(backwards)).then_refused(EndsBeforeStart)
    spec.when(booked(booking("s-1", "15:00", "20:00"))).then(fact(SessionsBooked))
    spec.when(lambda p: p.find_collisions(CAUSE, UTC_ZONE)).then_nothing()


def test_a_discharge_before_the_admission_may_be_put_right() -> None:
    early = Discharge(MONDAY - timedelta(1), "completed")
    spec = history(patient(), was(PatientDischarged, discharge=early))
    assert not spec.aggregate.admitted_at(MONDAY)
    facts = {"program_id": "adult-iop", "payer": "medicaid"}
    spec.when(lambda p: p.correct_admission(CAUSE, admitted_on=early.day, **facts)).then(
        fact(AdmissionCorrected, admitted_on=early.day)
    )
    assert spec.aggregate.admitted_at(early.day)


def test_a_plan_that_asks_for_nothing_may_be_adjusted() -> None:
    spec = history(patient(), was(PlanSet, plan=Plan(0, 0), effective_from=MONDAY))
    spec.when(planned(Plan(540, 3))).then(fact(PlanAdjusted, plan=Plan(540, 3)))


def test_a_merged_record_that_went_on_gives_its_time_back() -> None:
    merged = was(PatientMerged, into="patient-2")
    later = was(SessionsBooked, bookings=(booking("s-1", "09:00", "10:00"),))
    spec = history(patient(), merged, later)
    spec.when(booked(booking("s-2", "10:00", "11:00"))).then_refused(RecordMerged)
    spec.when(lambda p: p.release(CAUSE, ["s-1"], "merged")).then(fact(BookingsReleased))


# The facility, its rooms and staff


def test_a_credential_of_nobody_on_the_staff_is_theirs_once_they_are() -> None:
    held = was(CredentialRecorded, staff_id="staff-7", credential=Credential("ASW", MONDAY))
    spec = history(facility(), held)
    spec.when(lambda f: f.credential_on("staff-7", MONDAY)).then_refused(NoCredential)
    spec.when(lambda f: f.keep_staff(CAUSE, STAFF))
    assert spec.aggregate.credential_on("staff-7", MONDAY) == "ASW"


def test_a_room_that_held_nobody_and_a_delay_of_nothing_may_be_put_right() -> None:
    empty = was(RoomOpened, room_id="room-1", name="Maple", capacity=0)
    spec = history(facility(), empty, was(ClosingDelaySet, minutes=0))
    spec.when(lambda f: f.keep_room(CAUSE, ROOM)).then(fact(RoomRevised, capacity=12))
    spec.when(lambda f: f.set_closing_delay(CAUSE, 30)).then(fact(ClosingDelaySet, minutes=30))


@pytest.mark.parametrize("starts", ["09:00", "09:30"])
def test_a_room_that_was_taken_twice_is_given_back(starts: str) -> None:
    def taken(session_id: str, first: str, last: str) -> Command:
        times: dict[str, datetime] = {"starts_at": at(first), "ends_at": at(last)}
        return was(TimeBooked, session_id=session_id, **times)

    spec = history(calendar(), taken("s-1", "09:00", "10:00"), taken("s-2", starts, "11:00"))
    spec.when(takes("s-1", "09:00", "10:00")).then_nothing()
    spec.when(takes("s-3", "10:59", "12:00")).then_refused(ResourceTaken)
    spec.when(lambda c: c.release(CAUSE, "s-2")).then(fact(BookingReleased, session_id="s-2"))
    spec.when(takes("s-3", "10:00", "12:00")).then(fact(TimeBooked))
