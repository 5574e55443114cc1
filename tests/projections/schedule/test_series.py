"""Sites, programs and the way their tracks run, as `schedule` shows them."""

from dataclasses import replace
from datetime import date, time
from typing import Any

from domain.facility import Room
from domain.program import Deviation, Pattern, Program, Segment, Track
from domain.staff import Credential, Staff
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY
from tests.support.read_models import ReadModels, facility, program

PATTERN = Pattern(
    "FREQ=WEEKLY;BYDAY=MO,WE",
    time(17),
    time(20),
    "room-1",
    "staff-7",
    8,
    (Segment(time(17), time(20), "group", "Process group"),),
)
TRACK = Track("evening", "Evening group", MONDAY, None, PATTERN)
WEDNESDAY = date(2025, 3, 5)


def running(read_models: ReadModels) -> Program:
    """A program with a track that runs."""
    found = program()
    read_models.after(found, lambda p: p.keep_track(CAUSE, TRACK))
    return found


def test_a_site_is_shown_with_its_rooms_staff_and_credentials(read_models: ReadModels) -> None:
    site = facility()
    read_models.take(site)
    read_models.after(
        site,
        lambda f: f.revise(CAUSE, name="Oak", week_starts_on="sunday", late_after_minutes=5),
        lambda f: f.keep_room(CAUSE, Room("room-1", "Maple", 12)),
        lambda f: f.keep_staff(CAUSE, Staff("staff-7", "R. Ortiz-Lee", "LMSW")),
        lambda f: f.record_credential(
            CAUSE, "staff-7", Credential("LCSW-R", date(2026, 1, 1), date(2026, 12, 31))
        ),
    )
    assert read_models.rows("SELECT * FROM schedule.facilities") == [
        (FACILITY, "Oak", "UTC", "sunday")
    ]
    assert read_models.rows("SELECT room_id, name, capacity FROM schedule.rooms ORDER BY 1") == [
        ("room-1", "Maple", 12),
        ("room-2", "Room 2", 8),
    ]
    staff = read_models.rows("SELECT staff_id, name, credential FROM schedule.staff")
    assert staff == [("staff-7", "R. Ortiz-Lee", "LMSW")]
    credentials = "SELECT name, first_day, last_day FROM schedule.credentials ORDER BY number"
    assert read_models.rows(credentials) == [
        ("LCSW", MONDAY, None),
        ("LCSW-R", date(2026, 1, 1), date(2026, 12, 31)),
    ]


def test_a_program_is_shown_as_it_was_revised(read_models: ReadModels) -> None:
    found = program()
    read_models.take(found)
    read_models.after(
        found,
        lambda p: p.revise(
            CAUSE,
            name="Adults",
            population="adult",
            focus="co-occurring",
            weekly_minutes=600,
            days_per_week=4,
        ),
    )
    assert read_models.rows("SELECT * FROM schedule.programs") == [
        (found.id, FACILITY, "adult-iop", "Adults", "adult", "co-occurring", 600, 4)
    ]


def test_a_track_is_shown_with_its_patterns(read_models: ReadModels) -> None:
    found = running(read_models)
    later = replace(PATTERN, starts=time(18), ends=time(21), modality="hybrid", segments=())
    read_models.after(
        found,
        lambda p: p.change_following(CAUSE, "evening", date(2025, 4, 7), later, "summer"),
        lambda p: p.change_following(CAUSE, "evening", WEDNESDAY, later, "the bus comes later"),
        lambda p: p.keep_track(CAUSE, replace(TRACK, name="Evenings", last_day=date(2025, 6, 30))),
    )
    tracks = "SELECT program_id, track_id, name, first_day, last_day FROM schedule.tracks"
    assert read_models.rows(tracks) == [
        ("adult-iop", "evening", "Evenings", MONDAY, date(2025, 6, 30))
    ]
    patterns = (
        "SELECT from_day, is_first, rule, starts, ends, modality, reason FROM schedule.patterns"
        " ORDER BY from_day, is_first DESC"
    )
    assert read_models.rows(patterns) == [
        (MONDAY, True, PATTERN.rule, time(17), time(20), "in-person", ""),
        (WEDNESDAY, False, PATTERN.rule, time(18), time(21), "hybrid", "the bus comes later"),
    ]
    read_models.after(found, lambda p: p.keep_track(CAUSE, replace(TRACK, first_day=WEDNESDAY)))
    assert [row[:2] for row in read_models.rows(patterns)] == [(WEDNESDAY, True)]


