"""The stream against the journal: each message, in order, has to be the event that is sealed."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from eventsourcing.persistence import Notification

from services.audit.verification.report import MOST_TOLD, Fault, Section, counted
from services.journal import Journal
from services.messaging.relay import publishable
from services.messaging.stream import (
    API_TIMEOUT,
    Message,
    Unpublishable,
    chain_of,
    connected,
    stream_info,
)
from services.messaging.stream_reader import StreamReader

AT_ONCE = 500

UNPUBLISHABLE = (Unpublishable, KeyError, TypeError, ValueError)
"""What is raised for an event of which no message could be made: it was changed."""

WITHIN = 10.0
"""Seconds in which the next message has to come."""


async def verify_stream(
    journal: Journal, nats_url: str, on_progress: Callable[[int], None] = lambda _: None
) -> Section:
    """Return whether the stream's messages are the journal's events; one may be behind.

    Raises what NATS raises where it does not answer.
    """
    async with connected(nats_url, "daybook verify") as client:
        info = await stream_info(client.jetstream(timeout=API_TIMEOUT))
        compared = _Comparison(journal, client.max_payload)
        if info is None or not info.state.messages:
            return await asyncio.to_thread(compared.section)
        last, sequence = info.state.last_seq, 0
        async with StreamReader.open(client, 1) as reader:
            while sequence < last:
                messages = await reader.next(AT_ONCE, WITHIN)
                if not messages:
                    message = "the stream's messages do not come"
                    raise TimeoutError(message)
                messages = [each for each in messages if each.sequence <= last]
                await asyncio.to_thread(compared.take, messages)
                sequence = messages[-1].sequence if messages else last
                on_progress(sequence)
    return await asyncio.to_thread(compared.section)


class _Comparison:
    """Holds messages, as they come, against the events at their positions."""

    def __init__(self, journal: Journal, max_payload: int) -> None:
        self._journal = journal
        self._max_payload = max_payload
        self._at = 0
        self._last: dict[str, int] = {}
        self._count = 0
        self._wrong = 0
        self._faults: list[Fault] = []

    def take(self, messages: Sequence[Message]) -> None:
        """Compare the next messages, and the events up to the last of them."""
        self._count += len(messages)
        until = max((each.position for each in messages), default=0)
        events = deque(self._between(self._at, until))
        for message in messages:
            if message.position <= self._at:
                says = f"message {message.sequence} is out of order, or none of Daybook's"
                self._add(says, message.id, message.position)
                continue
            self._at = message.position
            while events and events[0].id < message.position:
                self._miss(events.popleft())
            if not events or events[0].id > message.position:
                says = f"message {message.sequence} is of an event that the journal does not have"
                self._add(says, message.id, message.position)
            elif not self._is_image(message, event := events.popleft()):
                self._add("a message differs from the event", _name(event), event.id)
            self._last[message.chain] = message.position

    def section(self) -> Section:
        """Return what was found."""
        behind = sum(1 for _ in self._between(self._at, self._journal.position()))
        says = [f"the same ({counted(self._count, 'messages')})" if self._count else "empty"]
        if self._wrong:
            says = [f"not as the journal is: {self._wrong:,} of {self._count:,} messages"]
        if behind:
            says.append(f"not in it yet: {counted(behind, 'events')}")
        return Section("stream", says, self._faults, is_note=behind > 0)

    def _between(self, after: int, until: int) -> Iterator[Notification]:
        while after < until and (events := self._journal.after(after, AT_ONCE)):
            yield from (each for each in events if each.id <= until)
            after = events[-1].id

    def _miss(self, event: Notification) -> None:
        """Note that no message has an event; the next one of its kind says what came before it."""
        self._add("no message has the event", _name(event), event.id)
        with suppress(*UNPUBLISHABLE):
            self._last[chain_of(publishable(event, self._max_payload)[0])] = event.id

    def _is_image(self, message: Message, event: Notification) -> bool:
        """Tell whether a message is what the relay publishes of an event."""
        stored = message.stored
        said = (stored.originator_id, stored.originator_version, stored.topic, stored.state)
        if said != (event.originator_id, event.originator_version, event.topic, event.state):
            return False
        try:
            subject, headers = publishable(event, self._max_payload)
        except UNPUBLISHABLE:
            return False
        chain = chain_of(subject)
        return (message.id, message.journal, message.chain, message.previous) == (
            headers["ce-id"],
            self._journal.id,
            chain,
            self._last.get(chain, 0),
        )

    def _add(self, says: str, name: str, position: int) -> None:
        self._wrong += 1
        if len(self._faults) < MOST_TOLD:
            says = f"{says}: {name or 'nameless'} at position {position}"
            self._faults.append(Fault(what="message", says=says, event=name, position=position))


def _name(event: Notification) -> str:
    return f"{event.originator_id}:{event.originator_version}"
