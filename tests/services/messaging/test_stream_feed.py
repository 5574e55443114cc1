"""The stream, read once for all who follow it side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from services.messaging import stream, stream_feed
from services.messaging.client import PlainClient
from services.messaging.stream_feed import Follower, StreamFeed
from services.messaging.stream_reader import StreamGone, StreamReader
from tests.support.backend import PATIENCE, Backend, running, until
from tests.support.projecting import relay


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sequences from which somebody reads the stream itself."""
    found: list[int] = []
    open_reader = StreamReader.open

    def noting(client: PlainClient, start: int) -> object:
        found.append(start)
        return open_reader(client, start)

    monkeypatch.setattr(StreamReader, "open", noting)
    return found


@asynccontextmanager
async def following(
    backend: Backend, feed: StreamFeed, *starts: int
) -> AsyncIterator[list[Follower]]:
    """Follow from each of these sequences, each by a connection of its own."""
    async with AsyncExitStack() as opened:
        followers = []
        for start in starts:
            client = await opened.enter_async_context(stream.connected(backend.nats_url, "test"))
            info = await stream.stream_info(client.jetstream())
            assert info
            context = feed.follow(client, start, info.created)
            followers.append(await opened.enter_async_context(context))
        yield followers


async def read(follower: Follower, count: int, at_once: int = 50) -> list[int]:
    """Return the sequences of so many messages."""
    got: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(got) < count:
            limit = min(at_once, count - len(got))
            got += [each.sequence for each in await follower.next(limit, 1)]
    return got


async def is_filled(backend: Backend, count: int) -> bool:
    async with stream.connected(backend.nats_url, "test") as client:
        info = await stream.stream_info(client.jetstream())
        return info is not None and info.state.last_seq >= count


@asynccontextmanager
async def filled(backend: Backend, count: int) -> AsyncIterator[None]:
    backend.count(*range(count - 1))
    async with running(relay(backend).run):
        await until(lambda: is_filled(backend, count))
        yield


async def test_who_follows_side_by_side_reads_the_stream_once(
    backend: Backend, opened: list[int]
) -> None:
    feed = StreamFeed()
    async with filled(backend, 300), following(backend, feed, 1, 1, 1) as followers:
        got = await asyncio.gather(*(read(each, 300) for each in followers))
        assert got == [list(range(1, 301))] * 3
        backend.count(1, 2)
        got = await asyncio.gather(*(read(each, 2) for each in followers))
        assert got == [[301, 302]] * 3
    assert opened == [1]


async def test_who_begins_elsewhere_reads_alone_until_they_meet(
    backend: Backend, opened: list[int]
) -> None:
    feed = StreamFeed()
    async with filled(backend, 300), following(backend, feed, 100, 200, 1) as followers:
        middle, ahead, behind = followers
        assert await read(middle, 50) == list(range(100, 150))
        assert await read(ahead, 50) == list(range(200, 250))
        assert await read(behind, 100) == list(range(1, 101))
        assert sorted(opened) == [1, 100, 200]
        assert await read(behind, 50) == list(range(101, 151))
        assert await read(middle, 151) == list(range(150, 301))
        assert await read(ahead, 51) == list(range(250, 301))
        assert await read(behind, 150) == list(range(151, 301))
        assert sorted(opened) == [1, 100, 200]


async def test_the_others_go_on_when_the_one_ends_who_read_for_them(
    backend: Backend, opened: list[int]
) -> None:
    feed = StreamFeed()
    async with filled(backend, 100), following(backend, feed, 1) as [other]:
        async with following(backend, feed, 1) as [first]:
            assert await read(first, 60) == list(range(1, 61))
        assert await read(other, 100) == list(range(1, 101))
    assert opened == [1, 61]


async def test_who_is_slow_holds_the_others_up_only_for_a_while_and_misses_nothing(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_feed, "KEPT", 60)
    monkeypatch.setattr(stream_feed, "PATIENCE", 0.1)
    feed = StreamFeed()
    async with filled(backend, 300), following(backend, feed, 1, 1) as [quick, slow]:
        assert await read(slow, 10, at_once=10) == list(range(1, 11))
        assert await read(quick, 300) == list(range(1, 301))
        assert await read(slow, 290) == list(range(11, 301))
        backend.count(1)
        assert [await read(each, 1) for each in (slow, quick)] == [[301], [301]]


async def test_each_sees_for_itself_what_is_missing(backend: Backend) -> None:
    feed = StreamFeed()
    async with filled(backend, 20), stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 6)
        async with following(backend, feed, 1, 1) as followers:
            got = await asyncio.gather(*(read(each, 19) for each in followers))
    assert got == [[*range(1, 6), *range(7, 21)]] * 2


async def test_messages_of_a_stream_that_was_made_again_are_not_mixed_with_others(
    backend: Backend,
) -> None:
    feed = StreamFeed()
    async with filled(backend, 20), following(backend, feed, 1) as [before]:
        assert await read(before, 20) == list(range(1, 21))
        await backend.delete_stream()
        await until(lambda: is_filled(backend, 20))
        async with following(backend, feed, 15) as [after]:
            assert await read(after, 6) == list(range(15, 21))
            with pytest.raises(StreamGone):
                await read(before, 1)


async def test_who_asks_for_more_than_is_kept_gets_it_bit_by_bit(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_feed, "KEPT", 60)
    feed = StreamFeed()
    async with filled(backend, 300), following(backend, feed, 1, 1) as followers:
        got = await asyncio.gather(*(read(each, 300, at_once=1000) for each in followers))
    assert got == [list(range(1, 301))] * 2
