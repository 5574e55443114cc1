"""What an export holds, whom it is put on record for, and what it refuses."""

import json
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain.identity import RecordNumber
from services.access.access_log import Logged
from services.access.store import open_access
from services.audit.bundles.bundle_part import Part
from services.audit.notes.signed_note import SigningKey
from services.embedded import Engines
from services.hosting.site_key import site_key
from services.vault import Vault
from tests.support.bundle_checkers import CHECKERS, Checker, run
from tests.support.sealed_journal import SealedClinic, sealed_clinic


@pytest.fixture(scope="module")
def sealed(
    shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SealedClinic]:
    with sealed_clinic(shared_engines, tmp_path_factory.mktemp("exports")) as found:
        yield found


@pytest.fixture(params=CHECKERS)
def check(request: pytest.FixtureRequest) -> Checker:
    return CHECKERS[request.param]


def patient_id(sealed: SealedClinic, mrn: str) -> str:
    vault = Vault(sealed.backend.database_url, site_key(sealed.folder / "data", lambda: True))
    number = RecordNumber.id_of(vault.number_hash("juniper", mrn))
    return str(sealed.backend.journal.load(number).patient_id)


def logged(sealed: SealedClinic, what: str) -> list[Logged]:
    with open_access(sealed.backend.database_url, pool_size=1) as store:
        return store.log.find(what=what)


def leaves(bundle: Path) -> list[list[object]]:
    return [json.loads(each) for each in (bundle / "leaves.jsonl").read_text().splitlines()]


def test_one_patients_bundle_has_what_is_about_them_and_nothing_of_others(
    sealed: SealedClinic, tmp_path: Path
) -> None:
    mine, other = patient_id(sealed, "J01"), patient_id(sealed, "J02")
    bundle = sealed.exported(str(tmp_path / "one"), "--patient", mine)
    whole = "".join(each.read_text() for each in bundle.rglob("*") if each.is_file())
    assert mine in whole
    assert other not in whole
    written = {str(each[2]) for each in leaves(bundle)}
    assert {mine, f"identity-{mine}"} <= written
    assert any(each.startswith("session-") for each in written)
    assert "Reyes" not in whole
    assert "J01" not in whole
    assert [*(bundle / "schemas").glob("patient.admitted.v*.schema.json")]


def test_a_body_that_names_another_patient_too_is_kept_back() -> None:
    mine, other = (f"patient-{letter * 32}" for letter in "ab")
    part = Part([1], own=frozenset({mine}))
    assert part.may_show(f'{{"patient_id":"{mine}"}}'.encode())
    assert not part.may_show(f'{{"patient_id":"{mine}","to_patient_id":"{other}"}}'.encode())


def test_an_export_of_a_patient_is_on_record_with_whom_it_is_for(
    sealed: SealedClinic, tmp_path: Path
) -> None:
    out, mine = tmp_path / "one", patient_id(sealed, "J03")
    words = ("audit", "export", "--out", out, "--patient", "J03", "--to", "Acme Auditors")
    assert sealed.daybook(*words, DAYBOOK_PURPOSE="audit").returncode == 0
    [found] = [each.entry for each in logged(sealed, "audit-export") if each.entry.reason]
    assert list(found.patient_ids) == [mine]
    assert (found.purpose, found.reason) == ("audit", "for Acme Auditors")
    accounting = sealed.daybook("audit", "disclosures", "--patient", "J03", "--format", "json")
    [told] = [each for each in json.loads(accounting.stdout) if each["part"] == "disclosure"]
    assert (told["recipient"], told["purpose"]) == ("Acme Auditors", "audit")


def test_of_all_patients_without_bodies_nobody_is_told(
    sealed: SealedClinic, tmp_path: Path
) -> None:
    before = len(logged(sealed, "audit-export"))
    sealed.exported(str(tmp_path / "bare"), "--without-bodies")
    assert len(logged(sealed, "audit-export")) == before
    sealed.exported(str(tmp_path / "bare-one"), "--without-bodies", "--patient", "J02")
    assert len(logged(sealed, "audit-export")) == before + 1


