"""What the forms of the Week page come to: the command, what undoes it, and what is wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from services.application import COMMANDS
from services.command_endpoint import COMMANDS as SENT
from services.web.week_changes import change_of
from services.web.week_form import Change, Given, Unsound
from services.web.week_preview import duty_in_words
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, WEDNESDAY, SmallClinic

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
    assert found.undo
    assert found.undo["payload"]["deviation"] == {
        "reason": "It was a mistake",
        "starts": "17:00:00",
        "ends": "20:00:00",
    }
    assert (found.said, found.whole) == ("Evening is moved", True)


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
    day: Any = {"program_id": "adult-iop", "day": WEDNESDAY, "reason": "Snow"}
    for fields, undo in (
        ({"do": "call-off", **session}, "session.restore"),
        ({"do": "restore", **session}, "session.call-off"),
        ({"do": "room", "room_id": "room-2", **session}, "session.substitute-room"),
        ({"do": "staff", "staff_id": "", **session}, "session.substitute-staff"),
        ({"do": "close", **day}, "program.lift-closure"),
        ({"do": "open", **day}, "program.declare-closure"),
    ):
        found = change(clinic, **fields)
        assert found.undo
        assert found.undo["command"] == undo
    assert change(clinic, do="back", **session).command == "program.restore-meeting"
    extended = change(clinic, do="extend", track="adult-iop/evening")
    assert extended.payload == WHICH


def test_duties_are_written_as_clinics_write_times() -> None:
    assert (
        duty_in_words("has work, MO TH 09:00-17:30")
        == "has work, Mon, Thu 9:00 am\N{EN DASH}5:30 pm"
    )
