import pytest

from domain.aggregate import CommandContext
from domain.errors import NotOnRoster, SignedInTwice
from domain.session import PatientTurnedAway, TurnedAway, Visit
from domain.session.attendance import status_of
from tests.support.domain_examples import (
    Command,
    absence,
    at,
    closed,
    line,
    rostered,
    session,
    signed_in,
)
from tests.support.given_when_then import fact, given


def turned_away(wall: str, reason: str = "fever") -> Command:
    return lambda s: s.turn_away(CommandContext("away", at(wall), "staff-7"), "p-1", reason=reason)


def expected(*earlier: Command) -> given:
    return given(session(), rostered("p-1"), *earlier)


def test_a_patient_came_and_was_not_let_in() -> None:
    spec = expected().when(turned_away("17:05"))
    spec.then(fact(PatientTurnedAway, patient_id="p-1", came_at=at("17:05"), reason="fever"))
    assert spec.aggregate.visits["p-1"].turned_away == (TurnedAway(at("17:05"), "fever"),)


def test_who_was_turned_away_at_that_time_was_so_once() -> None:
    expected(turned_away("17:05")).when(turned_away("17:05")).then_nothing()


def test_a_patient_may_be_turned_away_again_later() -> None:
    expected(turned_away("17:05")).when(turned_away("17:06", "intoxicated")).then(
        fact(PatientTurnedAway, came_at=at("17:06"), reason="intoxicated")
    )


def test_who_is_not_expected_is_not_turned_away() -> None:
    given(session()).when(turned_away("17:05")).then_refused(NotOnRoster)


@pytest.mark.parametrize(
    ("wall", "inside"), [("16:59", False), ("17:00", True), ("17:59", True), ("18:00", False)]
)
def test_who_is_inside_is_not_turned_away(wall: str, inside: bool) -> None:
    spec = expected(signed_in("p-1", "17:00", "18:00")).when(turned_away(wall))
    if inside:
        spec.then_refused(SignedInTwice)
    else:
        spec.then(fact(PatientTurnedAway, came_at=at(wall)))


@pytest.mark.parametrize(("wall", "inside"), [("19:59", True), ("20:00", False)])
def test_who_did_not_sign_out_is_inside_to_the_end(wall: str, inside: bool) -> None:
    spec = expected(signed_in("p-1", "17:00")).when(turned_away(wall))
    if inside:
        spec.then_refused(SignedInTwice)
    else:
        spec.then(fact(PatientTurnedAway))


AWAY = (TurnedAway(at("17:05"), "fever"),)


@pytest.mark.parametrize(
    ("visit", "called_off", "status"),
    [
        (Visit(turned_away=AWAY), False, "turned_away"),
        (Visit(turned_away=AWAY, absence=absence(excused=True)), False, "turned_away"),
        (Visit(turned_away=AWAY, sign_ins=(line("18:00", "20:00"),)), False, "attended"),
        (Visit(turned_away=AWAY, sign_ins=(line("18:00"),)), False, "incomplete"),
        (Visit(turned_away=AWAY), True, "cancelled"),
        (Visit(departures=(at("20:00"),)), False, "no_show"),
    ],
)
def test_the_status_of_who_was_turned_away(visit: Visit, called_off: bool, status: str) -> None:
    assert status_of(visit, called_off=called_off) == status


def test_who_was_turned_away_missed_the_visit_and_has_no_credits() -> None:
    spec = expected(turned_away("17:05"), closed)
    assert spec.aggregate.visits["p-1"].missed
    found = spec.aggregate.records["p-1"].attendance
    assert (found.status, found.late, found.credits) == ("turned_away", False, ())


def test_who_was_turned_away_and_let_in_later_attended() -> None:
    spec = expected(turned_away("17:05"), signed_in("p-1", "18:00", "20:00"), closed)
    assert spec.aggregate.records["p-1"].attendance.status == "attended"