def test_one_facility_leaves_out_what_is_elsewhere(
    sealed: SealedClinic, tmp_path: Path, check: Checker
) -> None:
    bundle = sealed.exported(str(tmp_path / "juniper"), "--facility", "juniper")
    found = leaves(bundle)
    assert not [each for each in found if str(each[2]).startswith("thing-")]
    assert len(found) == sealed.head.size - 301
    assert check(bundle, sealed.vkey, [])[0] == 0


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (("--from", "290"), 290, None),
        (("--from", "290", "--through", "310"), 290, 310),
        (("--from", "2026-09-17", "--through", "2026-09-17"), 1, None),
    ],
)
def test_a_span_is_of_positions_or_of_days(
    sealed: SealedClinic, tmp_path: Path, words: tuple[str, ...], first: int, last: int | None
) -> None:
    found = leaves(sealed.exported(str(tmp_path / "span"), *words))
    assert found[0][1] == first
    assert found[-1][1] == (last or sealed.head.position)


def test_the_folder_is_its_owners_alone_and_a_zip_too(sealed: SealedClinic, tmp_path: Path) -> None:
    assert sealed.exported(str(tmp_path / "span"), "--from", "730").stat().st_mode & 0o77 == 0
    assert sealed.exported(str(tmp_path / "span.zip"), "--from", "730").stat().st_mode & 0o77 == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["span", "span.zip"]


# What is refused


@contextmanager
def put_back(sealed: SealedClinic, table: LiteralString, change: LiteralString) -> Iterator[None]:
    """Change a table, and put it back at the end."""
    back = SQL("DELETE FROM {}; INSERT INTO {} SELECT * FROM kept; DROP TABLE kept")
    of = Identifier(*table.split("."))
    with psycopg.connect(sealed.backend.database_url, autocommit=True) as conn:
        conn.execute(SQL("CREATE TABLE kept AS SELECT * FROM {}").format(of))
        conn.execute(change)
        try:
            yield
        finally:
            conn.execute(back.format(of, of))


@pytest.mark.parametrize("words", [(), ("--facility", "juniper"), ("--from", "1")])
def test_what_is_not_as_it_was_sealed_is_not_exported(
    sealed: SealedClinic, tmp_path: Path, words: tuple[str, ...]
) -> None:
    where = "FROM journal.journal_events WHERE notification_id = 50"
    [(of, version)] = sealed.backend.rows(f"SELECT originator_id, originator_version {where}")
    change: LiteralString = (
        "UPDATE journal.journal_events SET state = state || ' '::bytea WHERE notification_id = 50"
    )
    with put_back(sealed, "journal.journal_events", change):
        done = sealed.daybook("audit", "export", "--out", tmp_path / "bad", *words)
    assert done.returncode == 1
    assert f"{of}:{version} at position 50 is not what was sealed" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        (
            "journal.journal_events",
            "DELETE FROM journal.journal_events WHERE notification_id = 300",
            "What was sealed at position 300 is not there",
        ),
        (
            "seal.tiles",
            "DELETE FROM seal.tiles WHERE level = 0 AND number = 1",
            "daybook audit verify",
        ),
        (
            "seal.tiles",
            "UPDATE seal.tiles SET hashes = overlay(hashes PLACING decode('00', 'hex') FROM 99)"
            " WHERE level = 0 AND number = 1",
            "is not what was sealed",
        ),
        (
            "seal.heads",
            "UPDATE seal.heads SET root = decode(repeat('00', 32), 'hex')",
            "The tree that is kept is not the one that was signed",
        ),
    ],
    ids=["an event is gone", "a tile is gone", "a tile is changed", "a root is changed"],
)
def test_what_is_kept_beside_the_events_has_to_be_whole(
    sealed: SealedClinic, tmp_path: Path, table: LiteralString, change: LiteralString, says: str
) -> None:
    with put_back(sealed, table, change):
        done = sealed.daybook("audit", "export", "--out", tmp_path / "bad")
        proved = sealed.daybook("audit", "prove", "thing-elsewhere:3", "--out", tmp_path)
    assert (done.returncode, says in done.stderr) == (1, True), done.stderr
    assert proved.returncode in {0, 1}, proved.stderr
    assert not (tmp_path / "bad").exists()


