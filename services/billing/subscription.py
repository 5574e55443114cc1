"""Following a facility's billable days: nothing is missed, and nothing is taken twice.

The server keeps no truth for it. The place is kept in the database of the service, in the
transaction in which messages are taken in, and each time it begins, the consumer is set to it. So
what comes twice changes nothing; what is missing is noticed by the position of the message before;
and a server that was away, or a stream that was made again, is begun with anew.
"""

import asyncio
import json
import logging
import os
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import nats
import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

logger = logging.getLogger("billing")

STREAM = "BILLABLE"

AT_ONCE = 500
"""Messages that are taken in one transaction, at most."""

WAIT = 1.0
"""Seconds for which messages are waited for, and before it is begun anew."""

ANSWER = 3.0
"""Seconds in which the server has to answer."""


class Trouble(Exception):
    """What is read is not what was read so far; it is begun anew from the place."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody got: the last message's journal, sequence, position there, and id."""

    journal: str
    sequence: int
    position: int
    id: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the stream; `previous` is the position of the one before it."""

    place: Place
    previous: int
    topic: str
    body: dict[str, Any]


class Sink(Protocol):
    """Where messages are taken in, and the place is kept."""

    def place(self) -> Place | None:
        """Return how far it got; None where nothing was taken in yet."""

    def take(self, messages: Sequence[Message], before: Place | None, after: Place) -> None:
        """Take messages in and note the place, in one transaction or not at all.

        Raises what it likes where the place is not the one before.
        """


class Subscriber:
    """Follows the billable days of a facility by a consumer under a name of one's own."""

    def __init__(self, name: str, facility: str, sink: Sink, url: str) -> None:
        self._name = name
        self._subjects = f"daybook.{facility}.billable.*.*"
        self._sink = sink
        self._url = url

    async def run(self) -> None:
        """Follow until cancelled; begin anew after whatever goes wrong with the server."""
        while True:
            try:
                await self._follow()
            except (Trouble, nats.errors.Error, OSError) as why:
                logger.warning("%s begins anew: %s", self._name, why or type(why).__name__)
            await asyncio.sleep(WAIT)

    async def _follow(self) -> None:
        servers = [each.strip() for each in self._url.split(",")]
        client = await nats.connect(
            servers,
            name=self._name,
            allow_reconnect=False,
            connect_timeout=int(ANSWER),
            error_cb=_ignore,
            **login(),
        )
        try:
            js = client.jetstream(timeout=ANSWER)
            made = await self._consumer(js, self._sink.place())
            subscription = await js.pull_subscribe_bind(self._name, STREAM)
            reading = _Reading(self._sink)
            while True:
                try:
                    arrived = await subscription.fetch(AT_ONCE, timeout=WAIT)
                except TimeoutError:
                    await self._check(js, made)
                    continue
                reading.take(arrived)
                for each in arrived:
                    # For the server's sake, which would send them again.
                    await each.ack()
        finally:
            await client.close()

    async def _consumer(self, js: JetStreamContext, place: Place | None) -> datetime | None:
        """Have the consumer begin at the place, with the last message that was taken in.

        On a server with users Daybook makes it; elsewhere it is made here. Returns when it was.
        """
        try:
            await js.consumer_info(STREAM, self._name)
        except NotFoundError:
            await self._make(js)
        await js.reset_consumer(STREAM, self._name, max(place.sequence, 1) if place else 1)
        made: datetime | None = (await js.consumer_info(STREAM, self._name)).created
        return made

    async def _make(self, js: JetStreamContext) -> None:
        config = ConsumerConfig(
            durable_name=self._name,
            filter_subject=self._subjects,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
        )
        try:
            await js.add_consumer(STREAM, config)
        except TimeoutError:
            message = "its consumer is not there, and somebody else has to make it"
            raise Trouble(message) from None

    async def _check(self, js: JetStreamContext, made: datetime | None) -> None:
        """Raise Trouble where the consumer is not the one that was set to the place."""
        with suppress(NotFoundError):
            if (await js.consumer_info(STREAM, self._name)).created == made:
                return
        message = "its consumer is gone, or somebody else made it anew"
        raise Trouble(message)


class _Reading:
    """Takes in what arrives, in order; raises Trouble where something is missing."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._begun_at = self._place = sink.place()

    def take(self, arrived: Sequence[Msg]) -> None:
        """Take messages in, all that are new."""
        new: list[Message] = []
        place = self._place
        for each in map(read, arrived):
            if self._is_next(each, place):
                new.append(each)
                place = each.place
        if place and new:
            self._sink.take(new, self._place, place)
            self._place = place

    def _is_next(self, message: Message, place: Place | None) -> bool:
        begun, here = self._begun_at, message.place
        if place and here.journal != place.journal:
            message_ = f"the stream is of journal {here.journal or '?'}, not of {place.journal}"
            raise Trouble(message_)
        if begun and here.sequence == begun.sequence and here.id != begun.id:
            message_ = "the stream has another history: at our place there is another message"
            raise Trouble(message_)
        last = place.position if place else 0
        if here.position <= last:
            return False
        if message.previous != last:
            message_ = f"what precedes position {here.position} has not come"
            raise Trouble(message_)
        return True


def read(raw: Msg) -> Message:
    """Read a message as the contract describes it."""
    headers = raw.headers or {}
    place = Place(
        journal=headers["daybook-journal"],
        sequence=raw.metadata.sequence.stream,
        position=int(headers["daybook-position"]),
        id=headers["ce-id"],
    )
    previous = int(headers["daybook-previous"])
    return Message(place, previous, headers["ce-type"], json.loads(raw.data))


def login() -> dict[str, Any]:
    """Return how to log in to a server with users; nothing where the settings name no user.

    DAYBOOK_NATS_SEED names the file of an NKey's seed, called after the user; DAYBOOK_NATS_CA the
    certificate of the authority.
    """
    seed, ca = (os.environ.get(f"DAYBOOK_NATS_{each}", "").strip() for each in ("SEED", "CA"))
    if not seed and not ca:
        return {}
    tls = ssl.create_default_context(cafile=ca or None)
    options: dict[str, Any] = {"tls": tls, "tls_handshake_first": True}
    if seed:
        options |= {"nkeys_seed": seed, "inbox_prefix": f"_INBOX_{Path(seed).stem}"}
    return options


async def _ignore(_: Exception) -> None:
    """Say nothing: whoever uses the connection gets to know."""
