import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from services.access.access_log import AccessLog, Entry
from services.access.database import AccessDatabase
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import SignedNote, SigningKey
from services.audit.sealing import sealing
from services.audit.sealing.seal_refusals import ReadingsDiffer, SealedRowGone, TilesUnsound
from services.audit.sealing.seen_heads import SeenFile
from services.audit.tree import tiles
from services.audit.tree.merkle import verify_consistency, verify_inclusion
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.tree.seals import Seals, head_of_events
from services.audit.tree.tiles import Leaf
from services.publishing.outbox import make_tables
from tests.support.backend import Backend, running, until
from tests.support.sealed import SEED, SealedBackend

ENTRY = Entry(
    *("ana", "Ana", ("clinician",), "oak-street", "roster", ["patient-1"]),
    *("treatment", "127.0.0.1", "browser"),  # type: ignore[arg-type]
)

TELL = """
    INSERT INTO announcements.outbox (stream, position, about, version, topic, state)
    VALUES (%s, %s, 'about', %s, 'finding.turned', '{}')
"""


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


def test_a_head_is_a_checkpoint_that_the_key_signed_over_the_tree_of_all_events(
    sealed: SealedBackend,
) -> None:
    last = sealed.backend.count(1, 2, 3)
    [head] = sealed.seal()
    origin = f"clinic.example/{sealed.backend.journal.id}"
    assert (head.origin, head.size, head.position) == (origin, 4, last)
    note = SignedNote.parse(head.note.encode())
    assert note.verified_by([SigningKey.from_bytes(origin, SEED).verifier])
    assert Checkpoint.parse(note.text) == Checkpoint(origin, 4, head.root)
    assert sealed.check_tree() == head
    assert sealed.seal() == []


def test_the_tree_does_not_depend_on_where_heads_were_signed(sealed: SealedBackend) -> None:
    for numbers in ((1,), (2, 3), range(300), (4,), range(500)):
        sealed.backend.count(*numbers)
        sealed.seal()
        sealed.check_tree()
    with sealed.connected() as conn:
        seals = Seals(conn)
        heads = seals.heads()
        assert [each.size for each in heads] == [2, 4, 304, 305, 805]
        for first, second in pairwise(heads):
            proof = seals.consistency(first.size, second.size)
            assert verify_consistency(first.size, first.root, second.size, second.root, proof)
        for index in (0, 255, 256, 511, 512, 804):
            proof = seals.inclusion(index, 805)
            [leaf] = seals.leaf_hashes(index, index + 1)
            assert verify_inclusion(leaf, index, 805, proof, heads[-1].root)


def test_a_backlog_is_sealed_by_many_heads_through_every_level_of_tiles(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "AT_ONCE", 20_000)
    fill(sealed.backend, 66_000)
    assert [each.size for each in sealed.seal()] == [20_000, 40_000, 60_000, 66_000]
    head = sealed.check_tree()
    with sealed.connected() as conn:
        levels = conn.execute("SELECT level, count(*) FROM seal.tiles GROUP BY 1 ORDER BY 1")
        assert levels.fetchall() == [(0, 258), (1, 2), (2, 1)]
        seals = Seals(conn)
        proof = seals.inclusion(65_535, head.size)
        [leaf] = seals.leaf_hashes(65_535, 65_536)
        assert verify_inclusion(leaf, 65_535, head.size, proof, head.root)