def test_the_log_has_to_go_on_from_the_head_that_somebody_holds(
    sealed: SealedClinic, tmp_path: Path, check: Checker
) -> None:
    other = tmp_path / "other.checkpoint"
    other.write_text(sealed.earlier.read_text().replace("\n300\n", "\n299\n"))
    done = sealed.daybook("audit", "export", "--out", tmp_path / "bad", "--earlier", other)
    assert done.returncode == 2
    assert "another history" in done.stderr
    # A head of the same log that the key signed, over another tree.
    raw = sealed.earlier.read_text().partition("\n\n")[0] + "\n"
    text = raw.replace(raw.split("\n")[2], "A" * 43 + "=")
    other.write_text(f"{text}\n{sealed.key.sign_note(text).line}")
    bundle = sealed.exported(str(tmp_path / "whole"))
    code, said = check(bundle, sealed.vkey, [other])
    assert code == 1
    assert "another history" in said
    part = sealed.exported(str(tmp_path / "part"), "--from", "700")
    code, said = check(part, sealed.vkey, [sealed.earlier])
    assert code == 1
    assert "nothing here shows" in said


def test_a_key_that_is_not_the_logs_vouches_for_nothing(
    sealed: SealedClinic, tmp_path: Path, check: Checker
) -> None:
    bundle = sealed.exported(str(tmp_path / "span"), "--from", "730")
    other = SigningKey.generate(sealed.key.name).verifier
    code, said = check(bundle, other, [])
    assert code == 1
    assert "not signed by" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--facility", "nowhere"), "there is no facility 'nowhere'"),
        (("--patient", "J99"), "no patient there has this record number or id"),
        (("--patient", "patient-" + "0" * 32), "no patient there has this record number or id"),
        (("--from", "yesterday"), "'yesterday' is not a date, like 2026-11-22; or a position"),
        (("--from", "0"), "0 is not a position"),
        (("--from", "9000"), "there is nothing of that in the log"),
        (("--through", "2026-09-16"), "there is nothing of that in the log"),
        (("--log", "access", "--from", "1"), "parts are of the journal"),
        (("--log", "nothing"), "'nothing' is not a log"),
        (("--log", "access"), "nothing of access is sealed yet"),
        (("--to", " "), "--to is empty"),
        (("--earlier", "/nowhere/head"), "/nowhere/head cannot be read"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    sealed: SealedClinic, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    done = sealed.daybook("audit", "export", "--out", tmp_path / "bad", *words)
    assert done.returncode in {1, 2}
    assert says.lower() in done.stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_written_over(sealed: SealedClinic, tmp_path: Path) -> None:
    there = tmp_path / "there.zip"
    there.write_text("mine")
    for out in (there, tmp_path, tmp_path / "no" / "where"):
        assert sealed.daybook("audit", "export", "--out", out).returncode == 2
    assert there.read_text() == "mine"


def test_only_the_operator_exports(sealed: SealedClinic, tmp_path: Path) -> None:
    done = sealed.daybook("audit", "export", "--out", tmp_path / "no", DAYBOOK_USER="ana")
    assert done.returncode == 2
    assert "for the operator" in done.stderr
    done = sealed.daybook("audit", "prove", "thing-elsewhere:3", DAYBOOK_USER="ana")
    assert done.returncode == 2


# One event


def test_one_event_is_proved(sealed: SealedClinic, tmp_path: Path, check: Checker) -> None:
    mine = patient_id(sealed, "J01")
    done = sealed.daybook("audit", "prove", f"{mine}:1", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    proof = tmp_path / f"{mine}.1.tlog-proof"
    assert done.stdout.split() == [
        str(proof.with_suffix(end)) for end in (".leaf", ".json", ".tlog-proof")
    ]
    assert mine in logged(sealed, "audit-prove")[0].entry.patient_ids
    code, said = check(proof, sealed.vkey, [])
    assert code == 0, said
    assert f"{mine}:1 at position" in said

    proof.with_suffix(".json").write_bytes(b"{}")
    code, said = check(proof, sealed.vkey, [])
    assert (code, "is not what was sealed" in said) == (1, True)
    proof.with_suffix(".json").unlink()
    assert "withheld" in check(proof, sealed.vkey, [])[1]
    raw = proof.read_text()
    for old, new in (("index ", "index 1"), ("v1\n", "v2\n"), ("\n\n", "\n" + "A" * 43 + "=\n\n")):
        proof.write_text(raw.replace(old, new, 1))
        assert check(proof, sealed.vkey, [])[0] == 1
    proof.write_text(raw.replace("v1\n", "v1\nextra AAAA\n", 1))
    assert check(proof, sealed.vkey, [])[0] == 0
    proof.with_suffix(".leaf").unlink()
    assert check(proof, sealed.vkey, [])[0] == 2


@pytest.mark.parametrize("name", ["Daybook", "Python"])
def test_no_bit_of_a_proof_can_be_flipped(sealed: SealedClinic, tmp_path: Path, name: str) -> None:
    done = sealed.daybook("audit", "prove", "thing-elsewhere:7", "--out", tmp_path)
    files = [Path(each) for each in done.stdout.split()]
    chance = random.Random(20261130)
    for _ in range(60):
        path = chance.choice(files)
        raw = path.read_bytes()
        at, bit = chance.randrange(len(raw)), chance.randrange(8)
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :])
        code, said = CHECKERS[name](files[-1], sealed.vkey, [])
        assert code == 1, (path.name, at, bit, said)
        path.write_bytes(raw)
    assert CHECKERS[name](files[-1], sealed.vkey, [])[0] == 0


