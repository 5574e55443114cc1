"""Notes, keys and checkpoints, against the examples of their specifications.

The vectors are facts taken from public texts: the example notes of C2SP signed-note,
tlog-checkpoint and tlog-cosignature (github.com/C2SP/C2SP), and the key and the note of the
documentation of Go's golang.org/x/mod/sumdb/note.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import (
    MOST_NOTE_BYTES,
    MOST_SIGNATURES,
    NoteUnsound,
    Signature,
    SignatureType,
    SignedNote,
    SigningKey,
    VerifierKey,
)

C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONnc"
    "AlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb"
    "6KE6RyyBwJnAM=\n"
).encode()
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2o"
    "yin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

SUMDB_TEXT = "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
TEXT = Checkpoint("clinic.example/1", 3, bytes(32)).text()


@pytest.mark.parametrize(("key", "note"), [(C2SP_KEY, C2SP_NOTE), (GO_KEY, GO_NOTE)])
def test_the_notes_of_the_specifications_verify_and_are_written_the_same(
    key: str, note: bytes
) -> None:
    verifier = VerifierKey.parse(key)
    assert str(verifier) == key
    assert SignedNote.parse(note).verified_by([verifier]) == (verifier,)
    assert bytes(SignedNote.parse(note)) == note


def test_a_head_of_gos_checksum_database_verifies() -> None:
    """The example of tlog-checkpoint is such a head, under another origin."""
    key = VerifierKey.parse(SUMDB_KEY)
    example = SignedNote.parse(CHECKPOINT).signatures[0]
    assert example.key_id == key.key_id
    signed = SignedNote(SUMDB_TEXT, (Signature(key.name, key.key_id, example.body),))
    assert signed.verified_by([key]) == (key,)
    assert Checkpoint.parse(SUMDB_TEXT).size == 20852163


def test_the_checkpoint_of_the_specification_has_its_parts() -> None:
    note = SignedNote.parse(CHECKPOINT)
    head = Checkpoint.parse(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.text() == note.text
    assert note.signatures[1].cosigned_at == 1679315147
    assert bytes(note) == CHECKPOINT


def test_an_altered_text_verifies_no_more() -> None:
    key = VerifierKey.parse(C2SP_KEY)
    with pytest.raises(NoteUnsound, match="not of this text"):
        SignedNote.parse(C2SP_NOTE.replace(b"This", b"That")).verified_by([key])


def test_a_note_of_unknown_keys_alone_is_refused_and_says_so() -> None:
    stranger = SigningKey.generate("example.com/foo").verifier
    with pytest.raises(NoteUnsound, match="none of the known keys"):
        SignedNote.parse(C2SP_NOTE).verified_by([stranger])


def test_one_wrong_signature_of_a_known_key_refuses_the_note_with_a_right_one() -> None:
    one, other = SigningKey.generate("clinic.example/1"), SigningKey.generate("clinic.example/2")
    wrong = other.sign_note("something else\n")
    note = SignedNote(TEXT, (one.sign_note(TEXT), wrong))
    assert note.verified_by([one.verifier]) == (one.verifier,)
    with pytest.raises(NoteUnsound, match=r"clinic\.example/2"):
        note.verified_by([one.verifier, other.verifier])


def test_a_key_counts_once_however_often_it_signed() -> None:
    key = SigningKey.generate("clinic.example/1")
    note = SignedNote(TEXT, (key.sign_note(TEXT),) * 3)
    assert note.verified_by([key.verifier, key.verifier]) == (key.verifier,)
    assert note.with_signatures(note.signatures) == note


def test_keys_of_one_name_are_told_apart() -> None:
    """A head at a rotation is signed by the old and the new key, of one name."""
    old, new = SigningKey.generate("clinic.example/1"), SigningKey.generate("clinic.example/1")
    note = SignedNote(TEXT, (old.sign_note(TEXT),)).with_signatures([new.sign_note(TEXT)])
    assert note.verified_by([new.verifier]) == (new.verifier,)
    assert note.verified_by([old.verifier, new.verifier]) == (old.verifier, new.verifier)


def test_a_key_read_back_signs_the_same_and_shows_nothing() -> None:
    key = SigningKey.generate("clinic.example/1")
    again = SigningKey.from_bytes(key.name, key.seed)
    assert again.sign_note(TEXT) == key.sign_note(TEXT)
    assert key.seed.hex() not in repr(key)
    assert base64.b64encode(key.seed).decode() not in repr(key)


def test_the_text_ends_at_the_last_empty_line() -> None:
    key = SigningKey.generate("clinic.example/1")
    text = "one\n\ntwo\n"
    note = SignedNote(text, (key.sign_note(text),))
    assert SignedNote.parse(bytes(note)).text == text


LINE = SigningKey("k", bytes([1]) * 32).sign_note("a\n").line


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "an empty line"),
        (b"a\n", "an empty line"),
        (b"a\n\n", "an empty line"),
        (b"a\n\n" + LINE.encode()[:-1], "an empty line"),
        (b"a\n\nno signature\n", "no signature line"),
        (b"a\n\n" + LINE.encode() + b"more\n", "no signature line"),
        (b"a\r\n\n" + LINE.encode(), "control characters"),
        (b"a\x00\n\n" + LINE.encode(), "control characters"),
        (b"\xff\n\n" + LINE.encode(), "UTF-8; byte 1"),
        ("a\n\n— k AAAA\n".encode(), "too short"),
        ("a\n\n— k+k AAAAAAAA\n".encode(), "no signature line"),
        ("a\n\n— k\N{NO-BREAK SPACE}k AAAAAAAA\n".encode(), "no signature line"),
        ("a\n\n—  AAAAAAAA\n".encode(), "no signature line"),
        ("a\n\n— k AAAAAAA\n".encode(), "not base64"),
        ("a\n\n— k AAAAAAAB==\n".encode(), "not base64"),
        ("a\n\n— k AAAAAAF=\n".encode(), "canonical"),
        ("a\n\n— k AAAA AAAA\n".encode(), "not base64"),
        (b"a\n\n" + LINE.encode() * (MOST_SIGNATURES + 1), "at most 64"),
        (b"a" * (MOST_NOTE_BYTES + 1), "at most 262,144 bytes"),
    ],
)
def test_what_is_no_note_is_refused_and_says_why(raw: bytes, says: str) -> None:
    with pytest.raises(NoteUnsound, match=says):
        SignedNote.parse(raw)


def test_as_many_signatures_as_are_allowed_are_read() -> None:
    note = SignedNote.parse(b"a\n\n" + LINE.encode() * MOST_SIGNATURES)
    assert len(note.signatures) == MOST_SIGNATURES


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("example.com/foo", "no verifier key"),
        ("example.com/foo+530d903a", "no verifier key"),
        (C2SP_KEY.replace("530d903a", "530d903b"), "id does not fit"),
        (C2SP_KEY.replace("530d903a", "530D903A"), "id does not fit"),
        (C2SP_KEY.replace("foo", "bar"), "id does not fit"),
        (C2SP_KEY.replace("U2k", "U2l"), "id does not fit"),
        (C2SP_KEY[:-4], "wrong length"),
        (C2SP_KEY[:-1], "not base64"),
        ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "no name of a key"),
        ("example.com/foo+530d903a+/ukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "a kind"),
        ("example.com/foo+530d903a+", "a kind"),
    ],
)
def test_what_is_no_verifier_key_is_refused_and_says_why(text: str, says: str) -> None:
    with pytest.raises(NoteUnsound, match=says):
        VerifierKey.parse(text)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"log\n1\n{ROOT}", "three lines"),
        (f"log\n1\n{ROOT}\nextension\n", "three lines"),
        (f"log\n1\n{ROOT}\n\n", "three lines"),
        ("log\n1\n", "three lines"),
        (f"\n1\n{ROOT}\n", "origin"),
        (f"{'l' * 256}\n1\n{ROOT}\n", "origin"),
        (f"log\n01\n{ROOT}\n", "size"),
        (f"log\n-1\n{ROOT}\n", "size"),
        (f"log\n+1\n{ROOT}\n", "size"),
        (f"log\n\N{ARABIC-INDIC DIGIT ONE}\n{ROOT}\n", "size"),
        (f"log\n \n{ROOT}\n", "size"),
        (f"log\n{2**63}\n{ROOT}\n", "size"),
        (f"log\n1\n{ROOT[:-4]}\n", "root"),
        (f"log\n1\n{ROOT[:-2]}B=\n", "canonical"),
        ("log\n1\nnothing\n", "root"),
    ],
)
def test_what_is_no_checkpoint_is_refused_and_says_why(text: str, says: str) -> None:
    with pytest.raises(NoteUnsound, match=says):
        Checkpoint.parse(text)


def test_an_empty_tree_and_the_largest_one_are_read() -> None:
    for size in (0, 2**63 - 1):
        head = Checkpoint("log", size, bytes(32))
        assert Checkpoint.parse(head.text()) == head


def test_a_verifier_key_of_a_log_is_no_cosigner() -> None:
    key = VerifierKey.parse(C2SP_KEY)
    assert key.kind is SignatureType.ED25519
    assert not key.is_cosigner


PUBLIC = json.loads((Path(__file__).parent / "vectors" / "public_heads.json").read_text())
KINDS = [
    [SignatureType.ED25519, SignatureType.ED25519_COSIGNATURE],
    [SignatureType.ML_DSA_44_COSIGNATURE],
]


@pytest.mark.parametrize(("head", "kinds"), list(zip(PUBLIC["heads"], KINDS, strict=True)))
def test_what_public_logs_and_witnesses_signed_verifies(
    head: dict[str, Any], kinds: list[SignatureType]
) -> None:
    """Of both kinds of cosignature; the file says whose heads they are."""
    keys = [VerifierKey.parse(each) for each in head["keys"]]
    assert [each.kind for each in keys] == kinds
    note = SignedNote.parse(head["note"].encode())
    assert bytes(note).decode() == head["note"]
    assert note.verified_by(keys) == tuple(keys)
    size = Checkpoint.parse(note.text).size
    larger = SignedNote(note.text.replace(f"\n{size}\n", f"\n{size + 1}\n"), note.signatures)
    for key in keys:
        with pytest.raises(NoteUnsound, match="not of this text"):
            larger.verified_by([key])