def test_an_index_is_no_position_and_each_is_found_by_the_other(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    sealed.backend.run(
        "SELECT setval(pg_get_serial_sequence('journal.journal_events', 'notification_id'), 900)"
    )
    sealed.backend.count(2)
    [head] = sealed.seal()
    last = sealed.backend.count(3)
    with sealed.connected() as conn:
        seals = Seals(conn)
        positions = seals.positions(0, head.size)
        assert positions[-1] == head.position > 900
        assert [seals.index_of(each) for each in positions] == list(range(head.size))
        assert seals.index_of(500) is None
        assert seals.index_of(last) is None
        assert seals.head_covering(0) == head
        assert seals.head_covering(head.size) is None
        assert head_of_events(conn, [*positions, last]) == dict.fromkeys(positions, head)


@pytest.fixture
def meddled(sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has a statement run once, by somebody else, between the first and the second reading."""
    read = sealing.leaves_after
    done: list[str] = []

    def meddle(statement: str) -> None:
        readings = iter(range(2))

        def leaves_after(*asked: Any) -> list[Leaf]:
            if next(readings, None) == 1:
                with sealed.connected() as conn:
                    conn.execute(statement.encode())
            return read(*asked)

        monkeypatch.setattr(sealing, "leaves_after", leaves_after)
        done.append(statement)

    return meddle


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal.journal_events SET state = state || ' ' WHERE originator_version = 2",
        "UPDATE journal.journal_events SET topic = 'thing.else' WHERE originator_version = 2",
        "UPDATE journal.journal_events SET originator_id = 'x' WHERE originator_version = 2",
        "DELETE FROM journal.journal_events WHERE originator_version = 2",
    ],
)
def test_what_was_changed_between_the_first_reading_and_the_second_is_not_signed(
    sealed: SealedBackend, meddled: Callable[[str], None], statement: str
) -> None:
    sealed.backend.count(1, 2)
    meddled(statement)
    with pytest.raises(ReadingsDiffer, match="not the same both times: nothing was signed"):
        sealed.seal()
    assert sealed.newest() is None
    with sealed.connected() as conn:
        assert conn.execute("SELECT count(*) FROM seal.tiles").fetchall() == [(0,)]
        assert conn.execute("SELECT count(*) FROM seal.logs").fetchall() == [(0,)]
        [(refused,)] = conn.execute("SELECT refused FROM seal.standing WHERE log = 'journal'")
        assert refused.startswith("What was read twice")
    # What is there now is sealed, and the refusal is over.
    sealed.seal()
    sealed.check_tree()
    with sealed.connected() as conn:
        assert conn.execute("SELECT refused FROM seal.standing").fetchall() == [(None,)] * 5


def test_a_bit_that_flips_between_a_leaf_and_its_tile_is_not_signed(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.backend.count(1, 2)
    add = tiles.add_leaves

    def flip(conn: Any, seals: Seals, size: int, leaves: list[Leaf]) -> None:
        first, *rest = leaves
        flipped = bytes((first.hash[0] ^ 1, *first.hash[1:]))
        add(conn, seals, size, [first._replace(hash=flipped), *rest])

    monkeypatch.setattr(sealing, "add_leaves", flip)
    with pytest.raises(ReadingsDiffer):
        sealed.seal()
    monkeypatch.undo()
    sealed.seal()
    sealed.check_tree()


def test_nothing_is_signed_over_what_was_sealed_last_and_is_not_so_any_more(
    sealed: SealedBackend,
) -> None:
    sealed.backend.count(1, 2)
    sealed.seal()
    head = sealed.newest()
    sealed.backend.count(3)
    sealed.backend.run(
        "UPDATE journal.journal_events SET state = state || ' ' WHERE originator_version = 3"
    )
    with pytest.raises(SealedRowGone, match=r"audit verify.*audit recover.*continue-after-restore"):
        sealed.seal()
    sealed.backend.run("DELETE FROM journal.journal_events WHERE originator_version = 3")
    with pytest.raises(SealedRowGone):
        sealed.seal()
    assert sealed.newest() == head


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seal.tiles SET hashes = overlay(hashes PLACING 'x' FROM 5)",
        "DELETE FROM seal.tiles",
        "UPDATE seal.tiles SET hashes = substr(hashes, 1, 32)",
    ],
)
def test_nothing_is_signed_over_tiles_that_do_not_make_the_signed_tree(
    sealed: SealedBackend, statement: LiteralString
) -> None:
    sealed.backend.count(1, 2)
    sealed.seal()
    sealed.backend.count(3)
    sealed.backend.run(statement)
    with pytest.raises(TilesUnsound, match="the schema seal was changed"):
        sealed.seal()


def test_whoever_ends_within_a_transaction_leaves_nothing_of_it(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.backend.count(1, 2)
    sealed.seal()
    sealed.backend.count(3)
    add = tiles.add_leaves

    def end(conn: "psycopg.Connection[Any]", *more: Any) -> None:
        add(conn, *more)
        with sealed.connected() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))

    monkeypatch.setattr(sealing, "add_leaves", end)
    with pytest.raises(psycopg.OperationalError):
        sealed.seal()
    monkeypatch.undo()
    assert sealed.check_tree().size == 3
    sealed.seal()
    assert sealed.check_tree().size == 4


def test_a_head_that_was_committed_and_noted_nowhere_is_noted_by_the_next_one(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.backend.count(1)

    def end(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SeenFile, "keep", end)
    with pytest.raises(KeyboardInterrupt):
        sealed.seal()
    monkeypatch.undo()
    head, seen = sealed.newest(), sealed.seen
    assert head
    assert seen
    assert SeenFile(seen).heads() == {}
    assert sealed.seal() == []
    assert [each.note for each in SeenFile(seen).heads().values()] == [head.note]


async def test_a_head_follows_a_second_after_news_and_one_sealer_of_two_works(
    sealed: SealedBackend,
) -> None:
    backend = sealed.backend

    async def is_sealed(position: int) -> bool:
        head = await asyncio.to_thread(sealed.newest)
        return head is not None and head.position == position

    async with running(sealed.sealer().run), running(sealed.sealer().run) as second:
        for number in range(3):
            last = await asyncio.to_thread(backend.count, number)
            await until(partial(is_sealed, last))
        assert not second.done()
    with sealed.connected() as conn:
        heads = Seals(conn).heads()
    assert 1 <= len(heads) <= 3
    sealed.check_tree()


async def test_somebody_who_seals_beside_one_that_runs_is_no_trouble(
    sealed: SealedBackend,
) -> None:
    async def is_sealed(position: int) -> bool:
        head = await asyncio.to_thread(sealed.newest)
        return head is not None and head.position >= position

    async with running(sealed.sealer().run):
        for number in range(8):
            last = await asyncio.to_thread(sealed.backend.count, number)
            await sealed.sealer().seal_once()
            assert await is_sealed(last)
    assert sealed.check_tree().size == 9


def test_what_comes_while_a_log_is_sealed_waits_for_the_next_look(
    sealed: SealedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.backend.count(1)
    keep = SeenFile.keep

    def keep_and_record(file: SeenFile, note: str) -> None:
        keep(file, note)
        sealed.backend.count(2)

    monkeypatch.setattr(SeenFile, "keep", keep_and_record)
    assert [each.size for each in sealed.seal()] == [2]
    assert [each.size for each in sealed.seal()] == [3]


def test_each_log_has_a_tree_of_its_own(sealed: SealedBackend) -> None:
    backend = sealed.backend
    backend.count(1)
    make_tables(backend.journal)
    for stream in ("FINDINGS", "BILLABLE", "SHARED"):
        for number in (1, 2, 3):
            asked = stream, number, number
            with sealed.connected() as conn:
                conn.execute(TELL, asked)
    database = AccessDatabase(backend.database_url)
    AccessLog(database).record(ENTRY, ENTRY)
    database.close()
    heads = sealed.seal()
    of_journal = f"clinic.example/{backend.journal.id}"
    assert {(each.origin.removeprefix(of_journal), each.size) for each in heads} == {
        *(("", 2), ("/access", 2), ("/findings", 3), ("/billable", 3), ("/shared", 3)),
    }
    for name in SEALED_LOGS:
        sealed.check_tree(name)


def fill(backend: Backend, count: int) -> None:
    """Write many events at once, with positions that skip."""
    with psycopg.connect(backend.database_url) as conn:
        conn.execute(
            "INSERT INTO journal.journal_events"
            " (originator_id, originator_version, topic, state, notification_id)"
            " SELECT 'thing-' || k / 50, k %% 50 + 1, 'thing.counted', convert_to(k::text, 'UTF8'),"
            " k * 2 FROM generate_series(1, %s) AS k",
            (count,),
        )