@pytest.mark.parametrize("event", ["thing-elsewhere:999", "nothing", ":", "thing-elsewhere:x"])
def test_an_event_that_is_not_there_is_not_proved(
    sealed: SealedClinic, tmp_path: Path, event: str
) -> None:
    done = sealed.daybook("audit", "prove", event, "--out", tmp_path)
    assert (done.returncode, "no such event" in done.stderr) == (1, True)


# What others have


def test_a_shell_checks_a_bundle_by_the_lines_of_its_readme(
    sealed: SealedClinic, tmp_path: Path
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl on the path")
    bundle = sealed.exported(str(tmp_path / "whole"))
    by_hand = (bundle / "README.txt").read_text().partition("By hand")[2]
    lines = "\n".join(each for each in by_hand.splitlines() if each.startswith("    "))
    code, said = run(["sh", "-ec", f"VKEY='{sealed.vkey}'\n{lines}"], bundle)
    assert code == 0, said
    assert "Signature Verified Successfully" in said
    hashes = re.findall(
        r"[0-9a-f]{64}", re.sub(r"(?<=[0-9a-f]{2})[ \n]+(?=[0-9a-f]{2}\b)", "", said)
    )
    assert hashes[0] == hashes[1]
    assert hashes[2] == hashes[3]


def test_daybook_checks_a_bundle_at_the_command_line(sealed: SealedClinic, tmp_path: Path) -> None:
    bundle = sealed.exported(str(tmp_path / "span"), "--from", "700")
    words = ("audit", "verify", bundle, "--key", str(sealed.vkey))
    done = sealed.daybook(*words)
    assert done.returncode == 0, done.stderr
    assert "does not show whether any was left out" in done.stdout
    (bundle / "events.jsonl").write_bytes(b"{}\n" * 39)
    done = sealed.daybook(*words, "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["sound"], said["sections"][1]["name"]) == (False, "bodies")
    assert "at position 700" in said["sections"][1]["faults"][0]["says"]
    assert sealed.daybook("audit", "verify", bundle).returncode == 2
    assert sealed.daybook("audit", "verify", tmp_path, *words[3:]).returncode == 2
