"""The same of patients, of the facility and of its calendars."""

from datetime import datetime, time, timedelta

import pytest

from domain.calendar import BookingReleased, TimeBooked
from domain.errors import (
    EndsBeforeStart,
    EnrolledTwice,
    NoCredential,
    PatientTaken,
    RecordMerged,
    ResourceTaken,
)
from domain.facility import ClosingDelaySet, CredentialRecorded, RoomOpened, RoomRevised
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
from domain.staff import Credential
from tests.domain.patient.test_patient import (
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
from tests.domain.session.test_old_events import history, was
from tests.domain.test_calendar import booked as takes
from tests.domain.test_calendar import calendar
from tests.domain.test_facility import ROOM, STAFF, facility
from tests.support.domain_examples import (
    CAUSE,
    MONDAY,
    Command,
    at,
)
from tests.support.given_when_then import fact, given

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


def test_a_duty_without_time_is_refused() -> None:
    empty = Commitment("work", "Shift", ("MO",), time(18), time(18), MONDAY, None)
    given(patient()).when(committed(empty)).then_refused(EndsBeforeStart)


def test_a_duty_that_ends_before_it_begins_lasts_until_the_next_day() -> None:
    backwards = Commitment("work", "Shift", ("MO",), time(22), time(16), MONDAY, None)
    spec = history(patient(), was(CommitmentNoted, commitment=backwards))
    spec.when(committed(backwards)).then_nothing()
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
