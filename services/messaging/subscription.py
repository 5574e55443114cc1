"""Following: a subscriber that misses nothing and takes nothing twice, whatever happens.

The server keeps no truth for it. Whoever follows keeps a place of their own, in the transaction in
which they take messages in, and each time they begin, the consumer under their name is set to it.
So a message that comes twice, late or again changes nothing; one that is missing is noticed by the
position of the one before it; and a server that was away, or a stream that was made again, is begun
with anew.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError, ServiceUnavailableError

from services.cancellation import raise_if_cancelled
from services.failures import BROKER_AWAY
from services.messaging.consumers import config_for
from services.messaging.sequence_check import SequenceCheck
from services.messaging.stream import API_TIMEOUT, Message, connected, message_from

logger = logging.getLogger("daybook.following")

AT_ONCE = 500
"""Messages that are taken in one transaction, at most."""

GATHERED = 0.02
"""Seconds for which more messages are gathered once one has come, to be taken in together."""

LOOK = 1.0
"""Seconds without a message after which the consumer is looked at: whether it is still there."""

LOOKS = 3
"""Looks for which what was sent may be on its way."""

PAUSE = 1.0
"""Seconds before it is begun anew: longer each time, while nothing can be taken in."""

LONGEST_PAUSE = 5.0
"""Seconds before it is begun anew, at most."""


class ConsumerLost(Exception):
    """The consumer is not there any more, as when the stream was made again."""


class Gap(Exception):
    """A message came before one that precedes it; or messages are lost at the server."""


class OtherJournal(Exception):
    """The stream is of another journal, or another history, than what was taken in so far."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is followed: one filter on one stream, by a consumer under one's own name.

    `start` is where somebody without a place begins: at the first message, at a sequence of the
    stream (from 1), or with what was published at an instant or later.
    """

    name: str
    stream: str
    subjects: str
    start: int | datetime = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far somebody got: the last message's journal, sequence, position there, and `ce-id`.

    With its id, a journal that was set back to a backup and went on otherwise is told apart.
    """

    journal: str
    sequence: int
    position: int
    id: str


class Sink(Protocol):
    """Where somebody who follows keeps what they took in, and their place."""

    async def place(self) -> Checkpoint | None:
        """Return how far it got; None where nothing was taken in yet."""

    async def take(
        self, messages: Sequence[Message], before: Checkpoint | None, after: Checkpoint
    ) -> None:
        """Take messages in and note the place, in one transaction or not at all.

        Raises what it likes where the place is not the one before: then somebody else follows
        into the same book.
        """


