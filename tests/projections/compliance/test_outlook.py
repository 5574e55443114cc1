"""Looking ahead through the view: what turns with the schedule, and what with time."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from domain.patient import Commitment, Discharge
from domain.program import Track
from services.application.discharge import discharge_patient
from services.application.rosters import book_patient, book_repair, note_commitment, release_patient
from services.application.sessions import call_off_session, reschedule_session, schedule_session
from services.application.tracks import keep_track, substitute_room
from tests.support.evaluated_clinic import EvaluatedClinic
from tests.support.read_models import ReadModels
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    EVENING,
    FACILITY,
    FRIDAY,
    MONDAY,
    PATIENTS,
    PROGRAM,
    TRACK,
    own_meeting,
)

TUESDAY, THURSDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
SATURDAY, SUNDAY = MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)


def at(wall: str, day: date) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), UTC)


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    """Ann is booked for her nine hours; who else is treated is booked for nothing."""
    found = EvaluatedClinic(read_models)
    found.adopt(attended_minutes_min=540)
    found.enrol(ANN)
    return found


def checkpoint(clinic: EvaluatedClinic, patient_id: str = ANN) -> tuple[str, int, str]:
    """How Ann's nine hours stand, how many minutes are in sight, and until when."""
    clinic.show()
    return clinic.rows(
        "SELECT state, measured, to_char(until AT TIME ZONE 'UTC', 'Dy HH24:MI')"
        " FROM compliance.findings WHERE rule = 'attended-hours' AND patient_id = %(patient_id)s",
        patient_id=patient_id,
    )[0]


def extra(
    clinic: EvaluatedClinic, day: date, room_id: str = "room-2", service: Any = "group"
) -> str:
    """Schedule a single session of two hours at noon."""
    meeting = own_meeting(day, 12, room_id, "staff-2")
    parts = (replace(meeting.parts[0], service=service),)
    return clinic.daybook.handle(
        clinic.context(),
        schedule_session,
        facility_id=FACILITY,
        label=f"extra {day}",
        meeting=replace(meeting, parts=parts),
    )


def test_a_week_goes_as_it_is_scheduled_until_somebody_says_otherwise(
    clinic: EvaluatedClinic,
) -> None:
    assert checkpoint(clinic) == ("on_track", 540, "Mon 00:00")
    clinic.at("10:00", TUESDAY)
    clinic.stays_away(ANN, FRIDAY)
    assert checkpoint(clinic) == ("impossible", 360, "Mon 00:00")


