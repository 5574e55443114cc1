from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.errors import CommitmentInTheWay, PatientTaken
from domain.patient import (
    Booking,
    BookingBlocked,
    CollisionAccepted,
    CollisionFound,
    Commitment,
    Patient,
    SessionsBooked,
)
from tests.domain.patient.test_patient import (
    UTC_ZONE,
    WORK,
    booked,
    booking,
    committed,
    patient,
)
from tests.support.domain_examples import CAUSE, MONDAY, Command, at
from tests.support.given_when_then import fact, given

SCHOOL = Commitment("school", "Course", ("MO",), time(19), time(21), MONDAY, None)
EVENING = booking("s-1", "17:00", "20:00")
NEW_YORK = ZoneInfo("America/New_York")


def found(p: Patient) -> None:
    p.find_collisions(CAUSE, UTC_ZONE)


def accepted(p: Patient) -> None:
    p.accept_collisions(CAUSE, UTC_ZONE, "the patient insists")


def released(p: Patient) -> None:
    p.release(CAUSE, ["s-1"], "rescheduled")


def blocked(because: str, session_id: str = "s-1") -> Command:
    return lambda p: p.block(CAUSE, session_id, because)


# Several sessions at once


def test_two_sessions_may_swap_their_times() -> None:
    first, second = booking("s-1", "10:00", "11:00"), booking("s-2", "09:00", "10:00")
    earlier = booked(booking("s-1", "09:00", "10:00"), booking("s-2", "10:00", "11:00"))
    spec = given(patient(), earlier).when(booked(first, second))
    spec.then(fact(SessionsBooked, bookings=(first, second)))
    assert spec.aggregate.bookings == {"s-1": first, "s-2": second}


def test_one_session_does_not_take_the_time_of_one_that_stays() -> None:
    first, second = booking("s-1", "09:00", "10:00"), booking("s-2", "10:00", "11:00")
    spec = given(patient(), booked(first, second))
    spec.when(booked(booking("s-1", "10:00", "11:00"), second)).then_refused(PatientTaken)
    spec.when(booked(booking("s-1", "09:00", "10:01"))).then_refused(PatientTaken)


def test_a_session_is_not_booked_for_two_times_at_once() -> None:
    twice = booked(booking("s-1", "09:00", "10:00"), booking("s-1", "09:30", "10:30"))
    given(patient()).when(twice).then_refused(PatientTaken)


def test_nothing_is_booked_where_nothing_is_asked() -> None:
    given(patient()).when(booked()).then_nothing()


@pytest.mark.parametrize(
    ("session_id", "starts", "taken"),
    [
        ("s-2", "09:59", True),
        ("s-2", "10:00", False),
        ("s-2", "10:01", False),
        ("s-1", "09:30", False),
    ],
)
def test_bookings_may_be_checked_without_being_made(
    session_id: str, starts: str, taken: bool
) -> None:
    checked: Command = lambda p: p.check_bookings([booking(session_id, starts, "11:00")])  # noqa: E731
    spec = given(patient(), booked(booking("s-1", "09:00", "10:00"))).when(checked)
    if taken:
        spec.then_refused(PatientTaken)
    else:
        spec.then_nothing()


# What could not be booked


def test_a_session_that_could_not_be_booked_is_blocked_with_its_reason() -> None:
    spec = given(patient()).when(blocked("full"))
    spec.then(fact(BookingBlocked, session_id="s-1", because="full"))
    assert spec.aggregate.blocked == {"s-1": "full"}


def test_a_session_is_blocked_once_for_the_same_reason() -> None:
    spec = given(patient(), blocked("full"))
    spec.when(blocked("full")).then_nothing()
    spec.when(blocked("another session")).then(fact(BookingBlocked, because="another session"))
    spec.when(blocked("full", "s-2")).then(fact(BookingBlocked, session_id="s-2"))


def test_a_session_that_is_booked_after_all_is_blocked_no_longer() -> None:
    spec = given(patient(), blocked("full"), blocked("full", "s-2"), booked(EVENING))
    assert spec.aggregate.blocked == {"s-2": "full"}


# Collisions


