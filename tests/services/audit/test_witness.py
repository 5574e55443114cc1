"""What a witness cosigns, what it refuses, and what it remembers.

The requests of `VECTORS` are facts from the tests of litewitness (github.com/FiloSottile/torchwood,
cmd/litewitness/testdata): a log of Sigsum's test program whose leaves' hashes are 2a, its number
from 0 on, and zeroes. Where litewitness differs from C2SP tlog-witness (it answers 403 for a log
that it does not know) the specification's answer stands here, and another wrong signature in place
of one that is not canonical base64.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.signed_note import (
    NoteUnsound,
    Signature,
    SignatureType,
    SignedNote,
    SigningKey,
    VerifierKey,
)
from services.audit.tree.merkle import EMPTY_ROOT, Hash, consistency_proof, root_of
from services.audit.witnesses.add_checkpoint import AddCheckpoint
from services.audit.witnesses.witness import KnownLogsUnsound, Witness, read_known_logs
from services.audit.witnesses.witness_state import HEADS_FILE, WitnessState, WitnessStateUnsound

LOG = SigningKey("clinic.example/1", bytes([27]) * 32)
OTHER_LOG = SigningKey("clinic.example/1/access", bytes([28]) * 32)
KEY = CosigningKey("payer.example/w1", bytes([29]) * 32)
AT = 1_790_000_000


def leaves(count: int, *, changed: int | None = None) -> list[Hash]:
    """Hashes of leaves; from the one that is changed on all differ."""
    return [
        bytes((0x2B if changed is not None and k >= changed else 0x2A,)) + k.to_bytes(31)
        for k in range(count)
    ]


def proof(old: int, hashes: Sequence[Hash]) -> tuple[Hash, ...]:
    if not 0 < old <= len(hashes):
        return ()

    def node_at(level: int, index: int) -> Hash:
        return root_of(hashes[index << level : (index + 1) << level])

    return tuple(consistency_proof(old, len(hashes), node_at))


def request(old: int, hashes: Sequence[Hash], log: SigningKey = LOG) -> bytes:
    text = Checkpoint(log.name, len(hashes), root_of(hashes)).text()
    return bytes(AddCheckpoint(old, proof(old, hashes), SignedNote(text, (log.sign_note(text),))))


def open_state(folder: Path) -> WitnessState:
    return WitnessState(folder, KEY)


def witness_on(folder: Path, state: WitnessState) -> Witness:
    logs = {each.name: [each.verifier] for each in (LOG, OTHER_LOG)}
    return Witness(KEY, logs, state, folder / "evidence", clock=lambda: AT)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with open_state(tmp_path) as state:
        yield witness_on(tmp_path, state)


def cosigned(answer_body: str, text: str) -> list[VerifierKey]:
    lines = [Signature.parse(each) for each in answer_body.splitlines()]
    return list(SignedNote(text, tuple(lines)).verified_by(KEY.verifiers))


SIGSUM = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = VerifierKey(
    SIGSUM,
    SignatureType.ED25519,
    bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"),
)
ROOTS = {
    1: "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    3: "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
    5: "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
}
SIGNED = {
    1: "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUb"
    "IQY=",
    3: "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx"
    "6go=",
    5: "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7s"
    "Dww=",
}
FROM_1_TO_3 = [
    "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
FROM_3_TO_5 = [
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=",
    "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
STRANGER = SIGSUM[:-1] + "3"
VECTORS = [
    (0, [], SIGSUM, 1, SIGNED[1], 200, "— payer.example/w1 "),
    (1, FROM_1_TO_3, SIGSUM, 3, SIGNED[5], 403, "not of this text"),
    (1, FROM_1_TO_3, STRANGER, 3, SIGNED[3], 404, "not known"),
    (1, [], SIGSUM, 3, SIGNED[3], 422, "consistency proof"),
    (1, [FROM_1_TO_3[0], FROM_3_TO_5[1]], SIGSUM, 3, SIGNED[3], 422, "consistency proof"),
    (1, FROM_1_TO_3, SIGSUM, 3, SIGNED[3], 200, "— payer.example/w1 "),
    (1, FROM_3_TO_5, SIGSUM, 5, SIGNED[5], 409, "3\n"),
    (3, FROM_3_TO_5, SIGSUM, 5, SIGNED[5], 200, "— payer.example/w1 "),
    (0, [], SIGSUM, 5, SIGNED[5], 409, "5\n"),
]


def test_the_requests_of_another_witnesss_tests_are_answered_as_the_specification_says(
    tmp_path: Path,
) -> None:
    with open_state(tmp_path) as state:
        witness = Witness(KEY, {SIGSUM: [SIGSUM_KEY]}, state, tmp_path / "evidence")
        for old, hashes, origin, size, signature, status, says in VECTORS:
            lines = "".join(f"{each}\n" for each in hashes)
            note = f"{origin}\n{size}\n{ROOTS[size]}\n\n— {origin} {signature}\n"
            answer = witness.add_checkpoint(f"old {old}\n{lines}\n{note}".encode())
            assert answer.status == status, note
            assert answer.body.startswith(says) if status in {200, 409} else says in answer.body
            assert (answer.content_type == "text/x.tlog.size") == (status == 409)


def test_a_head_that_goes_on_is_cosigned_with_both_keys_and_the_time(witness: Witness) -> None:
    for old, size in ((0, 1), (1, 5), (5, 5), (5, 64), (64, 100)):
        answer = witness.add_checkpoint(request(old, leaves(size)))
        text = Checkpoint(LOG.name, size, root_of(leaves(size))).text()
        assert answer.status == 200
        assert cosigned(answer.body, text) == list(KEY.verifiers)
        assert all(Signature.parse(each).cosigned_at == AT for each in answer.body.splitlines())


def test_an_empty_log_is_cosigned_and_has_the_root_of_the_empty_tree(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, [])).status == 200
    text = Checkpoint(LOG.name, 0, bytes(32)).text()
    odd = AddCheckpoint(0, (), SignedNote(text, (LOG.sign_note(text),)))
    answer = witness.add_checkpoint(bytes(odd))
    assert (answer.status, "empty tree" in answer.body) == (422, True)
    assert witness.add_checkpoint(request(0, leaves(2))).status == 200


def test_a_split_view_is_refused_and_kept_as_evidence(witness: Witness, tmp_path: Path) -> None:
    """Two histories: the second one is that of a thief with the log's key, or of its owner."""
    assert witness.add_checkpoint(request(0, leaves(8))).status == 200
    for size in (8, 12):
        split = request(8, leaves(size, changed=5))
        assert witness.add_checkpoint(split).status == 422
        assert witness.add_checkpoint(split).status == 422
    [kept] = (tmp_path / "evidence").iterdir()
    [held] = json.loads((tmp_path / HEADS_FILE).read_text()).values()
    both = [SignedNote.parse(each) for each in (kept.read_bytes(), held.encode())]
    assert all(each.verified_by([LOG.verifier]) for each in both)
    assert [Checkpoint.parse(each.text).size for each in both] == [8, 8]
    assert both[0].text != both[1].text
    assert witness.add_checkpoint(request(8, leaves(12))).status == 200


