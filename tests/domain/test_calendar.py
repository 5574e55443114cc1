from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.calendar import BookingReleased, Calendar, CalendarOpened, ResourceKind, TimeBooked
from domain.errors import ResourceTaken
from domain.times import Span
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY, Command, at
from tests.support.given_when_then import fact, given


def calendar(kind: ResourceKind = "room", day: date = MONDAY) -> Calendar:
    return Calendar.start(CAUSE, facility_id=FACILITY, kind=kind, resource_id="room-1", day=day)


def between(starts: str, ends: str) -> Span:
    return Span(at(starts), at(ends))


def booked(session_id: str, starts: str, ends: str) -> Command:
    return lambda c: c.book(CAUSE, session_id, between(starts, ends))


def test_a_calendar_opens_for_the_week_in_which_the_day_lies() -> None:
    given().when(lambda _: calendar(day=date(2025, 3, 9))).then(
        fact(CalendarOpened, kind="room", resource_id="room-1", week=date(2025, 3, 3))
    )


def test_a_resource_has_one_calendar_a_week() -> None:
    ids = {Calendar.id_of(FACILITY, "room", "room-1", date(2025, 3, day)) for day in range(3, 10)}
    assert ids == {calendar().id}
    others = {
        Calendar.id_of(FACILITY, "room", "room-1", date(2025, 3, 10)),
        Calendar.id_of(FACILITY, "room", "room-1", date(2025, 3, 2)),
        Calendar.id_of(FACILITY, "room", "room-2", MONDAY),
        Calendar.id_of(FACILITY, "staff", "room-1", MONDAY),
        Calendar.id_of("elm-street", "room", "room-1", MONDAY),
    }
    assert len(others - ids) == 5


def test_a_session_takes_the_time() -> None:
    given(calendar()).when(booked("evening", "17:00", "20:00")).then(
        fact(TimeBooked, session_id="evening", starts_at=at("17:00"), ends_at=at("20:00"))
    )


def test_booking_the_same_time_again_records_nothing() -> None:
    given(calendar(), booked("evening", "17:00", "20:00")).when(
        booked("evening", "17:00", "20:00")
    ).then_nothing()


def test_a_session_moves_to_another_time_also_across_its_own() -> None:
    given(calendar(), booked("evening", "17:00", "20:00")).when(
        booked("evening", "18:00", "21:00")
    ).then(fact(TimeBooked, session_id="evening", starts_at=at("18:00"), ends_at=at("21:00")))


@pytest.mark.parametrize(
    ("starts", "ends"), [("16:00", "17:01"), ("17:30", "18:00"), ("19:59", "21:00")]
)
@pytest.mark.parametrize(("kind", "named"), [("room", "room"), ("staff", "staff member")])
def test_a_time_that_another_session_takes_is_refused(
    kind: ResourceKind, named: str, starts: str, ends: str
) -> None:
    given(calendar(kind), booked("evening", "17:00", "20:00")).when(
        booked("late", starts, ends)
    ).then_refused(ResourceTaken, kind=named, resource_id="room-1")


@pytest.mark.parametrize(("starts", "ends"), [("16:00", "17:00"), ("20:00", "21:00")])
def test_sessions_may_follow_upon_each_other(starts: str, ends: str) -> None:
    given(calendar(), booked("evening", "17:00", "20:00")).when(booked("late", starts, ends)).then(
        fact(TimeBooked, session_id="late")
    )


def test_moving_onto_another_session_is_refused() -> None:
    given(calendar(), booked("early", "09:00", "12:00"), booked("evening", "17:00", "20:00")).when(
        booked("evening", "11:00", "14:00")
    ).then_refused(ResourceTaken)


def test_time_is_given_back() -> None:
    given(calendar(), booked("evening", "17:00", "20:00")).when(
        lambda c: c.release(CAUSE, "evening")
    ).then(fact(BookingReleased, session_id="evening"))


def test_giving_back_what_is_not_booked_records_nothing() -> None:
    given(calendar()).when(lambda c: c.release(CAUSE, "evening")).then_nothing()


def test_time_that_was_given_back_may_be_booked() -> None:
    given(
        calendar(), booked("evening", "17:00", "20:00"), lambda c: c.release(CAUSE, "evening")
    ).when(booked("late", "18:00", "19:00")).then(fact(TimeBooked, session_id="late"))


COMMANDS = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.integers(0, 20), st.integers(0, 6)), max_size=25
)


@given_any(COMMANDS)
def test_bookings_never_overlap_whatever_is_asked_for(
    commands: list[tuple[str, int, int]],
) -> None:
    spec = given(calendar())
    for session_id, start, length in commands:
        taken = Span(
            at("06:00") + timedelta(hours=start), at("06:00") + timedelta(hours=start + length)
        )
        if length:
            spec.when(lambda c, s=session_id, t=taken: c.book(CAUSE, s, t))
        else:
            spec.when(lambda c, s=session_id: c.release(CAUSE, s))
        pairs = combinations(spec.aggregate.bookings.values(), 2)
        assert not any(one.overlaps(other) for one, other in pairs)


# Asking


@pytest.mark.parametrize(
    ("session_id", "starts", "ends", "free"),
    [
        ("s-2", "08:00", "09:00", True),
        ("s-2", "08:00", "09:01", False),
        ("s-2", "09:59", "11:00", False),
        ("s-2", "10:00", "11:00", True),
        ("s-2", "09:30", "09:30", True),
        ("s-1", "09:00", "10:00", True),
        ("s-1", "09:30", "12:00", True),
    ],
)
def test_a_resource_is_free_where_no_other_session_takes_it(
    session_id: str, starts: str, ends: str, free: bool
) -> None:
    spec = given(calendar(), booked("s-1", "09:00", "10:00"))
    wanted = between(starts, ends)
    assert spec.aggregate.in_the_way(session_id, wanted) == ([] if free else ["s-1"])
    spec.when(lambda c: c.check(session_id, wanted))
    if free:
        spec.then_nothing()
    else:
        spec.then_refused(ResourceTaken, kind="room", resource_id="room-1")


def test_a_resource_that_was_given_back_is_free() -> None:
    spec = given(calendar(), booked("s-1", "09:00", "10:00"), lambda c: c.release(CAUSE, "s-1"))
    assert not spec.aggregate.in_the_way("s-2", between("09:00", "10:00"))
