"""Where two rules of a session meet: each of these once went wrong, or nearly."""

from dataclasses import replace
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.errors import HasAttended, NoFacilitator, OutsideSession, ReasonMissing
from domain.session import (
    AttendanceCorrected,
    AttendanceWithdrawn,
    CheckInUndone,
    PatientCheckedOut,
    PatientRostered,
    SessionStarted,
    SheetSigned,
    SignIn,
    SupporterReleased,
)
from domain.session.attendance import credits_of
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    Command,
    at,
    came_for,
    closed,
    later,
    line,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.given_when_then import fact, given


def now(wall: str) -> CommandContext:
    return CommandContext("command-3", at(wall), "staff-7")


def arrives(wall: str, patient_id: str = "p-1") -> Any:
    return lambda s: s.check_in(now(wall), patient_id)


def leaves(wall: str, patient_id: str = "p-1") -> Any:
    return lambda s: s.check_out(now(wall), patient_id)


def told(wall: str, *, left: bool) -> Any:
    def command(s: Any) -> None:
        (s.check_out if left else s.check_in)(now("21:00"), "p-1", at=at(wall), amendment=FOUND)

    return command


def settled(s: Any) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def lines(spec: Any) -> list[SignIn]:
    return list(spec.aggregate.visits["p-1"].sign_ins)


# Arrivals and departures at one instant


def test_who_leaves_and_comes_back_in_the_same_instant_has_two_stays() -> None:
    spec = given(session(), rostered("p-1"), arrives("17:00"), leaves("18:00"), arrives("18:00"))
    spec.when(leaves("20:00")).then(fact(PatientCheckedOut, arrived_at=at("18:00")))
    assert lines(spec) == [line("17:00", "18:00"), line("18:00", "20:00")]


def test_lines_that_follow_upon_each_other_stay_when_something_is_told_late() -> None:
    spec = given(
        session(),
        rostered("p-1"),
        signed_in("p-1", "17:00", "18:00"),
        signed_in("p-1", "18:00", "20:00"),
    ).when(told("20:20", left=False))
    assert lines(spec) == [line("17:00", "18:00"), line("18:00", "20:00"), line("20:20")]


def test_who_only_looks_in_has_a_line_without_time() -> None:
    spec = given(session(), rostered("p-1"), arrives("18:00")).when(leaves("18:00"))
    assert lines(spec) == [line("18:00", "18:00")]


# Departures that wait for their arrival


def test_a_departure_that_the_sheet_contradicts_waits_no_longer() -> None:
    spec = given(
        session(), rostered("p-1"), told("19:00", left=True), signed_in("p-1", "17:00", "20:00")
    ).when(told("20:30", left=False))
    assert lines(spec) == [line("17:00", "20:00"), line("20:30")]


def test_a_departure_of_a_stay_that_never_was_goes_with_it() -> None:
    undo: Any = lambda s: s.undo_check_in(  # noqa: E731
        CAUSE, "p-1", at("17:00"), amendment=FOUND
    )
    spec = given(
        session(),
        rostered("p-1"),
        signed_in("p-1", "17:00", "18:00"),
        told("19:00", left=True),
        undo,
    ).when(told("18:30", left=False))
    assert lines(spec) == [line("18:30")]


# What is refused leaves nothing behind


@pytest.mark.parametrize(
    "command",
    [
        lambda s: s.check_out(now("21:00"), "p-1", at=at("19:00")),
        lambda s: s.check_in(now("21:00"), "p-1", at=at("20:10")),
        lambda s: s.sign_in(CAUSE, "p-1", line("20:10", "20:20")),
    ],
)
def test_a_late_entry_without_a_reason_leaves_nothing_behind(command: Any) -> None:
    given(session(), rostered("p-1"), signed_in("p-1", "17:00", "20:00"), closed).when(
        command
    ).then_refused(ReasonMissing)


def test_a_make_up_is_not_redirected_by_a_line_that_is_refused() -> None:
    given(session(), came_for("missed", "p-1", "17:00", "18:00"), closed).when(
        lambda s: s.sign_in(CAUSE, "p-1", line("19:00", "20:00"), makes_up="other")
    ).then_refused(ReasonMissing)


def test_nobody_is_turned_away_without_a_reason() -> None:
    given(session(), rostered("p-1")).when(
        lambda s: s.turn_away(now("17:05"), "p-1", reason="")
    ).then_refused(ReasonMissing)


# A session that takes place again


def moved(s: Any) -> None:
    s.reschedule(AFTERWARDS, later(2))


def closed_again(s: Any) -> None:
    s.close(CommandContext("command-4", later(2).ends_at, "staff-7"), LATE_AFTER)