def test_a_log_that_went_back_is_told_how_far_it_was(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, leaves(9))).status == 200
    assert witness.add_checkpoint(request(9, leaves(20))).status == 200
    for old, size in ((0, 9), (9, 15), (9, 30), (0, 5)):
        answer = witness.add_checkpoint(request(old, leaves(size)))
        assert (answer.status, answer.body) == (409, "20\n")
    answer = witness.add_checkpoint(request(20, leaves(15)))
    assert (answer.status, "old size is larger" in answer.body) == (400, True)


def test_logs_are_kept_apart(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, leaves(9))).status == 200
    assert witness.add_checkpoint(request(0, leaves(4), OTHER_LOG)).status == 200
    wrong = SigningKey(OTHER_LOG.name, LOG.seed)
    assert witness.add_checkpoint(request(4, leaves(6), wrong)).status == 403


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "a line 'old <size>'"),
        (b"old 0\n", "a line 'old <size>'"),
        (b"old 00\n\n", "a line 'old <size>'"),
        (b"old -1\n\n", "a line 'old <size>'"),
        (b"old  1\n\n", "a line 'old <size>'"),
        (b"old %d\n\n" % 2**63, "a line 'old <size>'"),
        (b"old 1\nAAAA\n\n", "hash 1 of the proof"),
        (b"old 1\n" + base64.b64encode(bytes(32))[:-2] + b"B=\n\n", "hash 1 of the proof"),
        (b"old 1\n" + b"\xff" * 44 + b"\n\n", "hash 1 of the proof"),
        (b"old 1\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n", "at most 63 hashes"),
        (b"old 0\n\nno note\n", "a note is text"),
        (b"old 0\n\n" + b"a" * 300_000, "a request has at most"),
        (request(0, leaves(1)).replace(b"\n1\n", b"\n1\nmore\n"), "size"),
        (request(0, leaves(1)).replace(b"=\n\n\xe2", b"=\nmore\n\n\xe2"), "three lines"),
        (request(0, leaves(1)).replace(b"\n", b"\r\n"), "a line 'old <size>'"),
    ],
)
def test_what_is_no_request_is_refused_and_says_why(
    witness: Witness, body: bytes, says: str
) -> None:
    answer = witness.add_checkpoint(body)
    assert (answer.status, says in answer.body) == (400, True), answer.body


