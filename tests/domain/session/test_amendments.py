from collections.abc import Iterable

import pytest

from domain.errors import (
    AlreadyMadeUp,
    NotOnRoster,
    NotSignedIn,
    NotTakingPlace,
    ReasonMissing,
    SignedInElsewhere,
    SignedInTwice,
)
from domain.session import (
    Amendment,
    AttendanceCorrected,
    AttendanceWithdrawn,
    CheckInUndone,
    PatientCheckedIn,
    Session,
    SessionCalledOff,
    SignInReassigned,
)
from domain.times import Span
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    Command,
    at,
    called_off,
    came_for,
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

NO_REASON = pytest.mark.parametrize("amendment", [None, Amendment(""), Amendment("", "LCSW")])


def undone(patient_id: str, wall: str, amendment: Amendment | None = FOUND) -> Command:
    return lambda s: s.undo_check_in(AFTERWARDS, patient_id, at(wall), amendment=amendment)


def reassigned(
    patient_id: str,
    wall: str,
    to: str,
    *,
    elsewhere: Iterable[Span] = (),
    amendment: Amendment | None = FOUND,
) -> Command:
    return lambda s: s.reassign_sign_in(
        AFTERWARDS, patient_id, at(wall), to=to, amendment=amendment, elsewhere=elsewhere
    )


def settled(s: Session) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def both(*earlier: Command) -> given:
    return given(session(), rostered("p-1", "p-2"), *earlier)


# An arrival that was none


def test_an_arrival_by_mistake_is_struck_and_the_departure_with_it() -> None:
    spec = both(signed_in("p-1", "17:00", "20:00")).when(undone("p-1", "17:00"))
    spec.then(
        fact(
            CheckInUndone,
            patient_id="p-1",
            arrived_at=at("17:00"),
            reason="sheet found",
            credential="LCSW",
        )
    )
    visit = spec.aggregate.visits["p-1"]
    assert (visit.sign_ins, visit.departures, visit.missed) == ((), (), True)


def test_an_arrival_is_struck_once() -> None:
    both(signed_in("p-1", "17:00"), undone("p-1", "17:00")).when(
        undone("p-1", "17:00")
    ).then_nothing()


@pytest.mark.parametrize(("who", "wall"), [("p-1", "16:59"), ("p-2", "17:00"), ("p-3", "17:00")])
def test_what_was_never_on_the_sheet_is_not_struck(who: str, wall: str) -> None:
    both(signed_in("p-1", "17:00")).when(undone(who, wall)).then_refused(NotSignedIn)


def test_only_that_line_is_struck() -> None:
    spec = both(signed_in("p-1", "17:00", "18:00"), signed_in("p-1", "18:30"))
    spec.when(undone("p-1", "18:30")).then(fact(CheckInUndone, arrived_at=at("18:30")))
    assert spec.aggregate.visits["p-1"].sign_ins == (line("17:00", "18:00"),)


def test_who_was_struck_can_arrive_then_after_all() -> None:
    both(signed_in("p-1", "17:00"), undone("p-1", "17:00")).when(signed_in("p-1", "17:00")).then(
        fact(PatientCheckedIn)
    )


def test_a_session_that_nobody_came_to_after_all_can_be_called_off() -> None:
    both(signed_in("p-1", "17:00"), undone("p-1", "17:00")).when(called_off).then(
        fact(SessionCalledOff)
    )


def test_a_make_up_vanishes_with_its_last_line() -> None:
    made = came_for("missed", "p-3", "17:00", "18:00"), came_for("missed", "p-3", "18:30")
    spec = both(*made)
    spec.when(undone("p-3", "17:00")).then(fact(CheckInUndone))
    assert spec.aggregate.visits["p-3"].makes_up == "missed"
    assert spec.aggregate.free_places == 0
    spec.when(undone("p-3", "18:30")).then(fact(CheckInUndone))
    assert "p-3" not in spec.aggregate.visits
    assert spec.aggregate.free_places == 1


@NO_REASON
@pytest.mark.parametrize("before", [[], [closed]])
def test_striking_an_arrival_needs_a_reason(
    before: list[Command], amendment: Amendment | None
) -> None:
    both(signed_in("p-1", "17:00"), *before).when(undone("p-1", "17:00", amendment)).then_refused(
        ReasonMissing
    )


def test_an_arrival_that_is_struck_after_closing_corrects_the_record() -> None:
    spec = both(signed_in("p-1", "17:00", "20:00"), closed)
    first = spec.aggregate.records["p-1"].version
    spec.when(undone("p-1", "17:00")).then(fact(CheckInUndone))
    spec.when(settled).then(
        fact(AttendanceCorrected, patient_id="p-1", corrects=first, reason="sheet found")
    )
    assert spec.aggregate.records["p-1"].attendance.status == "no_show"


def test_a_make_up_that_is_struck_after_closing_has_its_record_withdrawn() -> None:
    spec = both(came_for("missed", "p-3", "17:00", "20:00"), closed)
    first = spec.aggregate.records["p-3"].version
    spec.when(undone("p-3", "17:00"))
    spec.when(settled).then(
        fact(
            AttendanceWithdrawn,
            patient_id="p-3",
            corrects=first,
            reason="sheet found",
            credential="LCSW",
        )
    )
    spec.when(settled).then_nothing()


# The wrong patient


def test_it_was_somebody_else_who_came() -> None:
    spec = both(signed_in("p-1", "17:00", "20:00")).when(reassigned("p-1", "17:00", "p-2"))
    spec.then(
        fact(
            SignInReassigned,
            patient_id="p-1",
            to_patient_id="p-2",
            arrived_at=at("17:00"),
            reason="sheet found",
            credential="LCSW",
        )
    )
    visits = spec.aggregate.visits
    assert (visits["p-1"].sign_ins, visits["p-2"].sign_ins) == ((), (line("17:00", "20:00"),))


