"""What the forms of the Week page come to: the command, what undoes it, and what is wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from services.api.previews import Preview
from services.application import COMMANDS
from services.application.asked import Asked
from services.application.effects import looking
from services.application.rosters import book_patient
from services.command_endpoint import COMMANDS as SENT
from services.web.week_changes import change_of
from services.web.week_form import Change, Given, Unsound
from services.web.week_preview import duty_in_words, undo_of
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    WEDNESDAY,
    SmallClinic,
)

EVERYTHING = frozenset(COMMANDS)
WHICH = {"program_id": "adult-iop", "track_id": "evening"}


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def change(
    clinic: SmallClinic, may: Callable[[str], bool] = EVERYTHING.__contains__, **fields: Any
) -> Change:
    """Return what a form comes to; each payload is one that its command takes."""
    said = {name: str(each) for name, each in fields.items()}
    found = change_of(Given(clinic.journal, FACILITY, ZoneInfo("UTC"), may, said))
    read(found.command, found.payload)
    if found.undo:
        read(found.undo["command"], found.undo["payload"])
    return found


def looked(clinic: SmallClinic, found: Change) -> Preview:
    """Return what a change would do."""
    given = SENT[found.command].read(orjson.dumps(found.payload)) | {"facility_id": FACILITY}
    decide = SENT[found.command].decide
    asked = Asked(clinic.context(), looking(lambda work: decide(work, **given)), FACILITY)
    return Preview(clinic.daybook.run(asked).returned, None)


def done(clinic: SmallClinic, command: str, payload: dict[str, Any]) -> None:
    """Send what a form came to."""
    sent = SENT[command]
    given = sent.read(orjson.dumps(payload))
    if sent.with_facility:
        given["facility_id"] = FACILITY
    asked = Asked(clinic.context(), lambda work: sent.decide(work, **given), FACILITY)
    clinic.daybook.run(asked)


def read(command: str, payload: Any) -> None:
    SENT[command].read(orjson.dumps(payload))


def moved(clinic: SmallClinic, day: Any = WEDNESDAY, **fields: Any) -> dict[str, Any]:
    """Return the fields of a move of Wednesday's evening group."""
    session = clinic.evening(day)
    return {
        **{"do": "move", "session_id": session.id, "day": day, "begins": "17:00"},
        **{"ends": "20:00", "room_id": "room-1", "staff_id": "staff-1", "reason": "A test"},
        **fields,
    }


def test_a_move_says_what_is_otherwise_and_nothing_else(clinic: SmallClinic) -> None:
    found = change(clinic, **moved(clinic, begins="16:00", ends="19:00"))

    assert found.command == "program.change-meeting"
    assert found.payload == {
        **WHICH,
        "occurrence": "2025-03-05",
        "deviation": {"reason": "A test", "starts": "16:00:00", "ends": "19:00:00"},
    }
    assert found.undo == {
        "command": "program.restore-meeting",
        "payload": WHICH | {"occurrence": "2025-03-05"},
    }
    assert (found.said, found.whole) == ("Evening is moved", True)
    done(clinic, found.command, found.payload)
    again = change(clinic, **moved(clinic, begins="15:00", ends="18:00"))
    assert again.undo
    assert again.undo["payload"]["deviation"] == {
        "reason": "It was a mistake",
        "starts": "16:00:00",
        "ends": "19:00:00",
    }


def test_while_no_reason_is_given_it_is_looked_at_and_not_made(clinic: SmallClinic) -> None:
    assert not change(clinic, **moved(clinic, room_id="room-2", reason=" ")).whole
    session_id = clinic.evening(WEDNESDAY).id
    assert not change(clinic, do="call-off", session_id=session_id).whole
    assert change(clinic, do="call-off", session_id=session_id, reason="A storm").whole