class Subscriber:
    """Follows a feed into a book."""

    def __init__(self, subscription: Subscription, book: Sink, nats_url: str) -> None:
        self._feed = subscription
        self._book = book
        self._nats_url = nats_url

    async def run(self) -> None:
        """Follow until cancelled; begin anew after whatever goes wrong.

        What did is a warning where nothing was taken in since the last time: a batch that a busy
        machine cuts short is asked for again, and nobody has to know.
        """
        pause = PAUSE
        while True:
            raise_if_cancelled()
            before = await self._book.place()
            try:
                await self._follow()
            except (ConsumerLost, Gap, OtherJournal, *BROKER_AWAY) as trouble:
                stuck = await self._book.place() == before
                level = logging.WARNING if stuck else logging.INFO
                logger.log(level, "%s begins anew: %s", self._feed.name, _plainly(trouble))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE) if stuck else PAUSE

    async def _follow(self) -> None:
        """Follow from the place in the book until something is amiss, which is raised."""
        async with connected(self._nats_url, self._feed.name) as client:
            js = client.jetstream(timeout=API_TIMEOUT)
            place = await self._book.place()
            made = await self._consumer(js, place)
            delivery = _Delivery(
                self._book, place, from_the_middle=place is None and self._feed.start != 1
            )
            consumer = await js.pull_subscribe_bind(self._feed.name, self._feed.stream)
            waited = 0
            while waited < LOOKS:
                raise_if_cancelled()
                if batch := await _next_batch(consumer):
                    await delivery.take(batch)
                    waited = 0
                else:
                    sent = await self._look(js, made)
                    waited = waited + 1 if sent > delivery.heard else 0
            raise ConsumerLost("messages that were sent have not come")

    async def _consumer(self, js: JetStreamContext, place: Checkpoint | None) -> datetime | None:
        """Have the consumer begin at the place; return when it was made.

        So the first message is the last one that was taken in, if all is as it was. A consumer
        that is there is set back or ahead. Where there is none it is made, by whoever may; for
        subscribers from outside Daybook makes it (see `services.messaging.consumers`).
        """
        subscription = self._feed
        start = max(place.sequence, 1) if place else subscription.start
        if isinstance(start, datetime):
            with suppress(NotFoundError):
                await js.delete_consumer(subscription.stream, subscription.name)
            await js.add_consumer(subscription.stream, self._from(start))
        else:
            # The server leaves it unanswered to set back what is not there.
            try:
                await js.consumer_info(subscription.stream, subscription.name)
            except NotFoundError:
                await self._make(js)
            await js.reset_consumer(subscription.stream, subscription.name, start)
        made: datetime | None = (
            await js.consumer_info(subscription.stream, subscription.name)
        ).created
        return made

    async def _make(self, js: JetStreamContext) -> None:
        """Make the consumer. Raises Lost where that is not ours to do: then nobody answers."""
        try:
            await js.add_consumer(
                self._feed.stream, config_for(self._feed.name, self._feed.subjects)
            )
        except TimeoutError:
            raise ConsumerLost(
                "its consumer is not there, and somebody else has to make it"
            ) from None

    def _from(self, start: datetime) -> ConsumerConfig:
        config = config_for(self._feed.name, self._feed.subjects)
        return config.evolve(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=start)

    async def _look(self, js: JetStreamContext, made: datetime | None) -> int:
        """Return the last sequence sent. Raises ConsumerLost where the consumer is not ours."""
        try:
            info = await js.consumer_info(self._feed.stream, self._feed.name)
        except NotFoundError:
            raise ConsumerLost("its consumer is gone") from None
        if info.created != made:
            raise ConsumerLost("somebody else made its consumer anew")
        return info.delivered.stream_seq if info.delivered else 0


async def _next_batch(consumer: JetStreamContext.PullSubscription) -> Sequence[Msg]:
    """Return the next messages, some at a time; none where none came within LOOK seconds."""
    try:
        batch = await consumer.fetch(1, LOOK)
        with suppress(TimeoutError):
            batch += await consumer.fetch(AT_ONCE - 1, GATHERED)
    except TimeoutError:
        return ()
    except ServiceUnavailableError:  # said at once: the consumer is paused, or gone
        await asyncio.sleep(LOOK)
        return ()
    return batch


class _Delivery:
    """Takes what comes, in order. `heard` is the last sequence that has come, new or not."""

    def __init__(self, book: Sink, place: Checkpoint | None, *, from_the_middle: bool) -> None:
        self._book = book
        self._place = place
        self._begun_at = place
        journal, position = (place.journal, place.position) if place else (None, 0)
        self._follows = SequenceCheck(journal, position, from_the_middle=from_the_middle)
        self.heard = 0

    async def take(self, batch: Sequence[Msg]) -> None:
        """Take a batch in. Raises Gap, OtherJournal, and what the book raises."""
        arrived = [
            message_from(raw.subject, raw.metadata.sequence.stream, raw.headers, raw.data)
            for raw in batch
        ]
        self.heard = max(self.heard, *(each.sequence for each in arrived))
        new = [each for each in arrived if self._is_next(each)]
        if new:
            last = new[-1]
            after = Checkpoint(last.journal, last.sequence, last.position, last.id)
            await self._book.take(new, self._place, after)
            self._place = after
        # For the server's sake, which would send them again: the truth is in the book.
        for raw in batch:
            await raw.ack()

    def _is_next(self, message: Message) -> bool:
        """Tell whether a message is new. Raises Gap, OtherJournal."""
        if wrong := self._follows.foreign(message):
            raise OtherJournal(f"what comes is of another journal: {wrong}")
        begun = self._begun_at
        if begun and message.sequence == begun.sequence and message.id != begun.id:
            raise OtherJournal(
                "the stream has another history: at our place there is another event"
            )
        if not self._follows.is_new(message):
            return False
        if wrong := self._follows.check(message):
            raise Gap(
                f"what precedes position {message.position} has not come ({wrong}); where that"
                " stays so, messages are lost, or somebody else reads under the same name"
            )
        return True


def _plainly(trouble: BaseException) -> str:
    return str(trouble) or type(trouble).__name__
