"""`daybook audit trail`, `disclosures` and `access`: as table, CSV, JSON and PDF, and who may."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.patient import Consent, Disclosure, EmergencyDisclosure
from services.application.disclosures import disclose, disclose_in_emergency, give_consent
from services.cli.report_source import reports_of
from services.embedded import engines
from services.hosting.bootstrap import open_runtime
from tests.support.command_line import CLINICS, imported, run
from tests.support.data_folders import ask
from tests.support.read_back import read_back

ANN = "J01"
NOW = datetime(2026, 9, 17, 18, tzinfo=UTC)
CONSENT = Consent("consent-1", "Acme", "treatment-payment-operations", ("plan",), NOW.date())


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = imported(tmp_path_factory.mktemp("base"), CLINICS / "base", "2026-09-17T17:00:00Z")
    with engines(data):
        tell(data)
        yield data


def tell(data: Path) -> None:
    """Put on record that a payer was told of Ann, and a paramedic in an emergency."""
    with open_runtime(data) as runtime:
        ann = reports_of(runtime, None).patient_of(ANN)
        context = CommandContext("told", NOW, "command line")
        urgent = EmergencyDisclosure(
            "d-2", NOW, "Pat Medic", "County ambulance", "Ana Diaz", "fainted", ("plan",)
        )
        for command, what in (
            (give_consent, CONSENT),
            (disclose, Disclosure("d-1", "consent-1", ("plan",), NOW.date())),
            (disclose_in_emergency, urgent),
        ):
            runtime.commands.handle(context, command, ann, what)


def audit(data: Path, *words: str | Path) -> Any:
    return run(data, "audit", *words)


def answered(data: Path, *words: str | Path) -> str:
    done = audit(data, *words)
    assert done.returncode == 0, done.stderr
    said: str = done.stdout
    return said


def test_a_trail_counts_what_the_journal_has_of_a_session(clinic: Path) -> None:
    [(session_id, number)] = ask(
        clinic,
        "SELECT originator_id, count(*) FROM journal.journal_events"
        " WHERE originator_id LIKE 'session-%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
    )
    found = json.loads(answered(clinic, "trail", "--session", session_id, "--format", "json"))
    assert len({each["event"] for each in found}) == number
    lines = answered(clinic, "trail", "--session", session_id, "--format", "csv").splitlines()
    assert lines[0].startswith("number,mark,event,position,recorded_at,happened_at,part,kind,what")
    assert len(lines) == 1 + len(found)
    table = answered(clinic, "trail", "--session", session_id)
    assert "Audit trail" in table


def test_a_trail_and_an_accounting_are_written_as_pdf_and_looked_at_on_record(
    clinic: Path, tmp_path: Path
) -> None:
    for word, kind in (
        ("trail", "audit-trail"),
        ("disclosures", "disclosure-accounting"),
        ("access", "access-report"),
    ):
        out = tmp_path / f"{word}.pdf"
        answered(clinic, word, "--patient", ANN, "--format", "pdf", "--out", out)
        assert "J01" in read_back(out.read_bytes()).text
        looks = ask(clinic, "SELECT what FROM access.log WHERE what LIKE 'document %'")
        assert looks.count((f"document {kind}",)) == 1


def test_an_accounting_has_the_payer_and_the_emergency(clinic: Path) -> None:
    said = answered(clinic, "disclosures", "--patient", ANN, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said)))
    counted = {each["recipient"]: each for each in rows if each["part"] == "disclosure"}
    assert counted["Acme"]["relies_on"] == "consent-1"
    assert counted["Pat Medic, County ambulance"]["purpose"] == "fainted"
    table = answered(clinic, "disclosures", "--patient", ANN)
    for word in ("Acme", "medical emergency", "address not known"):
        assert word in table
    earlier = ("--through", "2026-09-16", "--format", "json")
    assert json.loads(answered(clinic, "disclosures", "--patient", ANN, *earlier)) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trail",), "say of what: one of --patient"),
        (("trail", "--patient", ANN, "--staff", "x"), "say of what: one of --patient"),
        (("trail", "--session", "session-nowhere"), "no such session"),
        (("trail", "--patient", "J99"), "no patient has this record number"),
        (("trail", "--patient", ANN, "--format", "pdf"), "go together"),
        (("trail", "--patient", ANN, "--out", "x.pdf"), "go together"),
        (("disclosures", "--patient", ANN, "--years", "4"), "there are 3, 6"),
        (("disclosures", "--patient", ANN, "--from", "2030-01-01"), "after its last day"),
        (("access", "--format", "pdf", "--out", "x.pdf"), "a PDF is of one patient"),
        (("access", "--from", "2026-01-01"), "are for --format pdf"),
    ],
)
def test_what_cannot_be_asked_is_said_and_writes_nothing(
    clinic: Path, words: tuple[str, ...], said: str
) -> None:
    done = audit(clinic, *words)
    assert done.returncode == 2
    assert said.casefold() in done.stderr.casefold()
    assert done.stdout == ""
