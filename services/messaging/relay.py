"""The relay: publishes a log, the journal above all, to its stream, in order, each event once.

It keeps no checkpoint of its own. Each message says which sequence has to be the last before it,
so the stream takes it once and in its place or not at all, and the last message in the stream
says how far the log was published.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from eventsourcing.persistence import Notification
from eventsourcing.utils import TopicError
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck, StreamConfig, StreamInfo, StreamState
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError
from psycopg.sql import SQL, Identifier

from services.advisory_lock import Connection, advisory_lock, connect, notified
from services.cancellation import raise_if_cancelled
from services.messaging.client import PlainClient
from services.messaging.consumers import from_environment as subscribers
from services.messaging.consumers import keep_consumers
from services.messaging.log import Log
from services.messaging.stream import (
    API_TIMEOUT,
    CONFIG,
    Message,
    Unpublishable,
    chain_of,
    connected,
    facts_of,
    last_of,
    make_stream,
    message_at,
    stream_info,
)
from services.messaging.stream_comparison import StreamComparison, is_the_same
from services.messaging.stream_refusals import (
    KEPT,
    MADE_AGAIN,
    ForeignStream,
    StreamAhead,
    StreamDamaged,
)
from services.messaging.stream_watch import StreamWatch

logger = logging.getLogger("daybook.relay")

WINDOW = 500
"""Events between two acknowledgements that are waited for."""

ROOM_FOR_HEADERS = 4096
"""Bytes of a message that its headers may take, at most."""

LOOK_AGAIN = 0.5
"""Seconds after which the relay looks at the stream, and for news that nobody told it of."""

STATUS_COMPARES = 5_000
"""Messages that nobody has compared yet and that are compared for the status, at most."""


class Unacknowledged(Exception):
    """What became of a window of messages is not known: the stream has to be looked at."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The last event in the stream; 0 and 0 where it has none."""

    position: int
    sequence: int