def test_a_booking_that_collides_waits_for_a_decision_once() -> None:
    spec = given(patient(), booked(EVENING), committed(WORK))
    spec.when(found).then(fact(CollisionFound, session_id="s-1", commitment=WORK.key))
    assert spec.aggregate.undecided == {"s-1": (WORK.key,)}
    spec.when(found).then_nothing()


def test_a_second_duty_that_collides_waits_beside_the_first() -> None:
    spec = given(patient(), booked(EVENING), committed(WORK), found, committed(SCHOOL))
    spec.when(found).then(fact(CollisionFound, session_id="s-1", commitment=SCHOOL.key))
    assert spec.aggregate.undecided == {"s-1": (WORK.key, SCHOOL.key)}


def test_what_is_accepted_waits_no_longer() -> None:
    spec = given(patient(), booked(EVENING), committed(WORK), committed(SCHOOL), found)
    spec.when(accepted).then(
        fact(CollisionAccepted, commitment=WORK.key, reason="the patient insists"),
        fact(CollisionAccepted, commitment=SCHOOL.key),
    )
    assert spec.aggregate.undecided == {}
    assert spec.aggregate.accepted == {"s-1": (WORK.key, SCHOOL.key)}
    spec.when(found).then_nothing()
    spec.when(accepted).then_nothing()


def test_what_is_accepted_of_one_duty_says_nothing_of_another() -> None:
    spec = given(patient(), booked(EVENING), committed(WORK), accepted, committed(SCHOOL))
    spec.when(found).then(fact(CollisionFound, commitment=SCHOOL.key))


def test_nothing_waits_where_nothing_collides() -> None:
    given(patient(), booked(booking("s-1", "18:00", "19:00")), committed(WORK)).when(
        found
    ).then_nothing()


def test_what_is_given_back_waits_no_longer() -> None:
    spec = given(patient(), booked(EVENING), committed(WORK), found, released)
    assert spec.aggregate.undecided == {}
    spec = given(patient(), booked(EVENING), committed(WORK), accepted, released)
    assert spec.aggregate.accepted == {}
    spec.when(booked(EVENING)).then(fact(SessionsBooked))
    spec.when(found).then(fact(CollisionFound))


@pytest.mark.parametrize(
    ("starts", "ends", "collides"),
    [
        ("15:00", "16:00", False),
        ("15:00", "16:01", True),
        ("17:59", "19:00", True),
        ("18:00", "19:00", False),
    ],
)
def test_a_booking_may_be_checked_against_duties_elsewhere(
    starts: str, ends: str, collides: bool
) -> None:
    wanted = booking("s-1", starts, ends)
    spec = given(patient(), committed(WORK)).when(lambda p: p.check_commitments([wanted], UTC_ZONE))
    if collides:
        spec.then_refused(CommitmentInTheWay, day=MONDAY, commitment=WORK.in_words)
    else:
        spec.then_nothing()
    assert list(spec.aggregate.collisions([wanted], UTC_ZONE)) == [(wanted, WORK)] * collides


def test_the_first_of_several_that_collide_is_told_without_the_duties_name() -> None:
    next_week = Booking("s-2", at("17:00") + timedelta(7), at("20:00") + timedelta(7))
    spec = given(patient(), committed(WORK)).when(
        lambda p: p.check_commitments([booking("s-1", "19:00", "20:00"), next_week], UTC_ZONE)
    )
    spec.then_refused(CommitmentInTheWay, day=MONDAY + timedelta(7))
    assert "work, MO 16:00-18:00" in str(spec.refusal)
    assert WORK.title not in str(spec.refusal)


def test_an_accepted_collision_is_in_nobodys_way() -> None:
    given(patient(), booked(EVENING), committed(WORK), accepted).when(
        lambda p: p.check_commitments([EVENING], UTC_ZONE)
    ).then_nothing()


def test_a_collision_is_told_with_the_facilitys_day() -> None:
    late = Booking("s-1", at("00:30", date(2025, 3, 4)), at("02:30", date(2025, 3, 4)))
    night = Commitment("family", "Children", ("MO",), time(20), time(21), MONDAY, None)
    given(patient(), committed(night)).when(
        lambda p: p.check_commitments([late], NEW_YORK)
    ).then_refused(CommitmentInTheWay, day=MONDAY)