def test_who_may_not_change_a_series_moves_the_session_with_its_parts(clinic: SmallClinic) -> None:
    may = {"session.reschedule"}.__contains__
    found = change(clinic, may, **moved(clinic, begins="16:00", ends="18:00", room_id="room-2"))

    assert found.command == "session.reschedule"
    meeting = found.payload["meeting"]
    assert (meeting["room_id"], meeting["places"]) == ("room-2", 2)
    # The second part is cut off where the meeting ends.
    assert [(each["starts_at"], each["ends_at"]) for each in meeting["parts"]] == [
        ("2025-03-05T16:00:00Z", "2025-03-05T17:30:00Z"),
        ("2025-03-05T17:30:00Z", "2025-03-05T18:00:00Z"),
    ]


def test_all_that_follow_meet_on_another_day_at_another_time(clinic: SmallClinic) -> None:
    thursday = WEDNESDAY + timedelta(days=1)
    fields = moved(clinic, day=WEDNESDAY, which="following", begins="18:00", ends="21:00")
    found = change(clinic, **{**fields, "day": thursday})

    assert found.command == "program.change-following"
    assert found.payload["from_day"] == "2025-03-05"
    pattern = found.payload["pattern"]
    assert pattern["rule"] == "FREQ=WEEKLY;BYDAY=MO,TH,FR"
    assert [(each["starts"], each["ends"]) for each in pattern["segments"]] == [
        ("18:00:00", "19:30:00"),
        ("19:30:00", "21:00:00"),
    ]


FOLLOWING: tuple[dict[str, Any], ...] = (
    {"day": WEDNESDAY + timedelta(days=1)},
    {"begins": "18:00", "ends": "21:00"},
    {"room_id": "room-2", "staff_id": "staff-2"},
    {"day": WEDNESDAY + timedelta(days=1), "begins": "09:00", "ends": "12:00", "room_id": "room-2"},
)


@pytest.mark.parametrize("fields", FOLLOWING)
def test_what_all_that_follow_were_is_what_they_are_once_it_is_undone(
    clinic: SmallClinic, fields: dict[str, Any]
) -> None:
    clinic.enrol(ANN)
    clinic.enrol(BEN, on=("MO", "FR"))
    clinic.daybook.handle(clinic.context(), book_patient, clinic.evening(WEDNESDAY).id, CAL)
    known = [clinic.evening(MONDAY + timedelta(days)) for days in (0, 2, 4, 7, 9, 11)]
    found = change(clinic, **{**moved(clinic, which="following"), **fields})
    undo = undo_of(found, looked(clinic, found))
    assert undo
    done(clinic, found.command, found.payload)
    there = [clinic.evening(each.meeting.day) for each in known]
    assert any(
        now.withdrawn or now.meeting != before.meeting
        for now, before in zip(there, known, strict=True)
    )
    for each in (undo, *undo.get("next", [])):
        done(clinic, each["command"], each["payload"])
    for before in known:
        now = clinic.evening(before.meeting.day)
        assert (now.meeting, now.visits, now.takes_place) == (before.meeting, before.visits, True)
        for patient_id in now.visits:
            assert now.id in clinic.patient(patient_id).bookings


def test_who_stands_in_once_does_not_lead_all_that_follow(clinic: SmallClinic) -> None:
    stands_in = change(clinic, **moved(clinic, staff_id="staff-2"))
    done(clinic, stands_in.command, stands_in.payload)
    fields = moved(clinic, which="following", staff_id="staff-2", begins="18:00", ends="21:00")
    found = change(clinic, **fields)
    assert found.payload["pattern"]["staff_id"] == "staff-1"
    assert found.undo
    with pytest.raises(Unsound, match="was changed alone"):
        change(clinic, **fields | {"staff_id": "staff-3"})


def test_what_a_change_of_all_that_follow_leaves_and_replaces_is_said(clinic: SmallClinic) -> None:
    alone = change(clinic, **moved(clinic, FRIDAY, begins="16:00", ends="19:00"))
    done(clinic, alone.command, alone.payload)
    later = {"which": "following", "begins": "18:00", "ends": "21:00"}
    next_week = change(clinic, **moved(clinic, MONDAY + timedelta(7), **later))
    done(clinic, next_week.command, next_week.payload)
    found = change(clinic, **moved(clinic, **later))
    assert found.undo is None
    assert found.notes == (
        "1 meeting was changed alone before, and will stay that way",
        "The series was to change on Mar 10. This replaces it, and has no Undo",
    )


