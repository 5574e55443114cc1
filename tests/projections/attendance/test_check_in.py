"""What happens at the door, as `attendance` shows it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.aggregate import CommandContext
from domain.author import kiosk_author
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
    restored,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.read_models import ReadModels, facility

THREE = ("ann", "ben", "cleo")
DURING = CommandContext("command-3", at("17:05"), "staff-7")


def sheet(read_models: ReadModels) -> list[tuple[Any, ...]]:
    return read_models.rows(
        "SELECT recorded_as, to_char(arrived_at, 'HH24:MI'), to_char(left_at, 'HH24:MI')"
        " FROM attendance.sign_ins ORDER BY 1, 2"
    )


def statuses(read_models: ReadModels) -> dict[str, str]:
    return dict(read_models.rows("SELECT recorded_as, status FROM attendance.visits"))


def corrections(read_models: ReadModels) -> list[tuple[Any, ...]]:
    return read_models.rows(
        "SELECT kind, recorded_as, corrects, author, credential, reason FROM"
        " attendance.corrections ORDER BY split_part(event_id, ':', 2)::integer"
    )


def settled(s: Session) -> None:
    s.reconcile_attendance(AFTERWARDS, LATE_AFTER, FOUND)


def evening(read_models: ReadModels, *commands: Any) -> Session:
    """A session that three patients are expected at, and what happens to it."""
    read_models.take(facility())
    found = session()
    read_models.after(found, rostered(*THREE), *commands)
    return found


def test_the_sheet_shows_who_came_and_left(read_models: ReadModels) -> None:
    evening(read_models, signed_in("ann", "17:00", "18:00"), signed_in("ann", "18:10"))
    assert sheet(read_models) == [("ann", "17:00", "18:00"), ("ann", "18:10", None)]
    assert statuses(read_models) == dict.fromkeys(THREE, "scheduled")


def test_the_sheet_says_what_was_told_at_a_kiosk(read_models: ReadModels) -> None:
    kiosk = replace(DURING, author=kiosk_author("door-1"))
    desk, after = replace(DURING, author="Jo Park [user jpark]"), replace(kiosk, at=at("18:00"))
    evening(
        read_models,
        lambda s: s.check_in(kiosk, "ann"),
        lambda s: s.check_in(desk, "ben"),
        lambda s: s.check_in(kiosk, "cleo"),
        lambda s: s.check_out(after, "ann"),
        lambda s: s.check_out(after, "ben"),
        lambda s: s.check_out(replace(desk, at=at("18:00")), "cleo"),
    )
    told = read_models.rows(
        "SELECT recorded_as, in_by_kiosk, out_by_kiosk FROM attendance.sign_ins ORDER BY 1"
    )
    assert told == [("ann", True, True), ("ben", False, True), ("cleo", True, False)]


def test_a_departure_told_before_its_arrival_is_held(read_models: ReadModels) -> None:
    found = evening(read_models, lambda s: s.check_out(AFTERWARDS, "ann", at=at("19:00")))
    assert read_models.rows("SELECT recorded_as, left_at FROM attendance.held_departures") == [
        ("ann", at("19:00"))
    ]
    read_models.after(found, lambda s: s.check_in(AFTERWARDS, "ann", at=at("17:05")))
    assert sheet(read_models) == [("ann", "17:05", "19:00")]


def test_what_is_entered_late_says_by_whom_when_and_why(read_models: ReadModels) -> None:
    found = evening(read_models, closed)
    assert corrections(read_models) == []
    read_models.after(
        found,
        signed_in("ann", "17:00"),
        signed_in("ann", "17:00", "20:00"),
        signed_in("ann", "17:00", "19:00"),
        settled,
    )
    assert sheet(read_models) == [("ann", "17:00", "19:00")]
    wanted = [
        ("late_sign_in", None),
        ("late_check_out", None),
        ("check_out_corrected", None),
        ("attendance_corrected", 6),
    ]
    author = ("staff-7", "LCSW", "sheet found")
    assert corrections(read_models) == [(kind, "ann", version, *author) for kind, version in wanted]
    row = read_models.row(
        "SELECT status, credited_minutes, credits, corrections FROM attendance.visits"
        " WHERE recorded_as = 'ann'"
    )
    assert row == ("attended", 105, {"group": 90, "skills": 15}, 1)
    assert read_models.row("SELECT max(at) FROM attendance.corrections") == (AFTERWARDS.at,)


def test_a_visit_without_a_departure_is_incomplete_until_it_is_told(
    read_models: ReadModels,
) -> None:
    evening(read_models, signed_in("ann", "17:00"), closed)
    assert statuses(read_models) == {"ann": "incomplete", "ben": "no_show", "cleo": "no_show"}


def test_an_arrival_that_never_was_is_struck(read_models: ReadModels) -> None:
    found = evening(read_models, signed_in("ann", "17:00", "20:00"), closed)
    assert statuses(read_models)["ann"] == "attended"
    read_models.after(
        found, lambda s: s.undo_check_in(AFTERWARDS, "ann", at("17:00"), amendment=FOUND), settled
    )
    assert sheet(read_models) == []
    assert statuses(read_models)["ann"] == "no_show"
    assert [row[0] for row in corrections(read_models)] == ["undone", "attendance_corrected"]


def test_a_line_of_another_patient_moves_to_whom_it_was(read_models: ReadModels) -> None:
    found = evening(read_models, signed_in("ann", "17:00", "20:00"), closed)
    read_models.after(
        found,
        lambda s: s.reassign_sign_in(AFTERWARDS, "ann", at("17:00"), to="ben", amendment=FOUND),
        settled,
    )
    assert sheet(read_models) == [("ben", "17:00", "20:00")]
    assert statuses(read_models) == {"ann": "no_show", "ben": "attended", "cleo": "no_show"}
    assert corrections(read_models)[0][:2] == ("reassigned", "ann")


def test_a_make_up_goes_with_its_last_line_and_its_attendance(read_models: ReadModels) -> None:
    read_models.take(facility())
    missed, by = session(), session(later(2))
    arrivals = [at("17:00") + timedelta(days=2), at("19:00") + timedelta(days=2)]
    lines = [replace(line("17:00", "18:00"), arrived_at=arrival) for arrival in arrivals]
    read_models.after(missed, rostered("ann"))
    for each in lines:
        read_models.after(
            by,
            lambda s, each=each: s.sign_in(
                CAUSE,
                "ann",
                replace(each, left_at=each.arrived_at + timedelta(hours=1)),
                makes_up=missed.id,
            ),
        )
    afterwards = CommandContext("command-3", at("20:00") + timedelta(days=2), "staff-7")
    read_models.after(by, lambda s: s.close(afterwards, LATE_AFTER))
    made_up = "SELECT role, makes_up, status FROM attendance.visits WHERE session_id = %(by)s"
    assert read_models.rows(made_up, by=by.id) == [("make_up", missed.id, "attended")]
    for arrival in arrivals:
        assert len(read_models.rows(made_up, by=by.id)) == 1
        read_models.after(
            by,
            lambda s, arrival=arrival: s.undo_check_in(afterwards, "ann", arrival, amendment=FOUND),
            lambda s: s.reconcile_attendance(afterwards, LATE_AFTER, FOUND),
        )
    assert read_models.rows(made_up, by=by.id) == []
    assert [row[0] for row in corrections(read_models)] == [
        "undone",
        "attendance_corrected",
        "undone",
        "attendance_withdrawn",
    ]


def test_a_make_up_that_was_linked_wrongly_is_redirected(read_models: ReadModels) -> None:
    read_models.take(facility())
    found = session()
    read_models.after(found, came_for("missed-1", "dan", "17:00"))
    read_models.after(found, came_for("missed-2", "dan", "17:00", "18:00"))
    assert read_models.rows("SELECT role, makes_up FROM attendance.visits") == [
        ("make_up", "missed-2")
    ]


def test_who_was_not_let_in_is_shown_with_the_reason(read_models: ReadModels) -> None:
    evening(read_models, lambda s: s.turn_away(DURING, "ann", reason="not sober"), closed)
    turned_away = read_models.rows(
        "SELECT recorded_as, came_at, reason FROM attendance.turned_away"
    )
    assert turned_away == [("ann", DURING.at, "not sober")]
    assert statuses(read_models)["ann"] == "turned_away"


def test_an_announced_absence_is_shown_with_what_the_staff_decided(read_models: ReadModels) -> None:
    found = evening(read_models, announced("ann", excused=True), announced("ben"))
    absences = "SELECT recorded_as, reason, excused FROM attendance.absences ORDER BY 1"
    assert read_models.rows(absences) == [("ann", "fever", True), ("ben", "fever", False)]
    read_models.after(found, announced("ann"), closed)
    assert read_models.rows(absences) == [("ann", "fever", False), ("ben", "fever", False)]
    assert statuses(read_models) == {"ann": "absent", "ben": "absent", "cleo": "no_show"}


def test_supporters_come_and_go_without_counting(read_models: ReadModels) -> None:
    found = evening(
        read_models,
        lambda s: s.expect_supporter(CAUSE, "mum", patient_id="ann", relation="mother"),
        lambda s: s.check_in_supporter(DURING, "mum"),
    )
    lines = "SELECT supporter_id, arrived_at, left_at FROM attendance.supporter_sign_ins"
    assert read_models.rows(lines) == [("mum", DURING.at, None)]
    read_models.after(found, lambda s: s.check_out_supporter(AFTERWARDS, "mum"))
    assert read_models.rows(lines) == [("mum", DURING.at, AFTERWARDS.at)]
    assert set(statuses(read_models)) == set(THREE)


def test_nobody_is_expected_at_a_session_that_is_withdrawn(read_models: ReadModels) -> None:
    evening(read_models, announced("ann"), withdrawn)
    assert statuses(read_models) == {}
    assert read_models.rows("SELECT * FROM attendance.absences") == []


def test_a_session_that_is_called_off_cancels_its_visits(read_models: ReadModels) -> None:
    found = evening(read_models, lambda s: s.release(CAUSE, "cleo"), called_off)
    read_models.after(found, rostered("cleo"))
    assert statuses(read_models) == dict.fromkeys(THREE, "cancelled")
    read_models.after(found, restored)
    assert statuses(read_models) == dict.fromkeys(THREE, "scheduled")
    assert read_models.row("SELECT called_off FROM attendance.sessions") == (False,)


def test_attendance_of_somebody_released_afterwards_is_gone(read_models: ReadModels) -> None:
    found = evening(read_models, closed)
    read_models.after(found, lambda s: s.release(AFTERWARDS, "ann"), settled)
    assert set(statuses(read_models)) == {"ben", "cleo"}
    assert corrections(read_models) == [
        ("attendance_withdrawn", "ann", 6, "staff-7", "LCSW", "sheet found")
    ]


def test_a_closed_session_that_is_to_take_place_again_takes_its_attendance_back(
    read_models: ReadModels,
) -> None:
    found = evening(read_models, signed_in("ann", "17:00", "20:00"), announced("ben"), closed)
    visits = (
        "SELECT recorded_as, status, credited_minutes, credits, topics FROM attendance.visits"
        " ORDER BY 1"
    )
    read_models.after(found, lambda s: s.reschedule(AFTERWARDS, replace(MEETING, room_id="room-2")))
    assert [row[1] for row in read_models.rows(visits)] == ["attended", "absent", "no_show"]
    read_models.after(found, lambda s: s.reschedule(AFTERWARDS, later(1, occurrence=MONDAY)))
    assert read_models.rows(visits) == [(name, "scheduled", 0, {}, {}) for name in THREE]
    again = CommandContext("command-4", at("20:00") + timedelta(days=1), "staff-7")
    read_models.after(found, lambda s: s.close(again, LATE_AFTER))
    assert read_models.rows("SELECT corrections FROM attendance.visits") == [(1,)] * 3
