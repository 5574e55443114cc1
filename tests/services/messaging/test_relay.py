import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from services.embedded import Engines
from services.journal import storage
from services.messaging import relay as relay_module
from services.messaging import stream
from services.messaging.relay import Relay
from services.messaging.stream import Unpublishable
from services.messaging.stream_refusals import ForeignStream, StreamAhead, StreamDamaged
from tests.support.backend import PATIENCE, Backend, fresh_database, running, thing, until
from tests.support.older_version import record


def relay(backend: Backend) -> Relay:
    return Relay(backend.journal, backend.database_url, backend.nats_url)


async def fill(backend: Backend) -> list[stream.Message]:
    """Publish the whole journal and return the stream."""
    async with running(relay(backend).run):
        await all_published(backend)
    return await backend.messages()


async def all_published(backend: Backend) -> None:
    position = backend.journal.position()

    async def published() -> bool:
        async with stream.connected(backend.nats_url, "test") as client:
            js = client.jetstream()
            info = await stream.stream_info(js)
            if info is None or not info.state.last_seq:
                return False
            last = await stream.message_at(js, info.state.last_seq)
            return last is not None and last.position >= position

    await until(published)


async def is_image(backend: Backend) -> bool:
    journal = backend.journal.after(0, 100_000)
    found = [(m.sequence, m.position, m.stored.state) for m in await backend.messages()]
    return found == [(k, event.id, event.state) for k, event in enumerate(journal, 1)]


async def test_each_event_is_published_once_and_in_order(backend: Backend) -> None:
    backend.count(*range(1200))
    await fill(backend)
    assert await is_image(backend)


async def test_an_event_that_is_recorded_later_is_published_at_once(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "LOOK_AGAIN", 10 * PATIENCE)
    backend.count(1)
    async with running(relay(backend).run):
        await all_published(backend)
        backend.count(2)
        await all_published(backend)
    assert await is_image(backend)


async def test_a_relay_that_starts_again_goes_on_where_the_stream_ends(backend: Backend) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    backend.count(4, 5)
    await fill(backend)
    assert await is_image(backend)


async def test_an_event_tells_what_it_is_in_subject_and_headers(backend: Backend) -> None:
    named = thing()
    named.name_it("Ada")
    backend.journal.save(named)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        raw = await client.jetstream().get_msg(stream.NAME, seq=2)
    assert raw.subject == "daybook.oak-street.identity.thing.named"
    headers = dict(raw.headers or {})
    assert headers.pop("Nats-Expected-Last-Sequence") == "1"
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": "thing-1:2",
        "ce-type": "thing.named",
        "ce-source": "daybook/oak-street",
        "ce-subject": "thing-1",
        "ce-time": "2025-03-03T17:00:00+00:00",
        "ce-dataschema": "daybook:thing.named:1",
        "content-type": "application/json",
        "daybook-journal": backend.journal.id,
        "daybook-position": "2",
        "daybook-previous": "0",
        "daybook-version": "2",
    }
    assert orjson.loads(raw.data or b"")["name"] == "Ada"


async def test_a_message_reads_back_as_the_typed_event(backend: Backend) -> None:
    backend.count(7)
    messages = await fill(backend)
    stored = backend.journal.events.get("thing-1")
    assert [m.event(backend.journal.mapper) for m in messages] == list(stored)


async def test_each_facility_and_class_has_a_chain_of_positions(backend: Backend) -> None:
    for number in range(4):
        backend.count(number, of="thing-1")
        backend.count(number, facility_id="elm", of="thing-2")
    named = backend.journal.load("thing-1")
    named.name_it("Ada")
    backend.journal.save(named)
    half = await fill(backend)
    backend.count(5, of="thing-2")
    backend.count(5, of="thing-1")
    whole = await fill(backend)
    assert len(whole) == len(half) + 2
    last: dict[str, int] = {}
    for message in whole:
        assert message.previous == last.get(message.chain, 0)
        last[message.chain] = message.position
    assert set(last) == {
        "daybook.oak-street.care",
        "daybook.elm.care",
        "daybook.oak-street.identity",
    }


async def test_of_two_relays_one_works_and_the_other_takes_over(backend: Backend) -> None:
    backend.count(*range(300))
    async with running(relay(backend).run) as first, running(relay(backend).run):
        await all_published(backend)
        first.cancel()
        backend.count(1)
        await all_published(backend)
    assert await is_image(backend)


