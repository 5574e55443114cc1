from collections.abc import Callable

import pytest

from domain.aggregate import CommandContext
from domain.errors import HasAttended, NotOnRoster, NotSignedIn, NotTakingPlace
from domain.session import (
    AttendanceRecorded,
    PatientReleased,
    PatientRostered,
    SessionClosed,
    Supporter,
    SupporterCheckedIn,
    SupporterCheckedOut,
    SupporterExpected,
    SupporterReleased,
)
from tests.support.domain_examples import (
    CAUSE,
    Command,
    at,
    called_off,
    closed,
    line,
    rostered,
    session,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def brings(patient_id: str, supporter_id: str, relation: str = "mother") -> Command:
    return lambda s: s.expect_supporter(
        CAUSE, supporter_id, patient_id=patient_id, relation=relation
    )


def arrives(supporter_id: str, wall: str) -> Command:
    return lambda s: s.check_in_supporter(CommandContext("in", at(wall), "staff-7"), supporter_id)


def leaves(supporter_id: str, wall: str) -> Command:
    return lambda s: s.check_out_supporter(CommandContext("out", at(wall), "staff-7"), supporter_id)


def unexpected(supporter_id: str) -> Command:
    return lambda s: s.release_supporter(CAUSE, supporter_id)


def released(patient_id: str) -> Command:
    return lambda s: s.release(CAUSE, patient_id)


def accompanied(*earlier: Command) -> given:
    """Patient p-1 is expected with their mother s-1."""
    return given(session(), rostered("p-1"), brings("p-1", "s-1"), *earlier)


# Expecting


def test_somebody_close_to_a_patient_is_expected() -> None:
    spec = given(session(), rostered("p-1")).when(brings("p-1", "s-1"))
    spec.then(fact(SupporterExpected, supporter_id="s-1", patient_id="p-1", relation="mother"))
    assert spec.aggregate.supporters == {"s-1": Supporter("p-1", "mother")}


def test_a_supporter_who_is_expected_is_expected_once() -> None:
    accompanied().when(brings("p-1", "s-1")).then_nothing()


def test_what_a_supporter_is_to_the_patient_may_change_also_while_they_are_here() -> None:
    spec = accompanied(arrives("s-1", "17:00")).when(brings("p-1", "s-1", "aunt"))
    spec.then(fact(SupporterExpected, relation="aunt"))
    assert spec.aggregate.supporters["s-1"] == Supporter("p-1", "aunt", (line("17:00"),))


def test_a_patient_may_bring_several() -> None:
    accompanied().when(brings("p-1", "s-2", "father")).then(
        fact(SupporterExpected, supporter_id="s-2")
    )


def test_nobody_accompanies_a_patient_who_is_not_expected() -> None:
    given(session()).when(brings("p-1", "s-1")).then_refused(NotOnRoster)


@pytest.mark.parametrize("off", [called_off, withdrawn])
def test_nobody_accompanies_a_patient_to_a_session_that_does_not_take_place(off: Command) -> None:
    given(session(), rostered("p-1"), off).when(brings("p-1", "s-1")).then_refused(NotTakingPlace)


def test_supporters_take_no_place() -> None:
    spec = accompanied(brings("p-1", "s-2"), brings("p-1", "s-3"))
    assert spec.aggregate.free_places == 2
    spec.when(rostered("p-2", "p-3")).then(fact(PatientRostered), fact(PatientRostered))
    spec.when(brings("p-3", "s-4")).then(fact(SupporterExpected))


# Expecting no longer


def test_a_supporter_is_expected_no_longer() -> None:
    spec = accompanied()
    spec.when(unexpected("s-1")).then(fact(SupporterReleased, supporter_id="s-1"))
    spec.when(unexpected("s-1")).then_nothing()


def test_a_supporter_who_came_stays_expected() -> None:
    accompanied(arrives("s-1", "17:00")).when(unexpected("s-1")).then_refused(HasAttended)
    accompanied(arrives("s-1", "17:00"), leaves("s-1", "18:00")).when(
        unexpected("s-1")
    ).then_refused(HasAttended)


def test_who_is_expected_no_longer_brings_nobody() -> None:
    spec = accompanied(brings("p-1", "s-2"), rostered("p-2"), brings("p-2", "s-3"))
    spec.when(released("p-1")).then(
        fact(SupporterReleased, supporter_id="s-1"),
        fact(SupporterReleased, supporter_id="s-2"),
        fact(PatientReleased, patient_id="p-1"),
    )
    assert list(spec.aggregate.supporters) == ["s-3"]


def test_a_patient_whose_supporter_came_stays_on_the_roster() -> None:
    accompanied(arrives("s-1", "17:00")).when(released("p-1")).then_refused(HasAttended)


def test_supporters_leave_the_schedule_with_their_session() -> None:
    assert accompanied(withdrawn).aggregate.supporters == {}


# At the door


def test_a_supporter_comes_and_goes() -> None:
    spec = accompanied()
    spec.when(arrives("s-1", "17:02")).then(
        fact(SupporterCheckedIn, supporter_id="s-1", arrived_at=at("17:02"))
    )
    spec.when(leaves("s-1", "19:58")).then(
        fact(SupporterCheckedOut, arrived_at=at("17:02"), left_at=at("19:58"))
    )
    assert spec.aggregate.supporters["s-1"].sign_ins == (line("17:02", "19:58"),)


def test_a_supporter_who_is_in_stays_in_and_who_is_out_stays_out() -> None:
    accompanied(arrives("s-1", "17:00")).when(arrives("s-1", "17:05")).then_nothing()
    accompanied().when(leaves("s-1", "17:05")).then_refused(NotSignedIn)
    accompanied(arrives("s-1", "17:00"), leaves("s-1", "18:00")).when(
        leaves("s-1", "18:05")
    ).then_nothing()


def test_a_supporter_steps_out_and_returns() -> None:
    spec = accompanied(arrives("s-1", "17:00"), leaves("s-1", "18:00"))
    spec.when(arrives("s-1", "18:10")).then(fact(SupporterCheckedIn, arrived_at=at("18:10")))
    spec.when(leaves("s-1", "20:00")).then(fact(SupporterCheckedOut, arrived_at=at("18:10")))
    lines = spec.aggregate.supporters["s-1"].sign_ins
    assert lines == (line("17:00", "18:00"), line("18:10", "20:00"))


@pytest.mark.parametrize("passes", [arrives, leaves])
def test_who_was_not_named_does_not_pass_the_door(passes: Callable[[str, str], Command]) -> None:
    accompanied().when(passes("s-2", "17:00")).then_refused(NotOnRoster)


def test_no_supporter_comes_to_a_session_that_was_called_off() -> None:
    accompanied(called_off).when(arrives("s-1", "17:00")).then_refused(NotTakingPlace)


def test_no_supporter_comes_to_a_session_that_left_the_schedule() -> None:
    accompanied(withdrawn).when(arrives("s-1", "17:00")).then_refused(NotTakingPlace)


# What supporters are not


def test_a_supporter_is_never_a_visit() -> None:
    spec = accompanied(arrives("s-1", "17:00"), leaves("s-1", "20:00"))
    assert list(spec.aggregate.visits) == ["p-1"]
    assert not list(spec.aggregate.presence("s-1"))
    spec.when(closed).then(fact(SessionClosed), fact(AttendanceRecorded, patient_id="p-1"))
    assert spec.aggregate.records["p-1"].attendance.status == "no_show"


def test_a_supporter_does_not_attend_for_the_patient() -> None:
    accompanied(arrives("s-1", "17:00")).when(lambda s: s.check_out(CAUSE, "p-1")).then_refused(
        NotSignedIn
    )
