"""What offices and their spreadsheets do to files: each gets a sentence that says what to do."""

import csv
import shutil
from pathlib import Path
from typing import Any, cast

import pytest

from services.clinic_import import Outcome, import_clinic, write_refused
from tests.services.clinic_import.clinic_edits import (
    BASE,
    NOW,
    Edit,
    append,
    change,
    facility,
    header,
    on_bytes,
    on_lines,
    remove,
)
from tests.support.memory_journal import MemoryJournal, MemoryVault


@pytest.fixture
def taken(tmp_path: Path) -> "Taken":
    return Taken(tmp_path / "clinic")


class Taken:
    """An import of an edited copy of the base clinic."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = cast(Any, MemoryJournal())
        self.vault = MemoryVault()

    def __call__(self, *edits: Edit, skip_invalid: bool = False) -> Outcome:
        if not self.folder.exists():
            shutil.copytree(BASE, self.folder)
        for edit in edits:
            edit(self.folder)
        return import_clinic(
            self.journal, self.vault, self.folder, now=NOW, skip_invalid=skip_invalid
        )


def told(outcome: Outcome) -> list[str]:
    """What is wrong, but for the rows that only refer to a file which cannot be read."""
    return [str(each) for each in outcome.faults if not each.because_of]


def separated(file: str, by: str) -> Edit:
    return on_bytes(f"{file}.csv", lambda content: content.replace(b",", by.encode()))


def encoded(file: str, encoding: str) -> Edit:
    return on_bytes(f"{file}.csv", lambda content: content.decode().encode(encoding))


@pytest.mark.parametrize("file", ["patients", "enrolments", "sign_ins", "tracks"])
def test_a_missing_header_line_is_one_fault_and_prints_nothing_of_the_first_row(
    file: str, taken: Taken
) -> None:
    (fault,) = told(taken(remove(file, 1)))
    columns = (BASE / f"{file}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert fault == f"{file}.csv:1: the header line is missing; it names the columns: {columns}"


@pytest.mark.parametrize(("by", "words"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(by: str, words: str, taken: Taken) -> None:
    (fault,) = told(taken(separated("patients", by)))
    assert fault == (
        f"patients.csv:1: the fields are separated by {words}, not by commas:"
        ' save it as "CSV UTF-8 (comma delimited)"'
    )


def test_another_separator_without_a_header_line_prints_no_patient(taken: Taken) -> None:
    (fault,) = told(taken(remove("patients", 1), separated("patients", ";")))
    assert "the header line is missing" in fault
    assert "semicolons" in fault
    assert "Ana" not in fault


def test_a_line_that_tells_excel_the_separator_is_no_header(taken: Taken) -> None:
    edit = on_bytes("patients.csv", lambda content: b"sep=,\r\n" + content)
    (fault,) = told(taken(edit))
    assert fault.endswith("the line that tells Excel the separator is not a header line: delete it")


def test_an_unknown_column_is_told_by_its_place(taken: Taken) -> None:
    edit = on_lines("patients", lambda lines: lines.__setitem__(0, lines[0].replace("born", "Ana")))
    assert told(taken(edit)) == [
        "patients.csv:1: the column born is missing",
        "patients.csv:1: column 4 is unknown",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(encoding: str, taken: Taken) -> None:
    (fault,) = told(taken(encoded("patients", encoding)))
    assert fault.startswith("patients.csv:1: the file is UTF-16, not UTF-8: save it as")


def test_windows_1252_is_named_at_each_row_that_shows_it(taken: Taken) -> None:
    rows = taken(
        change("patients", 4, "family_name", "Nuñez, Cy"),
        change("patients", 2, "family_name", "Peña\n"),
        encoded("patients", "cp1252"),
    )
    assert [each.split(": ")[0] for each in told(rows) if "not UTF-8" in each] == [
        "patients.csv:2",
        "patients.csv:5",
    ]
    assert any("perhaps Windows-1252" in each for each in told(rows))


def test_a_row_of_nothing_but_commas_is_one_fault(taken: Taken) -> None:
    assert told(taken(append("sign_ins", ",,,,,"))) == [
        "sign_ins.csv:20: the row is empty: delete it"
    ]


def test_a_text_with_a_comma_belongs_in_quotation_marks(taken: Taken) -> None:
    edit = append("absences", "2026-09-08,evening,J03,Ill, at home,yes,2026-09-08 08:00")
    (fault,) = told(taken(edit))
    assert fault.endswith("7 fields instead of 6: put a text with a comma in it in quotation marks")


def test_a_quotation_mark_that_is_not_closed_is_named_where_it_begins(taken: Taken) -> None:
    (fault,) = told(
        taken(change("absences", 2, "reason", "x"), append("absences", '2026-09-08,"e'))
    )
    assert fault.endswith(
        "a quotation mark is not closed, or is inside a text without being doubled"
    )


@pytest.mark.parametrize(
    ("where", "value", "instead"),
    [
        ("sign_ins time_in", "8:55 AM", "5:30 PM is written 17:30"),
        ("sign_ins time_in", "5:30pm", "5:30 PM is written 17:30"),
        ("sign_ins time_out", "24:00", "the last minute of a day is 23:59"),
        ("sign_ins time_in", "9:05", "9:00 is written 09:00"),
        ("sign_ins time_in", "08:55:00", "without seconds"),
        ("sign_ins time_in", "0.371527", "give the column the format hh:mm"),
        ("sign_ins date", "9/7/2026", "11/9/2026 is written 2026-11-09"),
        ("sign_ins date", "46272", "give the column the format yyyy-mm-dd"),
        ("sign_ins date", "2026-9-7", "months and days with two digits"),
        ("sign_ins date", "7-Sep-26", "9-Nov-26 is written 2026-11-09"),
        ("sign_ins date", "2026-09-07 00:00:00", "without a time"),
        ("patients born", "2/3/1988", "11/9/2026 is written 2026-11-09"),
        ("absences notified_at", "9/7/2026 8:00", "11/9/2026 is written 2026-11-09"),
        ("absences notified_at", "2026-09-07 8:00 AM", "5:30 PM is written 17:30"),
        ("absences excused", "TRUE", "neither yes nor no, in lowercase"),
        ("segments service", "Group", "write it in lowercase"),
        ("programs weekly_hours", "'6,5'", "not a number of hours"),
        ("tracks capacity", "8.0", "write it without a fraction"),
        ("patients mrn", "J 01", "not a record number: it has a space in it"),
        ("patients mrn", "J\u00a001", "not a record number: it has a space in it"),
        ("patients mrn", "1.23E+11", "a spreadsheet has shortened it"),
        ("patients payer", "#N/A", "where a formula failed"),
        ("patients family_name", "Re\u2028yes", "more than one line"),
        ("patients family_name", "Re\u202eyes", "U+202E"),
        ("patients given_name", "\x1b[2J", "U+001B"),
    ],
)
def test_a_value_as_a_spreadsheet_has_it_is_told_how_to_be_written(
    where: str, value: str, instead: str, taken: Taken
) -> None:
    file, column = where.split()
    faults = told(taken(change(file, 2, column, value)))
    (fault,) = [each for each in faults if each.startswith(f"{file}.csv:2: {column}: ")]
    assert instead in fault


def test_a_value_is_repeated_unless_the_file_is_about_patients(taken: Taken) -> None:
    faults = told(
        taken(
            change("tracks", 2, "starts", "seventeen"),
            change("sign_ins", 2, "time_in", "seventeen"),
        )
    )
    assert "tracks.csv:2: starts: 'seventeen' is not a time (HH:MM)" in faults
    assert "sign_ins.csv:2: time_in: the value is not a time (HH:MM)" in faults


def test_what_is_not_there_is_not_repeated_and_what_is_there_is_listed(taken: Taken) -> None:
    faults = told(taken(change("sign_ins", 2, "session", "J02")))
    assert faults == [
        "sign_ins.csv:2: session: there is no such track or session;"
        " there are evening, morning, school"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("America/Chicago", "US/Central", "US/Central is an old name: write America/Chicago"),
        ("America/Chicago", "CST", "'CST' is not in the IANA database: write America/Chicago"),
        ("America/Chicago", "Central Time", "database: write America/Chicago"),
        ("America/Chicago", "america/chicago", "database: write America/Chicago"),
        ("America/Chicago", "America/New York", "database: write America/New_York"),
        ("America/Chicago", "America/Springfield", "after a place in it, such as America/New_York"),
        ('"monday"', '"Monday"', "neither monday nor sunday, in lowercase"),
        ("capacity = 4", 'capacity = "4"', "'4' is not a whole number: write it without quotation"),
        ("capacity = 4", "capacity = 4.0", "4.0 is not a whole number"),
        ("= 2026-09-11", '= "2026-09-11"', "not a date: write a date without quotation marks"),
        ("= 2026-09-11", "= 2026-09-11T00:00:00", "not a date: write a date and without a time"),
        ("= 2026-09-11", "= 9/11/2026", "not TOML: a date is written as 2026-11-26"),
        ('"America/Chicago"', "America/Chicago", "not TOML: a text stands in quotation marks"),
        ("[[closure]]", "[closure]", "not tables: write [[closure]], with two brackets"),
        ('"America/Chicago"', "“America/Chicago”", "quotation marks are straight ones"),
        ("[[closure]]", "[[supervised]]", "unknown; there are credential, from"),
        ("capacity = 4\n", "capacity = 4\ncolor = 1\n", "unknown; there are id, name, capacity"),
    ],
)
def test_a_facility_as_an_office_writes_it_is_told_what_to_write(
    old: str, new: str, says: str, taken: Taken
) -> None:
    faults = told(taken(facility(old, new)))
    assert any(says in each for each in faults), faults
    assert taken.journal.position() == 0


def test_a_facility_file_of_a_word_processor_is_told_its_encoding(taken: Taken) -> None:
    edit = on_bytes("facility.toml", lambda content: content.decode().encode("utf-16"))
    assert told(taken(edit))[0] == (
        "facility.toml:1: the file is UTF-16: save it with the encoding UTF-8"
    )


def test_a_zone_on_record_under_its_old_name_goes_on_under_both(taken: Taken) -> None:
    taken(facility("America/Chicago", "America/New_York"))
    assert taken.journal.position() > 0
    again = taken(facility("America/New_York", "US/Eastern"))
    assert (again.faults, again.events) == ((), 0)


@pytest.mark.parametrize("inside", ["next\x85line", "next\u2028line", "next\nline", "next\r\nline"])
def test_a_refused_row_is_its_own_whatever_stands_in_a_cell_before_it(
    inside: str, taken: Taken, tmp_path: Path
) -> None:
    outcome = taken(
        append("absences", "2026-09-08,evening,J03,Ill,maybe,2026-09-08 08:00"),
        change("absences", 2, "reason", inside),
        change("patients", 5, "weekly_hours", "many"),
        change("patients", 4, "payer", inside),
        skip_invalid=True,
    )
    write_refused(outcome.faults, outcome.texts, tmp_path / "refused.csv")
    with (tmp_path / "refused.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["file"], row["problem"]): row["row"] for row in csv.DictReader(file)}
    (maybe,) = [row for (_, problem), row in rows.items() if "neither yes nor no" in problem]
    assert maybe == "2026-09-08,evening,J03,Ill,maybe,2026-09-08 08:00"
    (many,) = [row for (_, problem), row in rows.items() if "not a number of hours" in problem]
    assert (
        many == "J04,Dee,Okafor,1990-01-22,adult,2026-09-09,2026-09-16,transferred,many,3,medicare"
    )


def test_a_refused_row_is_no_formula(taken: Taken, tmp_path: Path) -> None:
    outcome = taken(append("sessions", '=HYPERLINK("x"),,,,,,,,,'), skip_invalid=True)
    write_refused(outcome.faults, outcome.texts, tmp_path / "refused.csv")
    assert "'=HYPERLINK" in (tmp_path / "refused.csv").read_text(encoding="utf-8")


def test_a_refused_row_is_the_one_that_was_read(taken: Taken, tmp_path: Path) -> None:
    outcome = taken(change("sign_ins", 2, "time_in", "early"), skip_invalid=True)
    header("sign_ins", "saved,meanwhile")(taken.folder)
    remove("sign_ins", 2)(taken.folder)
    write_refused(outcome.faults, outcome.texts, tmp_path / "refused.csv")
    assert "2026-09-07,morning,J01,early,11:10," in (tmp_path / "refused.csv").read_text()


def test_of_a_file_that_cannot_be_read_nothing_is_said_to_be_gone(taken: Taken) -> None:
    assert taken().accepted
    again = taken(remove("sign_ins", 1), remove("tracks", 1))
    assert len(told(again)) == 2
    assert again.warnings == ()


def test_a_value_of_any_length_is_told_of_at_once(taken: Taken) -> None:
    for value in ("a" * 100_000, "1" * 100_000, "1:" * 50_000):
        assert told(taken(change("sign_ins", 2, "date", value)))
