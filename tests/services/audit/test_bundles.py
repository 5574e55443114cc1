"""Bundles: exported from a sealed journal, and checked by three that do not know each other."""

import json
import random
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from services.audit.bundles.verify_bundle import verify_bundle
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SigningKey
from services.embedded import Engines
from tests.support.bundle_checkers import CHECKERS, FOLDER, Checker, by_python, run
from tests.support.sealed_journal import EARLIER, SealedClinic, sealed_clinic


@pytest.fixture(scope="module")
def sealed(
    shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SealedClinic]:
    with sealed_clinic(shared_engines, tmp_path_factory.mktemp("bundles")) as found:
        yield found


@pytest.fixture(scope="module")
def whole(sealed: SealedClinic) -> Path:
    return sealed.exported("whole", "--earlier", sealed.earlier)


@pytest.fixture(scope="module")
def part(sealed: SealedClinic) -> Path:
    return sealed.exported("part", "--earlier", sealed.earlier, "--patient", "J01")


@pytest.fixture(params=CHECKERS)
def check(request: pytest.FixtureRequest) -> Checker:
    return CHECKERS[request.param]


def test_a_whole_bundle_is_sound_and_nothing_was_left_out(
    sealed: SealedClinic, whole: Path, check: Checker
) -> None:
    code, said = check(whole, sealed.vkey, [sealed.earlier])
    assert code == 0, said
    assert f"{sealed.head.size:,} events, none left out" in said
    assert f"the log goes on from the head of {EARLIER}" in said or f"{EARLIER} (held" in said


def test_a_part_is_sound_and_says_that_it_does_not_show_what_was_left_out(
    sealed: SealedClinic, part: Path, check: Checker
) -> None:
    code, said = check(part, sealed.vkey, [sealed.earlier])
    assert code == 0, said
    assert "does not show whether any was left out" in said


def test_the_checker_in_python_needs_nothing_but_the_standard_library(
    sealed: SealedClinic, whole: Path, tmp_path: Path
) -> None:
    alone = shutil.copy(FOLDER / "verify.py", tmp_path)
    words = [sys.executable, "-I", "-S", str(alone), str(whole), "--key", str(sealed.vkey)]
    assert run(words, tmp_path) == (0, by_python(whole, sealed.vkey, [])[1])


@pytest.mark.parametrize("name", ["Daybook", "Python"])
def test_a_zip_is_the_same_bundle(sealed: SealedClinic, tmp_path: Path, name: str) -> None:
    packed = tmp_path / "whole.zip"
    done = sealed.daybook("audit", "export", "--out", packed, "--without-bodies")
    assert done.returncode == 0, done.stderr
    code, said = CHECKERS[name](packed, sealed.vkey, [sealed.earlier])
    assert code == 0, said
    with zipfile.ZipFile(packed) as opened:
        bodies = opened.read("events.jsonl")
    assert bodies == b"\n" * sealed.head.size
    assert "withheld" in said


# Tampering


def edit(name: str, change: Callable[[list[bytes]], object]) -> Callable[[Path], None]:
    """Return what changes the lines of a file."""

    def tamper(bundle: Path) -> None:
        path = next(bundle.glob(name))
        lines = path.read_bytes().split(b"\n")
        change(lines)
        path.write_bytes(b"\n".join(lines))

    return tamper


def flip(name: str, at: int = 40) -> Callable[[Path], None]:
    """Return what changes one bit of a file."""

    def tamper(bundle: Path) -> None:
        path = next(bundle.glob(name))
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1
        path.write_bytes(raw)

    return tamper


def put(lines: list[bytes], number: int, old: bytes, new: bytes) -> None:
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)


def swap(lines: list[bytes]) -> None:
    lines[7], lines[8] = lines[8], lines[7]


def swap_events(bundle: Path) -> None:
    for name in ("leaves.jsonl", "events.jsonl"):
        edit(name, swap)(bundle)


def drop(number: int) -> Callable[[Path], None]:
    """Return what leaves an event out, as if it had never been."""

    def tamper(bundle: Path) -> None:
        for name in ("leaves.jsonl", "events.jsonl", "proofs.jsonl")[: 2 + is_part(bundle)]:
            edit(name, lambda lines: lines.pop(number))(bundle)

    return tamper


def is_part(bundle: Path) -> bool:
    return (bundle / "proofs.jsonl").exists()


def forge_event(bundle: Path) -> None:
    """Change a body, and its leaf to suit."""
    bodies = (bundle / "events.jsonl").read_bytes().split(b"\n")
    number = next(k for k, each in enumerate(bodies) if each)
    forged = bodies[number].replace(b'"timestamp":"2026', b'"timestamp":"2025', 1)
    assert forged != bodies[number]
    old, new = (sha256(each).hexdigest().encode() for each in (bodies[number], forged))
    edit("events.jsonl", lambda lines: put(lines, number, bodies[number], forged))(bundle)
    edit("leaves.jsonl", lambda lines: put(lines, number, old, new))(bundle)


