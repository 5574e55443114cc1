"""Reading the stream once for all who follow it side by side in one process.

Whoever is first to ask for what comes next reads it from the server, by a connection of its own;
the others find it here, already taken apart. Who is too far behind, or ahead, reads alone until
they meet.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from services.messaging.client import PlainClient
from services.messaging.stream import API_TIMEOUT, Message, stream_info
from services.messaging.stream_reader import StreamGone, StreamReader

KEPT = 8000
"""Messages that are kept for those who have not come to them, at most."""

PATIENCE = 2.0
"""Seconds for which the others wait for one who would be left behind."""

_OVER = "The stream is looked at again."


class StreamFeed:
    """The latest messages of the stream, without a gap between them."""

    def __init__(self) -> None:
        self.stream: datetime | None = None
        self._messages: list[Message] = []
        self._next = 0
        self._reader: StreamReader | None = None
        self._reading = asyncio.Lock()
        self._followers: set[Follower] = set()
        self._has_gap = False

    @asynccontextmanager
    async def follow(
        self, client: PlainClient, start: int, stream: datetime | None
    ) -> AsyncIterator["Follower"]:
        """Read from a sequence on; `stream` says when that stream was made."""
        if stream != self.stream or not self._followers:
            self._forget()
            self.stream, self._next = stream, start
        follower = Follower(self, client, start)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            await follower.end()

    def _forget(self) -> None:
        """Forget all messages; whoever follows has to look at the stream again."""
        for each in self._followers:
            each.is_over = True
        self._messages, self._reader, self._has_gap = [], None, False
        self._followers = set()

    def reaches(self, follower: "Follower") -> bool:
        """Tell whether what comes next for somebody is kept here, or comes next here, too."""
        known = follower in self._followers and not self._has_gap
        return known and self._next - len(self._messages) <= follower.next_sequence <= self._next

    def after(self, sequence: int, limit: int) -> list[Message]:
        """Return the messages from a sequence on that are kept, at most `limit` of them."""
        first = sequence - (self._next - len(self._messages))
        return self._messages[first : first + limit]

    async def read(self, follower: "Follower", limit: int, within: float) -> None:
        """Have what comes next here, unless nothing comes in that time."""
        clock = asyncio.get_running_loop().time
        until = clock() + within
        try:
            async with asyncio.timeout(within):
                await self._reading.acquire()
        except TimeoutError:
            return
        try:
            # Somebody else may have read it meanwhile.
            if self.reaches(follower) and follower.next_sequence == self._next:
                most = min(limit, KEPT)
                await self._make_room(most)
                await self._read_on(follower, most, until - clock())
        finally:
            self._reading.release()

    async def _read_on(self, follower: "Follower", limit: int, within: float) -> None:
        reader = self._reader
        if reader is None:
            reader = self._reader = await follower.open_reader(self._next)
        try:
            found = await reader.next(limit, within)
        except StreamGone:
            self._forget()
            raise
        if reader is not self._reader:
            return
        for message in found:
            if message.sequence != self._next:
                # Each is to see for itself what is missing.
                self._has_gap = True
                return
            self._messages.append(message)
            self._next += 1

    async def _make_room(self, limit: int) -> None:
        """Drop what everybody has read, or what nobody reads in time."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while (drop := len(self._messages) + limit - KEPT) > 0:
            first = self._next - len(self._messages)
            slowest = min(each.next_sequence for each in self._followers if self.reaches(each))
            if slowest >= first + drop or asyncio.get_running_loop().time() > until:
                del self._messages[:drop]
            else:
                await asyncio.sleep(0.005)

    def left_by(self, reader: StreamReader) -> None:
        """Note that a reader is no more."""
        if self._reader is reader:
            self._reader = None


class Follower:
    """Somebody who reads the stream in order."""

    def __init__(self, feed: StreamFeed, client: PlainClient, start: int) -> None:
        self.next_sequence = start
        self.reader: StreamReader | None = None
        self.is_over = False
        self._feed = feed
        self._client = client
        self._alone = False
        self._opened = AsyncExitStack()

    async def next(self, limit: int, within: float) -> list[Message]:
        """Return what comes next, at most `limit` messages; nothing when nothing does in time.

        Raises StreamGone when stream or connection are not there any more.
        """
        if self.is_over:
            raise StreamGone(_OVER)
        if self._feed.reaches(self):
            if self._alone:
                await self.end()
            found = self._feed.after(self.next_sequence, limit)
            if not found:
                await self._feed.read(self, limit, within)
                found = self._feed.after(self.next_sequence, limit)
        else:
            reader = self.reader if self._alone else None
            if reader is None:
                reader = await self.open_reader(self.next_sequence)
                self._alone = True
            found = await reader.next(limit, within)
        if found:
            self.next_sequence = found[-1].sequence + 1
        return found

    async def open_reader(self, start: int) -> StreamReader:
        """Read the stream from a sequence on by this one's own connection."""
        await self.end()
        self.reader = await self._opened.enter_async_context(StreamReader.open(self._client, start))
        info = await stream_info(self._client.jetstream(timeout=API_TIMEOUT))
        if info is None or info.created != self._feed.stream:
            raise StreamGone(_OVER)
        return self.reader

    async def end(self) -> None:
        """Stop reading by this one's own connection."""
        if self.reader:
            self._feed.left_by(self.reader)
        self.reader, self._alone = None, False
        opened, self._opened = self._opened, AsyncExitStack()
        await opened.aclose()
