"""A database that was set back: nothing is signed on it before somebody says so, and why."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest

from services.audit.notes.signed_note import SignedNote, SigningKey
from services.audit.sealing.continuing import STATEMENT, Continued, NothingToContinue
from services.audit.sealing.heads_folder import HeadsFolder
from services.audit.sealing.heads_stream import NAME, HeadsStream
from services.audit.sealing.seal_refusals import OtherKey, SealRefused, TreeDiffers, TreeSmaller
from services.audit.sealing.sealer import Sealer
from services.audit.sealing.seen_heads import SeenFile, SeenHead
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head, Seals
from services.messaging import stream
from tests.support.backend import Backend
from tests.support.sealed import SEED, SealedBackend, back_up

BECAUSE = "the disk of the database server broke, the back-up of Sunday was restored"


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    asyncio.run(stream.delete_stream(backend.nats_url, NAME))
    return SealedBackend(backend, tmp_path / "seal.heads")


def go_on(sealed: SealedBackend, because: str = BECAUSE) -> list[Continued]:
    return asyncio.run(sealed.sealer().continue_after_restore(because))


def origins(sealed: SealedBackend) -> list[str]:
    with sealed.connected() as conn:
        return Seals(conn).origins()


@pytest.mark.parametrize("kept", ["file", "folder", "stream"])
def test_a_head_kept_elsewhere_keeps_an_older_database_from_being_signed(
    sealed: SealedBackend, tmp_path: Path, kept: str
) -> None:
    sealed.seen = tmp_path / "seal.heads" if kept == "file" else None
    sealed.folder = tmp_path / "heads" if kept == "folder" else None
    sealed.nats = kept == "stream"
    sealed.backend.count(1, 2)
    sealed.seal()
    with back_up(sealed) as older:
        for each in tmp_path.glob("heads/*"):  # the next day's file
            each.unlink()
        sealed.backend.count(3, 4)
        sealed.seal()
        assert older.newest() != sealed.newest()
        older.backend.count(5)
        with pytest.raises(TreeSmaller, match=r"over 5 leaves.*over 3.*continue-after-restore"):
            older.seal()
        assert older.head().size == 3
        where = {"file": "seal.heads", "folder": ".checkpoint", "stream": "the stream HEADS"}
        with older.connected() as conn:
            [(refused,)] = conn.execute("SELECT refused FROM seal.standing WHERE log = 'journal'")
        assert where[kept] in refused
        # Also where it has become as long again: it is another history.
        older.backend.count(6, 7)
        with pytest.raises(SealRefused):
            older.seal()


def test_a_tree_of_the_same_size_and_another_root_is_refused(sealed: SealedBackend) -> None:
    sealed.backend.count(1, 2)
    with back_up(sealed) as other:
        sealed.backend.count(3)
        sealed.seal()
        other.backend.count(30, 40)
        unseen = SealedBackend(other.backend)
        unseen.seal()
        assert unseen.head().size == sealed.head().size + 1
        with pytest.raises(TreeDiffers, match="two histories"):
            other.seal()


def test_going_on_begins_a_tree_that_says_from_which_head_it_parted_and_why(
    sealed: SealedBackend,
) -> None:
    sealed.nats = True
    sealed.backend.count(1, 2)
    sealed.seal()
    with back_up(sealed) as older:
        sealed.backend.count(3, 4)
        [lost] = sealed.seal()
        older.backend.count(5)
        [begun] = go_on(older)
        origin = f"{lost.origin}.2"
        assert (begun.log, str(begun.origin), begun.parted_at) == ("journal", origin, 3)
        assert begun.parted_from
        assert begun.parted_from.note == lost.note
        head = older.check_tree()
        assert (head.origin, head.size) == (origin, 4)
        with older.connected() as conn:
            [(parted_from, parted_at, because, statement)] = conn.execute(
                "SELECT parted_from, parted_at, because, statement FROM seal.logs"
                " WHERE generation = 2"
            )
        assert (parted_from, parted_at, because) == (lost.note, 3, BECAUSE)
        note = SignedNote.parse(statement.encode())
        assert note.verified_by([SigningKey.from_bytes(origin, SEED).verifier])
        assert note.text.split("\n") == [
            *(STATEMENT, origin),
            *SignedNote.parse(lost.note.encode()).text.rstrip("\n").split("\n"),
            *("3", orjson.dumps(BECAUSE).decode(), ""),
        ]
        # From then on it is sealed as before, and the old tree stays as it was.
        older.backend.count(6)
        [head] = older.seal()
        assert (head.origin, head.size) == (origin, 5)
        with older.connected() as conn:
            assert [each.size for each in Seals(conn, origin=lost.origin).heads()] == [3]
        # What went on with the old tree meanwhile is not signed any more.
        sealed.backend.count(8)
        with pytest.raises(TreeSmaller, match=r"\.2 over 5 leaves"):
            sealed.seal()


def test_after_a_second_restore_there_is_a_third_tree(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    sealed.seal()
    with back_up(sealed) as first:
        sealed.backend.count(2)
        sealed.seal()
        with back_up(first) as second:
            go_on(first)
            [begun] = go_on(second)
            assert begun.origin == Origin(sealed.head().origin, 3)
            assert begun.parted_from
            assert begun.parted_from.origin.generation == 2
            assert begun.parted_at is None
            second.check_tree()


def test_where_nothing_is_refused_nobody_goes_on_with_another_tree(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    sealed.seal()
    with pytest.raises(NothingToContinue, match="No log is refused"):
        go_on(sealed)
    for because in ("", " ", "\x00"):
        with pytest.raises(NothingToContinue, match="--because is"):
            go_on(sealed, because)
    assert len(origins(sealed)) == 1


def test_with_a_lost_key_a_new_one_begins_a_tree(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    [head] = sealed.seal()
    sealed.seed = bytes(range(64, 96))
    sealed.backend.count(2)
    with pytest.raises(OtherKey, match="continue-after-restore"):
        sealed.seal()
    [begun] = go_on(sealed, "the key was on the disk that broke")
    assert begun.parted_at == 2
    assert sealed.check_tree().origin == f"{head.origin}.2"


def test_changed_tiles_and_a_lost_tail_part_where_they_differ(sealed: SealedBackend) -> None:
    sealed.backend.count(*range(300))
    sealed.seal()
    sealed.backend.run(
        "UPDATE journal.journal_events SET state = state || ' ' WHERE originator_version = 280"
    )
    sealed.backend.run("DELETE FROM journal.journal_events WHERE originator_version > 290")
    [begun] = go_on(sealed)
    assert begun.parted_at == 279
    assert sealed.check_tree().size == 290


def test_a_seen_file_that_says_something_else_stops_all_signing(sealed: SealedBackend) -> None:
    sealed.backend.count(1)
    sealed.seal()
    for content in (b"", b"[]", b'{"a": "b"}', b"\xff"):
        sealed.file.path.write_bytes(content)
        sealed.backend.count(2)
        with pytest.raises(SealRefused, match="does not say which heads were signed"):
            sealed.seal()


def test_where_the_seen_file_cannot_be_written_no_more_is_signed_until_it_can(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "seal.heads.new"
    in_the_way.mkdir()
    sealed.backend.count(1)
    with pytest.raises(SealRefused, match="cannot be written"):
        sealed.seal()
    head = sealed.head()
    sealed.backend.count(2)
    with pytest.raises(SealRefused):
        sealed.seal()
    assert sealed.head() == head
    in_the_way.rmdir()
    sealed.seal()
    assert sealed.check_tree().size == 3
    assert [each.note for each in sealed.file.heads().values()] == [sealed.head().note]


def test_a_seen_file_of_another_journal_says_nothing_of_this_one(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    other = "clinic.example/journal-of-others"
    key = SigningKey.from_bytes(other, SEED)
    text = f"{other}\n900\n{'A' * 43}=\n"
    sealed.file.keep(bytes(SignedNote(text, (key.sign_note(text),))).decode())
    sealed.backend.count(1)
    sealed.seal()
    heads = SeenFile(tmp_path / "seal.heads").heads()
    assert sorted(heads) == sorted([other, sealed.head().origin])


class Alarmed:
    """A witness that has signed a larger tree than it is told of."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.holds = 0
        self.disproved: dict[str, SealRefused] = {}

    async def held(self, origins: Iterable[Origin]) -> list[SeenHead]:  # noqa: ARG002
        return []

    async def settle(self) -> None: ...

    async def close(self) -> None: ...

    async def tell(self, head: Head) -> None:
        self.told.append(head.size)
        if head.size < self.holds and not head.origin.endswith(".2"):
            raise TreeSmaller(f"The witness has signed {self.holds} leaves of {head.origin}")


