"""A follower misses nothing and takes nothing twice, whatever happens to server and stream."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.messaging import stream, subscription
from services.messaging.relay import Relay
from services.messaging.stream import Message
from services.messaging.subscription import Checkpoint, Subscriber, Subscription
from tests.support.backend import PATIENCE, Backend, running, until
from tests.support.nats_server import OwnServer

FEED = Subscription("subscriber", stream.NAME, "daybook.oak-street.care.*.*")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and begin anew sooner than in daily use."""
    monkeypatch.setattr(subscription, "LOOK", 0.2)
    monkeypatch.setattr(subscription, "PAUSE", 0.1)


class Notebook:
    """Keeps in memory what it took, and its place."""

    def __init__(self) -> None:
        self.at: Checkpoint | None = None
        self.taken: list[Message] = []
        self.batches = 0

    async def place(self) -> Checkpoint | None:
        return self.at

    async def take(
        self, messages: Sequence[Message], before: Checkpoint | None, after: Checkpoint
    ) -> None:
        assert before == self.at
        self.taken += messages
        self.at = after
        self.batches += 1

    @property
    def positions(self) -> list[int]:
        return [each.position for each in self.taken]


@asynccontextmanager
async def relayed(backend: Backend, nats_url: str = "") -> AsyncIterator[None]:
    relay = Relay(backend.journal, backend.database_url, nats_url or backend.nats_url)

    async def again() -> None:
        while True:
            try:
                await relay.run()
            except Exception:
                await asyncio.sleep(0.1)

    async with running(again):
        yield


def care(backend: Backend) -> list[int]:
    """The positions of what the follower has to take: those of care at Oak Street."""
    rows = backend.rows(
        "SELECT notification_id FROM journal.journal_events WHERE topic <> 'thing.named' AND"
        " convert_from(state, 'UTF8')::json ->> 'facility_id' = 'oak-street' ORDER BY 1"
    )
    return [row[0] for row in rows]


async def all_taken(backend: Backend, book: Notebook) -> None:
    """Wait until as many were taken as there are, and see that they are those, in order."""

    async def enough() -> bool:
        return len(book.taken) >= len(care(backend))

    await until(enough)
    # What would come twice comes within this time.
    await asyncio.sleep(0.2)
    assert book.positions == care(backend)


async def test_it_takes_its_facility_and_class_in_order(backend: Backend) -> None:
    backend.count(1, 2, 3)
    backend.count(7, facility_id="lighthouse", of="thing-2")
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        backend.count(*range(1000))
        backend.count(8, facility_id="lighthouse", of="thing-2")
        await all_taken(backend, book)
    assert book.batches < 100


async def admin(backend: Backend, what: str, **how: Any) -> Any:
    """Do something to the follower's consumer, as somebody with every right may."""
    async with stream.connected(backend.nats_url, "test") as client:
        return await getattr(client.jetstream(), what)(stream.NAME, FEED.name, **how)


async def test_what_comes_again_is_taken_once(backend: Backend) -> None:
    backend.count(*range(50))
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        for _ in range(3):
            await admin(backend, "reset_consumer", seq=1)
            backend.count(*range(10))
            await all_taken(backend, book)


async def test_what_is_held_back_comes_when_it_may(backend: Backend) -> None:
    backend.count(1)
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        await admin(backend, "pause_consumer", pause_until="2099-01-01T00:00:00Z")
        before = book.positions
        backend.count(*range(20))
        await asyncio.sleep(1.5)
        assert book.positions == before
        await admin(backend, "resume_consumer")
        await all_taken(backend, book)


async def test_what_was_sent_and_did_not_arrive_is_asked_for_again(backend: Backend) -> None:
    backend.count(1)
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        async with stream.connected(backend.nats_url, "thief") as client:
            stolen = await client.jetstream().pull_subscribe_bind(FEED.name, stream.NAME)
            taking = asyncio.create_task(stolen.fetch(5, timeout=10))
            await asyncio.sleep(0.3)
            backend.count(*range(40))
            assert await taking
        await all_taken(backend, book)


