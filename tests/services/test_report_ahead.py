"""`report at-risk` and `report deadlines`: in the middle of a week, while there is time."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.aggregate import Cause
from services.application import Daybook
from services.embedded import engines
from services.house import open_house
from tests.services.command import OAK_STREET, imported, run

WEDNESDAY = "2026-11-18T12:00:00Z"
"""Seven in the morning at the clinic: what happened until Tuesday is on record."""
TOLD = ("--now", WEDNESDAY)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The clinic as it was on a Wednesday morning; nobody looks after it meanwhile."""
    folder = tmp_path_factory.mktemp("in-the-middle")
    files = folder / "files"
    shutil.copytree(OAK_STREET, files)
    for name in ("sign_ins", "absences", "cancellations"):
        path = files / f"{name}.csv"
        head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(head + "".join(row for row in rows if row < "2026-11-18"), encoding="utf-8")
    data = imported(folder / "data", files, WEDNESDAY)
    with engines(data):
        yield data


def asked(clinic: Path, report: str, *words: str) -> list[dict[str, Any]]:
    done = run(clinic, "report", report, "--format", "json", *TOLD, *words)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_what_is_at_risk_comes_with_what_would_mend_it_first(clinic: Path) -> None:
    found = asked(clinic, "at-risk")
    states = [each["state"] for each in found]
    assert states == sorted(states)
    assert set(states) == {"at_risk", "impossible"}
    (hours,) = [each for each in found if (each["mrn"], each["rule"]) == _ONE]
    assert (hours["measured"], hours["required"], hours["until"]) == (
        402,
        540,
        "2026-11-19T13:00:00-05:00",
    )
    assert hours["repair"] == "dual Thu 2026-11-19 13:00"
    assert [[each["label"] for each in repair] for repair in hours["all_repairs"]] == [["dual"]]
    assert len({each["until"] for each in found if each["state"] == "impossible"}) < 3


_ONE = ("OA1121", "attended-hours")


def test_of_what_is_impossible_it_says_what_is_in_the_way(clinic: Path) -> None:
    found = asked(clinic, "at-risk", "--patient", "OA1008", "--rule", "individual-a-week")
    (one,) = found
    assert (one["state"], one["repairs"], one["repair"]) == ("impossible", 0, None)
    assert one["in_the_way"] == "one-0048 Fri 2026-11-20 17:00: there is no place"


def test_what_is_at_risk_is_the_same_as_csv_and_fits_a_terminal(clinic: Path) -> None:
    done = run(clinic, "report", "at-risk", "--format", "csv", *TOLD)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["finding"] for row in rows] == [
        each["finding"] for each in asked(clinic, "at-risk")
    ]
    shown = run(clinic, "report", "at-risk", *TOLD, COLUMNS="80").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "dual, Thu 19 Nov 13:00" in shown
    assert "Slipping away, by attendance alone" in shown


def test_findings_show_what_is_running_unless_a_day_is_asked_for(clinic: Path) -> None:
    words = ("report", "findings", "--format", "csv", *TOLD)
    running = run(clinic, *words, "--state", "at_risk").stdout.splitlines()
    assert len(running) > 5
    by_tuesday = run(clinic, *words, "--state", "at_risk", "--through", "2026-11-17").stdout
    assert len(by_tuesday.splitlines()) == 1
    (name,) = [
        each["finding"] for each in asked(clinic, "at-risk") if (each["mrn"], each["rule"]) == _ONE
    ]
    told = run(clinic, "audit", "explain", name, *TOLD)
    assert told.returncode == 0
    assert "402 measured, 540 minutes asked for" in told.stdout
    assert "Worked out again from these events alone: the same." in told.stdout


def test_deadlines_are_in_the_order_in_which_they_are_due(clinic: Path) -> None:
    found = asked(clinic, "deadlines")
    days = [each["due"] for each in found if each["due"]]
    assert days == sorted(days)
    assert {each["state"] for each in found} == {"late", "due"}
    for each in found:
        assert (each["late_at"] is None) == (each["state"] == "late" or each["due"] is None)
    by_then = asked(clinic, "deadlines", "--through", "2026-11-20", "--rule", "plan-review")
    assert by_then == [
        each for each in found if each["rule"] == "plan-review" and each["due"] <= "2026-11-20"
    ]
    assert 0 < len(by_then) < len(found)
    (review,) = asked(clinic, "deadlines", "--rule", "plan-review", "--patient", "OA1008")
    assert (review["since"], review["due"], review["late_at"]) == (
        "2026-10-28",
        "2026-11-27",
        "2026-11-28T00:00:00-05:00",
    )


def test_a_call_is_due_by_the_hour(clinic: Path) -> None:
    """Tuesday's missed evening ended at 21:10; a day later it is late."""
    due = [each for each in asked(clinic, "deadlines") if each["rule"] == "outreach-due"]
    at_ten_past_nine = [each for each in due if each["late_at"] == "2026-11-18T21:10:00-05:00"]
    assert at_ten_past_nine
    shown = run(clinic, "report", "deadlines", "--rule", "outreach-due", *TOLD).stdout
    assert "2026-11-18 21:10" in shown


def test_booking_the_repair_puts_the_week_back_on_track(clinic: Path, tmp_path: Path) -> None:
    shutil.copytree(clinic.parent / "files", tmp_path / "files")
    data = imported(tmp_path / "data", tmp_path / "files", WEDNESDAY)
    found = asked(data, "at-risk", "--patient", "OA1121", "--rule", "attended-hours")
    (repair,) = found[0]["all_repairs"]
    with open_house(data) as house:
        now = datetime.fromisoformat(WEDNESDAY).astimezone(UTC)
        patient_id = _patient_of(house.engines.database_url, found[0]["finding"])
        daybook = Daybook(house.journal, house.vault)
        sessions = [each["session_id"] for each in repair]
        daybook.book_repair(Cause("repair-1", now, "s-lind"), patient_id, sessions)
    assert asked(data, "at-risk", "--patient", "OA1121", "--rule", "attended-hours") == []


def _patient_of(database_url: str, finding_id: str) -> str:
    with psycopg.connect(database_url) as conn:
        row = conn.execute(
            "SELECT patient_id FROM compliance.findings WHERE finding_id = %s", (finding_id,)
        ).fetchone()
    assert row
    return str(row[0])
