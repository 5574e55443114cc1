"""`report at-risk` and `report deadlines`: in the middle of a week, while there is time."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.aggregate import CommandContext
from services.application import CommandHandler
from services.application.rosters import book_repair
from services.hosting.bootstrap import VIEWS, Runtime, open_runtime
from services.read_models.as_of import Prefix, shown_as_of
from services.reports.at_risk import at_risk
from services.reports.deadlines import deadlines
from services.reports.findings import findings
from services.reports.one_finding import explain
from services.reports.queries import ReportQueries
from services.reports.report import Report
from tests.support.command_line import OAK_STREET, imported, run

WEDNESDAY = "2026-11-18T12:00:00Z"
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""Seven in the morning at the clinic: what happened until Tuesday is on record."""
TOLD = ("--now", WEDNESDAY)


@dataclass(frozen=True)
class Asked:
    """The clinic as it was on a Wednesday morning, and who answers about it."""

    data: Path
    runtime: Runtime
    reports: ReportQueries

    def at_risk(self, mrn: str | None = None, **only: Any) -> list[dict[str, Any]]:
        return _rows(at_risk(self.reports, patient_id=self.patient(mrn), **only))

    def deadlines(
        self, through: date | None = None, *, mrn: str | None = None, **only: Any
    ) -> list[dict[str, Any]]:
        patient_id = self.patient(mrn)
        return _rows(deadlines(self.reports, through=through, patient_id=patient_id, **only))

    def patient(self, mrn: str | None) -> str | None:
        return self.reports.patient_of(mrn) if mrn else None


def _rows(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(report.json())
    return found


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("in-the-middle")
    files = folder / "files"
    shutil.copytree(OAK_STREET, files)
    for name in ("sign_ins", "absences", "cancellations"):
        path = files / f"{name}.csv"
        head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(head + "".join(row for row in rows if row < "2026-11-18"), encoding="utf-8")
    data = imported(folder / "data", files, WEDNESDAY)
    with open_runtime(data) as runtime, answering(runtime) as reports:
        yield Asked(data, runtime, reports)


@contextmanager
def answering(runtime: Runtime) -> Iterator[ReportQueries]:
    """Answer about that Wednesday, from all that is on record."""
    prefix = Prefix.read(runtime.journal, None, NOW)
    with shown_as_of(runtime.engines.database_url, VIEWS, prefix) as url:
        yield ReportQueries(url, runtime.vault, now=NOW, journal=runtime.journal)


def test_what_is_at_risk_comes_with_what_would_mend_it_first(clinic: Asked) -> None:
    found = clinic.at_risk()
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


def test_of_what_is_impossible_it_says_what_is_in_the_way(clinic: Asked) -> None:
    (one,) = clinic.at_risk("OA1008", rule="individual-a-week")
    assert (one["state"], one["repairs"], one["repair"]) == ("impossible", 0, None)
    assert one["in_the_way"] == "one-0048 Fri 2026-11-20 17:00: there is no place"


def test_what_is_at_risk_is_the_same_as_csv_and_fits_a_terminal(clinic: Asked) -> None:
    done = run(clinic.data, "report", "at-risk", "--format", "csv", *TOLD)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["finding"] for row in rows] == [each["finding"] for each in clinic.at_risk()]
    shown = run(clinic.data, "report", "at-risk", *TOLD, COLUMNS="80").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "dual, Thu 19 Nov 13:00" in shown
    assert "Slipping away, by attendance alone" in shown


def test_findings_show_what_is_running_unless_a_day_is_asked_for(clinic: Asked) -> None:
    running = findings(clinic.reports, state="at_risk")
    assert len(running.rows) > 5
    assert findings(clinic.reports, through=date(2026, 11, 17), state="at_risk").rows == []


def test_a_finding_at_risk_is_proved_by_its_events(clinic: Asked) -> None:
    (name,) = [each["finding"] for each in clinic.at_risk() if (each["mrn"], each["rule"]) == _ONE]
    told = explain(clinic.reports, finding=name)
    assert told.holds
    assert (told.facts["state"], told.facts["measured"]) == ("at_risk", 402)
    assert any(each["kind"] == "session.scheduled" for each in told.facts["events"])


def test_deadlines_are_in_the_order_in_which_they_are_due(clinic: Asked) -> None:
    found = clinic.deadlines()
    days = [each["due"] for each in found if each["due"]]
    assert days == sorted(days)
    assert {each["state"] for each in found} == {"late", "due"}
    for each in found:
        assert (each["late_at"] is None) == (each["state"] == "late" or each["due"] is None)
    by_then = clinic.deadlines(date(2026, 11, 20), rule="plan-review")
    assert by_then == [
        each for each in found if each["rule"] == "plan-review" and each["due"] <= "2026-11-20"
    ]
    assert 0 < len(by_then) < len(found)
    (review,) = clinic.deadlines(mrn="OA1008", rule="plan-review")
    assert (review["since"], review["due"], review["late_at"]) == (
        "2026-10-28",
        "2026-11-27",
        "2026-11-28T00:00:00-05:00",
    )


def test_deadlines_are_printed_as_others_read_them(clinic: Asked) -> None:
    words = ("report", "deadlines", "--rule", "plan-review", "--through", "2026-11-20", *TOLD)
    done = run(clinic.data, *words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["finding"] for row in rows] == [
        each["finding"] for each in clinic.deadlines(date(2026, 11, 20), rule="plan-review")
    ]


def test_booking_the_repair_puts_the_week_back_on_track(clinic: Asked) -> None:
    (before,) = clinic.at_risk("OA1121", rule="attended-hours")
    (repair,) = before["all_repairs"]
    with psycopg.connect(clinic.runtime.engines.database_url) as conn:
        rows = conn.execute("SELECT patient_id, sealed FROM directory.people").fetchall()
    session = clinic.runtime.vault.begin()
    known = {session.open(*row).mrn: row[0] for row in rows}
    daybook = CommandHandler(clinic.runtime.journal, clinic.runtime.vault)
    sessions = [each["session_id"] for each in repair]
    daybook.handle(
        CommandContext("repair-1", NOW, "s-lind"), book_repair, known["OA1121"], sessions
    )
    with answering(clinic.runtime) as reports:
        patient_id = reports.patient_of("OA1121")
        assert _rows(at_risk(reports, patient_id=patient_id, rule="attended-hours")) == []
