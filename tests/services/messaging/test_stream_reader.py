import asyncio

import pytest

from services.messaging import stream
from services.messaging import stream_reader as reader_module
from services.messaging.stream_reader import StreamGone, StreamReader
from tests.support.backend import (
    Backend,
    running,
    until,
)
from tests.support.projecting import (
    has_messages,
    relay,
)


async def test_a_reader_gets_all_however_slow_it_is(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "PULL_EXPIRES", 0.1)
    backend.count(*range(400))
    got: list[int] = []
    async with running(relay(backend).run), stream.connected(backend.nats_url, "test") as client:
        await until(lambda: has_messages(backend, 401))
        async with StreamReader.open(client, 1) as reader:
            while len(got) < 401:
                got += [found.sequence for found in await reader.next(30, 1)]
                await asyncio.sleep(0.15 if len(got) < 100 else 0)
            assert await reader.next(30, 0.3) == []
            backend.count(1)
            got += [found.sequence for found in await reader.next(30, 3)]
    assert got == list(range(1, 403))


async def test_a_reader_that_starts_beyond_the_end_waits_there(backend: Backend) -> None:
    backend.count(1)
    async with running(relay(backend).run), stream.connected(backend.nats_url, "test") as client:
        await until(lambda: has_messages(backend, 2))
        async with StreamReader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            backend.count(2)
            assert [found.sequence for found in await reader.next(10, 3)] == [3]


async def test_a_reader_says_so_when_the_stream_is_gone(backend: Backend) -> None:
    backend.count(1)
    async with stream.connected(backend.nats_url, "test") as client:
        async with running(relay(backend).run):
            await until(lambda: has_messages(backend, 2))
        async with StreamReader.open(client, 3) as reader:
            assert await reader.next(10, 0.2) == []
            await backend.delete_stream()
            with pytest.raises(StreamGone):
                await reader.next(10, 5)


async def test_a_message_without_headers_is_read_as_nobodys(backend: Backend) -> None:
    backend.count(1)
    async with stream.connected(backend.nats_url, "test") as client:
        async with running(relay(backend).run):
            await until(lambda: has_messages(backend, 2))
        await client.jetstream().publish("daybook.oak-street.care.thing.counted", b"{}")
        async with StreamReader.open(client, 3) as reader:
            [found] = await reader.next(10, 3)
    assert (found.sequence, found.position, found.journal) == (3, 0, "")
    assert found.stored.state == b"{}"