def test_signatures_of_others_are_neither_needed_nor_kept(witness: Witness) -> None:
    asked = AddCheckpoint.parse(request(0, leaves(1)))
    other = SigningKey.generate("stranger.example")
    stranger, stranger_key = other.sign_note(asked.note.text), other.verifier
    with_both = AddCheckpoint(0, (), asked.note.with_signatures([stranger]))
    assert witness.add_checkpoint(bytes(with_both)).status == 200
    held = witness.head_of(hashlib.sha256(LOG.name.encode()).hexdigest())
    keys = [stranger_key, LOG.verifier, *KEY.verifiers]
    note = SignedNote.parse(held.body.encode())
    assert note.text == asked.note.text
    assert note.verified_by(keys) == (LOG.verifier, *KEY.verifiers)
    assert len(note.signatures) == 3
    assert witness.head_of(hashlib.sha256(OTHER_LOG.name.encode()).hexdigest()).status == 404
    alone = AddCheckpoint(0, (), SignedNote(asked.note.text, (stranger,)))
    assert witness.add_checkpoint(bytes(alone)).status == 403


def test_of_two_that_come_at_once_one_is_cosigned(witness: Witness) -> None:
    """Both go on from the same head, and not from each other."""
    assert witness.add_checkpoint(request(0, leaves(4))).status == 200
    bodies = [request(4, leaves(6, changed=k)) for k in (4, 5, 6)] * 4
    together = threading.Barrier(len(bodies))
    answers = []

    def ask(body: bytes) -> None:
        together.wait()
        answers.append(witness.add_checkpoint(body))

    threads = [threading.Thread(target=ask, args=(each,)) for each in bodies]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.status for each in answers) == [200] + [409] * (len(bodies) - 1)