def test_a_meeting_that_is_otherwise_is_shown_until_that_is_lifted(read_models: ReadModels) -> None:
    found = running(read_models)
    exceptions = (
        "SELECT occurrence, is_off, day, starts, room_id, staff_id, reason FROM schedule.exceptions"
    )
    friday = date(2025, 3, 7)
    for deviation in (
        Deviation("training", day=friday, starts=time(9), ends=time(12)),
        Deviation("burst pipe", room_id="room-2"),
    ):
        read_models.after(
            found,
            lambda p, deviation=deviation: p.except_meeting(CAUSE, "evening", MONDAY, deviation),
        )
    moved: tuple[Any, ...] = (MONDAY, False, friday, time(9), "room-2", None, "burst pipe")
    assert read_models.rows(exceptions) == [moved]
    read_models.after(
        found, lambda p: p.except_meeting(CAUSE, "evening", MONDAY, Deviation("snow", off=True))
    )
    assert read_models.rows(exceptions) == [(MONDAY, True, *moved[2:6], "snow")]
    read_models.after(found, lambda p: p.lift_exception(CAUSE, "evening", MONDAY))
    assert read_models.rows(exceptions) == []


def test_a_closure_is_shown_with_its_reason_until_it_is_lifted(read_models: ReadModels) -> None:
    found = running(read_models)
    closures = "SELECT program_id, day, reason FROM schedule.closures"
    for reason in ("training", "snow"):
        read_models.after(
            found, lambda p, reason=reason: p.declare_closure(CAUSE, WEDNESDAY, reason)
        )
        assert read_models.rows(closures) == [("adult-iop", WEDNESDAY, reason)]
    read_models.after(found, lambda p: p.lift_closure(CAUSE, WEDNESDAY))
    assert read_models.rows(closures) == []


def test_who_waits_for_a_track_is_shown_in_order(read_models: ReadModels) -> None:
    found = running(read_models)
    waiting = (
        "SELECT patient_id, track_id, weekdays, passed_over, because FROM schedule.waiting"
        " WHERE waits_for = 'track' ORDER BY turn"
    )
    for patient_id in ("zoe", "ann", "ben"):
        read_models.after(
            found,
            lambda p, patient_id=patient_id: p.wait_for_track(
                CAUSE, "evening", patient_id, ("MO",)
            ),
        )
    for because in ("at work", "ill"):
        read_models.after(
            found, lambda p, because=because: p.pass_over(CAUSE, "evening", "zoe", because)
        )
    assert read_models.rows(waiting) == [
        ("zoe", "evening", ["MO"], 2, "ill"),
        ("ann", "evening", ["MO"], 0, None),
        ("ben", "evening", ["MO"], 0, None),
    ]
    read_models.after(
        found,
        lambda p: p.give_place(CAUSE, "evening", "ann"),
        lambda p: p.leave_waitlist(CAUSE, "evening", "ben", "moved away"),
    )
    assert [row[0] for row in read_models.rows(waiting)] == ["zoe"]


def test_a_meeting_without_its_room_or_person_is_a_conflict_until_it_is_scheduled(
    read_models: ReadModels,
) -> None:
    found = running(read_models)
    conflicts = (
        "SELECT kind, what, track_id, day, session_id, since FROM schedule.conflicts ORDER BY day"
    )
    read_models.after(
        found,
        lambda p: p.block_meeting(CAUSE, "evening", MONDAY, "room", "room-1"),
        lambda p: p.block_meeting(CAUSE, "evening", MONDAY, "staff", "staff-7"),
        lambda p: p.block_meeting(CAUSE, "evening", WEDNESDAY, "room", "room-1"),
    )
    assert read_models.rows(conflicts) == [
        ("staff", "staff-7", "evening", MONDAY, None, CAUSE.at),
        ("room", "room-1", "evening", WEDNESDAY, None, CAUSE.at),
    ]
    read_models.after(found, lambda p: p.unblock_meeting(CAUSE, "evening", MONDAY))
    assert [row[3] for row in read_models.rows(conflicts)] == [WEDNESDAY]
