"""Reading the stream: in order, from any of its messages on, with a check that none is missing."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import orjson
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.failures import BROKER_AWAY
from services.messaging.client import PlainClient, headers_in
from services.messaging.stream import API_TIMEOUT, NAME, Message, message_from, number_in

PULL_EXPIRES = 1.0
"""Seconds after which the server answers a pull though nothing has come."""

TOKENS = 9
"""Parts of the subject for a message's acknowledgment, where it names no domain."""


class StreamGone(ConnectionError):
    """The stream, or our way of reading it, is not there any more; open it again."""


class StreamReader:
    """Reads the stream in order from a sequence on.

    It pulls, and so never gets more than it asked for: nothing is dropped when it is slow. The
    consumer at the server is a passing one; whoever reads keeps the position.
    """

    def __init__(self, client: PlainClient) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._consumer = ""
        self._arrived: deque[tuple[bytes, bytes, bytes, bytes]] = deque()
        self._promised = 0
        self._something = asyncio.Event()
        self._heard = 0.0
        self._gone = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, client: PlainClient, start: int) -> AsyncIterator[Self]:
        """Read from a sequence on; NotFoundError where there is no stream."""
        reader = cls(client)
        js = client.jetstream(timeout=API_TIMEOUT)
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=start,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=30,
            mem_storage=True,
            num_replicas=1,
        )
        consumer = await js.add_consumer(NAME, config)
        reader._consumer = consumer.name
        # No limit here, where what is beyond it would be dropped: the pulls are the limit.
        inbox = await client.subscribe(
            reader._inbox, cb=reader._hear, pending_msgs_limit=0, pending_bytes_limit=0
        )
        client.hand_over(inbox, reader._take)
        try:
            yield reader
        finally:
            with contextlib.suppress(*BROKER_AWAY):
                await inbox.unsubscribe()
                await js.delete_consumer(NAME, consumer.name)

    async def next(self, limit: int, within: float) -> list[Message]:
        """Return what has arrived, at most `limit`; nothing when nothing does in that time.

        Raises StreamGone when stream, consumer or connection are not there any more.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + within
        if self._promised < limit:
            await self._ask(limit)
        while not self._arrived and clock() < until:
            self._check()
            if self._promised < limit:
                await self._ask(limit)
            self._something.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until - clock()):
                    await self._something.wait()
        taken = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        return [
            message_from(subject.decode(), _sequence_in(reply), headers_in(headers), payload)
            for subject, reply, payload, headers in taken
        ]

    async def _ask(self, limit: int) -> None:
        if self._client.is_closed:
            raise StreamGone("The connection to NATS is closed.")
        if not self._promised:
            self._heard = asyncio.get_running_loop().time()
        self._promised += limit
        request = {"batch": limit, "expires": int(PULL_EXPIRES * 1e9)}
        await self._client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{NAME}.{self._consumer}", orjson.dumps(request), self._inbox
        )

    def _take(self, subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:
        """Take in a message."""
        self._heard = asyncio.get_running_loop().time()
        self._something.set()
        self._promised -= 1
        self._arrived.append((subject, reply, payload, headers))

    async def _hear(self, msg: Msg) -> None:
        """Take in the server's word that a pull is over."""
        self._heard = asyncio.get_running_loop().time()
        self._something.set()
        headers = msg.headers or {}
        if (status := headers.get("Status")) == "408":
            self._promised -= number_in(headers.get("Nats-Pending-Messages"))
        else:
            self._gone = f"{status} {headers.get('Description', '')}".strip()

    def _check(self) -> None:
        """Raise where the server has said no more, or nothing at all for too long."""
        if self._gone:
            raise StreamGone(f"The stream cannot be read on: {self._gone}.")
        silence = asyncio.get_running_loop().time() - self._heard
        if self._client.is_closed or silence > PULL_EXPIRES + API_TIMEOUT:
            raise StreamGone("NATS does not answer.")


def _sequence_in(reply: bytes) -> int:
    """Return a message's sequence in the stream, out of the subject for its acknowledgment.

    That is $JS.ACK.<stream>.<consumer>.<delivered>.<sequence>... or has two tokens more before the
    stream, the domain and the account.
    """
    tokens = reply.split(b".")
    return int(tokens[5] if len(tokens) == TOKENS else tokens[7])
