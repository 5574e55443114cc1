"""A clinic's files hold no value that a command would refuse: each is named with its place."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.clinic_import.faults import Faults
from services.clinic_import.import_run import Files
from tests.services.clinic_import.clinic_edits import BASE, append, change

NOW = datetime(2026, 9, 17, 17, tzinfo=UTC)
PATIENT = "J90,Ann,Example,1990-01-31,adult-iop,2026-09-01,,,9,3,medicaid"
SITE = "facility.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "clinic"))


def faults_in(folder: Path) -> Iterator[tuple[str, int, str, str]]:
    faults = Faults()
    Files.read(folder, faults, NOW)
    for each in faults.sorted():
        yield each.file, each.line, each.column, each.problem


@pytest.mark.parametrize(
    ("file", "column", "value", "problem"),
    [
        (
            "absences",
            "reason",
            "Ill\0",
            "the value is not plain text: it has",
        ),
        ("absences", "reason", "\x1b[2J", "U+001B"),
        ("cancellations", "reason", "flu\u202e", r"'flu\u202e' is not plain text"),
        ("patients", "payer", "x" * 5000, "the value is longer than 500 characters"),
        ("patients", "given_name", "\0", "the value is not plain text"),
        ("patients", "mrn", "J\x0701", "the value is not plain text"),
        ("sessions", "mrns", "J\x0701", "the value is not plain text"),
        ("tracks", "capacity", "4000000000", "not within 1 to 10,000"),
        ("tracks", "capacity", "9" * 5000, "the value is not within 1 to 10,000"),
        ("programs", "days_per_week", "8", "'8' is not within 1 to 7"),
        ("programs", "weekly_hours", "169", "more than the 168 hours of a week"),
        ("patients", "born", "1899-12-31", "the value is not within 1900-01-01"),
        ("patients", "born", "2026-09-19", "the value is in the future"),
        ("patients", "admitted_on", "0001-01-01", "the value is not within 1900-01-01"),
        ("patients", "admitted_on", "1950-01-01", "the value is more than 10 years ago"),
        ("patients", "discharged_on", "9999-12-31", "not within 1900-01-01 to 2199-12-31"),
        ("patients", "discharged_on", "2099-12-31", "more than 2 years ahead"),
        ("tracks", "first_day", "1990-01-01", "more than 10 years ago"),
        ("tracks", "last_day", "9999-12-31", "not within 1900-01-01 to 2199-12-31"),
        ("enrolments", "first_day", "1990-01-01", "more than 10 years ago"),
        ("sessions", "date", "9999-12-31", "not within 1900-01-01 to 2199-12-31"),
        ("sessions", "date", "2199-12-31", "more than 2 years ahead"),
        ("absences", "notified_at", "9999-12-31 23:59", "not within 1900-01-01 to 2199-12-31"),
        ("sign_ins", "date", "2026-09-19", "the value is in the future"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_place(
    folder: Path, file: str, column: str, value: str, problem: str
) -> None:
    before = set(faults_in(folder))
    assert not before
    change(file, 2, column, value)(folder)
    [(name, line, at, says)] = faults_in(folder)
    assert (name, line, at) == (f"{file}.csv", 2, column)
    assert problem in says


def test_the_last_day_of_what_runs_on_may_be_far_away(folder: Path) -> None:
    append("patients", PATIENT)(folder)
    append("enrolments", "J90,evening,2026-09-14,2199-12-31,MO")(folder)
    assert list(faults_in(folder)) == []


@pytest.mark.parametrize(
    ("old", "new", "column", "problem"),
    [
        (
            "late_after_minutes = 10",
            f"late_after_minutes = {10**18}",
            "late_after_minutes",
            "1,440",
        ),
        ("capacity = 4", "capacity = 4_000_000_000", "capacity", "not within 1 to 10,000"),
        ("capacity = 4", f"capacity = 0x{'f' * 5000}", "capacity", "not within 1 to 10,000"),
        ('name = "Hall"', f"name = 0x{'f' * 5000}", "name", "the value is not text"),
        ('name = "Hall"', r'name = "Hall\u0000"', "name", "not plain text"),
        ('name = "Hall"', f'name = "{"x" * 501}"', "name", "longer than 500"),
        ("date = 2026-09-11", "date = 9999-12-31", "date", "more than 2 years ahead"),
        ("capacity = 4", f"capacity = {'9' * 5000}", "", "not TOML"),
    ],
)
def test_a_facility_s_file_keeps_to_the_same_bounds(
    folder: Path, old: str, new: str, column: str, problem: str
) -> None:
    text = (folder / SITE).read_text(encoding="utf-8")
    assert old in text
    (folder / SITE).write_text(text.replace(old, new, 1), encoding="utf-8")
    [(name, _, at, says)] = faults_in(folder)
    assert (name, at) == (SITE, column)
    assert problem in says
