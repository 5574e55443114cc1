"""The figures of each kind of document, against the read models, and its pages with hard cases."""

import csv
import importlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.documents.attendance_record import READS
from services.documents.kind import Refused
from services.documents.making import Made
from services.embedded import Engines
from services.reports.queries import NobodyThere, Unanswerable
from services.reports.roster import roster
from services.reports.visits import visits, weeks
from tests.support.backend import fresh_database
from tests.support.documented_clinic import LONG, MARKUP, Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.small_clinic import FRIDAY, MONDAY, WEDNESDAY

TO = "\N{EN DASH}"
SUNDAY = MONDAY + timedelta(days=6)
FIRST_WEEK = {"first": MONDAY, "last": SUNDAY}


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, *READS)


@pytest.fixture
def own(shared_engines: Engines) -> Iterator[Documented]:
    """A clinic that a test goes on with."""
    with fresh_database(shared_engines) as backend:
        yield Documented(backend, *READS)


def rows_of(made: Made) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.csv())))


def is_clean(made: Made) -> bool:
    """Tell whether a document is set within its margins, and read back."""
    found = read_back(made.pdf())
    pages = made.pages(ppi=36)
    assert len(pages) == len(found.pages)
    return found.is_ua and found.outside == () and all(map(blank_margins, pages))


# The attendance record


def test_a_record_has_the_visits_and_minutes_of_the_read_models(clinic: Documented) -> None:
    made = clinic.makes("attendance-record", patient_id=clinic.ann, **FIRST_WEEK)
    reports = clinic.reports()
    known = visits(reports, through=SUNDAY, patient_id=clinic.ann).objects()
    facts = made.facts
    assert [(each["day"], each["minutes"]) for each in facts["visits"]] == [
        (str(each["date"]), each["credited_minutes"]) for each in known
    ]
    assert facts["attended_minutes"] == sum(each["credited_minutes"] for each in known)
    for each in facts["visits"]:
        assert each["minutes"] == sum(service["minutes"] for service in each["services"])
    [week] = weeks(reports, through=SUNDAY, patient_id=clinic.ann).objects()
    assert facts["weeks"] == [
        {
            "week_of": str(MONDAY),
            "offered_minutes": week["scheduled_minutes"],
            "attended_minutes": week["credited_minutes"],
            "planned_minutes": week["required_minutes"],
            "offered_days": week["scheduled_days"],
            "attended_days": week["credited_days"],
            "planned_days": week["required_days"],
        }
    ]
    # Monday and Friday of 180 minutes each were attended, Wednesday's was excused.
    assert (facts["attended_minutes"], facts["attended_days"]) == (360, 2)


def test_a_record_prints_what_it_holds(clinic: Documented) -> None:
    made = clinic.makes("attendance-record", patient_id=clinic.ann, **FIRST_WEEK)
    text = read_back(made.pdf()).text
    for said in (
        "Mon, Mar 3, 2025 to Sun, Mar 9, 2025",
        "staff-2, LCSW",  # the counselor
        f"5:00{TO}8:00 pm, staff-1, LCSW",
        "room-1, in-person",
        "education 90 group 90",
        "Excused “The car broke down”",
        "group note: staff-1, LCSW, Mar 3, 2025, 9:00 pm",
        "individual note (group): staff-1, LCSW, Mar 3, 2025, 9:00 pm",
        "Mon, Mar 3, 2025 9 h 6 h 9 h 3 2 3",
        "All services 360 6 h",
        "Nothing was corrected.",
    ):
        assert said in text
    assert is_clean(made)


def test_a_correction_strikes_what_stood_beside_what_stands(clinic: Documented) -> None:
    made = clinic.makes("attendance-record", patient_id=clinic.ben)
    found = made.facts["corrections"]
    [changed] = [each for each in found if each["old"]]
    assert changed["old"] == "Attendance: no-show, 0 min of 3 h count"
    assert changed["new"].startswith("Attendance corrected: attended, left early, 2 h of 3 h")
    assert (changed["author"], changed["reason"]) == ("staff-1", "the sheet was found")
    assert changed["session_day"] == str(WEDNESDAY)
    text = read_back(made.pdf()).text
    assert f"{changed['old']} {changed['new']}" in text
    assert is_clean(made)


