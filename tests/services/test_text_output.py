"""What people wrote goes out as text: replaced is what would be obeyed, and the rest stays."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reports.report import Report
from services.text_output import csv_cell, each_on_one_line, json_text, one_line, plain

CLEAR_SCREEN = "\x1b[2J"
OBEYED = [
    CLEAR_SCREEN,
    "\x9b2J",
    "\x07",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200f",
    "\U000e0041",
]


@pytest.mark.parametrize("obeyed", OBEYED)
def test_what_a_terminal_would_obey_is_replaced(obeyed: str) -> None:
    assert plain(f"a{obeyed}b") == f"a\ufffd{obeyed[1:]}b"


@pytest.mark.parametrize(
    "text", ["Malecón", "שלום", "家族", "a\u200cb", "two\nlines", "a\ttab", "🙂"]
)
def test_what_people_write_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", "\t", "\u2028", "\u2029"])
def test_a_line_stays_one_line(between: str) -> None:
    assert one_line(f"a{between}b") == "a b"


def test_a_return_does_not_go_back_to_the_start_of_a_line() -> None:
    assert plain("Safety concern\rNone") == "Safety concern\nNone"


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://example.org")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1",
    ],
)
def test_a_text_that_begins_like_a_formula_is_a_text_to_a_spreadsheet(formula: str) -> None:
    assert csv_cell(formula).startswith("'")


@pytest.mark.parametrize(
    "text", ["-3", "+3", "-3.5", "-1,200", "-5%", "OA1027", "2026-11-02", "a=b"]
)
def test_numbers_dates_and_ids_stay_as_they_are(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize(("value", "cell"), [(-5, "-5"), (True, "yes"), (False, "no"), (None, "")])
def test_values_are_written_as_a_clinics_files_have_them(value: object, cell: str) -> None:
    assert csv_cell(value) == cell


def test_a_reports_csv_has_no_formula_and_no_escape() -> None:
    report = Report("t", ("a", "b"), [("=1+1", f"x{CLEAR_SCREEN}"), (-3, "two\nlines")])
    rows = list(csv.reader(io.StringIO(report.csv())))
    assert rows[1:] == [["'=1+1", "x\ufffd[2J"], ["-3", "two\nlines"]]


@pytest.mark.parametrize("obeyed", OBEYED)
def test_json_escapes_and_loses_nothing(obeyed: str) -> None:
    written = json_text({"goal": f"a{obeyed}b"})
    assert obeyed[0] not in written
    assert json.loads(written) == {"goal": f"a{obeyed}b"}


def test_every_text_of_facts_is_one_line() -> None:
    facts = {"a": ["x\ny", {"b": ("\x1b",)}], "c": 3}
    assert each_on_one_line(facts) == {"a": ["x y", {"b": ["\ufffd"]}], "c": 3}


@settings(max_examples=50, derandomize=True)
@given(st.text())
def test_whatever_is_written_no_line_has_a_character_that_is_obeyed(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert plain(line) == line
