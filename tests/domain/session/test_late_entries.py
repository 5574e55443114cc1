from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.aggregate import CommandContext
from domain.errors import (
    NotOnRoster,
    NotTakingPlace,
    NotYet,
    OutsideSession,
    ReasonMissing,
    SignedInElsewhere,
)
from domain.session import (
    Amendment,
    AttendanceCorrected,
    CheckOutCorrected,
    DepartureHeld,
    LateCheckOutEntered,
    LateSignInEntered,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientTurnedAway,
    SignIn,
)
from domain.session.presence import AROUND
from domain.times import Span
from tests.support.domain_examples import (
    AFTERWARDS,
    FOUND,
    LATE_AFTER,
    MEETING,
    Command,
    at,
    called_off,
    came_for,
    closed,
    line,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given

TONIGHT = CommandContext("told", at("20:00") + 2 * AROUND, "staff-7")
SECOND = timedelta(seconds=1)


def came(wall: str, patient_id: str = "p-1", amendment: Amendment | None = None) -> Command:
    return lambda s: s.check_in(TONIGHT, patient_id, at=at(wall), amendment=amendment)


def went(wall: str, patient_id: str = "p-1", amendment: Amendment | None = None) -> Command:
    return lambda s: s.check_out(TONIGHT, patient_id, at=at(wall), amendment=amendment)


def turned_away(wall: str, reason: str = "fever") -> Command:
    return lambda s: s.turn_away(TONIGHT, "p-1", reason=reason, at=at(wall))


def expected(*earlier: Command) -> given:
    return given(session(), rostered("p-1"), *earlier)


def lines(spec: given) -> tuple[SignIn, ...]:
    found: tuple[SignIn, ...] = spec.aggregate.visits["p-1"].sign_ins
    return found


# Told late


def test_an_arrival_and_a_departure_are_told_hours_later() -> None:
    spec = expected()
    spec.when(came("17:03")).then(fact(PatientCheckedIn, arrived_at=at("17:03")))
    spec.when(went("19:55")).then(
        fact(PatientCheckedOut, arrived_at=at("17:03"), left_at=at("19:55"))
    )
    assert lines(spec) == (line("17:03", "19:55"),)


@pytest.mark.parametrize("again", [came("17:03"), went("19:55")])
def test_what_was_told_is_told_once(again: Command) -> None:
    expected(came("17:03"), went("19:55")).when(again).then_nothing()


def test_a_departure_told_before_its_arrival_waits_for_it() -> None:
    spec = expected()
    spec.when(went("19:55")).then(fact(DepartureHeld, patient_id="p-1", left_at=at("19:55")))
    assert lines(spec) == ()
    spec.when(went("19:55")).then_nothing()
    spec.when(came("17:03")).then(
        fact(PatientCheckedIn, arrived_at=at("17:03")),
        fact(PatientCheckedOut, arrived_at=at("17:03"), left_at=at("19:55")),
    )
    assert lines(spec) == (line("17:03", "19:55"),)
    assert spec.aggregate.visits["p-1"].departures == ()


def test_a_held_departure_is_no_presence() -> None:
    spec = expected(went("19:55"))
    assert not list(spec.aggregate.presence("p-1"))
    spec.when(closed)
    assert spec.aggregate.records["p-1"].attendance.status == "no_show"


def test_an_earlier_departure_that_is_told_later_ends_the_line() -> None:
    spec = expected(came("17:00"), went("20:00"))
    spec.when(went("18:00")).then(
        fact(DepartureHeld, left_at=at("20:00")),
        fact(CheckOutCorrected, left_at=at("18:00"), recorded_as=at("20:00")),
    )
    spec.when(came("18:30")).then(
        fact(PatientCheckedIn, arrived_at=at("18:30")),
        fact(PatientCheckedOut, arrived_at=at("18:30"), left_at=at("20:00")),
    )
    assert lines(spec) == (line("17:00", "18:00"), line("18:30", "20:00"))


def test_an_arrival_within_a_line_takes_its_departure_over() -> None:
    spec = expected(came("17:00"), went("20:00"))
    spec.when(came("18:30")).then(
        fact(PatientCheckedIn, arrived_at=at("18:30")),
        fact(CheckOutCorrected, arrived_at=at("17:00"), left_at=None, recorded_as=at("20:00")),
        fact(PatientCheckedOut, arrived_at=at("18:30"), left_at=at("20:00")),
    )
    spec.when(went("18:00")).then(fact(PatientCheckedOut, arrived_at=at("17:00")))


TOLD = st.lists(
    st.tuples(st.sampled_from(["came", "went"]), st.integers(0, 47)),
    max_size=8,
    unique_by=lambda each: each[1],
)


@given_any(TOLD, st.randoms())
def test_any_order_of_telling_the_same_gives_the_same_lines(
    told: list[tuple[str, int]], chance: Random
) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)
    visits = []
    for order in (sorted(told, key=lambda each: each[1]), shuffled):
        found = session()
        found.roster(AFTERWARDS, "p-1")
        for what, minutes in order:
            moment = at("16:30") + timedelta(minutes=5 * minutes)
            command = found.check_in if what == "came" else found.check_out
            command(TONIGHT, "p-1", at=moment)
        visits.append(found.visits["p-1"])
    assert visits[0] == visits[1]
    assert len(visits[0].sign_ins) == sum(what == "came" for what, _ in told)
    left = [each.left_at for each in visits[0].sign_ins if each.left_at]
    assert len(left) + len(visits[0].departures) == sum(what == "went" for what, _ in told)


# When the door is open