def test_a_move_takes_off_the_roster_whom_it_names(clinic: SmallClinic) -> None:
    found = change(clinic, **moved(clinic, begins="16:00", ends="19:00", taking_off=f"{ANN} {BEN}"))
    assert found.payload["taking_off"] == [ANN, BEN]
    assert found.taking_off == {ANN, BEN}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "nothing is different yet"),
        ({"day": ""}, "The day is missing"),
        ({"day": "tomorrow"}, "The day has to be a day"),
        ({"begins": "5 pm"}, "Begins has to be a time"),
        ({"begins": "20:30"}, "it has to end after it begins"),
        ({"session_id": "session-0"}, "there is no such session"),
        ({"do": "dance"}, "there is no such change"),
        ({"which": "following", "day": FRIDAY}, "meets on that day already"),
        ({"which": "following", "day": MONDAY + timedelta(8)}, "a day of the same week"),
    ],
)
def test_what_is_wrong_is_said(clinic: SmallClinic, fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Unsound, match=wrong):
        change(clinic, **{**moved(clinic), **fields})


def test_a_session_gets_a_name_that_no_other_one_has(clinic: SmallClinic) -> None:
    clinic.own("Family session")
    fields: Any = {
        **{"do": "schedule", "title": "Family session", "service": "family", "day": WEDNESDAY},
        **{"begins": "10:00", "ends": "10:50", "room_id": "room-2", "staff_id": "staff-2"},
        **{"program_id": "adult-iop", "places": 1},
    }

    found = change(clinic, **fields)

    assert found.payload["label"] == "Family session 2"
    assert found.payload["meeting"]["parts"][0]["format"] is None
    families = change(clinic, **fields, format="multi-family")
    assert families.payload["meeting"]["parts"][0]["format"] == "multi-family"
    with pytest.raises(Unsound, match="whole number"):
        change(clinic, **{**fields, "places": "one"})


def test_each_other_change_has_one_that_undoes_it(clinic: SmallClinic) -> None:
    session: Any = {"session_id": clinic.evening(WEDNESDAY).id, "reason": "A leak"}
    first: Any = {"session_id": clinic.evening(MONDAY).id, "reason": "A leak"}
    day: Any = {"program_id": "adult-iop", "day": WEDNESDAY, "reason": "Snow"}
    for fields, undo in (
        ({"do": "call-off", **session}, "session.restore"),
        ({"do": "restore", **session}, "session.call-off"),
        ({"do": "room", "room_id": "room-2", **session}, "program.restore-meeting"),
        ({"do": "staff", "staff_id": "", **session}, "session.substitute-staff"),
        ({"do": "close", **day}, "program.lift-closure"),
        ({"do": "open", **day}, "program.declare-closure"),
    ):
        found = change(clinic, **fields)
        assert found.undo
        assert found.undo["command"] == undo
    with pytest.raises(Unsound, match="follows its series already"):
        change(clinic, do="back", **first)
    other_room = change(clinic, do="room", room_id="room-2", **first)
    done(clinic, other_room.command, other_room.payload)
    follows = change(clinic, do="back", **first)
    assert follows.command == "program.restore-meeting"
    done(clinic, follows.command, follows.payload)
    assert clinic.evening(MONDAY).meeting.room_id == "room-1"
    assert follows.undo
    done(clinic, follows.undo["command"], follows.undo["payload"])
    assert clinic.evening(MONDAY).meeting.room_id == "room-2"
    extended = change(clinic, do="extend", track="adult-iop/evening")
    assert extended.payload == WHICH


def test_duties_are_written_as_clinics_write_times() -> None:
    assert (
        duty_in_words("has work, MO TH 09:00-17:30")
        == "has work, Mon, Thu 9:00 am\N{EN DASH}5:30 pm"
    )