def test_who_is_not_expected_when_a_session_takes_place_again_has_no_record() -> None:
    spec = given(
        session(), rostered("p-1", "p-2"), closed, moved, lambda s: s.release(CAUSE, "p-1")
    ).when(closed_again)
    records = spec.aggregate.records
    assert records["p-1"].attendance is None
    assert records["p-2"].attendance
    kinds = [type(each) for each in spec.decided]
    assert kinds.count(AttendanceWithdrawn) == kinds.count(AttendanceCorrected) == 1


def test_the_records_of_a_session_that_was_moved_and_then_withdrawn_are_withdrawn() -> None:
    given(session(), rostered("p-1"), closed, moved, withdrawn).when(settled).then(
        fact(AttendanceWithdrawn, patient_id="p-1")
    )


def test_a_session_that_was_started_and_moved_starts_anew() -> None:
    next_week = later(7)
    start: Any = lambda s: s.start(now("16:30"), credential="LCSW")  # noqa: E731
    again = CommandContext("command-5", next_week.starts_at, "staff-7")
    given(session(), start, lambda s: s.reschedule(now("16:40"), next_week)).when(
        lambda s: s.start(again, credential="LCSW")
    ).then(fact(SessionStarted))


def test_a_session_that_takes_longer_goes_on() -> None:
    start: Any = lambda s: s.start(now("17:00"), credential="LCSW")  # noqa: E731
    longer = replace(MEETING, ends_at=at("20:30"))
    spec = given(session(), start).when(lambda s: s.reschedule(now("19:50"), longer))
    assert spec.aggregate.started


def test_what_was_signed_of_a_session_is_signed_anew_when_it_takes_place_again() -> None:
    sign: Any = lambda s: s.sign_sheet(AFTERWARDS, credential="LCSW")  # noqa: E731
    given(session(), closed, sign, moved).when(
        lambda s: s.sign_sheet(
            CommandContext("command-5", later(2).ends_at, "staff-7"), credential="LCSW"
        )
    ).then(fact(SheetSigned))


def test_a_session_is_not_started_when_it_is_over() -> None:
    given(session()).when(lambda s: s.start(now("19:59"), credential="LCSW")).then(
        fact(SessionStarted)
    )
    given(session()).when(lambda s: s.start(now("20:00"), credential="LCSW")).then_refused(
        OutsideSession
    )


def test_a_session_that_has_started_keeps_a_facilitator() -> None:
    given(session(), lambda s: s.start(now("17:00"), credential="LCSW")).when(
        lambda s: s.reschedule(now("17:10"), replace(MEETING, staff_id=None))
    ).then_refused(NoFacilitator)


# Waiting and coming along


def test_who_comes_to_make_up_a_visit_waits_no_longer() -> None:
    spec = given(
        session(),
        rostered("p-1", "p-2", "p-3"),
        lambda s: [s.wait(CAUSE, each) for each in ("p-4", "p-5")],
        lambda s: s.release(CAUSE, "p-1"),
        came_for("missed", "p-4", "17:00"),
        lambda s: s.release(CAUSE, "p-2"),
    )
    assert spec.aggregate.waiting == ("p-5",)
    spec.when(lambda s: s.offer_places(CAUSE, {})).then(fact(PatientRostered, patient_id="p-5"))


def test_nobody_comes_along_with_a_patient_whose_visit_was_a_mistake() -> None:
    given(
        session(),
        came_for("missed", "p-1", "17:00"),
        lambda s: s.expect_supporter(CAUSE, "supporter-1", patient_id="p-1", relation="son"),
    ).when(lambda s: s.undo_check_in(CAUSE, "p-1", at("17:00"), amendment=FOUND)).then(
        fact(CheckInUndone), fact(SupporterReleased, supporter_id="supporter-1")
    )


def test_a_session_to_which_a_supporter_came_took_place() -> None:
    given(
        session(),
        rostered("p-1"),
        lambda s: s.expect_supporter(CAUSE, "supporter-1", patient_id="p-1", relation="son"),
        lambda s: s.check_in_supporter(now("17:00"), "supporter-1"),
    ).when(lambda s: s.call_off(now("18:00"), "burst pipe")).then_refused(HasAttended)


# Old histories


def test_no_minute_is_credited_twice_by_lines_that_share_time() -> None:
    shared = [line("17:00", "20:00"), line("18:00", "19:00"), line("19:50", "20:00")]
    assert sum(each.minutes for each in credits_of(MEETING, shared)) == 165


def test_what_is_said_of_somebody_unknown_still_loads() -> None:
    spec = given(session(), rostered("p-1"), signed_in("p-1", "17:00"))
    spec.aggregate.visits.clear()
    commands: list[Command] = [
        lambda s: s.record(
            CheckInUndone,
            CAUSE,
            patient_id="p-1",
            arrived_at=at("17:00"),
            reason="",
            credential=None,
        ),
        lambda s: s.record(
            PatientCheckedOut, CAUSE, patient_id="p-9", arrived_at=at("17:00"), left_at=at("18:00")
        ),
    ]
    for command in commands:
        command(spec.aggregate)
    assert not spec.aggregate.visits