def test_the_corrections_of_a_long_record_are_all_there(
    clinic: Documented, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = clinic.makes("attendance-record", patient_id=clinic.ben)
    sheet = clinic.makes("sign-in-sheet", session_id=clinic.evening(WEDNESDAY).id)
    assert whole.facts["corrections"]
    monkeypatch.setattr(importlib.import_module("services.reports.history"), "MOST_ENTRIES", 1)
    assert clinic.makes("attendance-record", patient_id=clinic.ben).pdf() == whole.pdf()
    again = clinic.makes("sign-in-sheet", session_id=clinic.evening(WEDNESDAY).id)
    assert again.facts["corrections"] == sheet.facts["corrections"]


def test_a_merged_record_is_one_with_what_was_recorded_under_the_other(own: Documented) -> None:
    again = own.merged(own.ben)
    own.now += timedelta(days=1)
    old = own.makes("attendance-record", patient_id=again)
    made = own.makes("attendance-record", patient_id=own.ben)
    assert old.pdf() == made.pdf()
    assert made.facts["patient"]["name"] == "Ben Baker"
    # The other record's stay began on the same day: it is the same stay.
    assert len(made.facts["stays"]) == 1
    assert [each["day"] for each in made.facts["visits"]][-1] == str(FRIDAY + timedelta(days=3))
    assert is_clean(made)


def test_eight_pages_repeat_their_header_and_split_no_row(own: Documented) -> None:
    patient_id = own.admitted(*LONG)
    own.many_visits(patient_id, 120)
    own.now += timedelta(days=1)
    made = own.makes("attendance-record", patient_id=patient_id)
    assert len(made.facts["visits"]) == 120
    pages = read_back(made.pdf()).pages
    assert len(pages) >= 8
    for number, page in enumerate(pages[:7]):
        assert "Date Session In and out Minutes Status Signed" in page
        # Each visit is on one page, whole: its first line has the status, its last one the room.
        attended = page.count("Attended") - (1 if number == 0 else 0)
        assert attended == page.count("room-2, in-person") >= 10
    assert is_clean(made)


def test_a_record_of_nobody_who_came_says_so(clinic: Documented) -> None:
    patient_id = clinic.admitted("Never", "Came")
    made = clinic.makes("attendance-record", patient_id=patient_id)
    assert "No visit on these days." in read_back(made.pdf()).text
    assert (made.facts["attended_minutes"], made.facts["visits"]) == (0, [])
    assert rows_of(made) == []


def test_the_table_of_a_record_adds_up_to_its_minutes(clinic: Documented) -> None:
    made = clinic.makes("attendance-record", patient_id=clinic.ben)
    rows = rows_of(made)
    assert sum(int(each["minutes"]) for each in rows) == made.facts["attended_minutes"]
    assert {each["service"] for each in rows if each["status"] == "Attended"} == {
        *("group", "education"),
    }
    # Ann's services have a note of her own each, Ben's that of the group alone.
    hers = rows_of(clinic.makes("attendance-record", patient_id=clinic.ann, **FIRST_WEEK))
    for each_of, note in ((hers, "individual note"), (rows, "group note")):
        of_monday = [each for each in each_of if each["date"] == str(MONDAY)]
        assert [(each["service"], each["note"]) for each in of_monday] == [
            *(("education", note), ("group", note)),
        ]
    parsed: dict[str, Any] = json.loads(made.json())
    assert parsed["facts"] == made.facts
    assert (parsed["number"], parsed["position"]) == (made.number, made.standing.position)


def test_nobody_and_a_span_that_cannot_be_are_refused(clinic: Documented) -> None:
    with pytest.raises(NobodyThere):
        clinic.makes("attendance-record", patient_id="patient-nobody")
    later = clinic.now.date() + timedelta(days=400)
    with pytest.raises(Unanswerable, match="after its last day"):
        clinic.makes("attendance-record", patient_id=clinic.ann, first=later)


# The sign-in sheet


def test_a_filled_sheet_has_the_lines_of_the_roster(clinic: Documented) -> None:
    session_id = clinic.evening(MONDAY).id
    made = clinic.makes("sign-in-sheet", session_id=session_id)
    known = roster(clinic.reports(), session_id=session_id).objects()
    assert not made.facts["is_blank"]
    assert {(each["mrn"], each["arrived_at"], each["minutes"]) for each in made.facts["lines"]} == {
        (each["mrn"], each["signed_in_at"].isoformat(), each["minutes"]) for each in known
    }
    text = read_back(made.pdf()).text
    for said in (
        "Evening",
        "room-1, in-person",
        f"5:00{TO}8:00 pm",
        "first in 5:00 pm last out 8:00 pm",
        f"6:30{TO}8:00 pm Education Relapse: triggers",
        "2 Ben Baker 5:20 pm 7:30 pm Attended 130 min counted",
        "Expected: 2. Came: 2. Excused: 0. Called off unexcused, or did not come: 0.",
        "The sheet was signed by staff-1, LCSW on Mar 3, 2025, 9:00 pm",
        "Facilitator: staff-1, LCSW",
        "never in the chart of a patient",
    ):
        assert said in text
    assert " ".join(MARKUP) in text
    assert is_clean(made)


def test_a_sheet_before_its_session_is_blank_with_lines_for_others(clinic: Documented) -> None:
    session_id = clinic.evening(MONDAY + timedelta(days=9)).id
    made = clinic.makes("sign-in-sheet", session_id=session_id)
    assert made.facts["is_blank"]
    assert {each["arrived_at"] for each in made.facts["lines"]} == {None}
    text = read_back(made.pdf()).text
    assert "No. Printed name In Out Signature 1 #evil[]" in text
    assert "2 Ben Baker 3 4 5 2 participants are expected." in text
    assert "Corrections" not in text
    assert is_clean(made)


def test_a_corrected_sheet_names_whose_line_was_put_right(clinic: Documented) -> None:
    made = clinic.makes("sign-in-sheet", session_id=clinic.evening(WEDNESDAY).id)
    assert {each["patient"] for each in made.facts["corrections"]} == {"Ben Baker"}
    assert made.facts["excused"] == 1
    assert is_clean(made)


def test_a_sheet_of_a_session_that_is_not_there_is_refused(clinic: Documented) -> None:
    with pytest.raises(NobodyThere, match="no such session"):
        clinic.makes("sign-in-sheet", session_id="session-nowhere")


# The letter


def test_a_letter_has_times_alone_and_no_word_of_treatment(clinic: Documented) -> None:
    made = clinic.makes("attendance-letter", patient_id=clinic.ben, **FIRST_WEEK)
    # Monday 17:20 to 19:30 are 130 minutes, Wednesday 17:00 to 19:00 are 120.
    assert [each["minutes"] for each in made.facts["times"]] == [130, 120]
    assert (made.facts["days"], made.facts["minutes"]) == (2, 250)
    text = read_back(made.pdf()).text
    for said in (
        "This confirms that Ben Baker was at Oak Street at the times below, on 2 days and for"
        " 4 h 10 min in all.",
        "Mon, Mar 3, 2025 5:20 pm 7:30 pm 2 h 10 min",
        "Wed, Mar 5, 2025 5:00 pm 7:00 pm 2 h",
        "Signature",
    ):
        assert said in text
    for word in (
        *("treatment", "patient", "group", "program", "42 CFR", "session", "clinic", "Adults"),
        *("OS-", "counsel", "therap", "substance", "Evening", "education"),
    ):
        assert word.casefold() not in text.casefold()
    assert is_clean(made)


def test_a_letter_about_days_on_which_nobody_came_is_refused(clinic: Documented) -> None:
    with pytest.raises(Refused, match="no attendance is on record from 2025-03-04"):
        clinic.makes(
            "attendance-letter",
            patient_id=clinic.ben,
            first=MONDAY + timedelta(days=1),
            last=MONDAY + timedelta(days=1),
        )