def test_what_was_cosigned_is_known_after_a_restart(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        assert witness_on(tmp_path, state).add_checkpoint(request(0, leaves(7))).status == 200
    with open_state(tmp_path) as state:
        again = witness_on(tmp_path, state)
        assert again.add_checkpoint(request(0, leaves(3))).body == "7\n"
        assert again.add_checkpoint(request(7, leaves(9, changed=2))).status == 422
        assert again.add_checkpoint(request(7, leaves(9))).status == 200


def test_a_second_witness_on_the_same_folder_does_not_start(tmp_path: Path) -> None:
    with open_state(tmp_path), pytest.raises(WitnessStateUnsound, match="another witness runs"):
        open_state(tmp_path)


def test_a_head_that_cannot_be_kept_is_not_cosigned(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        witness = witness_on(tmp_path, state)
        (tmp_path / "heads.new").mkdir()
        with pytest.raises(OSError, match=r"heads\.new"):
            witness.add_checkpoint(request(0, leaves(3)))
        (tmp_path / "heads.new").rmdir()
        assert witness.add_checkpoint(request(0, leaves(4))).status == 200


def test_a_half_written_file_beside_the_state_changes_nothing(tmp_path: Path) -> None:
    """As a crash leaves it between writing and renaming."""
    with open_state(tmp_path) as state:
        assert witness_on(tmp_path, state).add_checkpoint(request(0, leaves(7))).status == 200
    (tmp_path / "heads.new").write_text('{"clinic.exam')
    with open_state(tmp_path) as state:
        assert witness_on(tmp_path, state).add_checkpoint(request(0, leaves(3))).body == "7\n"


def _gone(file: Path) -> None:
    file.unlink()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _set_back(file: Path) -> None:
    """A head that this log once signed, without what this witness said of it."""
    text = Checkpoint(LOG.name, 3, root_of(leaves(3))).text()
    note = SignedNote(text, (LOG.sign_note(text),))
    file.write_text(json.dumps({LOG.name: bytes(note).decode()}))


def _smaller(file: Path) -> None:
    """The size of what it cosigned, altered."""
    file.write_text(file.read_text().replace(r"\n7\n", r"\n3\n"))


def _of_another_log(file: Path) -> None:
    [note] = json.loads(file.read_text()).values()
    file.write_text(json.dumps({OTHER_LOG.name: note}))


def _a_list(file: Path) -> None:
    file.write_text("[]")


def _odd(file: Path) -> None:
    file.write_text('{"clinic.example/1": 7}')


@pytest.mark.parametrize("harm", [_gone, _cut, _set_back, _smaller, _of_another_log, _a_list, _odd])
def test_a_state_that_is_not_its_own_stops_the_witness(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    with open_state(tmp_path) as state:
        assert witness_on(tmp_path, state).add_checkpoint(request(0, leaves(7))).status == 200
    harm(tmp_path / HEADS_FILE)
    with pytest.raises(WitnessStateUnsound, match=r"[Mm]ake a new witness"):
        open_state(tmp_path)


def test_a_file_of_logs_names_each_log_with_all_its_keys(tmp_path: Path) -> None:
    new = SigningKey.generate(LOG.name)
    file = tmp_path / "logs"
    file.write_text(
        f"# clinic\nlog {LOG.verifier}\nlog\t{new.verifier} \n\n log {OTHER_LOG.verifier}\n"
    )
    assert read_known_logs(file) == {
        LOG.name: [LOG.verifier, new.verifier],
        OTHER_LOG.name: [OTHER_LOG.verifier],
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names 0 logs"),
        ("# none\n", "names 0 logs"),
        (f"{LOG.verifier}\n", "line 1: expected 'log <verifier key>'"),
        (f"log {LOG.verifier} more\n", "line 1: expected"),
        (f"\nlog {LOG.name}\n", "line 2: .* no verifier key"),
        (f"log {KEY.verifiers[0]}\n", "line 1: .* a witness's key"),
    ],
)
def test_what_is_no_file_of_logs_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "logs"
    file.write_text(text)
    with pytest.raises(KnownLogsUnsound, match=says):
        read_known_logs(file)


def test_a_request_is_read_as_it_is_written() -> None:
    raw = request(3, leaves(7))
    assert bytes(AddCheckpoint.parse(raw)) == raw
    with pytest.raises(NoteUnsound):
        AddCheckpoint.parse(raw[:-1])
    assert Checkpoint.parse(AddCheckpoint.parse(request(0, [])).note.text).root == EMPTY_ROOT
