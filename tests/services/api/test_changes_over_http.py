"""Changes as a browser is sent them: by a server that ends though somebody follows."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
import orjson
from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.api.change_feed import ChangeFeed
from services.api.changes import Visible, changes
from services.api.positions import Positions
from services.api.security import Security
from services.api.server import Listen, serving
from tests.support.backend import PATIENCE, Backend, Counts, until


@dataclass
class Site:
    url: str
    feed: ChangeFeed

    @asynccontextmanager
    async def followed(self, **headers: str) -> AsyncIterator["Stream"]:
        async with (
            httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE) as client,
            client.stream("GET", "/changes/oak-street", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] in {"no-store", "no-cache"}
            stream = Stream(answer.aiter_lines())
            async with asyncio.timeout(PATIENCE):
                await stream.begins()
                yield stream

    async def nobody_follows(self) -> None:
        async def nobody() -> bool:
            return not self.feed.followers

        await until(nobody)


class Stream:
    """The events of an answer, as a browser reads them."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id = ""

    async def begins(self) -> None:
        """Wait until it is said from where on changes are sent."""
        async for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line.removeprefix("id: ")
                return

    async def next(self) -> tuple[str, Any] | None:
        """Return the next event; None where the answer ends."""
        kind, data = "", ""
        async for line in self._lines:
            name, _, value = line.partition(": ")
            match name:
                case "event":
                    kind = value
                case "data":
                    data = value
                case "id":
                    self.last_id = value
                case "" if data:
                    return kind, orjson.loads(data)
        return None


@asynccontextmanager
async def serving_changes(backend: Backend) -> AsyncIterator[Site]:
    async def everything() -> Visible:
        return lambda _: True

    async with (
        backend.supervisor(Counts()),
        Positions(backend.journal, backend.database_url, [Counts()]) as positions,
        ChangeFeed(backend.journal, backend.database_url, positions, [Counts()]) as feed,
    ):
        app = FastAPI()

        @app.get("/changes/{facility_id}", response_class=EventSourceResponse)
        async def follow(
            facility_id: str, last_event_id: Annotated[str | None, Header()] = None
        ) -> AsyncIterable[ServerSentEvent]:
            async for each in changes(feed, facility_id, may_see=everything, after=last_event_id):
                yield each

        address = Listen("127.0.0.1", 0)
        async with serving(Security(app, ()), address, ending=feed.end) as url:
            yield Site(url, feed)


async def test_a_browser_that_comes_again_is_sent_what_it_missed(backend: Backend) -> None:
    async with serving_changes(backend) as site:
        async with site.followed() as stream:
            position = await asyncio.to_thread(backend.count, 1)
            first, second = await stream.next(), await stream.next()
            assert first
            assert second
            assert (first[0], first[1]["type"]) == ("facility", "thing.opened")
            assert second[1]["position"] == position
        await site.nobody_follows()
        missed = await asyncio.to_thread(backend.count, 2)
        async with site.followed(**{"last-event-id": stream.last_id}) as again:
            found = await again.next()
            assert found
            assert found[1]["position"] == missed
            assert stream.last_id == f"{position}-0"
            assert again.last_id == f"{missed}-0"


async def test_a_browser_that_goes_away_is_followed_by_nobody(backend: Backend) -> None:
    async with serving_changes(backend) as site:
        async with site.followed():
            assert site.feed.followers == 1
        await site.nobody_follows()


async def test_a_server_that_ends_ends_the_answers_that_would_go_on(backend: Backend) -> None:
    async with serving_changes(backend) as site, site.followed() as stream:
        await asyncio.to_thread(backend.count, 1)
        assert await stream.next()
        assert await stream.next()
        rest = asyncio.create_task(stream.next())
        site.feed.end()
        # Whole, as HTTP has it: an answer that is cut off raises.
        assert await rest is None
