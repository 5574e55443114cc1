from dataclasses import replace
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.errors import NoFacilitator, SessionNotOver
from domain.session import (
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    Credit,
    Part,
    Session,
    SessionClosed,
    SignIn,
    StaffSubstituted,
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
    closed,
    later,
    line,
    rostered,
    session,
    signed_in,
)
from tests.support.given_when_then import fact, given

NEXT_WEEK = later(7)


def settled(s: Session) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def released(patient_id: str) -> Command:
    return lambda s: s.release(CAUSE, patient_id)


def moved(s: Session) -> None:
    s.reschedule(AFTERWARDS, NEXT_WEEK)


def closed_next_week(minute: str = "20:00") -> Command:
    context = CommandContext("close", at(minute, NEXT_WEEK.day), "staff-7")
    return lambda s: s.close(context, LATE_AFTER)


# Nobody leads it


def test_a_session_that_nobody_led_is_not_closed() -> None:
    substitute: Command = lambda s: s.substitute_staff(  # noqa: E731
        CAUSE, "staff-8", credential="LMFT", reason="ill"
    )
    spec = given(session(replace(MEETING, staff_id=None)), rostered("p-1"))
    spec.when(closed).then_refused(NoFacilitator)
    spec.when(substitute).then(fact(StaffSubstituted))
    spec.when(closed).then(fact(SessionClosed), fact(AttendanceRecorded))


def test_a_session_that_nobody_leads_is_not_over_before_its_end() -> None:
    early = CommandContext("close", at("19:59"), "staff-7")
    given(session(replace(MEETING, staff_id=None))).when(
        lambda s: s.close(early, LATE_AFTER)
    ).then_refused(SessionNotOver)


# Released after closing


def test_the_record_of_who_was_never_expected_is_withdrawn() -> None:
    spec = given(session(), rostered("p-1", "p-2"), closed, released("p-1"))
    first = spec.aggregate.records["p-1"].version
    spec.when(settled).then(
        fact(
            AttendanceWithdrawn,
            patient_id="p-1",
            corrects=first,
            reason="sheet found",
            credential="LCSW",
        )
    )
    assert spec.aggregate.records["p-1"].attendance is None
    spec.when(settled).then_nothing()


def test_who_is_expected_again_has_the_withdrawn_record_corrected() -> None:
    spec = given(session(), rostered("p-1"), closed, released("p-1"), settled)
    withdrawal = spec.aggregate.records["p-1"].version
    spec.when(rostered("p-1"))
    spec.when(settled).then(fact(AttendanceCorrected, patient_id="p-1", corrects=withdrawal))
    assert spec.aggregate.records["p-1"].attendance.status == "no_show"
    spec.when(settled).then_nothing()


def test_a_record_may_be_withdrawn_again() -> None:
    again = released("p-1"), settled, rostered("p-1"), settled, released("p-1")
    spec = given(session(), rostered("p-1"), closed, *again)
    last = spec.aggregate.records["p-1"].version
    spec.when(settled).then(fact(AttendanceWithdrawn, corrects=last))


# Closed, and to take place again


def test_a_closed_session_that_is_moved_into_the_future_is_closed_again() -> None:
    spec = given(session(), rostered("p-1", "p-2"), closed)
    first = spec.aggregate.records["p-1"].version
    spec.when(moved)
    assert not spec.aggregate.closed
    spec.when(settled).then_nothing()
    spec.when(lambda s: s.sign_in(CAUSE, "p-1", SignIn(NEXT_WEEK.starts_at, NEXT_WEEK.ends_at)))
    spec.when(closed_next_week()).then(
        fact(SessionClosed),
        fact(AttendanceCorrected, patient_id="p-1", corrects=first, reason="closing"),
        fact(AttendanceCorrected, patient_id="p-2", reason="closing"),
    )
    assert spec.aggregate.records["p-1"].attendance.status == "attended"
    spec.when(closed_next_week()).then_nothing()


@pytest.mark.parametrize(("minute", "over"), [("19:59", False), ("20:00", True)])
def test_a_closed_session_that_was_moved_closes_when_it_is_over(minute: str, over: bool) -> None:
    spec = given(session(), closed, moved).when(closed_next_week(minute))
    if over:
        spec.then(fact(SessionClosed))
    else:
        spec.then_refused(SessionNotOver)


def test_who_is_new_at_a_session_that_is_closed_again_has_a_first_record() -> None:
    given(session(), rostered("p-1"), closed, moved, rostered("p-2")).when(closed_next_week()).then(
        fact(SessionClosed),
        fact(AttendanceCorrected, patient_id="p-1"),
        fact(AttendanceRecorded, patient_id="p-2"),
    )


@pytest.mark.parametrize(("minutes", "again"), [(-1, False), (0, False), (1, True)])
def test_a_closed_session_takes_place_again_only_where_its_end_lies_ahead(
    minutes: int, again: bool
) -> None:
    wall = {-1: "19:59", 0: "20:00", 1: "20:01"}[minutes]
    changed = replace(MEETING, ends_at=at(wall), room_id="room-2")
    spec = given(session(), rostered("p-1"), closed, lambda s: s.reschedule(AFTERWARDS, changed))
    assert spec.aggregate.closed is not again
    assert spec.aggregate.records["p-1"].outdated is again


def test_a_closed_session_whose_content_was_wrong_corrects_its_records() -> None:
    shorter = replace(MEETING, parts=MEETING.parts[:1])
    spec = given(session(), rostered("p-1"), signed_in("p-1", "17:00", "20:00"), closed)
    spec.when(lambda s: s.reschedule(AFTERWARDS, shorter))
    spec.when(settled).then(fact(AttendanceCorrected, patient_id="p-1"))
    assert spec.aggregate.records["p-1"].attendance.credited_minutes == 90


# Credits of topics


def part(starts: str, ends: str, service: Any, topic: str | None) -> Part:
    return Part(at(starts), at(ends), service, "Part", topic)


EVENING = replace(
    MEETING,
    parts=(
        part("17:00", "17:40", "education", "relapse"),
        part("17:40", "18:00", "education", "nutrition"),
        part("18:00", "18:30", "holistic", "yoga"),
        part("18:30", "18:45", "break", None),
        part("18:45", "19:15", "education", "relapse"),
        part("19:15", "20:00", "education", None),
    ),
)


def test_minutes_are_told_by_topic() -> None:
    assert credits_of(EVENING, [line("17:00", "20:00")]) == (
        Credit("education", 70, "relapse"),
        Credit("education", 20, "nutrition"),
        Credit("holistic", 30, "yoga"),
        Credit("education", 45, None),
    )


@pytest.mark.parametrize(
    ("left", "credits"),
    [
        ("17:39", (Credit("education", 39, "relapse"),)),
        ("17:40", (Credit("education", 40, "relapse"),)),
        ("17:41", (Credit("education", 40, "relapse"), Credit("education", 1, "nutrition"))),
    ],
)
def test_a_topic_without_minutes_is_no_credit(left: str, credits: tuple[Credit, ...]) -> None:
    assert credits_of(EVENING, [line("17:00", left)]) == credits


def test_topics_are_on_record() -> None:
    spec = given(session(EVENING), rostered("p-1"), signed_in("p-1", "18:00", "18:50"), closed)
    found = spec.aggregate.records["p-1"].attendance
    assert found.credits == (Credit("education", 5, "relapse"), Credit("holistic", 30, "yoga"))