EDGES = pytest.mark.parametrize(
    ("moment", "fits"),
    [
        (MEETING.starts_at - AROUND - SECOND, False),
        (MEETING.starts_at - AROUND, True),
        (MEETING.starts_at - AROUND + SECOND, True),
        (MEETING.ends_at + AROUND - SECOND, True),
        (MEETING.ends_at + AROUND, True),
        (MEETING.ends_at + AROUND + SECOND, False),
    ],
)


@EDGES
def test_the_door_is_open_around_the_session_for_what_happens_now_and_what_is_told(
    moment: datetime, fits: bool
) -> None:
    now = CommandContext("now", moment, "staff-7")
    for spec in (
        expected().when(lambda s: s.check_in(now, "p-1")),
        expected().when(lambda s: s.check_in(TONIGHT, "p-1", at=moment)),
    ):
        if fits:
            spec.then(fact(PatientCheckedIn, arrived_at=moment))
        else:
            spec.then_refused(OutsideSession)


@EDGES
def test_a_departure_and_who_is_turned_away_lie_around_the_session_too(
    moment: datetime, fits: bool
) -> None:
    out = expected().when(lambda s: s.check_out(TONIGHT, "p-1", at=moment))
    away = expected().when(lambda s: s.turn_away(TONIGHT, "p-1", reason="fever", at=moment))
    if fits:
        out.then(fact(DepartureHeld, left_at=moment))
        away.then(fact(PatientTurnedAway, came_at=moment))
    else:
        out.then_refused(OutsideSession)
        away.then_refused(OutsideSession)


@pytest.mark.parametrize(("ahead", "fits"), [(-1, True), (0, True), (1, False)])
def test_nothing_is_told_before_it_happens(ahead: int, fits: bool) -> None:
    now = CommandContext("now", at("17:00"), "staff-7")
    moment = now.at + ahead * SECOND
    commands: list[tuple[Command, type]] = [
        (lambda s: s.check_in(now, "p-1", at=moment), PatientCheckedIn),
        (lambda s: s.check_out(now, "p-1", at=moment), DepartureHeld),
        (lambda s: s.turn_away(now, "p-1", reason="fever", at=moment), PatientTurnedAway),
    ]
    for command, event in commands:
        spec = expected().when(command)
        if fits:
            spec.then(fact(event))
        else:
            spec.then_refused(NotYet)


# Refused as at the door itself


@pytest.mark.parametrize("told", [came("17:00", "p-2"), went("20:00", "p-2")])
def test_nothing_is_told_of_who_is_not_expected(told: Command) -> None:
    expected().when(told).then_refused(NotOnRoster)


@pytest.mark.parametrize("told", [came("17:00"), went("20:00"), turned_away("17:00")])
def test_nothing_is_told_of_a_session_that_was_called_off(told: Command) -> None:
    expected(called_off).when(told).then_refused(NotTakingPlace)


def test_nobody_is_turned_away_from_a_session_that_left_the_schedule() -> None:
    expected(withdrawn).when(turned_away("17:00")).then_refused(NotTakingPlace)


@pytest.mark.parametrize(("wall", "fits"), [("17:59", False), ("18:00", True)])
def test_who_is_told_late_was_in_one_place_at_a_time(wall: str, fits: bool) -> None:
    elsewhere = [Span(at("16:00"), at("18:00"))]
    spec = expected().when(lambda s: s.check_in(TONIGHT, "p-1", at=at(wall), elsewhere=elsewhere))
    if fits:
        spec.then(fact(PatientCheckedIn))
    else:
        spec.then_refused(SignedInElsewhere)


def test_who_came_to_make_up_leaves_late() -> None:
    given(session(), came_for("missed", "p-1", "17:00")).when(went("20:00")).then(
        fact(PatientCheckedOut, left_at=at("20:00"))
    )


# After closing


def test_what_is_told_after_closing_is_a_late_entry_with_its_reason() -> None:
    spec = expected(closed)
    spec.when(came("17:00", amendment=FOUND)).then(
        fact(LateSignInEntered, arrived_at=at("17:00"), left_at=None, reason=FOUND.reason)
    )
    spec.when(went("20:00", amendment=FOUND)).then(
        fact(LateCheckOutEntered, left_at=at("20:00"), credential=FOUND.credential)
    )
    spec.when(lambda s: s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)).then(
        fact(AttendanceCorrected)
    )


@pytest.mark.parametrize("amendment", [None, Amendment("")])
@pytest.mark.parametrize("known", [(), ("17:00",)])
def test_a_late_entry_needs_a_reason(known: tuple[str, ...], amendment: Amendment | None) -> None:
    before = [signed_in("p-1", wall) for wall in known]
    told = went("20:00", amendment=amendment) if known else came("17:00", amendment=amendment)
    expected(*before, closed).when(told).then_refused(ReasonMissing)


@pytest.mark.parametrize("told", [line("17:00"), line("17:00", "20:00")])
def test_a_line_of_the_sheet_after_closing_needs_a_reason(told: SignIn) -> None:
    expected(closed).when(lambda s: s.sign_in(AFTERWARDS, "p-1", told)).then_refused(ReasonMissing)
    expected(signed_in("p-1", "17:00", "19:00"), closed).when(
        lambda s: s.sign_in(AFTERWARDS, "p-1", told)
    ).then_refused(ReasonMissing)


@pytest.mark.parametrize("again", [came("17:03"), went("19:55")])
def test_what_was_told_before_closing_needs_no_reason_after_it(again: Command) -> None:
    expected(came("17:03"), went("19:55"), closed).when(again).then_nothing()


def test_a_departure_is_put_right_before_closing_without_a_word() -> None:
    expected(came("17:00"), went("20:00")).when(
        lambda s: s.sign_in(AFTERWARDS, "p-1", line("17:00", "19:00"))
    ).then(fact(CheckOutCorrected, reason="told otherwise at the door", credential=None))