def sign_again(bundle: Path) -> None:
    """Sign the head with a key of one's own that has the log's name."""
    raw = (bundle / "checkpoint").read_text()
    text = raw.partition("\n\n")[0] + "\n"
    line = SigningKey.generate(raw.split("\n")[0]).sign_note(text).line
    (bundle / "checkpoint").write_text(f"{text}\n{line}")


WHOLE: dict[str, Callable[[Path], None]] = {
    "a body is changed": edit("events.jsonl", lambda lines: put(lines, 9, b"2026", b"2025")),
    "a body is missing": edit("events.jsonl", lambda lines: lines.pop()),
    "bodies are cut": edit("events.jsonl", lambda lines: lines.pop(12)),
    "a body too many": edit("events.jsonl", lambda lines: lines.insert(5, b"{}")),
    "an event and its leaf are changed": forge_event,
    "an event is left out": drop(100),
    "the last event is left out": drop(-2),
    "two events are swapped": swap_events,
    "an event is renumbered": edit("leaves.jsonl", lambda lines: put(lines, 9, b",10,", b",11,")),
    "a leaf is no leaf": edit("leaves.jsonl", lambda lines: put(lines, 9, b"daybook/1", b"other")),
    "a hash of a tile": flip("tile/0/001"),
    "a tile that is not full": flip("tile/0/002.p/*"),
    "a tile above": flip("tile/1/000.p/*"),
    "an entry": flip("tile/entries/001"),
    "a tile is gone": lambda bundle: (bundle / "tile/0/000").unlink(),
    "leaves are gone": lambda bundle: (bundle / "leaves.jsonl").unlink(),
    "the size": edit("checkpoint", lambda lines: lines.__setitem__(1, b"300")),
    "the root": edit("checkpoint", lambda lines: lines.__setitem__(2, b"A" * 43 + b"=")),
    "the origin": edit("checkpoint", lambda lines: put(lines, 0, b"clinic", b"klinic")),
    "no signature": edit("checkpoint", lambda lines: lines.__delitem__(slice(4, None))),
    "another key": sign_again,
    "the earlier head": edit("earlier.checkpoint", lambda lines: lines.__setitem__(1, b"299")),
    "the proof from it": edit("add-checkpoint", lambda lines: lines.__setitem__(1, lines[2])),
    "the proof is gone": lambda bundle: (bundle / "add-checkpoint").unlink(),
}

PART: dict[str, Callable[[Path], None]] = {
    "an event and its leaf are changed": forge_event,
    "a hash of a proof": edit(
        "proofs.jsonl", lambda lines: put(lines, 3, lines[3][-9:-5], b"AAAA")
    ),
    "a place": edit("proofs.jsonl", lambda lines: put(lines, 3, b'"index":', b'"index":1')),
    "proofs are swapped": edit("proofs.jsonl", swap),
    "a proof is gone": edit("proofs.jsonl", lambda lines: lines.pop(3)),
    "a proof too many": edit("proofs.jsonl", lambda lines: lines.insert(3, lines[3])),
    "no proof": edit("proofs.jsonl", lambda lines: lines.__setitem__(3, b"[]")),
    "two events are swapped": swap_events,
    "the root": edit("checkpoint", lambda lines: lines.__setitem__(2, b"A" * 43 + b"=")),
    "another key": sign_again,
    "the proof from the earlier head": edit("add-checkpoint", lambda lines: lines.pop(1)),
}


@pytest.mark.parametrize("tampered", WHOLE)
def test_whatever_is_changed_in_a_whole_bundle_is_found(
    sealed: SealedClinic, whole: Path, tmp_path: Path, check: Checker, tampered: str
) -> None:
    bundle = Path(shutil.copytree(whole, tmp_path / "bundle"))
    WHOLE[tampered](bundle)
    code, said = check(bundle, sealed.vkey, [])
    assert code == 1, said


@pytest.mark.parametrize("tampered", PART)
def test_whatever_is_changed_in_a_part_is_found(
    sealed: SealedClinic, part: Path, tmp_path: Path, check: Checker, tampered: str
) -> None:
    bundle = Path(shutil.copytree(part, tmp_path / "bundle"))
    PART[tampered](bundle)
    code, said = check(bundle, sealed.vkey, [])
    assert code == 1, said


def test_an_event_left_out_of_a_part_is_not_found(
    sealed: SealedClinic, part: Path, tmp_path: Path, check: Checker
) -> None:
    bundle = Path(shutil.copytree(part, tmp_path / "bundle"))
    drop(4)(bundle)
    assert check(bundle, sealed.vkey, [])[0] == 0


