"""What the journal has lost and a stream still has: shown, and put back where it goes on."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import pytest

from services.audit.sealing.light_check import differs_from_seals
from services.audit.tree import seal_tables
from services.audit.verification.recovery import DoesNotGoOn, LostEvent, bring_back, lost_events
from services.hosting.attention import attention
from services.messaging import stream
from services.messaging.kept_streams import (
    KeptAlready,
    StreamHolds,
    delete_streams,
    kept_name,
)
from services.messaging.stream_refusals import StreamAhead
from tests.services.messaging.test_stream_watch import republish
from tests.support.backend import Backend, running, thing, until
from tests.support.projecting import has_messages, relay
from tests.support.sealed import SealedBackend

ROWS = "SELECT * FROM journal.journal_events ORDER BY notification_id"


@pytest.fixture
def filled(backend: Backend) -> Iterator[Backend]:
    """Ten events of two things, published."""
    backend.count(1, 2, 3)
    backend.count(4, 5, 6, of="thing-2")
    backend.count(7, 8)
    asyncio.run(published(backend))
    yield backend
    asyncio.run(stream.delete_stream(backend.nats_url, kept_name(stream.NAME)))


async def published(backend: Backend) -> None:
    many = len(backend.journal.after(0, 100_000))
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, many))


async def lost(backend: Backend) -> list[LostEvent]:
    return await lost_events(backend.journal, backend.database_url, backend.nats_url)


def put_back(backend: Backend, found: list[LostEvent]) -> int:
    return bring_back(backend.journal, backend.database_url, found)


def of_stream(backend: Backend) -> Any:
    return [(backend.journal, stream.NAME, False)]


async def test_a_lost_end_is_shown_and_comes_back_byte_by_byte(filled: Backend) -> None:
    before = filled.rows(ROWS)
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 7")
    found = await lost(filled)
    assert [(each.event_id, each.topic, each.position) for each in found] == [
        ("thing-2:4", "thing.counted", 8),
        ("thing-1:5", "thing.counted", 9),
        ("thing-1:6", "thing.counted", 10),
    ]
    assert {(each.kind, each.sealed, each.stream) for each in found} == {
        ("lacking", "not sealed", "DAYBOOK")
    }
    assert found[0].recorded_at == "2025-03-03T17:00:00+00:00"
    assert put_back(filled, found) == len(found)
    assert filled.rows(ROWS) == before
    assert await lost(filled) == []
    # The next event goes on behind what came back, and all of it is published.
    assert filled.count(9) == before[-1][4] + 1
    await published(filled)
    assert not (await filled.supervisor().status()).something_stopped


async def test_an_event_that_was_deleted_in_the_middle_comes_back_too(filled: Backend) -> None:
    before = filled.rows(ROWS)
    filled.run("DELETE FROM journal.journal_events WHERE notification_id IN (3, 6)")
    found = await lost(filled)
    assert [each.position for each in found] == [3, 6]
    assert put_back(filled, found) == 2
    assert filled.rows(ROWS) == before


async def test_after_a_restore_of_an_older_database_positions_begin_again_and_it_comes_back(
    filled: Backend,
) -> None:
    before = filled.rows(ROWS)
    filled.run(
        "DELETE FROM journal.journal_events WHERE notification_id > 5;"
        " SELECT setval('journal.journal_events_notification_id_seq', 5)"
    )
    with pytest.raises(StreamAhead, match="audit recover"):
        await relay(filled).run()
    assert put_back(filled, await lost(filled)) == len(before) - 5
    assert filled.rows(ROWS) == before
    assert filled.count(9) == before[-1][4] + 1


async def test_where_the_record_went_on_otherwise_nothing_comes_back(filled: Backend) -> None:
    filled.run(
        "DELETE FROM journal.journal_events WHERE notification_id > 5;"
        " SELECT setval('journal.journal_events_notification_id_seq', 5)"
    )
    filled.journal.save(thing(thing_id="thing-3"))
    before = filled.rows(ROWS)
    found = await lost(filled)
    assert found[0].kind == "other"
    with pytest.raises(DoesNotGoOn, match="nothing was brought back"):
        put_back(filled, found)
    assert filled.rows(ROWS) == before


async def test_where_the_stream_lost_one_of_them_too_nothing_comes_back(filled: Backend) -> None:
    async with stream.connected(filled.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 6)
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 5")
    before = filled.rows(ROWS)
    found = await lost(filled)
    with pytest.raises(DoesNotGoOn, match="nothing was brought back"):
        put_back(filled, found)
    assert filled.rows(ROWS) == before


async def test_an_event_that_differs_is_shown_and_left(filled: Backend) -> None:
    filled.run(
        "UPDATE journal.journal_events SET state = replace(convert_from(state, 'UTF8'),"
        " '\"number\":2', '\"number\":7')::bytea WHERE notification_id = 3"
    )
    found = await lost(filled)
    assert [(each.kind, each.position) for each in found] == [("other", 3)]
    assert found[0].says == "the journal has another event there"
    assert put_back(filled, found) == 0


async def test_a_stream_that_has_nothing_of_its_own_is_deleted(filled: Backend) -> None:
    assert await delete_streams(filled.nats_url, of_stream(filled), keep=False) == {}
    assert await filled.messages() == []


async def test_a_stream_that_has_what_the_journal_lacks_is_deleted_only_once_it_is_kept(
    filled: Backend,
) -> None:
    before = await filled.messages()
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 7")
    with pytest.raises(StreamHolds, match=r"thing-2:4 at position 8.*nothing was deleted"):
        await delete_streams(filled.nats_url, of_stream(filled), keep=False)
    assert await filled.messages() == before
    kept = await delete_streams(filled.nats_url, of_stream(filled), keep=True)
    assert kept == {"DAYBOOK": "DAYBOOK_KEPT"}
    await published(filled)
    found = await lost(filled)
    assert {each.stream for each in found} == {"DAYBOOK_KEPT"}
    assert put_back(filled, found) == len(found)
    await published(filled)
    assert await lost(filled) == []
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 7")
    with pytest.raises(KeptAlready):
        await delete_streams(filled.nats_url, of_stream(filled), keep=True)


# What the seals say


def test_before_anything_was_sealed_the_light_look_says_nothing(backend: Backend) -> None:
    backend.count(1, 2)
    with backend.journal.connection() as conn:
        assert differs_from_seals(conn) is None
        seal_tables.prepare(conn)
        assert differs_from_seals(conn) is None


CHANGED = """
    UPDATE journal.journal_events
    SET state = replace(convert_from(state, 'UTF8'), '"number":2', '"number":7')::bytea
    WHERE notification_id = 3
