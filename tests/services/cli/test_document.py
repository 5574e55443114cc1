"""`daybook document`: what is written, what is refused, and that who looked is on record."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.patient import Consent
from services.application.disclosures import give_consent
from services.cli.options import DOCUMENT_KINDS
from services.cli.report_source import reports_of
from services.documents.kinds import KINDS
from services.embedded import engines
from services.hosting.bootstrap import open_runtime
from tests.support.command_line import CLINICS, imported, run
from tests.support.data_folders import ask, events
from tests.support.read_back import read_back

ANN = "J01"
SPAN = ("--from", "2026-09-07", "--through", "2026-09-16")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data = imported(tmp_path_factory.mktemp("base"), CLINICS / "base", "2026-09-17T17:00:00Z")
    with engines(data):
        yield data


def document(data: Path, *words: str | Path) -> Any:
    return run(data, "document", *words)


def test_the_kinds_of_the_help_are_all_there_are() -> None:
    assert sorted(DOCUMENT_KINDS) == sorted(KINDS)


def test_a_document_is_written_whole_and_for_its_owner_alone(clinic: Path, tmp_path: Path) -> None:
    asked = ("attendance-record", "--patient", ANN, *SPAN)
    for form in ("pdf", "csv", "json"):
        out = tmp_path / f"record.{form}"
        done = document(clinic, *asked, "--format", form, "--out", out)
        assert done.returncode == 0, done.stderr
        assert f"is in {out}." in done.stderr
        assert done.stdout == ""
        assert out.stat().st_mode & 0o777 == 0o600
    found = json.loads((tmp_path / "record.json").read_text())
    text = read_back((tmp_path / "record.pdf").read_bytes()).text
    assert f"Document {found['number']}" in text
    assert f"position {found['position']}" in text
    assert (tmp_path / "record.csv").read_text().startswith("date,session,")
    assert {each.name for each in tmp_path.iterdir()} == {
        *("record.pdf", "record.csv", "record.json"),
    }


def test_the_same_command_writes_the_same_bytes_over_the_same_file(
    clinic: Path, tmp_path: Path
) -> None:
    out = tmp_path / "record.pdf"
    asked = ("attendance-record", "--patient", ANN, *SPAN, "--out", out)
    assert document(clinic, *asked).returncode == 0
    first = out.read_bytes()
    assert document(clinic, *asked).returncode == 0
    assert out.read_bytes() == first


def test_a_document_as_of_an_earlier_moment_names_it(clinic: Path, tmp_path: Path) -> None:
    out = tmp_path / "record.pdf"
    asked = ("--patient", ANN, *SPAN, "--as-of", "2100-01-01T00:00:00Z")
    done = document(clinic, "attendance-record", *asked, "--out", out)
    assert done.returncode == 2
    assert not out.exists()
    now = datetime.now(UTC).isoformat()
    asked = ("--patient", ANN, *SPAN, "--as-of", now)
    done = document(clinic, "attendance-record", *asked, "--out", out)
    assert done.returncode == 0, done.stderr
    text = read_back(out.read_bytes()).text
    assert f"position {events(clinic)}" in text
    assert f"{datetime.now(UTC):%b} " in text.partition("record of ")[2]


def test_where_others_record_all_the_time_it_is_of_the_moment_before(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.document.TRIES", 0)
    out = tmp_path / "record.json"
    asked = ("--patient", ANN, *SPAN, "--format", "json")
    done = document(clinic, "attendance-record", *asked, "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("As of what was recorded by 20")
    assert json.loads(out.read_text())["position"] == events(clinic)


def test_who_looked_is_on_record_before_anything_is_written(clinic: Path, tmp_path: Path) -> None:
    out = tmp_path / "letter.pdf"
    assert (
        document(
            clinic, "attendance-letter", "--patient", ANN, "--from", "2026-09-01", "--out", out
        ).returncode
        == 0
    )
    done = run(clinic, "audit", "access", "--format", "json")
    latest = json.loads(done.stdout)[0]
    assert latest["what"] == "document attendance-letter"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("attendance-record", "--patient", "NOBODY"), 2, "No patient has this record number."),
        (("attendance-record",), 2, "Attendance-record is about a patient: say --patient."),
        (("sign-in-sheet",), 2, "Sign-in-sheet is about a session: say --session."),
        (
            ("sign-in-sheet", "--session", "x", "--patient", ANN),
            *(2, "Sign-in-sheet is about a session: leave out --patient."),
        ),
        (("sign-in-sheet", "--session", "x"), 2, "There is no such session."),
        (("letter", "--patient", ANN), 2, "'letter' is not a kind of document; there are"),
        (
            (
                "attendance-record",
                "--patient",
                ANN,
                "--from",
                "2026-09-08",
                "--through",
                "2026-09-07",
            ),
            *(2, "The span ends on 2026-09-07, before it begins on 2026-09-08"),
        ),
        (
            (
                "attendance-letter",
                "--patient",
                ANN,
                "--from",
                "2026-08-01",
                "--through",
                "2026-08-02",
            ),
            *(1, "No attendance is on record from 2026-08-01 to 2026-08-02."),
        ),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence_and_leaves_no_file(
    clinic: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    before = events(clinic)
    done = document(clinic, *words, "--out", tmp_path / "file.pdf")
    assert (done.returncode, said in " ".join(done.stderr.split())) == (code, True), done.stderr
    assert list(tmp_path.iterdir()) == []
    assert events(clinic) == before


def test_a_place_where_nothing_can_be_written_is_refused_first(
    clinic: Path, tmp_path: Path
) -> None:
    for out in (tmp_path, tmp_path / "nowhere" / "file.pdf"):
        done = document(clinic, "attendance-record", "--patient", ANN, "--out", out)
        assert done.returncode == 2
        assert "--out names a f" in done.stderr.lower()
    assert list(tmp_path.iterdir()) == []


# To a court


def agrees(data: Path, consent: Consent) -> None:
    """Let the patient agree to what a court is told."""
    with open_runtime(data) as runtime:
        patient_id = reports_of(runtime, None).patient_of(ANN)
        context = CommandContext("agrees", datetime.now(UTC), "staff")
        runtime.commands.handle(context, give_consent, patient_id, consent)


def test_a_court_is_told_nothing_without_a_consent_and_what_it_is_told_is_on_record(
    tmp_path: Path,
) -> None:
    data = imported(tmp_path / "data", CLINICS / "base", "2026-09-17T17:00:00Z")
    out = tmp_path / "report.json"
    asked = ("court-report", "--patient", ANN, *SPAN, "--scope", "attendance", "--format", "json")
    with engines(data):
        before = events(data)
        done = document(data, *asked, "--out", out)
        assert (done.returncode, out.exists()) == (1, False)
        assert "no consent for a legal matter" in " ".join(done.stderr.split())
        assert events(data) == before
        given_on = datetime.now(UTC).date() - timedelta(days=2)
        ends = given_on + timedelta(days=4)
        agrees(data, Consent("consent-1", "County court", "legal", ("attendance",), given_on, ends))
        # The same report again is no other disclosure.
        for _ in range(2):
            done = document(data, *asked, "--out", out)
            assert done.returncode == 0, done.stderr
            assert events(data) == before + 2
        (found,) = ask(data, "SELECT disclosure_id, consent_id, scope FROM care.disclosures")
        number = json.loads(out.read_text())["number"]
        assert found == (f"document-{number}", "consent-1", ["attendance"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("census", "--scope", "attendance"), "Census is no disclosure: leave out --consent"),
        (("census", "--recipient", "a court"), "Census goes to no court: leave out --recipient"),
        (
            ("court-report", "--patient", ANN, "--scope", "plan"),
            "Court-report has no part plan; it has attendance, drug-tests, support, discharge",
        ),
        (
            ("court-report", "--patient", ANN, "--scope", "attendance,rooms"),
            "'rooms' is not a part; there are attendance, drug-tests, support, discharge, plan",
        ),
        (
            ("court-report", "--patient", ANN, "--consent", "c", "--recipient", "r"),
            "--consent and --recipient exclude each other",
        ),
        (("census", "--patient", ANN), "Census is about a facility: leave out --patient"),
        (("claim-worksheet", "--patient", "NOBODY"), "No patient has this record number"),
    ],
)
def test_what_is_no_question_of_a_kind_is_bad_input(
    clinic: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = document(clinic, *words, "--out", tmp_path / "file.pdf")
    assert (done.returncode, said in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert list(tmp_path.iterdir()) == []
