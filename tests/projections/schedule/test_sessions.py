"""Sessions, rosters, places, conflicts and every change of them, as `schedule` shows them."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext
from domain.patient import Booking, Commitment, Discharge, Enrolment, Patient
from domain.session import Session
from tests.support.domain_examples import (
    AFTERWARDS,
    CAUSE,
    FACILITY,
    FOUND,
    LATE_AFTER,
    MEETING,
    MONDAY,
    at,
    called_off,
    came_for,
    closed,
    later,
    restored,
    rostered,
    session,
    signed_in,
    withdrawn,
)
from tests.support.read_models import ReadModels, facility, merged, patient

ZONE = ZoneInfo("UTC")
STATE = "SELECT state, started, room_id, staff_id, places, starts_at FROM schedule.sessions"
PLACES = "SELECT places, taken, free, waiting FROM schedule.free_places"
CONFLICTS = "SELECT kind, patient_id, what, since FROM schedule.conflicts ORDER BY kind"


def evening(read_models: ReadModels, *commands: Any) -> Session:
    """A session, and what happens to it."""
    found = session()
    read_models.after(found, *commands)
    return found


def changes(read_models: ReadModels) -> list[str]:
    """What changed, in order; the rows name their event."""
    rows = read_models.rows(
        "SELECT what, session_id, event_id FROM schedule.changes"
        " ORDER BY split_part(event_id, ':', 2)::integer"
    )
    assert all(event_id.startswith(f"{session_id}:") for _, session_id, event_id in rows)
    return [row[0] for row in rows]


# The session


def test_a_session_is_shown_with_its_parts(read_models: ReadModels) -> None:
    evening(read_models)
    assert read_models.row(STATE) == ("scheduled", False, "room-1", "staff-7", 3, at("17:00"))
    facts = "SELECT facility_id, label, program_id, track_id, occurrence, day, modality"
    assert read_models.row(f"{facts} FROM schedule.sessions") == (
        *(FACILITY, "evening", "adult-iop", "evening", MONDAY, MONDAY, "in-person"),
    )
    parts = (
        "SELECT number, starts_at, ends_at, service, title, topic, format"
        " FROM schedule.session_parts ORDER BY number"
    )
    assert read_models.rows(parts) == [
        (1, at("17:00"), at("18:30"), "group", "Process group", None, None),
        (2, at("18:30"), at("18:45"), "break", "Break", None, None),
        (3, at("18:45"), at("20:00"), "skills", "Relapse prevention", None, None),
    ]


def test_a_part_is_shown_with_what_sets_it_apart(read_models: ReadModels) -> None:
    families = replace(MEETING.parts[0], format="multi-family")
    read_models.take(session(replace(MEETING, parts=(families, *MEETING.parts[1:]))))
    formats = "SELECT format FROM schedule.session_parts ORDER BY number"
    assert read_models.rows(formats) == [("multi-family",), (None,), (None,)]


def test_a_session_without_parts_has_none(read_models: ReadModels) -> None:
    read_models.take(session(replace(MEETING, parts=())))
    assert read_models.rows("SELECT * FROM schedule.session_parts") == []


def test_a_session_goes_through_its_states(read_models: ReadModels) -> None:
    found = evening(read_models)
    started = CommandContext("command-3", at("17:00"), "staff-7")
    read_models.after(found, lambda s: s.start(started, credential="LCSW"))
    assert read_models.row(STATE)[:2] == ("started", True)
    read_models.after(found, closed)
    assert read_models.row(STATE)[:2] == ("closed", True)
    assert changes(read_models) == ["scheduled", "started", "closed"]


def test_a_session_that_is_called_off_says_why(read_models: ReadModels) -> None:
    found = evening(read_models, rostered("ann"), called_off)
    assert read_models.row("SELECT state, called_off_because FROM schedule.sessions") == (
        *("called_off", "burst pipe"),
    )
    assert read_models.row(PLACES) == (3, 1, 0, 0)
    read_models.after(found, rostered("ben"))
    assert read_models.row(PLACES) == (3, 2, 0, 0)


def test_a_session_that_is_restored_takes_place_again(read_models: ReadModels) -> None:
    evening(read_models, rostered("ann"), called_off, restored)
    assert read_models.row("SELECT state, called_off_because FROM schedule.sessions") == (
        *("scheduled", None),
    )
    assert [each for each in changes(read_models) if "rostered" not in each] == [
        *("scheduled", "called off", "restored"),
    ]


def test_a_session_that_is_withdrawn_keeps_nobody_and_may_come_back(
    read_models: ReadModels,
) -> None:
    found = evening(
        read_models,
        rostered("ann", "ben", "cleo"),
        lambda s: s.wait(CAUSE, "dan"),
        lambda s: s.expect_supporter(CAUSE, "mum", patient_id="ann", relation="mother"),
        withdrawn,
    )
    assert read_models.row(STATE)[0] == "withdrawn"
    for nothing in (
        "SELECT * FROM schedule.expected",
        "SELECT * FROM schedule.supporters",
        "SELECT * FROM schedule.waiting",
        PLACES,
    ):
        assert read_models.rows(nothing) == []
    read_models.after(found, lambda s: s.reschedule(CAUSE, MEETING))
    assert read_models.row(STATE)[0] == "scheduled"
    assert changes(read_models)[-2:] == ["withdrawn", "on the schedule again"]


def test_a_session_that_was_closed_and_is_moved_ahead_is_no_longer_closed(
    read_models: ReadModels,
) -> None:
    found = evening(read_models, closed)
    read_models.after(found, lambda s: s.reschedule(AFTERWARDS, replace(MEETING, places=4)))
    assert read_models.row(STATE)[0] == "closed"
    read_models.after(found, lambda s: s.reschedule(AFTERWARDS, later(1, occurrence=MONDAY)))
    assert read_models.row(STATE)[:2] == ("scheduled", False)


def test_every_change_of_a_meeting_is_told_in_words(read_models: ReadModels) -> None:
    found = evening(
        read_models,
        lambda s: s.reschedule(CAUSE, later(1, occurrence=MONDAY)),
        lambda s: s.reschedule(CAUSE, replace(s.meeting, room_id="room-2", staff_id="staff-8")),
        lambda s: s.reschedule(CAUSE, replace(s.meeting, places=5, modality="video")),
        lambda s: s.reschedule(CAUSE, replace(s.meeting, parts=())),
        lambda s: s.substitute_room(CAUSE, "room-3", places=2, reason="burst pipe"),
        lambda s: s.substitute_staff(CAUSE, "staff-9", credential="LPC", reason="flu"),
        lambda s: s.substitute_staff(CAUSE, None, credential=None, reason="flu"),
    )
    assert changes(read_models) == [
        "scheduled",
        "moved",
        "room changed, facilitator changed",
        "places changed, modality changed",
        "content changed",
        "room substituted",
        "facilitator substituted",
        "facilitator taken away",
    ]
    tuesday = at("17:00") + timedelta(days=1)
    assert read_models.row(STATE) == ("scheduled", False, "room-3", None, 2, tuesday)
    assert read_models.rows("SELECT first_starts_at FROM schedule.sessions") == [(at("17:00"),)]
    assert read_models.rows("SELECT * FROM schedule.session_parts") == []
    assert found.version == len(changes(read_models))


def test_changes_can_be_asked_for_since_an_instant(read_models: ReadModels) -> None:
    found = evening(read_models, rostered("ann"))
    afterwards = CommandContext("command-3", at("10:00"), "staff-7")
    read_models.after(found, lambda s: s.reschedule(afterwards, later(1, occurrence=MONDAY)))
    assert read_models.rows(
        "SELECT what, day, at, facility_id FROM schedule.changes WHERE at > %(since)s",
        since=CAUSE.at,
    ) == [("moved", MONDAY, at("10:00"), FACILITY)]


def test_signatures_say_by_whom_when_and_with_which_credential(read_models: ReadModels) -> None:
    evening(
        read_models,
        rostered("ann"),
        signed_in("ann", "17:00", "20:00"),
        closed,
        lambda s: s.sign_group_note(AFTERWARDS, credential="LCSW"),
        lambda s: s.sign_individual_note(AFTERWARDS, "ann", credential="LCSW", services=("group",)),
        lambda s: s.sign_sheet(AFTERWARDS, credential="LCSW"),
    )
    signed = ("staff-7", "LCSW", AFTERWARDS.at)
    assert read_models.rows(
        "SELECT kind, patient_id, author, credential, at, services FROM schedule.signatures"
        " ORDER BY kind"
    ) == [
        ("group_note", None, *signed, []),
        ("individual_note", "ann", *signed, ["group"]),
        ("sheet", None, *signed, []),
    ]


# Who is expected


def test_places_count_patients_and_nobody_else(read_models: ReadModels) -> None:
    found = evening(
        read_models,
        rostered("ann", "ben"),
        lambda s: s.expect_supporter(CAUSE, "mum", patient_id="ann", relation="mother"),
    )
    assert read_models.row(PLACES) == (3, 2, 1, 0)
    supporters = "SELECT supporter_id, patient_id, relation FROM schedule.supporters"
    assert read_models.rows(supporters) == [("mum", "ann", "mother")]
    read_models.after(
        found, lambda s: s.expect_supporter(CAUSE, "mum", patient_id="ann", relation="aunt")
    )
    assert read_models.rows(supporters) == [("mum", "ann", "aunt")]
    read_models.after(found, lambda s: s.release(CAUSE, "ann"))
    assert read_models.rows(supporters) == []
    assert read_models.row(PLACES) == (3, 1, 2, 0)
    assert changes(read_models)[1:] == [
        "patient rostered",
        "patient rostered",
        "supporter expected",
        "supporter expected",
        "supporter released",
        "patient released",
    ]


def test_who_waits_is_shown_in_order_until_they_get_a_place(read_models: ReadModels) -> None:
    found = evening(
        read_models,
        rostered("ann", "ben", "cleo"),
        *[lambda s, name=name: s.wait(CAUSE, name) for name in ("zoe", "dan", "eva")],
    )
    waiting = (
        "SELECT patient_id, passed_over, because, since FROM schedule.waiting"
        " WHERE waits_for = 'session' ORDER BY turn"
    )
    assert [row[0] for row in read_models.rows(waiting)] == ["zoe", "dan", "eva"]
    assert read_models.row(PLACES) == (3, 3, 0, 3)
    read_models.after(
        found,
        lambda s: s.release(CAUSE, "ann"),
        lambda s: s.offer_places(CAUSE, {"zoe": "at work"}),
        lambda s: s.leave_waitlist(CAUSE, "eva", "found another day"),
    )
    assert read_models.rows(waiting) == [("zoe", 1, "at work", CAUSE.at)]
    assert read_models.row(PLACES) == (3, 3, 0, 1)
    assert changes(read_models)[-4:] == [
        "patient released",
        "patient passed over",
        "patient rostered",
        "patient waits no longer",
    ]


def test_a_make_up_takes_a_place_until_its_last_line_is_undone(read_models: ReadModels) -> None:
    found = evening(
        read_models,
        rostered("ann"),
        came_for("missed", "dan", "17:00", "18:00"),
        came_for("missed", "dan", "18:30", "20:00"),
    )
    for arrival, places in (("17:00", (3, 2, 1, 0)), ("18:30", (3, 1, 2, 0))):
        assert read_models.row(PLACES) == (3, 2, 1, 0)
        read_models.after(
            found,
            lambda s, arrival=arrival: s.undo_check_in(
                AFTERWARDS, "dan", at(arrival), amendment=FOUND
            ),
        )
        assert read_models.row(PLACES) == places
    assert changes(read_models)[-1] == "make-up undone"


def test_what_is_undone_at_the_door_frees_no_rostered_place(read_models: ReadModels) -> None:
    evening(
        read_models,
        rostered("ann", "ben"),
        signed_in("ann", "17:00"),
        lambda s: s.reassign_sign_in(AFTERWARDS, "ann", at("17:00"), to="ben", amendment=FOUND),
    )
    assert read_models.row(PLACES) == (3, 2, 1, 0)


def test_a_merged_records_places_are_the_other_ones(read_models: ReadModels) -> None:
    evening(read_models, rostered("dup"))
    merged(read_models, "dup", "ann")
    expected = "SELECT patient_id, recorded_as FROM schedule.expected"
    assert read_models.rows(expected) == [("ann", "dup")]
    assert read_models.rows("SELECT * FROM schedule.merges") == [("dup", "ann")]


# Conflicts


def test_a_session_that_nobody_leads_is_a_conflict_until_somebody_does(
    read_models: ReadModels,
) -> None:
    found = evening(
        read_models, lambda s: s.substitute_staff(CAUSE, None, credential=None, reason="flu")
    )
    assert read_models.rows(CONFLICTS) == [
        ("no_facilitator", None, "nobody leads the session", CAUSE.at)
    ]
    read_models.after(
        found, lambda s: s.substitute_staff(CAUSE, "staff-8", credential="LPC", reason="found")
    )
    assert read_models.rows(CONFLICTS) == []
    read_models.take(session(replace(MEETING, staff_id=None), label="other"))
    assert [row[0] for row in read_models.rows(CONFLICTS)] == ["no_facilitator"]


def ann_with(read_models: ReadModels, found: Session, *commands: Any) -> Patient:
    """A patient of the evening group, and what happens to their bookings."""
    ann = patient("ann")
    read_models.take(facility(), found)
    read_models.after(ann, *commands)
    return ann


def booking(found: Session) -> Booking:
    return Booking(found.id, found.meeting.starts_at, found.meeting.ends_at)


def test_a_patient_who_could_not_be_booked_is_a_conflict_until_they_are(
    read_models: ReadModels,
) -> None:
    found = session()
    ann = ann_with(
        read_models,
        found,
        lambda p: p.block(CAUSE, found.id, "the session is full"),
        lambda p: p.block(CAUSE, found.id, "the patient is booked"),
    )
    assert read_models.rows(CONFLICTS) == [("patient", "ann", "the patient is booked", CAUSE.at)]
    read_models.after(ann, lambda p: p.book(CAUSE, [booking(found)]))
    assert read_models.rows(CONFLICTS) == []


def test_who_is_discharged_or_enrolled_no_longer_wants_no_place(read_models: ReadModels) -> None:
    found = session(later(7))
    ann = ann_with(read_models, found, lambda p: p.block(CAUSE, found.id, "full"))
    enrolment = Enrolment("evening", ("MO",), MONDAY, None)
    read_models.after(
        ann,
        lambda p: p.enrol(CAUSE, enrolment),
        lambda p: p.enrol(CAUSE, replace(enrolment, last_day=found.meeting.day)),
    )
    assert len(read_models.rows(CONFLICTS)) == 1
    read_models.after(ann, lambda p: p.enrol(CAUSE, replace(enrolment, last_day=MONDAY)))
    assert read_models.rows(CONFLICTS) == []
    read_models.after(
        ann,
        lambda p: p.block(CAUSE, found.id, "still full"),
        lambda p: p.end(CAUSE, Discharge(MONDAY, "completed")),
    )
    assert read_models.rows(CONFLICTS) == []


def test_a_duty_is_undecided_until_it_is_accepted_or_the_booking_released(
    read_models: ReadModels,
) -> None:
    found = session()
    shift = Commitment("work", "Shift", ("MO",), time(16), time(18), MONDAY, None)
    ann = ann_with(
        read_models,
        found,
        lambda p: p.book(CAUSE, [booking(found)]),
        lambda p: p.commit(CAUSE, shift),
        lambda p: p.find_collisions(CAUSE, ZONE),
    )
    assert read_models.rows(CONFLICTS) == [("duty_undecided", "ann", shift.key, CAUSE.at)]
    read_models.after(ann, lambda p: p.accept_collisions(AFTERWARDS, ZONE, "the employer agreed"))
    assert read_models.rows(CONFLICTS) == [("duty_accepted", "ann", shift.key, AFTERWARDS.at)]
    read_models.after(ann, lambda p: p.release(CAUSE, [found.id], "released"))
    assert read_models.rows(CONFLICTS) == []


def test_a_session_that_is_over_is_in_no_conflict(read_models: ReadModels) -> None:
    found = session()
    ann_with(read_models, found, lambda p: p.block(CAUSE, found.id, "full"))
    read_models.after(found, lambda s: s.close(AFTERWARDS, LATE_AFTER))
    assert read_models.rows(CONFLICTS) == []


# What takes place again begins anew


def test_a_session_that_was_started_and_moved_ahead_is_not_started(read_models: ReadModels) -> None:
    started: Any = lambda s: s.start(CommandContext("c", at("16:30"), "staff-7"), credential="LCSW")  # noqa: E731
    moves: Any = lambda s: s.reschedule(CommandContext("c", at("16:40"), "staff-7"), later(7))  # noqa: E731
    evening(read_models, started, moves)
    assert read_models.row(STATE)[:2] == ("scheduled", False)


def test_what_was_signed_is_signed_anew_when_a_session_takes_place_again(
    read_models: ReadModels,
) -> None:
    signs: Any = lambda s: s.sign_sheet(AFTERWARDS, credential="LCSW")  # noqa: E731
    held = evening(read_models, closed, signs)
    assert read_models.row("SELECT count(*) FROM schedule.signatures") == (1,)
    read_models.after(held, lambda s: s.reschedule(AFTERWARDS, later(7)))
    assert read_models.row("SELECT count(*) FROM schedule.signatures") == (0,)


def test_who_comes_to_make_up_a_visit_waits_no_longer(read_models: ReadModels) -> None:
    evening(
        read_models,
        rostered("a", "b", "c"),
        lambda s: s.wait(CAUSE, "d"),
        lambda s: s.release(CAUSE, "a"),
        came_for("missed", "d", "17:00"),
    )
    assert read_models.rows("SELECT patient_id FROM schedule.waiting") == []