def test_a_line_changes_its_patient_once() -> None:
    once = reassigned("p-1", "17:00", "p-2")
    both(signed_in("p-1", "17:00"), once).when(once).then_nothing()
    both(signed_in("p-1", "17:00"), once).when(
        reassigned("p-1", "17:00", "p-2", amendment=None)
    ).then_nothing()


def test_a_line_goes_back_to_whose_it_was() -> None:
    both(signed_in("p-1", "17:00"), reassigned("p-1", "17:00", "p-2")).when(
        reassigned("p-2", "17:00", "p-1")
    ).then(fact(SignInReassigned, to_patient_id="p-1"))


def test_a_line_goes_among_the_others_in_their_order() -> None:
    spec = both(signed_in("p-1", "17:00", "18:00"), signed_in("p-2", "18:00"))
    spec.when(reassigned("p-1", "17:00", "p-2")).then(fact(SignInReassigned))
    lines = spec.aggregate.visits["p-2"].sign_ins
    assert lines == (line("17:00", "18:00"), line("18:00"))


def test_a_make_up_that_was_somebody_elses_line_vanishes() -> None:
    spec = both(came_for("missed", "p-3", "17:00")).when(reassigned("p-3", "17:00", "p-1"))
    spec.then(fact(SignInReassigned))
    assert list(spec.aggregate.visits) == ["p-1", "p-2"]
    assert spec.aggregate.visits["p-1"].role == "rostered"


@pytest.mark.parametrize("wall", ["16:59", "17:01"])
def test_a_line_that_is_not_there_is_nobodys(wall: str) -> None:
    both(signed_in("p-1", "17:00")).when(reassigned("p-1", wall, "p-2")).then_refused(NotSignedIn)


def test_a_line_of_who_is_not_expected_is_nobodys() -> None:
    both().when(reassigned("p-3", "17:00", "p-2")).then_refused(NotSignedIn)


def test_a_line_goes_to_nobody_who_is_not_expected() -> None:
    both(signed_in("p-1", "17:00")).when(reassigned("p-1", "17:00", "p-3")).then_refused(
        NotOnRoster
    )


def test_a_line_goes_to_nobody_who_came_to_make_up() -> None:
    both(signed_in("p-1", "17:00"), came_for("missed", "p-3", "19:00")).when(
        reassigned("p-1", "17:00", "p-3")
    ).then_refused(NotOnRoster)


def test_a_line_goes_to_nobody_who_made_the_visit_up() -> None:
    both(signed_in("p-1", "17:00"), made_up("p-2", session(later(2)))).when(
        reassigned("p-1", "17:00", "p-2")
    ).then_refused(AlreadyMadeUp)


def test_a_line_does_not_go_to_the_same_patient() -> None:
    both(signed_in("p-1", "17:00")).when(reassigned("p-1", "17:00", "p-1")).then_refused(
        SignedInTwice
    )


@pytest.mark.parametrize(
    ("theirs", "fits"), [("17:00", False), ("17:59", False), ("18:00", True), ("18:01", True)]
)
def test_nobody_gets_a_line_while_they_are_here(theirs: str, fits: bool) -> None:
    spec = both(signed_in("p-1", "17:00", "18:00"), signed_in("p-2", theirs, "20:00")).when(
        reassigned("p-1", "17:00", "p-2")
    )
    if fits:
        spec.then(fact(SignInReassigned))
    else:
        spec.then_refused(SignedInTwice)


@pytest.mark.parametrize(("begins", "fits"), [("17:59", False), ("18:00", True)])
def test_nobody_gets_a_line_while_they_are_elsewhere(begins: str, fits: bool) -> None:
    elsewhere = [Span(at(begins), at("19:00"))]
    spec = both(signed_in("p-1", "17:00", "18:00")).when(
        reassigned("p-1", "17:00", "p-2", elsewhere=elsewhere)
    )
    if fits:
        spec.then(fact(SignInReassigned))
    else:
        spec.then_refused(SignedInElsewhere)


@NO_REASON
def test_a_line_changes_its_patient_with_a_reason(amendment: Amendment | None) -> None:
    both(signed_in("p-1", "17:00")).when(
        reassigned("p-1", "17:00", "p-2", amendment=amendment)
    ).then_refused(ReasonMissing)


@pytest.mark.parametrize(("off", "why"), [(called_off, NotSignedIn), (withdrawn, NotSignedIn)])
def test_a_session_that_does_not_take_place_has_no_lines(off: Command, why: type) -> None:
    both(off).when(reassigned("p-1", "17:00", "p-2")).then_refused(why)
    both(off).when(undone("p-1", "17:00")).then_refused(NotSignedIn)


def test_no_line_comes_to_a_session_that_does_not_take_place() -> None:
    """Only a history under other rules has one there: it stays as it is."""
    came = {"patient_id": "p-1", "arrived_at": at("17:00"), "makes_up": None}
    both(called_off, lambda s: s.record(PatientCheckedIn, CAUSE, **came)).when(
        reassigned("p-1", "17:00", "p-2")
    ).then_refused(NotTakingPlace)


def test_a_line_that_changes_its_patient_after_closing_corrects_both_records() -> None:
    spec = both(signed_in("p-1", "17:00", "20:00"), closed, reassigned("p-1", "17:00", "p-2"))
    spec.when(settled).then(
        fact(AttendanceCorrected, patient_id="p-1"), fact(AttendanceCorrected, patient_id="p-2")
    )
    found = {name: each.attendance.status for name, each in spec.aggregate.records.items()}
    assert found == {"p-1": "no_show", "p-2": "attended"}
