import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from services.audit.notes.signed_note import SignedNote, SigningKey
from services.audit.sealing.seal_refusals import OtherKey, TreeSmaller
from services.audit.sealing.seal_rotation import rotate_seal_key
from services.audit.sealing.sealing_round import SealSettings
from services.audit.tree.seals import Head
from tests.support.backend import Backend, running, until
from tests.support.sealed import SEED, SealedBackend

NEW = bytes(range(64, 96))


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def rotate(sealed: SealedBackend, old: bytes = SEED, new: bytes = NEW) -> list[Head]:
    def put_in_place() -> None:
        sealed.seed = new

    return rotate_seal_key(
        sealed.backend.database_url,
        SealSettings("clinic.example", sealed.seen),
        old=old,
        new=new,
        put_in_place=put_in_place,
        clock=lambda: datetime.now(UTC),
    )


def signers(head: Head) -> list[bytes]:
    note = SignedNote.parse(head.note.encode())
    keys = [SigningKey.from_bytes(head.origin, each).verifier for each in (SEED, NEW)]
    return [each.public for each in note.verified_by(keys)]


def test_the_last_head_of_the_old_key_covers_everything_and_has_both_signatures(
    sealed: SealedBackend,
) -> None:
    sealed.backend.count(1)
    sealed.seal()
    sealed.backend.count(2)
    [both] = rotate(sealed)
    old, new = (SigningKey.from_bytes(both.origin, each).verifier.public for each in (SEED, NEW))
    assert both.size == 3
    assert signers(both) == [old, new]
    assert sealed.newest() == both
    assert [each.note for each in sealed.file.heads().values()] == [both.note]
    sealed.backend.count(3)
    [head] = sealed.seal()
    assert signers(head) == [new]
    sealed.check_tree()


def test_after_a_rotation_the_old_key_signs_nothing_more(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    rotate(sealed)
    sealed.seed = SEED
    sealed.backend.count(2)
    with pytest.raises(OtherKey, match="after a rotation start with the new key"):
        sealed.seal()
    with pytest.raises(OtherKey):
        rotate(sealed)


def test_a_rotation_that_is_refused_changes_nothing(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    [head] = sealed.seal()
    key = SigningKey.from_bytes(head.origin, SEED)
    text = f"{head.origin}\n900\n{'A' * 43}=\n"
    sealed.file.keep(bytes(SignedNote(text, (key.sign_note(text),))).decode())
    with pytest.raises(TreeSmaller):
        rotate(sealed)
    assert sealed.seed == SEED
    assert sealed.newest() == head


def test_keys_rotate_again_and_again_also_where_nothing_came_between(
    sealed: SealedBackend,
) -> None:
    sealed.backend.count(1)
    rotate(sealed)
    third = bytes(range(96, 128))
    [head] = rotate(sealed, NEW, third)
    assert len(SignedNote.parse(head.note.encode()).signatures) == 3
    sealed.backend.count(2)
    sealed.seal()
    assert sealed.check_tree().size == 3


async def test_a_sealer_that_runs_takes_the_new_key_up_and_refuses_nothing(
    sealed: SealedBackend,
) -> None:
    async def is_sealed(position: int) -> bool:
        head = await asyncio.to_thread(sealed.newest)
        return head is not None and head.position >= position

    async with running(sealed.sealer().run):
        for number in range(4):
            last = await asyncio.to_thread(sealed.backend.count, number)
            new = bytes(range(64 + number, 96 + number))
            await asyncio.to_thread(rotate, sealed, sealed.seed, new)
            await until(partial(is_sealed, last))
    head = sealed.check_tree()
    note = SignedNote.parse(head.note.encode())
    assert SigningKey.from_bytes(head.origin, sealed.seed).verifier.verifies(
        note.text, note.signatures[-1]
    )
