"""Who arrives and leaves now: refused, repeated, and told in what state."""

import pytest

from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyMadeUp,
    NotMissed,
    NotOnRoster,
    NotSignedIn,
    NotTakingPlace,
    OnRosterAnyway,
    ReasonMissing,
    SessionFull,
    SignedInElsewhere,
)
from domain.session import (
    LateCheckOutEntered,
    LateSignInEntered,
    PatientCheckedIn,
    PatientCheckedOut,
    SessionRescheduled,
)
from domain.times import Span
from tests.support.domain_examples import (
    CAUSE,
    FOUND,
    Command,
    at,
    called_off,
    closed,
    later,
    line,
    made_up,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given

NOW = CommandContext("door", at("18:00"), "staff-7")


def arrives(patient_id: str = "p-1", makes_up: str | None = None) -> Command:
    return lambda s: s.check_in(NOW, patient_id, makes_up=makes_up)


def leaves(patient_id: str = "p-1") -> Command:
    return lambda s: s.check_out(NOW, patient_id)


def expected(*earlier: Command) -> given:
    return given(session(), rostered("p-1"), *earlier)


@pytest.mark.parametrize("off", [called_off, withdrawn])
def test_nobody_arrives_at_a_session_that_does_not_take_place(off: Command) -> None:
    expected(off).when(arrives()).then_refused(NotTakingPlace)


def test_who_is_not_expected_does_not_arrive() -> None:
    expected().when(arrives("p-2")).then_refused(NotOnRoster)


def test_a_visit_that_is_made_up_has_no_arrivals_and_departures_any_more() -> None:
    spec = expected(made_up("p-1", session(later(2))))
    spec.when(arrives()).then_refused(AlreadyMadeUp)
    spec.when(lambda s: s.check_out(NOW, "p-1", at=at("18:00"))).then_refused(AlreadyMadeUp)
    spec.when(leaves()).then_refused(NotSignedIn)


def test_who_arrives_to_make_up_makes_up_another_session_than_this() -> None:
    spec = given(session())
    spec.when(arrives(makes_up=spec.aggregate.id)).then_refused(NotMissed)
    spec.when(arrives(makes_up="missed")).then(fact(PatientCheckedIn, makes_up="missed"))


def test_who_is_expected_makes_nothing_up_by_arriving() -> None:
    expected().when(arrives(makes_up="missed")).then_refused(OnRosterAnyway)


@pytest.mark.parametrize(("taken", "fits"), [(2, True), (3, False)])
def test_who_arrives_to_make_up_needs_a_place(taken: int, fits: bool) -> None:
    patients = [f"p-{number}" for number in range(taken)]
    spec = given(session(), rostered(*patients)).when(arrives("p-9", "missed"))
    if fits:
        spec.then(fact(PatientCheckedIn))
    else:
        spec.then_refused(SessionFull, places=3)


def test_who_is_in_does_not_take_a_second_place() -> None:
    given(session(), rostered("p-1", "p-2"), arrives("p-9", "missed")).when(
        arrives("p-9", "missed")
    ).then_nothing()


@pytest.mark.parametrize(("ends", "fits"), [("18:01", False), ("18:00", True), ("17:59", True)])
def test_nobody_arrives_while_they_are_elsewhere(ends: str, fits: bool) -> None:
    elsewhere = [Span(at("16:00"), at(ends))]
    spec = expected().when(lambda s: s.check_in(NOW, "p-1", elsewhere=elsewhere))
    if fits:
        spec.then(fact(PatientCheckedIn))
    else:
        spec.then_refused(SignedInElsewhere)


@pytest.mark.parametrize(("begins", "fits"), [("17:59", False), ("18:00", True)])
def test_nobody_stayed_while_they_were_elsewhere(begins: str, fits: bool) -> None:
    elsewhere = [Span(at(begins), at("18:30"))]
    spec = expected(signed_in("p-1", "17:00")).when(
        lambda s: s.check_out(NOW, "p-1", elsewhere=elsewhere)
    )
    if fits:
        spec.then(fact(PatientCheckedOut))
    else:
        spec.then_refused(SignedInElsewhere)


def test_who_steps_out_and_returns_has_two_lines() -> None:
    spec = expected(signed_in("p-1", "17:00", "17:30")).when(arrives())
    spec.then(fact(PatientCheckedIn, arrived_at=at("18:00")))
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "17:30"), line("18:00"))


def test_who_came_is_the_one_who_leaves() -> None:
    spec = given(session(), rostered("p-1", "p-2"), signed_in("p-1", "17:00"))
    spec.when(leaves("p-2")).then_refused(NotSignedIn)
    spec.when(leaves("p-1")).then(fact(PatientCheckedOut, patient_id="p-1"))


def test_who_arrives_or_leaves_after_closing_does_so_with_a_reason() -> None:
    spec = expected(closed)
    spec.when(arrives()).then_refused(ReasonMissing)
    spec.when(lambda s: s.check_in(NOW, "p-1", amendment=FOUND)).then(
        fact(LateSignInEntered, arrived_at=at("18:00"), reason="sheet found")
    )
    spec.when(leaves()).then_refused(ReasonMissing)
    spec.when(lambda s: s.check_out(NOW, "p-1", amendment=FOUND)).then(
        fact(LateCheckOutEntered, left_at=at("18:00"), credential="LCSW")
    )


def test_a_session_that_came_back_expects_nobody_of_before() -> None:
    back: Command = lambda s: s.reschedule(CAUSE, later(1))  # noqa: E731
    spec = expected(withdrawn).when(back)
    spec.then(fact(SessionRescheduled))
    spec.when(arrives()).then_refused(NotOnRoster)
