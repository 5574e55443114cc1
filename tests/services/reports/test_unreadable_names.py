"""A patient's key that is gone, or another patient's, costs reports that patient's name alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from rich.console import Console

from services.clinic_import import import_clinic
from services.embedded import Engines
from services.reports.at_risk import at_risk
from services.reports.deadlines import deadlines
from services.reports.dropout_risk import slipping
from services.reports.findings import billable, findings
from services.reports.one_patient import patient
from services.reports.queries import ReportQueries
from services.reports.schedule import schedule
from services.reports.visits import visits, weeks
from services.vault import Vault
from tests.services.clinic_import.clinic_edits import BASE, NOW
from tests.services.reports.test_patient_page import fill
from tests.support.backend import Backend, fresh_database

THROUGH = date(2026, 9, 20)


@dataclass
class Known:
    """The base clinic in the views, a running vault, and who has the record number J01."""

    backend: Backend
    vault: Vault
    patient_id: str

    def reports(self) -> ReportQueries:
        return ReportQueries(self.backend.database_url, self.vault, now=NOW)


@pytest.fixture(scope="module")
def known(shared_engines: Engines) -> Iterator[Known]:
    with fresh_database(shared_engines) as backend:
        vault = Vault(backend.database_url, b"k" * 32)
        assert not import_clinic(backend.journal, vault, BASE, now=NOW).faults
        fill(backend)
        number = vault.number_hash(backend.journal.facilities()[0], "J01")
        yield Known(backend, vault, backend.journal.load(f"record-number-{number}").patient_id)


@pytest.fixture
def forgotten(known: Known) -> Iterator[Known]:
    known.backend.run("CREATE TABLE vault.kept AS SELECT * FROM vault.patient_keys")
    with psycopg.connect(known.backend.database_url) as conn:
        conn.execute("DELETE FROM vault.patient_keys WHERE patient_id = %s", (known.patient_id,))
    yield known
    known.backend.run(
        "INSERT INTO vault.patient_keys SELECT * FROM vault.kept ON CONFLICT DO NOTHING;"
        " DROP TABLE vault.kept"
    )


def asked(reports: ReportQueries) -> dict[str, list[tuple[Any, ...]]]:
    found = {
        "visits": visits(reports, through=THROUGH),
        "weeks": weeks(reports, through=THROUGH),
        "findings": findings(reports, through=THROUGH),
        "billable": billable(reports, through=THROUGH),
        "deadlines": deadlines(reports, through=THROUGH),
        "schedule": schedule(reports, week=THROUGH),
        "at risk": at_risk(reports),
        "slipping": slipping(reports),
    }
    return {name: list(each.rows) for name, each in found.items()}


def test_every_report_has_the_same_rows_and_no_name(known: Known, request: Any) -> None:
    reports = known.reports()
    before = asked(reports)
    assert reports.notes == []
    request.getfixturevalue("forgotten")
    reports = known.reports()
    label = f"name not readable ({known.patient_id[-8:]})"
    anonymous = {
        name: [tuple(label if value == "J01" else value for value in row) for row in rows]
        for name, rows in before.items()
    }
    after = asked(reports)
    assert {name: sorted(map(repr, rows)) for name, rows in after.items()} == {
        name: sorted(map(repr, rows)) for name, rows in anonymous.items()
    }
    assert label in str(after["visits"])
    [note] = reports.notes
    assert note.startswith("1 patient's name could not be read")
    assert known.patient_id not in note


def test_a_patient_is_found_by_record_number_all_the_same(forgotten: Known) -> None:
    reports = forgotten.reports()
    theirs = visits(reports, through=THROUGH, patient_id=reports.patient_of("J01"))
    assert {row[2] for row in theirs.rows} == {f"name not readable ({forgotten.patient_id[-8:]})"}
    page = patient(reports, patient_id=reports.patient_of("J01"))
    assert [page.facts[each] for each in ("name", "mrn", "born", "age")] == [
        "name not readable",
        None,
        None,
        None,
    ]
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(page.table())
    assert console.export_text().splitlines()[0].strip() == "name not readable"
    assert len(reports.notes) == 1


def test_nothing_is_said_where_the_answer_is_about_somebody_else(forgotten: Known) -> None:
    reports = forgotten.reports()
    assert visits(reports, through=THROUGH, patient_id=reports.patient_of("J02")).rows
    assert reports.notes == []
