"""A Daybook and its witnesses: what the sealer has cosigned, and what stops it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.api.server import Listen, serving
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SignedNote, SigningKey, VerifierKey
from services.audit.sealing.seal_refusals import SealRefused, TreeDiffers, TreeSmaller
from services.audit.sealing.seal_status import sealing_status
from services.audit.tree.merkle import Frontier, consistency_proof, root_of
from services.audit.tree.seals import Head, Seals
from services.audit.witnesses.add_checkpoint import AddCheckpoint
from services.audit.witnesses.cosigned_heads import cosigned_heads, cosigned_note, key_word
from services.audit.witnesses.witness import Answer, Witness
from services.audit.witnesses.witness_app import witness_app
from services.audit.witnesses.witness_state import WitnessState
from services.audit.witnesses.witnessing import PolicyWitnesses
from tests.support.backend import Backend
from tests.support.sealed import SEED, SealedBackend

KEYS = [CosigningKey(f"w{each}.example", bytes([2 + each]) * 32) for each in range(2)]


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def origin_of(sealed: SealedBackend) -> str:
    return f"clinic.example/{sealed.backend.journal.id}"


def log_key(origin: str) -> VerifierKey:
    return SigningKey.from_bytes(origin, SEED).verifier


class Counting(Witness):
    """A witness that counts what it is asked."""

    asked = 0

    def add_checkpoint(self, raw: bytes) -> Answer:
        self.asked += 1
        return super().add_checkpoint(raw)


@asynccontextmanager
async def witnesses_of(
    sealed: SealedBackend, folder: Path, number: int = 1
) -> AsyncIterator[tuple[SealPolicy, list[Counting]]]:
    """Witnesses that listen and know the journal's tree, and the policy that asks for them all."""
    origin, lines, witnesses = origin_of(sealed), [], []
    async with AsyncExitStack() as serving_all:
        for key in KEYS[:number]:
            theirs = folder / key.name
            theirs.mkdir(exist_ok=True)
            state = serving_all.enter_context(WitnessState(theirs, key))
            witness = Counting(key, {origin: [log_key(origin)]}, state, theirs / "evidence")
            url = await serving_all.enter_async_context(
                serving(witness_app(witness), Listen("127.0.0.1", 0))
            )
            lines.append(f"witness {key.name} {key.verifiers[0]} {url}\n")
            witnesses.append(witness)
        names = " ".join(each.name for each in KEYS[:number])
        text = f"log {log_key(origin)}\n{''.join(lines)}group all-of-them all {names}\n"
        yield SealPolicy.parse(f"{text}quorum all-of-them\n".encode()), witnesses


def asking(sealed: SealedBackend, policy: SealPolicy, every: float = 3600) -> None:
    """Let the sealer ask the policy's witnesses, once in so many seconds."""
    sealed.witnesses = [PolicyWitnesses(sealed.backend.database_url, policy, every)]


async def seal(sealed: SealedBackend) -> list[Head]:
    return await sealed.sealer().seal_once()


