"""Forgetting one of forty patients: everything goes on, and nothing says who they were."""

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from domain.aggregate import CommandContext
from domain.patient import Consent
from domain.patient.consent import NEEDS_NO_END
from services.application.command import COMMANDS
from services.cli.report_source import reports_of
from services.embedded import engines
from services.embedded.os_user import _postgres_tree
from services.hosting.bootstrap import open_runtime
from tests.support.command_line import NOW, OAK_STREET, THROUGH, run
from tests.support.data_folders import copied

MRN, GIVEN, FAMILY, BORN = "OA1064", "Max", "Thorn", "1959-04-06"
WHY = "asked for in writing, and kept long enough"
REPORTS = ("visits", "weeks", "findings", "billable", "deadlines", "at-risk")
DAYS = ("--from", "2026-11-01", "--through", THROUGH)


@dataclass
class Clinic:
    """Oak Street before and after one patient was forgotten."""

    data: Path
    before: dict[str, str]
    said: subprocess.CompletedProcess[str]
    label: str
    """What stands in the place of the record number."""
    wrapped: dict[str, bytes]
    """The keys of all patients as they were kept before, wrapped."""

    def run(self, *words: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        return run(self.data, *words, **settings)

    def asked(self, name: str) -> str:
        done = self.run("report", name, "--format", "csv")
        assert done.returncode == 0, done.stderr
        assert "could not be read" not in done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def clinic(oak_street_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    target = tmp_path_factory.mktemp("forgotten") / "data"
    with copied(oak_street_at_rest, target) as data, engines(data) as found:
        before = {each: run(data, "report", each, "--format", "csv").stdout for each in REPORTS}
        agree_that_the_payer_is_told(data)
        with psycopg.connect(found.database_url) as conn:
            wrapped: dict[str, bytes] = dict(
                conn.execute("SELECT patient_id, wrapped_key FROM vault.patient_keys").fetchall()
            )
            conn.execute("CHECKPOINT")
        said = run(data, "forget", MRN, "--because", WHY)
        with psycopg.connect(found.database_url) as conn:
            rows = conn.execute(
                "SELECT originator_id FROM journal.journal_events"
                " WHERE topic = 'identity.forgotten'"
            ).fetchall()
        label = f"forgotten ({rows[0][0][-8:]})"
        yield Clinic(data, before, said, label, wrapped)


def agree_that_the_payer_is_told(data: Path) -> None:
    """Let the patient agree that who pays is told of them, as a packet for a payer needs."""
    with open_runtime(data) as runtime:
        patient_id = reports_of(runtime, None).patient_of(MRN)
        context = CommandContext("agreed", datetime.now(UTC), "command line")
        payer, day = runtime.journal.load(patient_id).payer, date(2026, 11, 20)
        told = Consent("consent-1", payer, NEEDS_NO_END, ("attendance",), day)
        runtime.commands.handle(context, COMMANDS["patient.give-consent"], patient_id, told)


def tells_who(text: str) -> list[str]:
    return [each for each in (MRN, BORN, f"{GIVEN} {FAMILY}", FAMILY) if each in text]


def in_any_form(raw: bytes) -> list[str]:
    """Find what says who they were: as it is, in base64 at each of its three places, in hex."""
    found = []
    for word in (MRN, BORN, FAMILY):
        clear = word.encode()
        forms = {clear, clear.hex().encode(), clear.hex().upper().encode()}
        for offset in range(3):
            coded = base64.b64encode(bytes(offset) + clear)
            whole = coded[4 if offset else 0 : len(clear) // 3 * 4]
            forms |= {whole} if len(whole) >= 4 else set()
        found += [f"{word} as {form!r}" for form in forms if form in raw]
    return found


def test_it_says_what_it_does_and_what_it_does_not_reach(clinic: Clinic) -> None:
    assert (clinic.said.returncode, clinic.said.stdout) == (0, ""), clinic.said.stderr
    first, done, *rest = clinic.said.stderr.splitlines()
    assert first.startswith("This destroys, for good, the key")
    assert done.startswith("Forgotten, and on record by ")
    for word in ("backups", "write-ahead log", "documents", "subscribers", "files", "keyed hash"):
        assert any(word in each for each in rest), word
    assert tells_who(clinic.said.stderr) == []


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_has_the_same_rows_with_forgotten_where_they_stood(
    clinic: Clinic, name: str
) -> None:
    after = clinic.asked(name)
    known = re.compile(rf"(?<![\w-]){MRN}(?![\w-])")
    expected = known.sub(clinic.label, clinic.before[name])
    assert sorted(after.splitlines()) == sorted(expected.splitlines())
    assert after.splitlines()[0] == clinic.before[name].splitlines()[0]


def test_their_page_is_found_by_the_number_and_says_forgotten(clinic: Clinic) -> None:
    done = clinic.run("report", "patient", MRN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0].strip() == "forgotten"
    assert tells_who(done.stdout + done.stderr) == []
    history = clinic.run("audit", "history", "--patient", MRN, "--format", "csv")
    assert history.returncode == 0, history.stderr
    assert f"Forgotten who the patient is: {WHY}" in history.stdout
    assert tells_who(history.stdout) == []


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("attendance-record", ("--patient", MRN)),
        ("attendance-letter", ("--patient", MRN)),
        ("claim-worksheet", ("--patient", MRN)),
        ("review-packet", ("--patient", MRN)),
    ],
)
def test_each_document_is_made_and_says_forgotten(
    clinic: Clinic, kind: str, about: tuple[str, ...], tmp_path: Path
) -> None:
    assert "forgotten" in document(clinic, tmp_path, kind, *about, *DAYS)


def test_documents_about_many_are_made_too(clinic: Clinic, tmp_path: Path) -> None:
    document(clinic, tmp_path, "census", *DAYS)
    with engines(clinic.data) as found, psycopg.connect(found.database_url) as conn:
        session = conn.execute(
            "SELECT session_id FROM attendance.visits JOIN directory.people USING (patient_id)"
            " WHERE forgotten LIMIT 1"
        ).fetchall()[0][0]
    assert clinic.label in document(clinic, tmp_path, "sign-in-sheet", "--session", session)


def document(clinic: Clinic, folder: Path, *words: str) -> str:
    out = folder / "document.json"
    done = clinic.run("document", *words, "--out", out, "--format", "json")
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    assert tells_who(done.stderr + text) == []
    pdf = folder / "document.pdf"
    assert clinic.run("document", *words, "--out", pdf).returncode == 0
    assert pdf.read_bytes().startswith(b"%PDF")
    return text


def test_a_rebuild_and_what_was_so_before_say_the_same(clinic: Clinic) -> None:
    before = clinic.asked("visits")
    assert clinic.run("rebuild", "directory").returncode == 0
    assert clinic.asked("visits") == before
    with engines(clinic.data) as found, psycopg.connect(found.database_url) as conn:
        [[recorded]] = conn.execute(
            "SELECT max(journal.said(state) ->> 'timestamp') FROM journal.journal_events"
            " WHERE topic <> 'identity.forgotten'"
        ).fetchall()
    past = clinic.run("report", "visits", "--as-of", recorded, "--format", "csv")
    assert past.returncode == 0, past.stderr
    assert tells_who(past.stdout) == []
    assert "could not be read" not in past.stderr
    assert clinic.label in past.stdout
    assert clinic.run("status").returncode == 0
    assert "cannot be read" not in clinic.run("status").stdout


def test_the_same_files_again_bring_nothing_back_and_name_the_row(clinic: Clinic) -> None:
    again = clinic.run("import", OAK_STREET, "--now", NOW)
    assert again.returncode == 0, again.stderr
    assert again.stderr.splitlines()[-1].startswith("0 events ")
    (note,) = [each for each in again.stderr.splitlines() if "forgotten" in each]
    assert note.startswith("Note: patients.csv:11: name and birth date were left out")
    assert tells_who(again.stderr) == []
    assert kept_of_the_row(clinic) == set()


def test_a_changed_name_in_the_files_is_not_taken_in(clinic: Clinic, tmp_path: Path) -> None:
    folder = shutil.copytree(OAK_STREET, tmp_path / "clinic")
    path = folder / "patients.csv"
    text = path.read_text(encoding="utf-8").replace(f"{GIVEN},{FAMILY}", f"Maxim,{FAMILY}")
    path.write_text(text, encoding="utf-8")
    again = clinic.run("import", folder, "--now", NOW)
    assert again.returncode == 0, again.stderr
    assert again.stderr.splitlines()[-1].startswith("0 events ")
    assert kept_of_the_row(clinic) == set()


def kept_of_the_row(clinic: Clinic) -> set[str]:
    """What is kept of names and birth dates in whichever row is the only one to lack some."""
    with engines(clinic.data) as found, psycopg.connect(found.database_url) as conn:
        rows = conn.execute(
            "SELECT columns FROM journal.imported_rows WHERE kind = 'patients.csv'"
        ).fetchall()
    who = [{"given_name", "family_name", "born"} & columns.keys() for (columns,) in rows]
    assert sorted(map(len, who)) == [0, *[3] * (len(rows) - 1)]
    return min(who, key=len)


def test_forgetting_again_records_nothing_and_says_so(clinic: Clinic) -> None:
    again = clinic.run("forget", MRN, "--because", WHY)
    assert (again.returncode, again.stdout) == (1, "")
    assert "forgotten before: nothing is recorded" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("NOBODY",), 2, "o patient has this record number"),
        (("OA1003", "--because", "Tia asked for it"), 2, "say it without"),
        (("OA1003", "--because", " "), 2, "--because is empty"),
        (("OA1003", "--dry-run"), 0, "This destroys"),
    ],
)
def test_what_cannot_be_done_or_is_only_asked_changes_nothing(
    clinic: Clinic, words: tuple[str, ...], code: int, says: str
) -> None:
    because = () if "--because" in words else ("--because", WHY)
    done = clinic.run("forget", *words, *because)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert ",OA1003," in clinic.asked("visits")


