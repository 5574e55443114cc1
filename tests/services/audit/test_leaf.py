import json
import subprocess
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from services.audit.tree.leaf import entry_of_digest, hashes_of, leaf_entry
from services.audit.tree.merkle import leaf_hash

STATE = b'{"timestamp":"2026-11-01T09:00:00+00:00"}'


def test_an_entry_names_the_event_and_hashes_its_state() -> None:
    entry = leaf_entry(7, "session-1", 3, "session.closed", STATE)
    digest = sha256(STATE).hexdigest()
    assert entry == f'["daybook/1",7,"session-1",3,"session.closed","{digest}"]'.encode()
    assert entry == entry_of_digest(7, "session-1", 3, "session.closed", digest)


@given(st.integers(1, 2**53 - 1), st.text(), st.integers(1, 2**31))
def test_an_entry_reads_back_as_what_it_was_made_of(position: int, name: str, version: int) -> None:
    read = json.loads(leaf_entry(position, name, version, "a.topic", STATE))
    assert read == ["daybook/1", position, name, version, "a.topic", sha256(STATE).hexdigest()]


@given(st.lists(st.tuples(st.integers(1, 2**53 - 1), st.text(), st.integers(1), st.text())))
def test_many_are_hashed_as_one_by_one(named: list[tuple[int, str, int, str]]) -> None:
    rows = [(*each[:2], each[2] % 2**31, each[3], STATE) for each in named]
    assert hashes_of(rows) == [leaf_hash(leaf_entry(*row)) for row in rows]


def test_an_entry_is_what_javascript_writes_for_it() -> None:
    names = ["session-1", 'quoted "', "back\\slash", "tab\t", "\x1f\x7f", "é \u2028 \U0001f5d3"]
    said = [["daybook/1", 2**53 - 1, name, 1, "a.topic", "00"] for name in names]
    script = "for (const each of JSON.parse(process.argv[1])) console.log(JSON.stringify(each))"
    printed = subprocess.run(
        ["node", "-e", script, json.dumps(said)],  # noqa: S607 - the Node that is there
        check=True,
        capture_output=True,
    ).stdout
    entries = [entry_of_digest(2**53 - 1, name, 1, "a.topic", "00") for name in names]
    assert printed == b"".join(entry + b"\n" for entry in entries)
