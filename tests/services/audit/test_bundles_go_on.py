"""Bundles of a log that goes on."""

from pathlib import Path

from services.embedded import Engines
from tests.support.bundle_checkers import CHECKERS
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
        written = b"".join(each.read_bytes() for each in part.rglob("*") if each.is_file())
        for who in (b"Linden", b"J02", b"1979-11-30"):
            assert who not in written