def test_trails_and_accountings_are_told_without_them(clinic: Clinic) -> None:
    for word in ("trail", "disclosures", "access"):
        done = clinic.run("audit", word, "--patient", MRN, "--format", "csv")
        assert done.returncode == 0, done.stderr
        assert tells_who(done.stdout + done.stderr) == []


def test_the_record_is_proved_as_before_and_says_that_one_was_forgotten(clinic: Clinic) -> None:
    sealed = clinic.run("audit", "seal")
    assert sealed.returncode == 0, sealed.stderr
    lines = clinic.run("audit", "key").stdout.splitlines()
    keys = [word for line in lines for word in ("--key", line.split()[-1])]
    done = clinic.run("audit", "verify", "--stream", "--views", *keys)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "47 open, 1 forgotten" in " ".join(done.stdout.split())


def test_a_dump_and_the_store_of_the_stream_have_nothing_of_them(clinic: Clinic) -> None:
    with engines(clinic.data) as found:
        dump = subprocess.run(
            [_postgres_tree() / "bin/pg_dump", found.database_url], capture_output=True, check=True
        ).stdout
        with psycopg.connect(found.database_url, autocommit=True) as conn:
            conn.execute("CHECKPOINT")
    assert b"identity.forgotten" in dump
    assert in_any_form(dump) == []
    for path in (clinic.data / "nats").rglob("*"):
        if path.is_file():
            assert in_any_form(path.read_bytes()) == [], path