NIGHT_SHIFT = Commitment("work", "Night shift", ("SU",), time(22), time(6), MONDAY, None)
"""From Sunday at 22:00 until Monday at 6:00."""

SUNDAY, NEXT_MONDAY = MONDAY + timedelta(6), MONDAY + timedelta(7)


@pytest.mark.parametrize(
    ("day", "begins", "ends", "collides"),
    [
        (SUNDAY, "20:00", "22:00", False),
        (SUNDAY, "21:00", "22:30", True),
        (NEXT_MONDAY, "05:00", "07:00", True),
        (NEXT_MONDAY, "06:00", "07:00", False),
        (NEXT_MONDAY, "22:30", "23:00", False),
        (MONDAY, "05:00", "07:00", False),
        (SUNDAY, "05:00", "07:00", False),
    ],
)
def test_a_night_shift_lasts_until_the_next_day_also_into_the_next_week(
    day: date, begins: str, ends: str, collides: bool
) -> None:
    wanted = Booking("s-1", at(begins, day), at(ends, day))
    spec = given(patient(), committed(NIGHT_SHIFT)).when(
        lambda p: p.check_commitments([wanted], UTC_ZONE)
    )
    if collides:
        spec.then_refused(CommitmentInTheWay)
    else:
        spec.then_nothing()


def test_the_last_day_of_a_night_shift_is_the_one_on_which_it_starts() -> None:
    once = replace(NIGHT_SHIFT, last_day=SUNDAY)
    for day, refused in ((NEXT_MONDAY, True), (NEXT_MONDAY + timedelta(7), False)):
        wanted = Booking("s-1", at("05:00", day), at("07:00", day))
        spec = given(patient(), committed(once)).when(
            lambda p, wanted=wanted: p.check_commitments([wanted], UTC_ZONE)
        )
        if refused:
            spec.then_refused(CommitmentInTheWay, day=NEXT_MONDAY)
        else:
            spec.then_nothing()


def test_a_session_past_midnight_collides_with_the_duties_of_both_days() -> None:
    night = Booking("s-1", at("22:00", SUNDAY), at("01:00", NEXT_MONDAY))
    for duty in (
        Commitment("work", "Late shift", ("SU",), time(18), time(23), MONDAY, None),
        Commitment("work", "Early shift", ("MO",), time(0, 30), time(4), MONDAY, None),
    ):
        given(patient(), committed(duty)).when(
            lambda p: p.check_commitments([night], UTC_ZONE)
        ).then_refused(CommitmentInTheWay)
    tomorrow = Commitment("work", "Early shift", ("MO",), time(1), time(4), MONDAY, None)
    given(patient(), committed(tomorrow)).when(
        lambda p: p.check_commitments([night], UTC_ZONE)
    ).then_nothing()


# A collision is decided for one time


def test_an_acceptance_does_not_outlive_the_time_it_was_given_for() -> None:
    earlier = booking("s-1", "16:30", "19:30")
    spec = given(patient(), committed(WORK), booked(EVENING), accepted)
    spec.when(lambda p: p.check_commitments([EVENING], UTC_ZONE)).then_nothing()
    spec.when(lambda p: p.check_commitments([earlier], UTC_ZONE)).then_refused(CommitmentInTheWay)
    spec.when(booked(earlier))
    spec.when(found).then(fact(CollisionFound))


def test_what_collides_no_longer_waits_for_no_decision() -> None:
    spec = given(patient(), committed(WORK), booked(EVENING), found)
    assert spec.aggregate.undecided
    spec.when(committed(replace(WORK, ends=time(17))))
    assert not any(spec.aggregate.undecided.values())
    spec.when(found).then_nothing()


def test_another_title_of_a_duty_decides_nothing_anew() -> None:
    spec = given(patient(), committed(WORK), booked(EVENING), accepted)
    spec.when(committed(replace(WORK, title="Late shift")))
    spec.when(found).then_nothing()