@pytest.mark.parametrize("name", ["Daybook", "Python"])
@pytest.mark.parametrize("of", ["whole", "part"])
def test_no_bit_can_be_flipped_anywhere(
    sealed: SealedClinic, tmp_path: Path, name: str, of: str, request: pytest.FixtureRequest
) -> None:
    bundle = Path(shutil.copytree(request.getfixturevalue(of), tmp_path / "bundle"))
    vouched = [
        each
        for each in sorted(bundle.rglob("*"))
        if each.is_file() and each.name not in {"README.txt", "manifest.json"}
        if each.parent.name != "schemas"
    ]
    chance = random.Random(20261130)
    for _ in range(60):
        path = chance.choice(vouched)
        raw = path.read_bytes()
        at, bit = chance.randrange(len(raw)), chance.randrange(8)
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :])
        code, said = CHECKERS[name](bundle, sealed.vkey, [])
        assert code == 1, (path.name, at, bit, said)
        path.write_bytes(raw)
    assert CHECKERS[name](bundle, sealed.vkey, [])[0] == 0


@pytest.mark.parametrize("tampered", ["a body is changed", "an event and its leaf are changed"])
def test_the_first_wrong_event_is_named(
    sealed: SealedClinic, whole: Path, tmp_path: Path, check: Checker, tampered: str
) -> None:
    bundle = Path(shutil.copytree(whole, tmp_path / "bundle"))
    WHOLE[tampered](bundle)
    leaves = (whole / "leaves.jsonl").read_text().splitlines()
    _, position, of, version, *_ = json.loads(leaves[9 if "body" in tampered else 0])
    assert f"{of}:{version} at position {position}" in check(bundle, sealed.vkey, [])[1]


@pytest.mark.parametrize("name", ["Python", "Node"])
def test_what_a_bundle_says_moves_no_terminal(
    sealed: SealedClinic, whole: Path, tmp_path: Path, name: str
) -> None:
    bundle = Path(shutil.copytree(whole, tmp_path / "bundle"))
    leaf = b'["daybook/1",1,"\\u001b[2J",1,"a","b"]'
    edit("leaves.jsonl", lambda lines: lines.__setitem__(0, leaf))(bundle)
    code, said = CHECKERS[name](bundle, sealed.vkey, [])
    assert (code, "?[2J:1" in said, "\x1b" in said) == (1, True, False)


@pytest.mark.parametrize("name", ["Python", "Node"])
def test_a_key_is_of_a_log_or_of_a_witness(sealed: SealedClinic, whole: Path, name: str) -> None:
    other = CosigningKey.generate(sealed.key.name).verifiers[0]
    assert CHECKERS[name](whole, other, [])[0] == 2


@pytest.mark.parametrize(("line", "before"), [(9, None), (EARLIER - 1, None), (EARLIER, EARLIER)])
def test_a_fault_lies_between_two_heads(
    sealed: SealedClinic, whole: Path, tmp_path: Path, line: int, before: int | None
) -> None:
    bundle = Path(shutil.copytree(whole, tmp_path / "bundle"))
    edit("events.jsonl", lambda lines: lines.__setitem__(line, b"{}"))(bundle)
    [fault] = verify_bundle(bundle, SealPolicy.of_key(sealed.vkey)).faults
    after = sealed.head.size if before else EARLIER
    assert (fault.between, fault.sure) == ((before, after), True)
    assert fault.says.endswith(f"between the heads of {before or 'none'} and {after}")


# What others have


GO_PACKAGES = Path("/usr/share/gocode")
"""Where Debian's golang-golang-x-mod-dev has the code of Go's checksum database."""


@pytest.fixture(scope="module")
def check_in_go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that reads bundles with the code of Go's checksum database."""
    go = shutil.which("go")
    if go is None or not (GO_PACKAGES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go and its checksum database's code (golang-golang-x-mod-dev) are not here")
    program = tmp_path_factory.mktemp("go") / "check_bundle"
    source = Path(__file__).parents[2] / "go" / "check_bundle.go"
    settings = ("GO111MODULE=off", f"GOPATH={GO_PACKAGES}", f"GOCACHE={program.parent}")
    code, said = run(["env", *settings, go, "build", "-o", str(program), str(source)])
    assert code == 0, said
    return program


def test_the_code_of_gos_checksum_database_accepts_what_is_exported(
    sealed: SealedClinic, whole: Path, part: Path, check_in_go: Path, tmp_path: Path
) -> None:
    words = [str(check_in_go), str(whole), str(sealed.vkey)]
    assert run(words) == (0, f"{sealed.head.size} leaves of {sealed.head.size}\n")
    code, said = run([str(check_in_go), str(part), str(sealed.vkey)])
    assert code == 0, said
    for tampered in ("a hash of a tile", "another key", "the proof from it"):
        bundle = Path(shutil.copytree(whole, tmp_path / tampered))
        WHOLE[tampered](bundle)
        assert run([str(check_in_go), str(bundle), str(sealed.vkey)])[0] == 1, tampered
