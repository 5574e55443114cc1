"""A history in words: what was recorded, of whom, what corrected it, and who may see it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from domain.aggregate import event_classes
from domain.session import Amendment
from services.access.hidden_parts import HIDDEN
from services.access.principal import Role
from services.application.check_in import (
    check_in,
    check_out,
    reassign_sign_in,
    undo_check_in,
)
from services.application.monitoring import take_assessment
from services.application.rosters import book_patient, wait_for_session
from services.application.sessions import close_session
from services.application.signatures import merge_patients
from services.reports import history as module
from services.reports.history import history
from services.reports.history_corrections import CORRECTS, SAYS
from services.reports.history_telling import WORDS
from services.reports.history_wording import Names, Part
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.viewer import EVERYTHING, Viewer
from services.web.history import PART_NAMES
from tests.contracts.story import examples
from tests.services.reports.test_roster import Door
from tests.support.backend import Backend
from tests.support.small_clinic import MONDAY, PROGRAM

TUESDAY = MONDAY + timedelta(days=1)
ODD = Amendment("the wrong line", "LCSW")
NAMES = Names(ZoneInfo("America/New_York"))
OURS = sorted(
    (each for each in event_classes() if each.__module__.startswith("domain.")),
    key=lambda each: each.TOPIC,
)


def test_each_event_of_the_catalog_has_words() -> None:
    assert set(WORDS) == set(OURS)
    assert set(examples()) == set(OURS)


@pytest.mark.parametrize(
    ("author", "said"),
    [
        ("Ana Diaz, LCSW [s-diaz]", "Ana Diaz, LCSW"),
        ("Jo Park [user jpark]", "Jo Park"),
        ("s-diaz", "Ana Diaz"),
        ("patient-5f0c2e", "the patient"),
        ("daybook", "Daybook, by itself"),
        ("somebody's program", "somebody's program"),
    ],
)
def test_an_author_is_told_as_people_know_them(author: str, said: str) -> None:
    assert replace(NAMES, staff={"s-diaz": "Ana Diaz"}).author(author) == said


def test_each_part_of_a_record_has_a_name() -> None:
    assert set(PART_NAMES) == set(get_args(Part)) == {each.part for each in WORDS.values()}


@pytest.mark.parametrize("cls", OURS, ids=lambda each: str(each.TOPIC))
def test_each_event_is_a_short_sentence(cls: Any) -> None:
    said = WORDS[cls].says(examples()[cls], NAMES)
    assert said[0].isupper() or said.startswith(("evening", "staff"))
    assert not said.endswith(".")
    assert "None" not in said
    assert "\n" not in said
    happened = WORDS[cls].happened_at(examples()[cls])
    assert happened is None or happened.tzinfo is not None


@pytest.mark.parametrize("cls", [*SAYS, *CORRECTS], ids=lambda each: str(each.TOPIC))
def test_what_says_whether_an_event_is_wrong_is_read_from_each(cls: Any) -> None:
    for each in (SAYS, CORRECTS):
        if cls in each:
            assert each[cls](examples()[cls])


# Of a clinic


@pytest.fixture
def door(backend: Backend) -> Door:
    """Ann was checked in by mistake: it was Ben, who left, and whose record was put right."""
    door = Door(backend)
    for name in ("Ann", "Ben"):
        door.does(book_patient, door.noon, door.patients[name])
    door.clinic.at("11:58")
    door.does(check_in, door.noon, door.patients["Ann"])
    arrived = door.clinic.now
    door.clinic.at("12:05")
    told = {"to": door.patients["Ben"], "amendment": ODD}
    door.does(reassign_sign_in, door.noon, door.patients["Ann"], arrived, **told)
    door.clinic.at("12:10")
    door.does(check_in, door.noon, door.patients["Ann"])
    arrived = door.clinic.now
    door.clinic.at("12:11")
    door.does(undo_check_in, door.noon, door.patients["Ann"], arrived, ODD)
    door.clinic.at("14:00")
    door.does(check_out, door.noon, door.patients["Ben"])
    door.does(close_session, door.noon)
    return door


def rows(door: Door, viewer: Viewer = EVERYTHING, **asked: Any) -> list[dict[str, Any]]:
    reports = door.reports(viewer)
    reports.journal = door.backend.journal
    return history(reports, **asked).objects()


def told(found: list[dict[str, Any]]) -> list[str]:
    return [each["what"] for each in found]


def test_a_session_is_told_the_latest_first_with_who_it_is_about(door: Door) -> None:
    found = rows(door, session_id=door.noon, part="visits")
    assert [(each["name"], each["what"]) for each in found] == [
        ("Ben Baker", "Attendance: attended, 2 h of 2 h count"),
        ("Ann Abel", "Attendance: no-show, 0 min of 2 h count"),
        (None, "Closed: attendance is recorded"),
        ("Ben Baker", "Checked out at 2:00 pm"),
        ("Ann Abel", "The check-in at 12:10 pm was undone"),
        ("Ann Abel", "Checked in at 12:10 pm"),
        ("Ann Abel", "The check-in at 11:58 am was somebody else's"),
        ("Ben Baker", "The check-in at 11:58 am, recorded for another, was theirs"),
        ("Ann Abel", "Checked in at 11:58 am"),
    ]
    assert {(each["session"], each["session_day"]) for each in found} == {("skills", MONDAY)}
    assert found[3]["happened_at"].isoformat() == "2025-03-03T14:00:00+00:00"
    assert found[3]["author"] == "staff-1"
    assert found[4]["reason"] == "the wrong line"


def test_what_corrected_what_is_told_from_both_sides(door: Door) -> None:
    found = rows(door, session_id=door.noon, part="visits")
    undone, wrong = found[4], found[5]
    assert (undone["corrects"], wrong["corrected_by"]) == (wrong["event"], undone["event"])
    assert (found[8]["corrected_by"], found[7]["corrects"]) == (
        found[6]["event"],
        found[8]["event"],
    )
    # Also where the correction itself is not asked for.
    alone = rows(door, session_id=door.noon, part="visits", before=undone["position"])
    assert alone[0]["corrected_by"] == undone["event"]
    assert {each["corrected_by"] for each in found if each["what"].startswith("Att")} == {None}


def test_a_patient_is_told_of_nobody_else(door: Door) -> None:
    ben, ann = door.patients["Ben"], door.patients["Ann"]
    found = rows(door, patient_id=ben)
    assert {each["name"] for each in found} == {"Ben Baker"}
    assert told(found) == [
        "Attendance: attended, 2 h of 2 h count",
        "Checked out at 2:00 pm",
        "The check-in at 11:58 am, recorded for another, was theirs",
        "Booked for skills on Mon, Mar 3, 2025",
        "Booked",
        "Admitted to Adults on Mon, Mar 3, 2025, paid by self, without a screening that recommends"
        " it: known here",
        "Name and birth date recorded",
        "Referred to Adults by County hospital",
        "Record number given",
    ]
    assert {each["name"] for each in rows(door, patient_id=ann)} == {"Ann Abel"}


def test_who_waited_or_answered_is_told_it_too(door: Door) -> None:
    cal = door.patients["Cal"]
    art = door.clinic.own("art", TUESDAY, room_id="room-3")
    door.does(book_patient, art, door.patients["Dee"])
    door.does(wait_for_session, art, cal)
    taken = door.does(take_assessment, cal, "gad-7", {str(each): 1 for each in range(1, 8)})
    found = rows(door, patient_id=cal)
    assert "Put on the waiting list" in told(found)
    [answers] = [each for each in found if each["part"] == "assessments"]
    assert answers["event"] == f"{taken}:1"
    assert answers["what"].startswith("GAD-7 answered: ")


def test_a_record_that_was_merged_is_told_with_the_one_that_goes_on(door: Door) -> None:
    ann, cal = door.patients["Ann"], door.patients["Cal"]
    door.does(merge_patients, cal, ann)
    of_ann, of_cal = rows(door, patient_id=ann), rows(door, patient_id=cal)
    assert of_ann == of_cal
    assert told(of_ann).count("Record number given") == 2
    assert {each["name"] for each in of_ann} == {"Ann Abel"}
    assert "Another record of the same person was merged into this one" in told(of_ann)


def test_a_role_is_not_told_what_its_pages_do_not_show(door: Door) -> None:
    ben = door.patients["Ben"]
    for role in (Role.FRONT_DESK, Role.BILLER):
        hidden = HIDDEN[role, "history"]
        found = rows(door, Viewer(hidden=hidden), patient_id=ben)
        everything = rows(door, patient_id=ben)
        assert found == [each for each in everything if each["part"] not in hidden]
        assert 0 < len(found) < len(everything)
    front_desk = Viewer(hidden=HIDDEN[Role.FRONT_DESK, "history"])
    assert not any("Admitted" in each for each in told(rows(door, front_desk, patient_id=ben)))


def test_of_the_facility_a_counselor_is_told_of_their_own(door: Door) -> None:
    ben = door.patients["Ben"]
    own = Viewer(frozenset({ben}), frozenset(), staff_id="staff-3")
    everything = rows(door)
    found = rows(door, own)
    assert {each["name"] for each in found} == {None, "Ben Baker"}
    assert not [each for each in found if each["session_id"] and each["name"] is None]
    assert {each["name"] for each in everything} >= {None, "Ann Abel", "Ben Baker", "Dee Dunn"}
    assert {each["name"] for each in rows(door, own, session_id=door.noon)} == {"Ben Baker"}
    stranger = Viewer(frozenset(), frozenset(), staff_id="staff-3")
    refused: list[dict[str, Any]] = [
        {"session_id": door.noon},
        {"patient_id": ben},
        {"staff_id": "staff-1"},
    ]
    for asked in refused:
        with pytest.raises(NobodyThere):
            rows(door, stranger, **asked)


def test_somebody_on_the_staff_is_told_with_what_they_recorded(door: Door) -> None:
    recorded = rows(door, staff_id="staff-1")
    assert "Checked out at 2:00 pm" in told(recorded)
    assert {each["author"] for each in recorded} == {"staff-1"}
    of_them = told(rows(door, staff_id="staff-2"))
    assert of_them[-1] == "staff-2, LCSW, joined the staff"
    assert any("led by staff-2" in each for each in of_them)


def test_days_are_those_of_recording_on_the_facilitys_clocks(door: Door) -> None:
    door.clinic.at("09:00", MONDAY + timedelta(days=40))
    door.does(
        book_patient, door.clinic.own("art", MONDAY + timedelta(days=41)), door.patients["Dee"]
    )
    assert {each["name"] for each in rows(door)} == {None, "Dee Dunn"}
    assert len(rows(door, first_day=MONDAY)) > len(rows(door))
    assert rows(door, first_day=MONDAY, last_day=MONDAY)[0]["part"] == "visits"
    assert rows(door, last_day=MONDAY) == rows(door, first_day=MONDAY, last_day=MONDAY)
    assert rows(door, last_day=MONDAY - timedelta(days=1)) == []


def test_a_program_is_told_with_its_tracks(door: Door) -> None:
    found = told(rows(door, program_id=PROGRAM))
    assert found[-1] == "Program opened: Adults, adult, co-occurring, 9 h on 3 days a week"
    assert found[-2].startswith("Track opened: Evening, from Mon, Mar 3, 2025, 5:00 pm to 8:00 pm,")


def test_what_is_no_question_is_refused(door: Door) -> None:
    with pytest.raises(Unanswerable, match="a patient, a session, a program or somebody"):
        rows(door, session_id=door.noon, program_id=PROGRAM)
    unknown: list[dict[str, Any]] = [
        {"session_id": "session-x"},
        {"program_id": "x"},
        {"staff_id": "x"},
    ]
    for asked in unknown:
        with pytest.raises(NobodyThere):
            rows(door, **asked)


def test_more_than_can_be_told_at_once_is_told_by_position(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = rows(door, session_id=door.noon)
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    reports = door.reports()
    reports.journal = door.backend.journal
    first = history(reports, session_id=door.noon).objects()
    last = first[-1]["position"]
    assert reports.notes == [f"what was recorded before position {last} is not shown"]
    rest: list[dict[str, Any]] = []
    while more := rows(door, session_id=door.noon, before=(rest or first)[-1]["position"]):
        rest += more
    assert [*first, *rest] == everything
