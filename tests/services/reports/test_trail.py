"""An audit trail: every event in order, what it corrects, and which signed head covers it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from domain.program import Program
from services.application.signatures import merge_patients
from services.embedded import Engines
from services.journal.told import positions_of
from services.reports import trail as module
from services.reports.history import history
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.trail import trail
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.seals import signed
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, WEDNESDAY

VIEWS = ("directory", "attendance", "care", "schedule")


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, *VIEWS)


def rows(clinic: Documented, **asked: Any) -> list[dict[str, Any]]:
    return trail(clinic.reports(), **asked).objects()


def recorded(clinic: Documented, *aggregate_ids: str) -> list[str]:
    """Return the ids of all events of some aggregates, in the order of the journal."""
    journal = clinic.backend.journal
    found = [
        f"{each.originator_id}:{each.originator_version}"
        for where in aggregate_ids
        for each in journal.events.get(where)
    ]
    at = positions_of(journal, found)
    return sorted(found, key=at.__getitem__)


def test_a_trail_of_a_session_has_each_of_its_events_once_a_patient(clinic: Documented) -> None:
    session_id = clinic.evening(MONDAY).id
    found = rows(clinic, session_id=session_id)
    assert list(dict.fromkeys(each["event"] for each in found)) == recorded(clinic, session_id)
    assert [each["number"] for each in found] == list(range(1, len(found) + 1))
    assert all(a["position"] <= b["position"] for a, b in pairwise(found))


def test_a_trail_of_a_program_has_all_that_was_recorded_of_it(clinic: Documented) -> None:
    found = rows(clinic, program_id=PROGRAM)
    program = recorded(clinic, Program.id_of(FACILITY, PROGRAM))
    assert list(dict.fromkeys(each["event"] for each in found)) == program


def test_a_trail_of_a_patient_tells_all_that_their_history_does(clinic: Documented) -> None:
    found = rows(clinic, patient_id=clinic.ben)
    known = history(clinic.reports(), patient_id=clinic.ben).objects()
    told = {(each["event"], each["what"], each["author"]) for each in known}
    assert {(each["event"], each["what"], each["author"]) for each in found} >= told
    own = set(recorded(clinic, clinic.ben))
    assert own <= {each["event"] for each in found}


def test_an_amendment_says_what_it_corrects_and_the_original_stays(clinic: Documented) -> None:
    found = rows(clinic, session_id=clinic.evening(WEDNESDAY).id)
    by_event = {each["event"]: each for each in found}
    [amended] = [each for each in found if each["mark"] == "amendment"]
    original = by_event[amended["corrects"]]
    assert (original["mark"], original["corrected_by"]) == ("original", amended["event"])
    assert original["what"].startswith("Attendance: no-show")
    assert amended["reason"] == "the sheet was found"
    assert amended["author"] == "staff-1"
    assert amended["recorded_at"] > original["recorded_at"]
    assert {each["kind"] for each in found if each["mark"] == "late entry"} == {
        "session.late-sign-in-entered"
    }


def test_no_trail_is_cut_however_long_it_is(
    clinic: Documented, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {
        name: rows(clinic, **asked)
        for name, asked in (
            ("patient", {"patient_id": clinic.ben}),
            ("staff", {"staff_id": "staff-1"}),
        )
    }
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    assert rows(clinic, patient_id=clinic.ben) == whole["patient"]
    assert rows(clinic, staff_id="staff-1") == whole["staff"]
    assert len(whole["staff"]) > 20


def test_a_trail_of_some_days_has_those_of_the_record_alone(clinic: Documented) -> None:
    whole = rows(clinic, patient_id=clinic.ben)
    of_day = rows(clinic, patient_id=clinic.ben, first_day=MONDAY, last_day=MONDAY)
    assert [each["event"] for each in of_day] == [
        each["event"] for each in whole if each["recorded_at"].date() == MONDAY
    ]


def test_each_event_names_the_first_head_that_covers_it(clinic: Documented) -> None:
    asked = {"session_id": clinic.evening(MONDAY).id}
    assert {each["head_size"] for each in rows(clinic, **asked)} == {None}
    positions = [each["position"] for each in rows(clinic, **asked)]
    middle, later = positions[len(positions) // 2], positions[-2]
    at = clinic.now + timedelta(hours=1)
    signed(clinic.backend.journal, at, [(10, middle), (20, later)], "journal")
    for each in rows(clinic, **asked):
        expected = 10 if each["position"] <= middle else 20 if each["position"] <= later else None
        assert each["head_size"] == expected
        assert each["head_at"] == (at if expected else None)


def test_a_trail_is_of_one_subject_that_is_there(clinic: Documented) -> None:
    with pytest.raises(Unanswerable, match="say of which patient"):
        rows(clinic)
    with pytest.raises(Unanswerable, match="ask of a patient"):
        rows(clinic, patient_id=clinic.ben, staff_id="staff-1")
    with pytest.raises(NobodyThere):
        rows(clinic, session_id="session-nowhere")


def test_a_trail_of_a_merged_record_has_what_was_recorded_under_both(
    shared_engines: Engines,
) -> None:
    with fresh_database(shared_engines) as backend:
        clinic = Documented(backend, *VIEWS)
        again = clinic.admitted("Benjamin", "Baker", "OS-again")
        clinic.does(merge_patients, again, clinic.ben)
        found = {each["event"] for each in rows(clinic, patient_id=clinic.ben)}
        assert {*recorded(clinic, again), *recorded(clinic, clinic.ben)} <= found