class Relay:
    """Publishes one log. Of several relays of it on a database one works and the others wait."""

    def __init__(
        self,
        log: Log,
        database_url: str,
        nats_url: str,
        config: StreamConfig = CONFIG,
        *,
        goes_on: bool = False,
    ) -> None:
        """Take the log and its stream.

        With `goes_on` the stream may begin with messages of the same journal that have no position:
        they were published before there was a log of them, and some may have expired.
        """
        self._log = log
        self._goes_on = goes_on
        self._config = config
        self._stream = str(config.name)
        self._database_url = database_url
        self._nats_url = nats_url
        self._previous: dict[str, int] = {}
        comparison = StreamComparison(log, self._stream, goes_on=goes_on)
        self._watch = StreamWatch(comparison, self._stream, log.id)

    async def run(self) -> None:
        """Publish until cancelled.

        Raises StreamRefused, Unpublishable, and what the engines raise when they fail. After
        any of them it can be run again.
        """
        async with advisory_lock(self._database_url, f"daybook.relay.{self._stream}") as conn:
            await conn.execute(SQL("LISTEN {}").format(Identifier(self._log.channel)))
            async with connected(self._nats_url, "daybook relay") as client:
                while True:
                    raise_if_cancelled()
                    await self._publish_on(client, conn)

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return self._stream

    @property
    def log(self) -> tuple[Log, str, bool]:
        """The log, the name of its stream, and whether that goes on from before the log."""
        return self._log, self._stream, self._goes_on

    async def inspect(self) -> None:
        """Raise StreamRefused where the stream is not an image of the log; change nothing."""
        async with connected(self._nats_url, "daybook status") as client:
            await self.inspect_by(client)

    async def inspect_by(self, client: PlainClient, compare: int = 0) -> None:
        """Do the same by a connection of the caller's.

        Of what no relay has compared with the log yet, so many messages are compared, too.
        """
        js = client.jetstream(timeout=API_TIMEOUT)
        info = await stream_info(js, self._stream)
        if info is None:
            return
        await self._tip(js, info)
        async with await connect(self._database_url) as conn:
            (await self._watch.glance(client, conn, info, compare)).check()

    async def _publish_on(self, client: PlainClient, conn: Connection) -> None:
        """Publish from where the stream stands; return when it has to be looked at again."""
        js = client.jetstream(timeout=API_TIMEOUT)
        info = await make_stream(js, self._config)
        await keep_consumers(js, self._stream, subscribers())
        try:
            tip = await self._tip(js, info)
            await self._watch.begin(conn, info)
            self._previous = {}
            clock = asyncio.get_running_loop().time
            # In between, what a message says has to be before it keeps it out of another stream.
            while await self._unchanged(js, info, tip):
                until = clock() + LOOK_AGAIN
                await self._watch.look(client, conn, tip.sequence)
                news = True
                while news:
                    raise_if_cancelled()
                    tip = await self._publish(client, js, tip)
                    news = await notified(conn, until - clock())
        except (Unacknowledged, NotFoundError) as trouble:
            logger.warning("The relay looks at the stream again: %s", trouble or "it is gone.")
            await asyncio.sleep(0.1)

    async def _tip(self, js: JetStreamContext, info: StreamInfo) -> Tip:
        """Return where the stream stands, once it is sure that it is this log's image."""
        state = info.state
        if state.last_seq == 0 or (self._goes_on and state.messages == 0):
            return Tip(0, state.last_seq)
        if not await self._is_whole(js, state):
            lost = state.last_seq - state.messages
            message = f"The stream has lost {lost} of {state.last_seq} messages: {MADE_AGAIN}"
            raise StreamDamaged(message)
        last = await message_at(js, state.last_seq, self._stream)
        if last is None:
            message = "its last message is not there."
            raise Unacknowledged(message)
        if self._is_of_before(last):
            return Tip(0, last.sequence)
        await self._compare(last)
        return Tip(last.position, last.sequence)

    async def _is_whole(self, js: JetStreamContext, state: StreamState) -> bool:
        """Tell whether no message is missing, but for those that expired before the log began."""
        if state.messages != state.last_seq - state.first_seq + 1:
            return False
        if state.first_seq == 1:
            return True
        first = await message_at(js, state.first_seq, self._stream)
        return first is not None and self._is_of_before(first)

    def _is_of_before(self, message: Message) -> bool:
        """Tell whether a message was published before there was a log of it."""
        ours = self._goes_on and message.journal == self._log.id
        return ours and message.position == 0

    async def _compare(self, last: Message) -> None:
        """Refuse a stream whose last message is not the event that the journal has there."""
        if last.journal != self._log.id:
            whose = last.journal or "something else"
            message = f"The stream belongs to {whose}, not to {self._log.id}; {KEPT}"
            raise ForeignStream(message)
        newest = await asyncio.to_thread(self._log.position)
        if last.position > newest:
            message = (
                f"The stream is at position {last.position}, ahead of the journal, which ends at"
                f" {newest}, as after a restore; {KEPT}"
            )
            raise StreamAhead(message)
        event = await asyncio.to_thread(self._log.at, last.position)
        if event is None or not is_the_same(last, event):
            message = (
                f"The stream's last message, {last.id}, is not the event that the journal has at"
                f" position {last.position}; {KEPT}"
            )
            raise ForeignStream(message)

    async def _unchanged(self, js: JetStreamContext, info: StreamInfo, tip: Tip) -> bool:
        """Tell whether the stream is still the same one, as long as we left it, and whole."""
        now = await stream_info(js, self._stream)
        if now is None or now.created != info.created or now.state.last_seq != tip.sequence:
            return False
        # Who purges a stream, or deletes a message of it, leaves its last sequence as it was.
        state, before = now.state, info.state
        same = (state.first_seq, state.messages > 0) == (before.first_seq, before.messages > 0)
        return same and state.messages in {0, state.last_seq - state.first_seq + 1}

    async def _publish(self, client: Client, js: JetStreamContext, tip: Tip) -> Tip:
        """Publish all that the log has after the tip; return the new one."""
        sent: asyncio.Task[PubAck] | None = None
        try:
            read = WINDOW
            while read == WINDOW:
                events = await asyncio.to_thread(self._log.after, tip.position, WINDOW)
                # The last window is acknowledged while the next one is read.
                if sent:
                    await _acknowledged(sent)
                read, sent = len(events), None
                if events:
                    sent = await self._send(client, js, tip, events)
                    tip = Tip(events[-1].id, tip.sequence + read)
            if sent:
                await _acknowledged(sent)
            return tip
        finally:
            if sent:
                sent.cancel()
                await asyncio.gather(sent, return_exceptions=True)

    async def _send(
        self, client: Client, js: JetStreamContext, tip: Tip, events: Sequence[Notification]
    ) -> asyncio.Task[PubAck]:
        """Send a window; return the acknowledgement of its last message.

        It answers for all of them, since each is taken only right after the one before it.
        """
        for sequence, event in enumerate(events, tip.sequence):
            subject, headers = publishable(event, client.max_payload)
            chain = chain_of(subject)
            if chain not in self._previous:
                before = await last_of(js, chain, self._stream)
                self._previous[chain] = before.position if before else 0
            headers["daybook-journal"] = self._log.id
            headers["daybook-previous"] = str(self._previous[chain])
            headers[Header.EXPECTED_LAST_SEQUENCE] = str(sequence)
            if event is events[-1]:
                # Not `publish_async`: of an acknowledgement that refuses it tells nothing.
                publishing = js.publish(subject, event.state, API_TIMEOUT, headers=headers)
                sent = asyncio.create_task(publishing)
            else:
                await client.publish(subject, event.state, headers=headers)
            self._previous[chain] = event.id
        return sent


def publishable(event: Notification, max_payload: int) -> tuple[str, dict[str, str]]:
    """Return an event's subject and headers; Unpublishable where it can have none."""
    if len(event.state) + ROOM_FOR_HEADERS > max_payload:
        message = f"The event at position {event.id} is larger than NATS allows ({max_payload} B)."
        raise Unpublishable(message)
    try:
        return facts_of(event)
    except TopicError as why:
        message = f"The event at position {event.id} is of no topic that is known: {event.topic}."
        raise Unpublishable(message) from why


async def _acknowledged(sent: asyncio.Task[PubAck]) -> None:
    try:
        await sent
    except TimeoutError as why:
        message = "an acknowledgement has not come."
        raise Unacknowledged(message) from why
    except (APIError, NoStreamResponseError) as why:
        message = f"it refused a message ({why})."
        raise Unacknowledged(message) from why
