"""A time that is put right after closing, with its reason, is the one that counts."""

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.errors import MakesUpAnother, OnRosterAnyway, SaidOtherwise, SignedInTwice
from domain.session import (
    CheckInUndone,
    CheckOutCorrected,
    DepartureHeld,
    LateCheckOutEntered,
    LateSignInEntered,
    Session,
)
from tests.domain.session.test_late_entries import TONIGHT, came, turned_away, went
from tests.support.domain_examples import (
    AFTERWARDS,
    FOUND,
    LATE_AFTER,
    MEETING,
    Command,
    at,
    came_for,
    closed,
    line,
    rostered,
    session,
    signed_in,
)
from tests.support.given_when_then import fact, given


def attended(*earlier: Command) -> given:
    """A patient who was there from 17:00 to 19:00, and a session that is closed."""
    return given(session(), rostered("p-1"), signed_in("p-1", "17:00", "19:00"), *earlier, closed)


def reconciled(s: Session) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def status(spec: given) -> tuple[str, int]:
    reconciled(spec.aggregate)
    attendance = spec.aggregate.records["p-1"].attendance
    return attendance.status, attendance.credited_minutes


def test_a_later_departure_replaces_the_one_on_record() -> None:
    spec = attended().when(went("20:00", amendment=FOUND))
    spec.then(
        fact(
            CheckOutCorrected,
            arrived_at=at("17:00"),
            left_at=at("20:00"),
            recorded_as=at("19:00"),
            reason=FOUND.reason,
        )
    )
    assert status(spec) == ("attended", 165)


def test_a_later_departure_that_was_held_before_closing_counts_once_it_is_put_right() -> None:
    spec = attended(went("20:00"))
    assert status(spec) == ("attended", 105)
    spec.when(went("20:00", amendment=FOUND)).then(fact(CheckOutCorrected, left_at=at("20:00")))
    assert spec.aggregate.visits["p-1"].departures == ()
    spec.when(went("20:00", amendment=FOUND)).then_nothing()


def test_an_earlier_departure_replaces_it_and_a_later_one_again() -> None:
    spec = attended()
    spec.when(went("18:00", amendment=FOUND)).then(
        fact(DepartureHeld, left_at=at("19:00")), fact(CheckOutCorrected, left_at=at("18:00"))
    )
    spec.when(went("19:30", amendment=FOUND)).then(fact(CheckOutCorrected, left_at=at("19:30")))
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "19:30"),)


def test_a_departure_after_two_stays_is_that_of_the_second() -> None:
    spec = attended(signed_in("p-1", "19:10", "19:30")).when(went("20:00", amendment=FOUND))
    spec.then(fact(CheckOutCorrected, arrived_at=at("19:10"), left_at=at("20:00")))


def test_a_departure_between_two_stays_is_that_of_the_first() -> None:
    spec = attended(signed_in("p-1", "19:30", "20:00")).when(went("19:20", amendment=FOUND))
    spec.then(fact(CheckOutCorrected, arrived_at=at("17:00"), left_at=at("19:20")))


def test_an_earlier_arrival_replaces_the_one_on_record() -> None:
    spec = attended().when(came("16:50", amendment=FOUND))
    spec.then(
        fact(LateSignInEntered, arrived_at=at("16:50"), reason=FOUND.reason),
        fact(CheckInUndone, arrived_at=at("17:00"), reason=FOUND.reason),
        fact(LateCheckOutEntered, arrived_at=at("16:50"), left_at=at("19:00")),
    )
    assert spec.aggregate.visits["p-1"].sign_ins == (line("16:50", "19:00"),)
    assert status(spec) == ("attended", 105)
    spec.when(came("16:50", amendment=FOUND)).then_nothing()


def test_an_earlier_arrival_of_who_makes_something_up_keeps_what_it_makes_up() -> None:
    spec = given(session(), came_for("missed", "p-9", "17:00", "20:00"), closed)
    spec.when(
        lambda s: s.check_in(TONIGHT, "p-9", at=at("16:55"), makes_up="missed", amendment=FOUND)
    )
    visit = spec.aggregate.visits["p-9"]
    assert (visit.makes_up, visit.sign_ins) == ("missed", (line("16:55", "20:00"),))


def test_an_earlier_stay_is_entered_by_its_departure_first() -> None:
    spec = attended()
    spec.when(went("16:40", amendment=FOUND)).then(fact(DepartureHeld, left_at=at("16:40")))
    spec.when(came("16:30", amendment=FOUND))
    assert spec.aggregate.visits["p-1"].sign_ins == (
        line("16:30", "16:40"),
        line("17:00", "19:00"),
    )


def test_an_arrival_during_a_stay_is_refused_and_changes_nothing() -> None:
    attended().when(came("18:00", amendment=FOUND)).then_refused(SignedInTwice)


def test_a_second_stay_is_entered_after_the_first() -> None:
    spec = attended()
    spec.when(came("19:10", amendment=FOUND)).then(fact(LateSignInEntered))
    spec.when(went("20:00", amendment=FOUND)).then(fact(LateCheckOutEntered))
    assert status(spec) == ("attended", 155)


def test_a_second_stay_is_moved_to_the_end_of_the_first() -> None:
    spec = attended().when(came("19:10", amendment=FOUND))
    spec.when(came("19:00", amendment=FOUND)).then(
        fact(LateSignInEntered, arrived_at=at("19:00")),
        fact(CheckInUndone, arrived_at=at("19:10")),
    )
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "19:00"), line("19:00", None))


MINUTES = st.integers(-60, 240)


@given_any(st.lists(st.tuples(st.booleans(), MINUTES), max_size=4))
def test_no_time_that_is_put_right_leaves_a_stay_without_an_end(
    told: list[tuple[bool, int]],
) -> None:
    """Only an arrival after the last departure begins a stay whose end is not known yet."""
    spec = attended()
    for arrives, minutes in told:
        moment = MEETING.starts_at + (MEETING.starts_at - at("16:59")) * minutes
        visit = spec.aggregate.visits["p-1"]
        before = sum(each.left_at is None for each in visit.sign_ins)
        last = max(each.left_at or each.arrived_at for each in visit.sign_ins)
        command = spec.aggregate.check_in if arrives else spec.aggregate.check_out
        try:
            command(TONIGHT, "p-1", at=moment, amendment=FOUND)
        except SignedInTwice:
            continue
        after = sum(each.left_at is None for each in spec.aggregate.visits["p-1"].sign_ins)
        assert after <= before + (arrives and moment >= last)


# An ok is what was asked for


@pytest.mark.parametrize("at_the_door", [True, False])
def test_a_visit_makes_up_what_was_said_first(at_the_door: bool) -> None:
    moment = None if at_the_door else at("17:30")
    given(session(), came_for("missed", "p-9", "17:00")).when(
        lambda s: s.check_in(AFTERWARDS, "p-9", at=moment, makes_up="other")
    ).then_refused(MakesUpAnother)


def test_who_is_expected_and_is_here_makes_nothing_up() -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00")).when(
        lambda s: s.check_in(AFTERWARDS, "p-1", makes_up="missed")
    ).then_refused(OnRosterAnyway)


def test_who_was_turned_away_was_so_for_one_reason() -> None:
    spec = given(session(), rostered("p-1"), turned_away("17:05"))
    spec.when(turned_away("17:05", "not sober")).then_refused(SaidOtherwise)