async def test_two_relays_without_a_lock_still_publish_each_event_once(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def free(*_: Any) -> bool:
        return True

    monkeypatch.setattr("services.advisory_lock._lock", free)
    async with running(relay(backend).run), running(relay(backend).run):
        for _ in range(10):
            backend.count(*range(100))
            await asyncio.sleep(0.01)
        await all_published(backend)
    assert await is_image(backend)


async def test_a_lost_acknowledgement_repeats_no_event(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = JetStreamContext.publish
    lost: list[str] = []

    async def lose_the_first(self: JetStreamContext, *args: Any, **more: Any) -> Any:
        acknowledgement = await publish(self, *args, **more)
        if len(lost) < 2:
            lost.append("an acknowledgement")
            raise TimeoutError
        return acknowledgement

    monkeypatch.setattr(JetStreamContext, "publish", lose_the_first)
    backend.count(*range(1100))
    await fill(backend)
    assert len(lost) == 2
    assert await is_image(backend)


async def test_a_message_that_got_lost_on_the_way_is_sent_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts_of = stream.facts_of
    lost: list[int] = []

    def misdirect_once(event: Any) -> Any:
        subject, headers = facts_of(event)
        if event.id == 30 and not lost:
            lost.append(event.id)
            return "nowhere.at.all.thing.counted", headers
        return subject, headers

    monkeypatch.setattr(relay_module, "facts_of", misdirect_once)
    backend.count(*range(100))
    await fill(backend)
    assert lost
    assert await is_image(backend)


async def test_a_stream_that_is_deleted_meanwhile_is_made_again(backend: Backend) -> None:
    backend.count(*range(600))
    async with running(relay(backend).run):
        await all_published(backend)
        await backend.delete_stream()
        await all_published(backend)
        backend.count(1)
        await all_published(backend)
    assert await is_image(backend)


async def test_a_stream_of_another_journal_is_refused(
    backend: Backend, shared_engines: Engines
) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    with fresh_database(shared_engines) as other:
        other.count(1)
        with pytest.raises(ForeignStream, match=f"belongs to {backend.journal.id}"):
            await relay(other).run()
    assert await is_image(backend)


async def test_a_stream_ahead_of_a_restored_journal_is_refused(backend: Backend) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    backend.run("DELETE FROM journal.journal_events WHERE notification_id > 2")
    with pytest.raises(StreamAhead, match="at position 4, ahead of the journal, which ends at 2"):
        await relay(backend).run()


async def test_a_stream_with_another_history_of_the_journal_is_refused(backend: Backend) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    backend.run(
        "UPDATE journal.journal_events SET state = replace(convert_from(state, 'UTF8'),"
        " '\"number\":3', '\"number\":4')::bytea WHERE notification_id = 4"
    )
    with pytest.raises(ForeignStream, match=r"thing-1:4, is not the event .* at position 4"):
        await relay(backend).run()


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_stream_that_lost_a_message_is_refused(backend: Backend, lost: int) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, lost)
    with pytest.raises(
        StreamDamaged, match="lost 1 of 4 messages: `daybook rebuild stream` makes it again"
    ):
        await relay(backend).run()
    with pytest.raises(StreamDamaged):
        await relay(backend).inspect()


async def test_a_purged_stream_is_refused(backend: Backend) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().purge_stream(stream.NAME)
    with pytest.raises(StreamDamaged, match="lost 4 of 4 messages"):
        await relay(backend).run()


async def damage_everything(client: Client) -> None:
    await client.jetstream().purge_stream(stream.NAME)


async def damage_the_second(client: Client) -> None:
    await client.jetstream().delete_msg(stream.NAME, 2)


@pytest.mark.parametrize("damage", [damage_everything, damage_the_second])
async def test_a_stream_that_loses_messages_under_a_running_relay_is_refused_then(
    backend: Backend, damage: Callable[[Client], Awaitable[None]]
) -> None:
    backend.count(1, 2, 3)
    running_relay = asyncio.create_task(relay(backend).run())
    await all_published(backend)
    whole = await backend.supervisor().status()
    assert whole.stream is not None
    assert whole.stream.held_up is None
    async with stream.connected(backend.nats_url, "test") as client:
        await damage(client)
    status = await backend.supervisor().status()
    assert status.stream is not None
    assert "has lost" in str(status.stream.held_up)
    assert "daybook rebuild stream" in str(status.stream.held_up)
    with pytest.raises(StreamDamaged, match="daybook rebuild stream"):
        await running_relay


async def test_somebody_elses_message_in_the_stream_is_refused(backend: Backend) -> None:
    backend.count(1)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().publish("daybook.oak-street.care.thing.counted", b"{}")
    with pytest.raises(ForeignStream, match="belongs to something else"):
        await relay(backend).run()


async def test_a_refused_stream_is_left_as_it_is_and_deleting_it_is_the_way_out(
    backend: Backend,
) -> None:
    backend.count(1, 2, 3)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 2)
    with pytest.raises(StreamDamaged):
        await relay(backend).run()
    assert len(await backend.messages()) == 3
    await backend.delete_stream()
    await fill(backend)
    assert await is_image(backend)


async def test_limits_that_somebody_gave_the_stream_are_taken_away(backend: Backend) -> None:
    backend.count(*range(30))
    async with stream.connected(backend.nats_url, "test") as client:
        js = client.jetstream()
        await js.add_stream(StreamConfig(name=stream.NAME, subjects=["daybook.>"], max_msgs=10))
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        info = await stream.stream_info(client.jetstream())
    assert info
    assert info.config.subjects == stream.SUBJECTS
    assert await is_image(backend)


async def test_the_stream_takes_no_commands(backend: Backend) -> None:
    backend.count(1)
    await fill(backend)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.publish("daybook.oak-street.command.kiosk.session.check-in", b"{}")
        await client.flush()
    assert len(await backend.messages()) == 2


async def test_an_event_that_cannot_be_published_holds_up_the_ones_after_it(
    backend: Backend,
) -> None:
    backend.count(1)
    backend.count(2, facility_id="oak street", of="thing-2")
    backend.count(3, of="thing-3")
    with pytest.raises(Unpublishable, match="'oak street' cannot be part of a NATS subject"):
        await relay(backend).run()
    assert [message.position for message in await backend.messages()] == [1, 2]


async def test_an_event_that_is_too_large_for_nats_is_refused_by_name(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.count(1)
    large = thing(thing_id="thing-2")
    large.count(2, "x" * 2**20)
    before = backend.journal.position()
    with pytest.raises(storage.EventTooLarge, match="1,048,"):
        record(backend.journal, large)
    assert backend.journal.position() == before
    # As where a server takes less than others do.
    monkeypatch.setattr(storage, "LARGEST_EVENT", 2**22)
    large = thing(thing_id="thing-2")
    large.count(2, "x" * 2**20)
    record(backend.journal, large)
    with pytest.raises(Unpublishable, match="position 4 is larger than NATS allows"):
        await relay(backend).run()
    assert [message.position for message in await backend.messages()] == [1, 2, 3]