def test_a_witness_that_has_signed_more_is_asked_before_anything_is_signed(
    sealed: SealedBackend,
) -> None:
    witness = Alarmed()
    sealed.seen, sealed.witnesses = None, [witness]
    sealed.backend.count(1)
    sealed.seal()
    assert witness.told == [2]
    sealed.backend.count(2)
    witness.holds = 900
    with pytest.raises(TreeSmaller, match="900"):
        sealed.seal()
    assert sealed.head().size == 2
    go_on(sealed)
    assert sealed.check_tree().size == 3
    sealed.backend.count(3)
    sealed.seal()
    assert witness.told[-1] == 4


def test_a_sealer_that_cannot_reach_nats_seals_and_says_so(
    sealed: SealedBackend, caplog: pytest.LogCaptureFixture
) -> None:
    sealed.backend.count(1)
    lonely = Sealer(
        *(sealed.backend.database_url, "nats://127.0.0.1:1", lambda: SEED),
    )
    [head] = asyncio.run(lonely.seal_once())
    assert head.size == 2
    assert "Heads are not in the stream HEADS for now" in caplog.text


async def test_heads_are_in_the_stream_and_a_forged_one_stops_nobody(sealed: SealedBackend) -> None:
    sealed.nats = True
    backend = sealed.backend
    await asyncio.to_thread(backend.count, 1)
    [first] = await sealed.sealer().seal_once()
    subject = f"daybook.heads.{backend.journal.id}"
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        assert (await js.get_last_msg(NAME, subject)).data == first.note.encode()
        forged = first.note.replace("\n2\n", "\n900\n")
        await js.publish(subject, forged.encode())
        await asyncio.to_thread(backend.count, 2)
        [second] = await sealed.sealer().seal_once()
        assert (await js.get_last_msg(NAME, subject)).data == second.note.encode()
        info = await js.stream_info(NAME)
        assert info.state.messages == 3
        assert (info.config.deny_delete, info.config.deny_purge) == (True, True)
        key = SigningKey.from_bytes(second.origin, SEED).verifier
        look = await HeadsStream(client).look(Origin.parse(second.origin), key)
        assert look
        assert look.note == second.note


def test_the_folder_has_one_file_a_day_which_stays_as_it_was_written(
    sealed: SealedBackend, tmp_path: Path
) -> None:
    folder = tmp_path / "heads"
    sealed.folder = folder
    sealed.backend.count(1)
    [first] = sealed.seal()
    sealed.backend.count(2)
    sealed.seal()
    [file] = folder.iterdir()
    assert file.read_text() == first.note
    assert file.name.startswith(f"clinic.example_{sealed.backend.journal.id}-2")
    # A quiet day has one, too.
    file.rename(file.with_name(f"{file.name[:-21]}2020-02-02.checkpoint"))
    sealed.seal()
    newest = HeadsFolder(folder).newest(Origin.parse(first.origin))
    assert newest
    assert newest.note == sealed.head().note
    assert len(list(folder.iterdir())) == 2
    (folder / "notes.txt").write_text("of somebody")
    assert HeadsFolder(tmp_path / "none").newest(Origin.parse(first.origin)) is None