"""
SWAPPED = """
    UPDATE journal.journal_events SET notification_id = 1000 WHERE notification_id = 3;
    UPDATE journal.journal_events SET notification_id = 3 WHERE notification_id = 4;
    UPDATE journal.journal_events SET notification_id = 4 WHERE notification_id = 1000
"""
FORGED = """
    DELETE FROM journal.journal_events WHERE notification_id = 6;
    INSERT INTO journal.journal_events
    SELECT 'thing-9', 1, topic, state, 6 FROM journal.journal_events WHERE notification_id = 5
"""


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (CHANGED, "thing-1:3 at position 3 is not the event that was sealed there"),
        (SWAPPED, "thing-1:4 at position 3 is not the event that was sealed there"),
        (FORGED, "thing-9:1 at position 6 is not the event that was sealed there"),
        (
            "DELETE FROM journal.journal_events WHERE notification_id = 3",
            "the event that was sealed at position 3 is gone",
        ),
        (
            "DELETE FROM journal.journal_events WHERE notification_id > 7",
            "it was sealed up to position 10 and ends at 7",
        ),
    ],
)
async def test_gap_1_the_status_tells_that_the_journal_is_not_as_it_was_sealed(
    backend: Backend, tmp_path: Path, attack: LiteralString, says: str
) -> None:
    backend.count(1, 2, 3)
    backend.count(4, 5, 6, of="thing-2")
    backend.count(7, 8)
    sealed = SealedBackend(backend, tmp_path / "seal.heads")
    await asyncio.to_thread(sealed.seal)
    backend.count(9)  # what is not sealed yet is no fault
    supervisor = backend.supervisor()
    assert (await supervisor.status()).record_faults == ()
    backend.run("DELETE FROM journal.journal_events WHERE notification_id = 11")
    backend.run(attack)
    found = await supervisor.status()
    assert found.something_stopped
    [fault] = found.record_faults
    assert fault.startswith(says)
    assert "daybook audit verify" in fault
    assert any(each.about == "Journal" for each in attention(found, datetime.now(UTC)))


async def test_a_forged_event_in_a_gap_of_positions_is_told(
    backend: Backend, tmp_path: Path
) -> None:
    backend.count(1, 2)
    backend.rows("SELECT nextval('journal.journal_events_notification_id_seq')")
    backend.count(3)
    await asyncio.to_thread(SealedBackend(backend, tmp_path / "seal.heads").seal)
    backend.run(
        "INSERT INTO journal.journal_events"
        " SELECT 'thing-9', 1, topic, state, 4 FROM journal.journal_events WHERE"
        " notification_id = 1"
    )
    [fault] = (await backend.supervisor().status()).record_faults
    assert fault.startswith("thing-9:1 at position 4 was put in after")


async def test_what_was_changed_long_ago_is_seen_by_one_of_the_looks(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.sealing.light_check.NEWEST", 10)
    backend.count(*range(99))
    await asyncio.to_thread(SealedBackend(backend, tmp_path / "seal.heads").seal)
    backend.run(CHANGED.replace("= 3", "= 33").replace('"number":2', '"number":31'))
    monkeypatch.setattr("services.audit.sealing.light_check.random.randrange", lambda _: 50)
    assert (await backend.supervisor().status()).record_faults == ()
    monkeypatch.setattr("services.audit.sealing.light_check.random.randrange", lambda _: 25)
    [fault] = (await backend.supervisor().status()).record_faults
    assert "thing-1:33 at position 33" in fault


async def test_gap_2_a_lost_tail_that_was_sealed_comes_back_as_it_was_sealed(
    filled: Backend, tmp_path: Path
) -> None:
    sealed = SealedBackend(filled, tmp_path / "seal.heads")
    await asyncio.to_thread(sealed.seal)
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 7")
    found = await lost(filled)
    assert {each.sealed for each in found} == {"as sealed"}
    assert put_back(filled, found) == 3
    assert (await filled.supervisor().status()).record_faults == ()
    filled.count(9)
    await asyncio.to_thread(sealed.seal)
    sealed.check_tree()


async def test_a_stream_that_is_not_what_was_sealed_brings_nothing_back(
    filled: Backend, tmp_path: Path
) -> None:
    await asyncio.to_thread(SealedBackend(filled, tmp_path / "seal.heads").seal)
    filled.run("DELETE FROM journal.journal_events WHERE notification_id > 9")
    await republish(filled, forged_last)
    found = await lost(filled)
    assert [each.sealed for each in found] == ["not as sealed"]
    with pytest.raises(DoesNotGoOn, match="is not the event that was sealed there"):
        put_back(filled, found)


def forged_last(sequence: int, message: Any) -> Any:
    if sequence == 10:
        message.data = message.data.replace(b'"number":8', b'"number":80')
    return message
