"""A stream compared with its log, message by message: the k-th is the k-th event, byte by byte."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from eventsourcing.persistence import Notification
from eventsourcing.utils import TopicError

from services.messaging.client import PlainClient
from services.messaging.log import Log
from services.messaging.stream import Message, Unpublishable, chain_of, facts_of
from services.messaging.stretches import stretch

Kind = Literal["lacking", "other", "foreign", "astray", "missing"]

SENTENCES: dict[Kind, str] = {
    "lacking": "the journal has no such event",
    "other": "the journal has another event there",
    "foreign": "it is no event of this journal",
    "astray": "it does not stand in its place",
    "missing": "the stream does not have it",
}
"""What is so of an event in which stream and log differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where stream and log differ: an event by its id (aggregate:version), topic and position.

    `message` is what the stream has, `event` what the log has at that position, if anything.
    """

    kind: Kind
    event_id: str
    topic: str
    position: int
    message: Message | None = field(default=None, repr=False)
    event: Notification | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.event_id} at position {self.position}: {SENTENCES[self.kind]}"

    @property
    def only_here(self) -> bool:
        """Tell whether the stream has something that the log does not have."""
        return self.kind in {"lacking", "other", "foreign"}


@dataclass(frozen=True, slots=True)
class Place:
    """A message, by its sequence, and the position of its event; 0 and 0 before the first."""

    sequence: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """A stretch that was compared: up to which message, how many they were, what differs."""

    place: Place
    messages: int
    differences: tuple[Difference, ...]


def is_the_same(message: Message, event: Notification) -> bool:
    """Tell whether a message has exactly an event of the log."""
    stored = message.stored
    return (stored.state, stored.originator_id, stored.originator_version, stored.topic) == (
        event.state,
        event.originator_id,
        event.originator_version,
        event.topic,
    )


def _stands_under_its_subject(message: Message, event: Notification) -> bool:
    try:
        return message.chain == chain_of(facts_of(event)[0])
    except (TopicError, Unpublishable):
        return False


class StreamComparison:
    """Compares a stream with its log, from any place on.

    With `goes_on` the stream may begin with messages of the same journal that have no position:
    they were published before there was a log of them.
    """

    def __init__(self, log: Log, stream: str, *, goes_on: bool = False) -> None:
        self._log = log
        self._stream = stream
        self._goes_on = goes_on

    async def step(self, client: PlainClient, place: Place, limit: int) -> Compared:
        """Compare the messages after a place, at most `limit`; raises StretchFailed."""
        messages = await stretch(client, self._stream, place.sequence + 1, limit)
        window = _Window(self._log, place.position, limit)
        for each in messages:
            await window.take(each, of_before=self._is_of_before(each))
        last = messages[-1].sequence if messages else place.sequence
        return Compared(Place(last, window.position), len(messages), tuple(window.differences))

    def _is_of_before(self, message: Message) -> bool:
        ours = self._goes_on and message.journal == self._log.id
        return ours and message.position == 0


class _Window:
    """Takes messages one by one, beside the log's events from a position on."""

    def __init__(self, log: Log, position: int, limit: int) -> None:
        self.position = self._read = position
        self.differences: list[Difference] = []
        self._log = log
        self._limit = limit
        self._events: deque[Notification] = deque()
        self._end: int | None = None

    async def take(self, message: Message, *, of_before: bool) -> None:
        """Compare a message with what the log has in its place."""
        if of_before:
            return
        position = message.position
        if message.journal != self._log.id or not position:
            self._add("foreign", message)
        elif position <= self.position:
            event = await asyncio.to_thread(self._log.at, position)
            same = event is not None and is_the_same(message, event)
            self._add("astray" if same else "other" if event else "lacking", message, event)
        elif position > await self._newest():
            self._add("lacking", message)
        else:
            await self._take_in_order(message)

    async def _take_in_order(self, message: Message) -> None:
        while (event := await self._next()) and event.id < message.position:
            self._events.popleft()
            name = f"{event.originator_id}:{event.originator_version}"
            found = Difference("missing", name, event.topic, event.id, None, event)
            self.differences.append(found)
        self.position = message.position
        if event is None or event.id > message.position:
            self._add("lacking", message)
            return
        self._events.popleft()
        if not is_the_same(message, event):
            self._add("other", message, event)
        elif not _stands_under_its_subject(message, event):
            self._add("astray", message, event)

    async def _next(self) -> Notification | None:
        """Return the log's next event, still to be taken; None where there is none."""
        if not self._events:
            found = await asyncio.to_thread(self._log.after, self._read, self._limit)
            self._events.extend(found)
            self._read = found[-1].id if found else self._read
        return self._events[0] if self._events else None

    async def _newest(self) -> int:
        if self._end is None:
            self._end = await asyncio.to_thread(self._log.position)
        return self._end

    def _add(self, kind: Kind, message: Message, event: Notification | None = None) -> None:
        stored = message.stored
        name = f"{stored.originator_id}:{stored.originator_version}"
        difference = Difference(kind, name, stored.topic, message.position, message, event)
        self.differences.append(difference)
