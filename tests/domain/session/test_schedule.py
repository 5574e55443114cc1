from dataclasses import replace

import pytest

from domain.errors import AlreadyMadeUp, HasAttended, NotTakingPlace, SessionFull
from domain.session import (
    Session,
    SessionCalledOff,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from tests.support.domain_examples import (
    CAUSE,
    FACILITY,
    MEETING,
    MONDAY,
    called_off,
    later,
    made_up,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def test_a_session_is_put_on_the_schedule() -> None:
    given().when(lambda _: session()).then(
        fact(SessionScheduled, label="evening", meeting=MEETING, facility_id=FACILITY)
    )


def test_a_track_has_one_session_a_day_and_a_session_of_its_own_one_id() -> None:
    assert session().id == Session.id_of(FACILITY, "evening", MONDAY)
    own = replace(MEETING, track_id=None, occurrence=None)
    assert session(own, "one-1").id == Session.id_of(FACILITY, "one-1", None)
    assert (
        session(replace(later(7), track_id=None, occurrence=None), "one-1").id
        == session(own, "one-1").id
    )


def test_a_session_gets_another_room() -> None:
    moved = replace(MEETING, room_id="room-2")
    given(session()).when(lambda s: s.reschedule(CAUSE, moved)).then(
        fact(SessionRescheduled, meeting=moved)
    )


def test_a_session_that_is_as_asked_records_nothing() -> None:
    given(session()).when(lambda s: s.reschedule(CAUSE, MEETING)).then_nothing()


@pytest.mark.parametrize("places", [2, 3])
def test_a_session_may_keep_as_many_places_as_are_taken_or_more(places: int) -> None:
    smaller = replace(MEETING, places=places, room_id="room-2")
    given(session(), rostered("p-1", "p-2")).when(lambda s: s.reschedule(CAUSE, smaller)).then(
        fact(SessionRescheduled, meeting=smaller)
    )


def test_a_session_never_has_fewer_places_than_are_taken() -> None:
    smaller = replace(MEETING, places=1)
    given(session(), rostered("p-1", "p-2")).when(
        lambda s: s.reschedule(CAUSE, smaller)
    ).then_refused(SessionFull, places=1)


def test_a_session_is_called_off() -> None:
    given(session()).when(called_off).then(fact(SessionCalledOff, reason="burst pipe"))


def test_a_session_that_was_called_off_is_called_off_once() -> None:
    given(session(), called_off).when(called_off).then_nothing()


def test_the_reason_for_calling_a_session_off_may_change() -> None:
    given(session(), called_off).when(lambda s: s.call_off(CAUSE, "flood")).then(
        fact(SessionCalledOff, reason="flood")
    )


def test_a_session_that_somebody_came_to_cannot_be_called_off() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(called_off).then_refused(
        HasAttended
    )


def test_a_session_leaves_the_schedule_with_its_roster() -> None:
    spec = given(session(), rostered("p-1")).when(withdrawn)
    spec.then(fact(SessionWithdrawn, reason="track revised"))
    assert not spec.aggregate.visits


def test_a_session_that_left_the_schedule_leaves_it_once() -> None:
    given(session(), withdrawn).when(withdrawn).then_nothing()


def test_a_session_that_left_the_schedule_can_come_back() -> None:
    given(session(), withdrawn).when(lambda s: s.reschedule(CAUSE, MEETING)).then(
        fact(SessionRescheduled, meeting=MEETING)
    )


def test_a_session_that_somebody_came_to_stays_on_the_schedule() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(withdrawn).then_refused(
        HasAttended
    )


def test_a_session_that_was_made_up_stays_on_the_schedule() -> None:
    given(session(), rostered("p-1"), made_up("p-1", session(later(2)))).when(
        withdrawn
    ).then_refused(AlreadyMadeUp)


def test_a_session_that_left_the_schedule_is_not_called_off() -> None:
    given(session(), withdrawn).when(called_off).then_refused(NotTakingPlace)
