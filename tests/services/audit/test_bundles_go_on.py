"""Bundles of a log that goes on."""

import asyncio
import re
from pathlib import Path
from subprocess import CompletedProcess

from services.access.access_log import Entry
from services.access.store import open_access
from services.audit.notes.signed_note import SigningKey
from services.embedded import Engines
from tests.support import command_line
from tests.support.backend import Backend
from tests.support.bundle_checkers import CHECKERS, run
from tests.support.sealed import SEED, SealedBackend, back_up
from tests.support.sealed_journal import seal, sealed_clinic


def test_a_bundle_goes_on_from_before_somebody_was_forgotten(
    shared_engines: Engines, tmp_path: Path
) -> None:
    with sealed_clinic(shared_engines, tmp_path) as sealed:
        before = sealed.exported("before")
        done = sealed.daybook("forget", "J02", "--because", "asked for")
        assert done.returncode == 0, done.stderr
        assert seal(sealed.backend, sealed.key).size > sealed.head.size
        after = sealed.exported("after", "--earlier", before / "checkpoint")
        part = sealed.exported("part", "--patient", "J02", "--earlier", before / "checkpoint")
        for name, check in CHECKERS.items():
            for bundle in (after, part):
                code, said = check(bundle, sealed.vkey, [before / "checkpoint"])
                assert code == 0, (name, said)
        bodies = (before / "events.jsonl").read_bytes()
        assert (after / "events.jsonl").read_bytes().startswith(bodies)
        assert b'"identity.forgotten"' in (part / "leaves.jsonl").read_bytes()
        written = b" ".join(each.read_bytes() for each in part.rglob("*") if each.is_file())
        for who in (b"Linden", b"1979-11-30"):
            assert who not in written
        # A whole word: three letters come about by chance in what is random.
        assert b"J02" not in re.findall(rb"[\w+/=-]+", written)


def test_a_bundle_of_a_log_that_was_restored_says_from_where_it_goes_on(
    backend: Backend, tmp_path: Path
) -> None:
    sealed = SealedBackend(backend, tmp_path / "seal.heads")
    backend.count(1, 2)
    sealed.seal()
    key = SigningKey.from_bytes(sealed.head().origin, SEED).verifier
    before, lost = tmp_path / "before.checkpoint", tmp_path / "lost.checkpoint"
    before.write_text(sealed.head().note)
    with back_up(sealed) as older:
        backend.count(3, 4)
        sealed.seal()
        lost.write_text(sealed.head().note)
        older.backend.count(5)
        asyncio.run(older.sealer().continue_after_restore("the disk broke"))

        def export(name: str, *words: str | Path) -> CompletedProcess[str]:
            command = ("audit", "export", "--out", tmp_path / name, *words)
            servers = {
                "DAYBOOK_DATABASE_URL": older.backend.database_url,
                "DAYBOOK_NATS_URL": older.backend.nats_url,
            }
            return command_line.run(tmp_path / "data", *command, **servers)

        assert export("whole").returncode == 0
        assert export("part", "--from", "3", "--earlier", before).returncode == 0
        refused = export("never", "--earlier", lost)
    assert (refused.returncode, "from which" in refused.stderr) == (2, True)
    for name, check in CHECKERS.items():
        for bundle in ("whole", "part"):
            code, said = check(tmp_path / bundle, key, [before])
            assert code == 0, (name, said)
            assert "the disk broke" in said
            assert check(tmp_path / bundle, key, [lost])[0] == 1, (name, bundle)
    statement = tmp_path / "part" / "continued" / "1.note"
    statement.write_text(statement.read_text().replace("\n3\n", "\n5\n"))
    for name, check in CHECKERS.items():
        assert check(tmp_path / "part", key, [])[0] == 1, name


def test_who_looked_is_exported_as_the_journal_is(backend: Backend, tmp_path: Path) -> None:
    looked = Entry(
        *("director", "Dee Rector", ("director",), "oak-street", "history"),
        ("patient-" + "a" * 32,),
        purpose="operations",
        address="10.0.0.7",
        via="password",
    )
    with open_access(backend.database_url, pool_size=1) as store:
        store.log.record(looked, looked)
    sealed = SealedBackend(backend)
    sealed.seal()
    head = sealed.newest("access")
    assert head
    assert head.origin.endswith("/access")
    servers = {
        "DAYBOOK_DATABASE_URL": backend.database_url,
        "DAYBOOK_NATS_URL": backend.nats_url,
    }
    out = tmp_path / "access"
    words = ("audit", "export", "--log", "access", "--out", out)
    done = command_line.run(tmp_path / "data", *words, **servers)
    assert done.returncode == 0, done.stderr
    assert b"Dee Rector" in (out / "events.jsonl").read_bytes()
    key = SigningKey.from_bytes(head.origin.removesuffix("/access"), SEED).verifier
    for name, check in CHECKERS.items():
        code, said = check(out, key, [])
        assert (code, "2 events, none left out" in said) == (0, True), (name, said)
    # The key has the journal's name, and signs under the log's.
    by_hand = (out / "README.txt").read_text().partition("By hand")[2].partition("That the body")[0]
    lines = "\n".join(each for each in by_hand.splitlines() if each.startswith("    "))
    code, said = run(["sh", "-ec", f"VKEY='{key}'\n{lines}"], out)
    assert (code, "Signature Verified Successfully" in said) == (0, True), said