def test_no_freed_row_of_the_table_of_keys_holds_theirs(clinic: Clinic) -> None:
    with engines(clinic.data) as found, psycopg.connect(found.database_url) as conn:
        [(path, left)] = conn.execute(
            "SELECT pg_relation_filepath('vault.patient_keys'),"
            " ARRAY(SELECT patient_id FROM vault.patient_keys)"
        ).fetchall()
        conn.execute("CHECKPOINT")
    [file] = (clinic.data / "postgres").rglob(path)
    raw = file.read_bytes()
    [gone] = clinic.wrapped.keys() - set(left)
    assert clinic.wrapped[gone] not in raw
    assert all(clinic.wrapped[each] in raw for each in left)


def test_a_key_that_a_backup_brings_back_is_destroyed_at_the_next_start(clinic: Clinic) -> None:
    with engines(clinic.data) as found, psycopg.connect(found.database_url) as conn:
        conn.execute(
            "INSERT INTO vault.patient_keys SELECT patient_id, decode(repeat('00', 60), 'hex')"
            " FROM directory.people WHERE forgotten"
        )
        conn.commit()
        assert clinic.run("status").returncode == 0
        left = conn.execute(
            "SELECT count(*) FROM vault.patient_keys JOIN directory.people USING (patient_id)"
            " WHERE forgotten"
        ).fetchone()
    assert left == (0,)