def test_a_session_with_room_makes_it_possible_until_it_begins(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    extra(clinic, THURSDAY)
    assert checkpoint(clinic)[0] == "impossible"
    # Three hours are missing: it takes two such sessions.
    extra(clinic, SATURDAY)
    assert checkpoint(clinic) == ("at_risk", 360, "Thu 12:00")
    clinic.show(at("11:59", THURSDAY))
    assert checkpoint(clinic)[0] == "at_risk"
    clinic.show(at("12:00", THURSDAY))
    assert checkpoint(clinic) == ("impossible", 360, "Mon 00:00")


def test_the_latest_way_says_until_when(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    for day in (TUESDAY, THURSDAY, SATURDAY):
        extra(clinic, day)
    assert checkpoint(clinic) == ("at_risk", 360, "Thu 12:00")


def test_a_place_that_is_taken_by_somebody_else_is_none_for_her(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    first = extra(clinic, THURSDAY, "room-3")
    extra(clinic, SATURDAY)
    assert checkpoint(clinic)[0] == "at_risk"
    clinic.daybook.handle(clinic.context(), book_patient, first, BEN)
    assert checkpoint(clinic)[0] == "impossible"
    clinic.daybook.handle(clinic.context(), release_patient, first, BEN, "he is ill")
    assert checkpoint(clinic)[0] == "at_risk"
    clinic.daybook.handle(clinic.context(), call_off_session, first, "the room is flooded")
    assert checkpoint(clinic)[0] == "impossible"


@pytest.mark.parametrize(
    "service", ["individual", "family", "medication", "case-management", "assessment"]
)
def test_a_single_session_that_is_somebodys_is_open_to_nobody_else(
    clinic: EvaluatedClinic, service: str
) -> None:
    clinic.stays_away(ANN, FRIDAY)
    theirs = extra(clinic, THURSDAY, service=service)
    extra(clinic, SATURDAY)
    assert checkpoint(clinic)[0] == "at_risk"
    clinic.daybook.handle(clinic.context(), book_patient, theirs, BEN)
    assert checkpoint(clinic)[0] == "impossible"


def test_a_smaller_room_leaves_no_place(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    first = extra(clinic, THURSDAY, "room-2")
    extra(clinic, SATURDAY)
    clinic.daybook.handle(clinic.context(), book_patient, first, BEN)
    assert checkpoint(clinic)[0] == "at_risk"
    clinic.daybook.handle(
        clinic.context(), substitute_room, first, "room-3", "the other one is flooded"
    )
    assert checkpoint(clinic)[0] == "impossible"


def test_duties_elsewhere_stand_in_the_way(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    extra(clinic, THURSDAY)
    extra(clinic, SATURDAY)
    assert checkpoint(clinic)[0] == "at_risk"
    duty = Commitment("work", "Shift", ("SA",), time(11), time(13), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, ANN, duty)
    assert checkpoint(clinic)[0] == "impossible"


def test_booking_the_repair_puts_it_back_on_track(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    repair = [extra(clinic, day) for day in (THURSDAY, SATURDAY)]
    clinic.daybook.handle(clinic.context(), book_repair, ANN, repair)
    assert checkpoint(clinic) == ("on_track", 600, "Mon 00:00")
    turned = clinic.rows(
        "SELECT was, state, command_id <> '' FROM compliance.turns"
        " WHERE rule = 'attended-hours' AND patient_id = %(ann)s ORDER BY at, command_id",
        ann=ANN,
    )
    assert turned[-1] == ("at_risk", "on_track", True)


def test_a_track_that_ends_earlier_takes_its_sessions_off(clinic: EvaluatedClinic) -> None:
    """Ben is booked for nothing; the track has a place for him until it leaves the schedule."""
    assert checkpoint(clinic, BEN) == ("at_risk", 0, "Mon 17:00")
    shorter = Track(TRACK, "Evening", MONDAY, MONDAY, EVENING)
    clinic.daybook.handle(clinic.context(), keep_track, FACILITY, PROGRAM, shorter)
    assert checkpoint(clinic, BEN)[0] == "impossible"


def test_a_session_that_moves_out_of_the_week_helps_no_longer(clinic: EvaluatedClinic) -> None:
    clinic.stays_away(ANN, FRIDAY)
    extra(clinic, THURSDAY)
    saturday = extra(clinic, SATURDAY)
    assert checkpoint(clinic)[0] == "at_risk"
    moved = own_meeting(SUNDAY + timedelta(days=1), 12, "room-2", "staff-2")
    clinic.daybook.handle(clinic.context(), reschedule_session, saturday, moved)
    assert checkpoint(clinic)[0] == "impossible"


def test_nothing_is_asked_any_longer_of_who_leaves(clinic: EvaluatedClinic) -> None:
    assert checkpoint(clinic, BEN)[0] == "at_risk"
    clinic.at("12:00", TUESDAY)
    left = Discharge(TUESDAY, "dropped-out", ("no-contact",))
    clinic.daybook.handle(clinic.context(), discharge_patient, BEN, left)
    assert checkpoint(clinic, BEN)[0] == "not_applicable"


def test_only_who_can_be_helped_is_looked_at_when_a_place_comes_free(
    clinic: EvaluatedClinic,
) -> None:
    clinic.enrol(BEN)
    clinic.stays_away(ANN, FRIDAY)
    thursday = extra(clinic, THURSDAY)
    clinic.show()
    watching = clinic.rows("SELECT id FROM compliance.files WHERE watches <> '{}' ORDER BY id")
    assert [row[0] for row in watching] == [ANN, CAL, DEE]
    before = {row[0]: row[1] for row in clinic.rows("SELECT id, judged_at FROM compliance.files")}
    clinic.at("10:00", TUESDAY)
    clinic.daybook.handle(clinic.context(), book_patient, thursday, BEN)
    clinic.show()
    # There are two places more: for who is at risk nothing has changed.
    after = {row[0]: row[1] for row in clinic.rows("SELECT id, judged_at FROM compliance.files")}
    assert {each for each in PATIENTS if before[each] != after[each]} == {BEN}


def test_a_call_is_due_a_day_after_the_session_by_the_hour(read_models: ReadModels) -> None:
    clinic = EvaluatedClinic(read_models)
    clinic.adopt(outreach_hours=24)
    clinic.enrol(ANN)
    clinic.closes(MONDAY)
    clinic.show(at("21:00", MONDAY))
    assert clinic.running("outreach-due", "state", "because") == [
        ("on_track", "no attempt to reach the patient is on record yet")
    ]
    clinic.show(at("20:00", TUESDAY) - timedelta(seconds=1))
    assert clinic.findings("outreach-due") == []
    clinic.show(at("20:00", TUESDAY))
    assert clinic.running("outreach-due") == []
    assert clinic.findings("outreach-due", "state") == [("breached",)]
