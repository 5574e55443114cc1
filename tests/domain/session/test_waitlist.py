from typing import Any

import pytest

from domain.errors import AlreadyExpected, NotTakingPlace, PlacesFree, RecordClosed
from domain.session import (
    PatientPassedOver,
    PatientRostered,
    PatientWaitlisted,
    Session,
    WaitlistLeft,
)
from tests.support.domain_examples import (
    CAUSE,
    Command,
    called_off,
    came_for,
    closed,
    rostered,
    session,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def waits(*patient_ids: str) -> Command:
    return lambda s: [s.wait(CAUSE, patient_id) for patient_id in patient_ids]


def left(patient_id: str) -> Command:
    return lambda s: s.leave_waitlist(CAUSE, patient_id, "found another group")


def released(*patient_ids: str) -> Command:
    return lambda s: [s.release(CAUSE, patient_id) for patient_id in patient_ids]


def offered(**why_not: str) -> Command:
    """Offer what is free; `p_5="work"` keeps patient p-5 from it."""
    return lambda s: s.offer_places(CAUSE, {k.replace("_", "-"): why for k, why in why_not.items()})


full = rostered("p-1", "p-2", "p-3")


def given_a_queue(*earlier: Command) -> given:
    return given(session(), full, waits("p-4", "p-5", "p-6"), *earlier)


def queue(spec: Any) -> tuple[str, ...]:
    found: Session = spec.aggregate
    return found.waiting


# Waiting


def test_a_patient_waits_for_a_place_in_a_full_session() -> None:
    spec = given(session(), full).when(waits("p-4"))
    spec.then(fact(PatientWaitlisted, patient_id="p-4"))
    assert queue(spec) == ("p-4",)


def test_who_waits_is_behind_those_who_wait_already() -> None:
    assert queue(given_a_queue()) == ("p-4", "p-5", "p-6")


def test_who_waits_already_keeps_their_turn() -> None:
    spec = given_a_queue().when(waits("p-4"))
    spec.then_nothing()
    assert queue(spec) == ("p-4", "p-5", "p-6")


@pytest.mark.parametrize("taken", [0, 2])
def test_nobody_waits_where_a_place_is_free(taken: int) -> None:
    patients = [f"p-{number}" for number in range(taken)]
    given(session(), rostered(*patients)).when(waits("p-9")).then_refused(PlacesFree)


def test_nobody_waits_for_a_place_that_they_have() -> None:
    given(session(), full).when(waits("p-3")).then_refused(AlreadyExpected)


def test_who_came_to_make_up_does_not_wait() -> None:
    given(session(), rostered("p-1", "p-2"), came_for("missed", "p-3", "17:00")).when(
        waits("p-3")
    ).then_refused(AlreadyExpected)


@pytest.mark.parametrize("off", [called_off, withdrawn])
def test_nobody_waits_for_a_session_that_does_not_take_place(off: Command) -> None:
    given(session(), full, off).when(waits("p-4")).then_refused(NotTakingPlace)


def test_nobody_waits_for_a_session_that_is_over() -> None:
    given(session(), full, closed).when(waits("p-4")).then_refused(RecordClosed)


def test_who_waits_still_waits_when_a_place_is_free_by_then() -> None:
    given_a_queue(released("p-1")).when(waits("p-4")).then_nothing()
    given_a_queue(released("p-1")).when(waits("p-7")).then_refused(PlacesFree)


# Waiting no longer


def test_a_patient_waits_no_longer() -> None:
    spec = given_a_queue().when(left("p-5"))
    spec.then(fact(WaitlistLeft, patient_id="p-5", reason="found another group"))
    assert queue(spec) == ("p-4", "p-6")


def test_who_does_not_wait_has_nothing_to_leave() -> None:
    given_a_queue(left("p-5")).when(left("p-5")).then_nothing()
    given_a_queue().when(left("p-1")).then_nothing()


def test_who_waits_again_is_the_last() -> None:
    spec = given_a_queue(left("p-4")).when(waits("p-4"))
    spec.then(fact(PatientWaitlisted, patient_id="p-4"))
    assert queue(spec) == ("p-5", "p-6", "p-4")


@pytest.mark.parametrize("off", [called_off, closed])
def test_a_list_is_left_also_when_there_is_nothing_to_wait_for(off: Command) -> None:
    given_a_queue(off).when(left("p-4")).then(fact(WaitlistLeft))


def test_the_list_leaves_the_schedule_with_its_session() -> None:
    assert queue(given_a_queue(withdrawn)) == ()


def test_who_is_expected_waits_no_longer() -> None:
    spec = given_a_queue(released("p-1")).when(rostered("p-5"))
    spec.then(fact(PatientRostered, patient_id="p-5"))
    assert queue(spec) == ("p-4", "p-6")


# Places that come free


def test_a_free_place_is_the_first_ones() -> None:
    spec = given_a_queue(released("p-1")).when(offered())
    spec.then(fact(PatientRostered, patient_id="p-4"))
    assert queue(spec) == ("p-5", "p-6")


def test_who_cannot_take_the_place_is_passed_over_and_keeps_their_turn() -> None:
    spec = given_a_queue(released("p-1")).when(offered(p_4="work, MO 16:00-18:00"))
    spec.then(
        fact(PatientPassedOver, patient_id="p-4", because="work, MO 16:00-18:00"),
        fact(PatientRostered, patient_id="p-5"),
    )
    assert queue(spec) == ("p-4", "p-6")
    spec.when(released("p-2")).when(offered()).then(fact(PatientRostered, patient_id="p-4"))


def test_several_places_are_given_in_the_order_of_the_list() -> None:
    given_a_queue(released("p-1", "p-2")).when(offered(p_5="school")).then(
        fact(PatientRostered, patient_id="p-4"),
        fact(PatientPassedOver, patient_id="p-5", because="school"),
        fact(PatientRostered, patient_id="p-6"),
    )


def test_nobody_is_passed_over_once_the_places_are_gone() -> None:
    given_a_queue(released("p-1")).when(offered(p_5="school", p_6="school")).then(
        fact(PatientRostered, patient_id="p-4")
    )


def test_a_place_that_nobody_can_take_stays_free() -> None:
    spec = given_a_queue(released("p-1")).when(offered(p_4="a", p_5="b", p_6="c"))
    spec.then(*[fact(PatientPassedOver, because=because) for because in ("a", "b", "c")])
    assert spec.aggregate.free_places == 1
    assert queue(spec) == ("p-4", "p-5", "p-6")


def test_more_places_than_who_waits_for_them_stay_free() -> None:
    spec = given(session(), full, waits("p-4"), released("p-1", "p-2")).when(offered())
    spec.then(fact(PatientRostered, patient_id="p-4"))
    assert spec.aggregate.free_places == 1
    spec.when(offered()).then_nothing()


def test_who_got_a_place_is_told() -> None:
    found = session()
    for command in (full, waits("p-4", "p-5", "p-6"), released("p-1", "p-3")):
        command(found)
    assert offered(p_4="work")(found) == ["p-5", "p-6"]


def test_a_full_session_offers_nothing() -> None:
    given_a_queue().when(offered()).then_nothing()


@pytest.mark.parametrize("off", [called_off, withdrawn, closed])
def test_a_session_that_nobody_can_come_to_offers_nothing(off: Command) -> None:
    given_a_queue(released("p-1"), off).when(offered()).then_nothing()


def test_a_room_with_more_places_has_some_for_who_waits() -> None:
    larger: Command = lambda s: s.substitute_room(CAUSE, "room-2", places=5, reason="more")  # noqa: E731
    spec = given_a_queue(larger).when(offered())
    spec.then(*[fact(PatientRostered, patient_id=each) for each in ("p-4", "p-5")])
    assert spec.aggregate.free_places == 0
