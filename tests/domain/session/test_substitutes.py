from dataclasses import replace
from datetime import timedelta

import pytest

from domain.aggregate import CommandContext
from domain.errors import NoFacilitator, NotTakingPlace, RecordClosed, SessionFull, TooEarly
from domain.session import RoomSubstituted, SessionStarted, StaffSubstituted
from tests.support.domain_examples import (
    CAUSE,
    MEETING,
    Command,
    at,
    called_off,
    closed,
    later,
    rostered,
    session,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def in_room(room_id: str, places: int) -> Command:
    return lambda s: s.substitute_room(CAUSE, room_id, places=places, reason="no heating")


def led_by(staff_id: str | None, credential: str | None = "LMFT") -> Command:
    return lambda s: s.substitute_staff(CAUSE, staff_id, credential=credential, reason="ill")


led_by_nobody = led_by(None, None)


def begun(wall: str = "17:00") -> Command:
    return lambda s: s.start(CommandContext("start", at(wall), "staff-7"), credential="LCSW")


OFF_THE_SCHEDULE = pytest.mark.parametrize("off", [called_off, withdrawn])


# Another room


def test_a_session_takes_place_in_another_room_which_has_other_places() -> None:
    spec = given(session()).when(in_room("room-2", 5))
    spec.then(fact(RoomSubstituted, room_id="room-2", places=5, reason="no heating"))
    assert spec.aggregate.meeting == replace(MEETING, room_id="room-2", places=5)


def test_a_session_that_is_in_that_room_stays_there() -> None:
    given(session()).when(in_room("room-1", 3)).then_nothing()
    given(session(), in_room("room-2", 3)).when(in_room("room-2", 3)).then_nothing()


def test_the_same_room_may_leave_other_places() -> None:
    given(session()).when(in_room("room-1", 2)).then(fact(RoomSubstituted, places=2))


@pytest.mark.parametrize(("places", "fits"), [(1, False), (2, True), (3, True)])
def test_another_room_has_a_place_for_each_who_is_expected(places: int, fits: bool) -> None:
    spec = given(session(), rostered("p-1", "p-2")).when(in_room("room-2", places))
    if fits:
        spec.then(fact(RoomSubstituted, places=places))
    else:
        spec.then_refused(SessionFull, places=places)


@OFF_THE_SCHEDULE
def test_a_session_that_does_not_take_place_gets_no_other_room(off: Command) -> None:
    given(session(), off).when(in_room("room-2", 3)).then_refused(NotTakingPlace)


def test_a_room_may_be_put_right_after_closing() -> None:
    given(session(), closed).when(in_room("room-2", 3)).then(fact(RoomSubstituted))


# Another facilitator


def test_somebody_else_leads_the_session() -> None:
    spec = given(session()).when(led_by("staff-8"))
    spec.then(fact(StaffSubstituted, staff_id="staff-8", credential="LMFT", reason="ill"))
    assert spec.aggregate.meeting == replace(MEETING, staff_id="staff-8")


def test_nobody_leads_the_session_for_now() -> None:
    spec = given(session()).when(led_by_nobody)
    spec.then(fact(StaffSubstituted, staff_id=None, credential=None))
    spec.when(led_by("staff-8")).then(fact(StaffSubstituted, staff_id="staff-8"))


def test_who_leads_the_session_already_goes_on() -> None:
    given(session()).when(led_by("staff-7")).then_nothing()
    given(session(), led_by_nobody).when(led_by_nobody).then_nothing()


@pytest.mark.parametrize("already", [begun(), closed])
def test_a_session_that_began_or_is_over_has_a_facilitator(already: Command) -> None:
    given(session(), already).when(led_by_nobody).then_refused(NoFacilitator)
    given(session(), already).when(led_by("staff-8")).then(fact(StaffSubstituted))


@OFF_THE_SCHEDULE
def test_a_session_that_does_not_take_place_gets_no_other_facilitator(off: Command) -> None:
    given(session(), off).when(led_by("staff-8")).then_refused(NotTakingPlace)


# Beginning


def test_a_session_begins_under_its_facilitator() -> None:
    spec = given(session()).when(begun())
    spec.then(fact(SessionStarted, staff_id="staff-7", credential="LCSW"))
    assert spec.aggregate.started


def test_a_session_begins_under_who_stands_in() -> None:
    given(session(), led_by("staff-8")).when(begun()).then(fact(SessionStarted, staff_id="staff-8"))


def test_a_session_begins_once() -> None:
    given(session(), begun()).when(begun("17:01")).then_nothing()


@pytest.mark.parametrize(
    ("wall", "fits"), [("15:59", False), ("16:00", True), ("16:01", True), ("17:30", True)]
)
def test_a_session_begins_an_hour_early_at_the_most(wall: str, fits: bool) -> None:
    spec = given(session()).when(begun(wall))
    if fits:
        spec.then(fact(SessionStarted))
    else:
        spec.then_refused(TooEarly)


def test_a_session_of_another_day_does_not_begin_today() -> None:
    given(session(later(1))).when(begun()).then_refused(TooEarly)


def test_a_session_that_nobody_leads_does_not_begin() -> None:
    given(session(), led_by_nobody).when(begun()).then_refused(NoFacilitator)


def test_a_session_that_is_over_does_not_begin() -> None:
    given(session(), closed).when(begun()).then_refused(RecordClosed)


def test_a_session_that_began_and_is_over_began_once() -> None:
    given(session(), begun(), closed).when(begun("20:00")).then_nothing()


@OFF_THE_SCHEDULE
def test_a_session_that_does_not_take_place_does_not_begin(off: Command) -> None:
    given(session(), off).when(begun()).then_refused(NotTakingPlace)


def test_a_closed_session_that_is_moved_into_the_future_begins_again() -> None:
    moved = later(7)
    spec = given(session(), begun(), closed, lambda s: s.reschedule(CAUSE, moved))
    assert not spec.aggregate.started
    again = CommandContext("start", moved.starts_at - timedelta(hours=1), "staff-7")
    spec.when(lambda s: s.start(again, credential="LCSW")).then(fact(SessionStarted))
