"""What happens at the door, as `attendance` shows it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.aggregate import CommandContext
from domain.session import Session
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    announced,
    at,
    called_off,
    came_for,
    closed,
    later,
    line,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.read_models import Shown, facility

THREE = ("ann", "ben", "cleo")
DURING = CommandContext("command-3", at("17:05"), "staff-7")


def sheet(shown: Shown) -> list[tuple[Any, ...]]:
    return shown.rows(
        "SELECT recorded_as, to_char(arrived_at, 'HH24:MI'), to_char(left_at, 'HH24:MI')"
        " FROM attendance.sign_ins ORDER BY 1, 2"
    )


def statuses(shown: Shown) -> dict[str, str]:
    return dict(shown.rows("SELECT recorded_as, status FROM attendance.visits"))


def corrections(shown: Shown) -> list[tuple[Any, ...]]:
    return shown.rows(
        "SELECT kind, recorded_as, corrects, author, credential, reason FROM"
        " attendance.corrections ORDER BY split_part(event_id, ':', 2)::integer"
    )


def settled(s: Session) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def evening(shown: Shown, *commands: Any) -> Session:
    """A session that three patients are expected at, and what happens to it."""
    shown.take(facility())
    found = session()
    shown.after(found, rostered(*THREE), *commands)
    return found


def test_the_sheet_shows_who_came_and_left(shown: Shown) -> None:
    evening(shown, signed_in("ann", "17:00", "18:00"), signed_in("ann", "18:10"))
    assert sheet(shown) == [("ann", "17:00", "18:00"), ("ann", "18:10", None)]
    assert statuses(shown) == dict.fromkeys(THREE, "scheduled")


def test_a_departure_told_before_its_arrival_is_held(shown: Shown) -> None:
    found = evening(shown, lambda s: s.check_out(AFTERWARDS, "ann", at=at("19:00")))
    assert shown.rows("SELECT recorded_as, left_at FROM attendance.held_departures") == [
        ("ann", at("19:00"))
    ]
    shown.after(found, lambda s: s.check_in(AFTERWARDS, "ann", at=at("17:05")))
    assert sheet(shown) == [("ann", "17:05", "19:00")]


def test_what_is_entered_late_says_by_whom_when_and_why(shown: Shown) -> None:
    found = evening(shown, closed)
    assert corrections(shown) == []
    shown.after(
        found,
        signed_in("ann", "17:00"),
        signed_in("ann", "17:00", "20:00"),
        signed_in("ann", "17:00", "19:00"),
        settled,
    )
    assert sheet(shown) == [("ann", "17:00", "19:00")]
    wanted = [
        ("late_sign_in", None),
        ("late_check_out", None),
        ("check_out_corrected", None),
        ("attendance_corrected", 6),
    ]
    author = ("staff-7", "LCSW", "sheet found")
    assert corrections(shown) == [(kind, "ann", version, *author) for kind, version in wanted]
    row = shown.row(
        "SELECT status, credited_minutes, credits, corrections FROM attendance.visits"
        " WHERE recorded_as = 'ann'"
    )
    assert row == ("attended", 105, {"group": 90, "skills": 15}, 1)
    assert shown.row("SELECT max(at) FROM attendance.corrections") == (AFTERWARDS.at,)


def test_a_visit_without_a_departure_is_incomplete_until_it_is_told(shown: Shown) -> None:
    evening(shown, signed_in("ann", "17:00"), closed)
    assert statuses(shown) == {"ann": "incomplete", "ben": "no_show", "cleo": "no_show"}


def test_an_arrival_that_never_was_is_struck(shown: Shown) -> None:
    found = evening(shown, signed_in("ann", "17:00", "20:00"), closed)
    assert statuses(shown)["ann"] == "attended"
    shown.after(
        found, lambda s: s.undo_check_in(AFTERWARDS, "ann", at("17:00"), amendment=FOUND), settled
    )
    assert sheet(shown) == []
    assert statuses(shown)["ann"] == "no_show"
    assert [row[0] for row in corrections(shown)] == ["undone", "attendance_corrected"]


def test_a_line_of_another_patient_moves_to_whom_it_was(shown: Shown) -> None:
    found = evening(shown, signed_in("ann", "17:00", "20:00"), closed)
    shown.after(
        found,
        lambda s: s.reassign_sign_in(AFTERWARDS, "ann", at("17:00"), to="ben", amendment=FOUND),
        settled,
    )
    assert sheet(shown) == [("ben", "17:00", "20:00")]
    assert statuses(shown) == {"ann": "no_show", "ben": "attended", "cleo": "no_show"}
    assert corrections(shown)[0][:2] == ("reassigned", "ann")


def test_a_make_up_goes_with_its_last_line_and_its_attendance(shown: Shown) -> None:
    shown.take(facility())
    missed, by = session(), session(later(2))
    arrivals = [at("17:00") + timedelta(days=2), at("19:00") + timedelta(days=2)]
    lines = [replace(line("17:00", "18:00"), arrived_at=arrival) for arrival in arrivals]
    shown.after(missed, rostered("ann"))
    for each in lines:
        shown.after(
            by,
            lambda s, each=each: s.sign_in(
                CAUSE,
                "ann",
                replace(each, left_at=each.arrived_at + timedelta(hours=1)),
                makes_up=missed.id,
            ),
        )
    afterwards = CommandContext("command-3", at("20:00") + timedelta(days=2), "staff-7")
    shown.after(by, lambda s: s.close(afterwards, LATE_AFTER))
    made_up = "SELECT role, makes_up, status FROM attendance.visits WHERE session_id = %(by)s"
    assert shown.rows(made_up, by=by.id) == [("make_up", missed.id, "attended")]
    for arrival in arrivals:
        assert len(shown.rows(made_up, by=by.id)) == 1
        shown.after(
            by,
            lambda s, arrival=arrival: s.undo_check_in(afterwards, "ann", arrival, amendment=FOUND),
            lambda s: s.reconcile_attendance(afterwards, LATE_AFTER, FOUND),
        )
    assert shown.rows(made_up, by=by.id) == []
    assert [row[0] for row in corrections(shown)] == [
        "undone",
        "attendance_corrected",
        "undone",
        "attendance_withdrawn",
    ]


def test_a_make_up_that_was_linked_wrongly_is_redirected(shown: Shown) -> None:
    shown.take(facility())
    found = session()
    shown.after(found, came_for("missed-1", "dan", "17:00"))
    shown.after(found, came_for("missed-2", "dan", "17:00", "18:00"))
    assert shown.rows("SELECT role, makes_up FROM attendance.visits") == [("make_up", "missed-2")]


def test_who_was_not_let_in_is_shown_with_the_reason(shown: Shown) -> None:
    evening(shown, lambda s: s.turn_away(DURING, "ann", reason="not sober"), closed)
    turned_away = shown.rows("SELECT recorded_as, came_at, reason FROM attendance.turned_away")
    assert turned_away == [("ann", DURING.at, "not sober")]
    assert statuses(shown)["ann"] == "turned_away"


def test_an_announced_absence_is_shown_with_what_the_staff_decided(shown: Shown) -> None:
    found = evening(shown, announced("ann", excused=True), announced("ben"))
    absences = "SELECT recorded_as, reason, excused FROM attendance.absences ORDER BY 1"
    assert shown.rows(absences) == [("ann", "fever", True), ("ben", "fever", False)]
    shown.after(found, announced("ann"), closed)
    assert shown.rows(absences) == [("ann", "fever", False), ("ben", "fever", False)]
    assert statuses(shown) == {"ann": "absent", "ben": "absent", "cleo": "no_show"}


def test_supporters_come_and_go_without_counting(shown: Shown) -> None:
    found = evening(
        shown,
        lambda s: s.expect_supporter(CAUSE, "mum", patient_id="ann", relation="mother"),
        lambda s: s.check_in_supporter(DURING, "mum"),
    )
    lines = "SELECT supporter_id, arrived_at, left_at FROM attendance.supporter_sign_ins"
    assert shown.rows(lines) == [("mum", DURING.at, None)]
    shown.after(found, lambda s: s.check_out_supporter(AFTERWARDS, "mum"))
    assert shown.rows(lines) == [("mum", DURING.at, AFTERWARDS.at)]
    assert set(statuses(shown)) == set(THREE)


def test_nobody_is_expected_at_a_session_that_is_withdrawn(shown: Shown) -> None:
    evening(shown, announced("ann"), withdrawn)
    assert statuses(shown) == {}
    assert shown.rows("SELECT * FROM attendance.absences") == []


def test_a_session_that_is_called_off_cancels_its_visits(shown: Shown) -> None:
    found = evening(shown, lambda s: s.release(CAUSE, "cleo"), called_off)
    shown.after(found, rostered("cleo"))
    assert statuses(shown) == dict.fromkeys(THREE, "cancelled")


def test_attendance_of_somebody_released_afterwards_is_gone(shown: Shown) -> None:
    found = evening(shown, closed)
    shown.after(found, lambda s: s.release(AFTERWARDS, "ann"), settled)
    assert set(statuses(shown)) == {"ben", "cleo"}
    assert corrections(shown) == [
        ("attendance_withdrawn", "ann", 6, "staff-7", "LCSW", "sheet found")
    ]


def test_a_closed_session_that_is_to_take_place_again_takes_its_attendance_back(
    shown: Shown,
) -> None:
    found = evening(shown, signed_in("ann", "17:00", "20:00"), announced("ben"), closed)
    visits = (
        "SELECT recorded_as, status, credited_minutes, credits, topics FROM attendance.visits"
        " ORDER BY 1"
    )
    shown.after(found, lambda s: s.reschedule(AFTERWARDS, replace(MEETING, room_id="room-2")))
    assert [row[1] for row in shown.rows(visits)] == ["attended", "absent", "no_show"]
    shown.after(found, lambda s: s.reschedule(AFTERWARDS, later(1, occurrence=MONDAY)))
    assert shown.rows(visits) == [(name, "scheduled", 0, {}, {}) for name in THREE]
    again = CommandContext("command-4", at("20:00") + timedelta(days=1), "staff-7")
    shown.after(found, lambda s: s.close(again, LATE_AFTER))
    assert shown.rows("SELECT corrections FROM attendance.visits") == [(1,)] * 3