async def test_each_head_is_cosigned_and_kept_with_the_cosignatures(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    async with witnesses_of(sealed, tmp_path, 2) as (policy, _):
        asking(sealed, policy)
        for number in (1, 2, 3):
            sealed.backend.count(number)
            [head] = await seal(sealed)
            with sealed.connected() as conn:
                note = cosigned_note(conn, head)
            assert policy.satisfied_by(note)
            assert not policy.satisfied_by(SignedNote.parse(head.note.encode()))
    with sealed.connected() as conn:
        heads = list(cosigned_heads(conn, head.origin))
        assert [each.size for each in heads] == [4, 3, 2]
        assert all(policy.satisfied_by(cosigned_note(conn, each)) for each in heads)
        rows = conn.execute("SELECT witness, outcome, held FROM seal.witnesses").fetchall()
    assert sorted(rows) == [(key_word(each.verifiers[0]), "cosigned", 4) for each in KEYS]


async def test_heads_are_read_some_at_a_time(
    sealed: SealedBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.witnesses.cosigned_heads.AT_ONCE", 2)
    async with witnesses_of(sealed, tmp_path) as (policy, _):
        asking(sealed, policy)
        for number in range(5):
            sealed.backend.count(number)
            await seal(sealed)
    with sealed.connected() as conn:
        sizes = [each.size for each in cosigned_heads(conn, origin_of(sealed))]
    assert sizes == [6, 5, 4, 3, 2]


async def test_a_witness_that_is_away_stops_nothing_and_is_told_later(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    async with witnesses_of(sealed, tmp_path) as (policy, _):
        pass
    asking(sealed, policy)
    sealed.backend.count(1)
    [head] = await seal(sealed)
    with sealed.connected() as conn:
        assert not policy.satisfied_by(cosigned_note(conn, head))
        [(outcome,)] = conn.execute("SELECT outcome FROM seal.witnesses").fetchall()
        [witness] = sealing_status(conn).witnesses
    assert outcome == witness.outcome == "unreachable"
    assert (witness.name, witness.size, witness.cosigned_at) == ("w0.example", 0, None)
    async with witnesses_of(sealed, tmp_path) as (policy, _):
        asking(sealed, policy)
        assert await seal(sealed) == []
        with sealed.connected() as conn:
            assert policy.satisfied_by(cosigned_note(conn, head))
            [witness] = sealing_status(conn).witnesses
        assert (witness.outcome, witness.size) == ("cosigned", 2)
        assert witness.cosigned_at


async def test_a_witness_that_never_answers_is_waited_for_once_whatever_is_sealed(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.witnesses.witness_client.PATIENCE", 0.3)
    asked = []

    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b" HTTP/1.1\r\n"))

    sealed.backend.count(1)
    await seal(sealed)
    head = sealed.newest()
    assert head
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        policy = SealPolicy.parse(f"witness w {KEYS[0].verifiers[0]} {url}\nquorum w\n".encode())
        witnesses = PolicyWitnesses(sealed.backend.database_url, policy, 3600)
        await witnesses.tell(head)
        await witnesses.tell(replace(head, origin=f"{head.origin}/access"))
        await witnesses.close()
    assert asked == [b"POST /add-checkpoint HTTP/1.1\r\n"]


async def test_a_sealer_that_runs_has_its_last_head_cosigned_without_more_news(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    """Its first question is of the first head; what comes within the minute waits for its end."""
    async with witnesses_of(sealed, tmp_path) as (policy, [witness]):
        asking(sealed, policy, every=0.5)
        sealed.backend.count(1)
        running = asyncio.create_task(sealed.sealer().run())
        try:
            await cosigned(sealed, policy, 2)
            sealed.backend.count(2, 3)
            await cosigned(sealed, policy, 4)
        finally:
            running.cancel()
            await asyncio.wait([running])
        assert witness.asked == 2


async def cosigned(sealed: SealedBackend, policy: SealPolicy, size: int) -> None:
    """Wait until the policy is satisfied with the head of so many leaves."""
    async with asyncio.timeout(60):
        while True:
            with sealed.connected() as conn:
                if Seals(conn).is_there:
                    newest = next(cosigned_heads(conn, origin_of(sealed)), None)
                    if newest and newest.size == size:
                        assert policy.satisfied_by(cosigned_note(conn, newest))
                        return
            await asyncio.sleep(0.05)


async def test_a_witness_is_asked_once_in_a_while_and_not_about_what_it_cosigned(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    async with witnesses_of(sealed, tmp_path) as (policy, [witness]):
        asking(sealed, policy)
        [asked] = sealed.witnesses
        sealed.backend.count(1)
        await seal(sealed)
        assert witness.asked == 1
        head = sealed.newest()
        assert head
        for _ in range(5):
            await asked.tell(head)
        await asked.settle()
        await asked.close()
        assert witness.asked == 1


def set_back(sealed: SealedBackend, size: int) -> None:
    """As a back-up of then has it: the database, and the sealer's own file with it."""
    with sealed.connected() as conn:
        head = next(each for each in Seals(conn).heads() if each.size == size)
        conn.execute("DELETE FROM seal.cosignatures WHERE size > %s", (size,))
        conn.execute("DELETE FROM seal.witnesses")
        conn.execute("DELETE FROM seal.heads WHERE size > %s", (size,))
        conn.execute(
            "DELETE FROM journal.journal_events WHERE notification_id > %s", (head.position,)
        )
        hashes = b"".join(Seals(conn).leaf_hashes(0, size))
        conn.execute(
            "UPDATE seal.tiles SET hashes = %s, positions = positions[1:%s] WHERE level = 0",
            (hashes, size),
        )
    if sealed.seen:
        sealed.seen.unlink()


@pytest.mark.parametrize("shows_heads", [True, False])
async def test_a_database_that_was_set_back_signs_nothing_more(
    sealed: SealedBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shows_heads: bool
) -> None:
    """Whether the witness shows its heads where it is asked, or answers 409 alone."""
    if not shows_heads:
        monkeypatch.setattr(Counting, "head_of", lambda *_: Answer(404, ""))
    async with witnesses_of(sealed, tmp_path) as (policy, _):
        asking(sealed, policy)
        for number in (1, 2, 3):
            sealed.backend.count(number)
            await seal(sealed)
        set_back(sealed, 3)
        asking(sealed, policy)
        with pytest.raises(TreeSmaller, match=r"w0\.example .* over 4 leaves|over 4 leaves .*w0"):
            await seal(sealed)
        sealed.backend.count(7, 8, 9)
        asking(sealed, policy)
        with pytest.raises(SealRefused):
            await seal(sealed)
        newest = sealed.newest()
        assert newest
        assert newest.size == 3


@pytest.mark.parametrize("shows_heads", [True, False])
async def test_a_history_that_was_made_anew_with_the_key_is_not_gone_on_with(
    sealed: SealedBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shows_heads: bool
) -> None:
    """A stolen key: events and tree are worked out anew, and the sealer's file is gone."""
    if not shows_heads:
        monkeypatch.setattr(Counting, "head_of", lambda *_: Answer(404, ""))
    async with witnesses_of(sealed, tmp_path) as (policy, _):
        asking(sealed, policy)
        sealed.backend.count(1, 2, 3)
        await seal(sealed)
        with sealed.connected() as conn:
            conn.execute("DROP SCHEMA seal CASCADE")
            conn.execute(
                "UPDATE journal.journal_events SET state = state || ' '::bytea"
                " WHERE notification_id = (SELECT max(notification_id) FROM journal.journal_events)"
            )
        assert sealed.seen
        sealed.seen.unlink()
        sealed.witnesses = []
        await seal(sealed)
        sealed.backend.count(4)
        await seal(sealed)
        asking(sealed, policy)
        with pytest.raises(TreeDiffers, match="two histories"):
            await seal(sealed)


async def test_an_alarm_of_a_witness_stops_the_sealer_that_runs(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    """The witness cosigned another history meanwhile: two signed with one key."""
    async with witnesses_of(sealed, tmp_path) as (policy, [witness]):
        asking(sealed, policy, every=0.2)
        sealed.backend.count(1)
        running = asyncio.create_task(sealed.sealer().run())
        await cosigned(sealed, policy, 2)
        fork(sealed, witness)
        sealed.backend.count(2)
        number = 3
        async with asyncio.timeout(60):
            while not (await asyncio.wait([running], timeout=0.3))[0]:
                sealed.backend.count(number)
                number += 1
        with pytest.raises(SealRefused, match=r"w0\.example"):
            running.result()


def fork(sealed: SealedBackend, witness: Witness) -> None:
    """Have the witness cosign a head of a larger tree, which is not this database's."""
    with sealed.connected() as conn:
        leaves = [*Seals(conn).leaf_hashes(0, 2), *([bytes(32)] * 500)]
    tree = Frontier()
    tree.extend(leaves)
    origin = origin_of(sealed)
    text = Checkpoint(origin, len(leaves), tree.root()).text()
    note = SignedNote(text, (SigningKey.from_bytes(origin, SEED).sign_note(text),))

    def node_at(level: int, index: int) -> bytes:
        return root_of(leaves[index << level : (index + 1) << level])

    proof = tuple(consistency_proof(2, len(leaves), node_at))
    assert witness.add_checkpoint(bytes(AddCheckpoint(2, proof, note))).status == 200