async def test_whatever_comes_when_is_taken_at_the_first_attempt(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.count(1)
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        caplog.clear()
        with caplog.at_level("INFO", "daybook.following"):
            for number in range(60):
                backend.count(number)
                await asyncio.sleep(subscription.GATHERED * (number % 7) / 4)
            await all_taken(backend, book)
    assert [each for each in caplog.messages if "begins anew" in each] == []


async def test_a_relay_that_begins_leaves_the_consumer_alone(backend: Backend) -> None:
    backend.count(1)
    book = Notebook()
    async with running(Subscriber(FEED, book, backend.nats_url).run):
        async with relayed(backend):
            await all_taken(backend, book)
            before = await admin(backend, "consumer_info")
        async with relayed(backend):
            backend.count(2)
            await all_taken(backend, book)
        assert (await admin(backend, "consumer_info")).created == before.created


async def test_a_consumer_that_is_gone_is_made_again(backend: Backend) -> None:
    backend.count(1)
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        await admin(backend, "delete_consumer")
        backend.count(*range(10))
        await all_taken(backend, book)


async def test_a_stream_that_is_made_again_under_it_is_gone_on_with(backend: Backend) -> None:
    backend.count(*range(30))
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
        for _ in range(3):
            await backend.delete_stream()
            backend.count(*range(30))
            await all_taken(backend, book)


async def test_a_server_that_is_killed_and_comes_back_is_gone_on_with(
    backend: Backend, server: OwnServer
) -> None:
    backend.count(*range(30))
    book = Notebook()
    async with (
        relayed(backend, server.url),
        running(Subscriber(FEED, book, server.url).run),
    ):
        await all_taken(backend, book)
        for pause in (0, 2):
            server.kill()
            backend.count(*range(300))
            await asyncio.sleep(pause)
            server.start()
            backend.count(*range(300))
            await all_taken(backend, book)


async def test_who_was_away_takes_all_of_it_in(backend: Backend) -> None:
    """An hour of traffic: 36,000 events, ten a second."""
    backend.count(1)
    book = Notebook()
    async with relayed(backend):
        async with running(Subscriber(FEED, book, backend.nats_url).run):
            await all_taken(backend, book)
        for k in range(36):
            backend.count(*range(1000), of=f"thing-{k + 2}")
        async with running(Subscriber(FEED, book, backend.nats_url).run):
            await all_taken(backend, book)


async def test_it_begins_in_the_middle_where_it_is_told_to(backend: Backend) -> None:
    backend.count(*range(20))
    async with relayed(backend):
        everything = Notebook()
        async with running(Subscriber(FEED, everything, backend.nats_url).run):
            await all_taken(backend, everything)
        for start in (8, await published_at(backend, 8)):
            book = Notebook()
            subscription = Subscription("other", stream.NAME, FEED.subjects, start)
            async with running(Subscriber(subscription, book, backend.nats_url).run):

                async def last(book: Notebook = book) -> bool:
                    return bool(book.taken) and book.positions[-1] == care(backend)[-1]

                await until(last)
            since = everything.positions.index(book.positions[0])
            assert book.positions == everything.positions[since:]
            assert since == 7


async def published_at(backend: Backend, sequence: int) -> Any:
    async with stream.connected(backend.nats_url, "test") as client:
        return (await client.jetstream().get_msg(stream.NAME, sequence)).time


async def test_a_stream_of_another_journal_is_not_taken_in(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.count(1)
    book = Notebook()
    book.at = Checkpoint("journal-of-others", 0, 0, "")
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):

        async def said() -> bool:
            return "not of journal-of-others" in caplog.text

        await until(said)
    assert book.taken == []


async def test_a_gap_stops_it_until_the_stream_is_whole(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    book = Notebook()
    backend.count(1, 2)
    async with relayed(backend):
        async with running(Subscriber(FEED, book, backend.nats_url).run):
            await all_taken(backend, book)
        backend.count(3, 4, 5)

        async def relayed_all() -> bool:
            return len(await backend.messages()) == backend.journal.position()

        await until(relayed_all)
    async with stream.connected(backend.nats_url, "test") as client:
        await client.jetstream().delete_msg(stream.NAME, 4)
    async with running(Subscriber(FEED, book, backend.nats_url).run):

        async def said() -> bool:
            return "has not come" in caplog.text

        await until(said)
        assert book.positions == [1, 2, 3]
        await backend.delete_stream()
        async with relayed(backend):
            await all_taken(backend, book)


async def test_a_book_that_fails_ends_it_and_nothing_is_lost(backend: Backend) -> None:
    class Torn(Notebook):
        async def take(self, *_: Any) -> None:
            raise LookupError("the page is torn")

    backend.count(1, 2)
    async with relayed(backend):
        torn = Torn()
        with pytest.raises(LookupError, match="torn"):
            await asyncio.wait_for(Subscriber(FEED, torn, backend.nats_url).run(), PATIENCE)
        assert torn.at is None
        book = Notebook()
        async with running(Subscriber(FEED, book, backend.nats_url).run):
            await all_taken(backend, book)


async def test_a_journal_that_was_set_back_and_went_on_otherwise_is_told(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.count(1, 2, 3)
    book = Notebook()
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):
        await all_taken(backend, book)
    backend.run("DELETE FROM journal.journal_events WHERE notification_id > 2")
    backend.run("ALTER SEQUENCE journal.journal_events_notification_id_seq RESTART WITH 3")
    await backend.delete_stream()
    backend.count(7, 8, 9, of="thing-2")
    taken = list(book.positions)
    async with relayed(backend), running(Subscriber(FEED, book, backend.nats_url).run):

        async def said() -> bool:
            return "another history" in caplog.text

        await until(said)
    assert book.positions == taken


async def test_who_has_nothing_to_take_is_left_in_peace(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.count(1, 2, 3)
    book = Notebook()
    async with relayed(backend):
        for _ in range(2):
            async with running(Subscriber(FEED, book, backend.nats_url).run):
                await all_taken(backend, book)
                # What was said before is of a stream that is not there yet, or a busy machine.
                caplog.clear()
                await asyncio.sleep(subscription.LOOK * (subscription.LOOKS + 2))
                assert [e for e in caplog.messages if "begins anew" in e] == []
