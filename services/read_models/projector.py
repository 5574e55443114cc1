"""The projector: takes the events of the stream into one view, in order, each once.

The position is written with the rows, in one transaction; there is no other memory of it. Where
events change no row it is written a little later: who starts again from the one before reads over
them once more.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from nats.js.errors import NotFoundError

from domain.aggregate import Event
from projections.view import Step, Steps, View
from services.advisory_lock import Connection, advisory_lock
from services.cancellation import raise_if_cancelled
from services.failures import database_failed, reason
from services.journal import Journal
from services.messaging.client import PlainClient
from services.messaging.sequence_check import SequenceCheck
from services.messaging.stream import API_TIMEOUT, Message, connected, message_at, stream_info
from services.messaging.stream_reader import StreamGone, StreamReader
from services.read_models.checkpoint import (
    Checkpoint,
    ViewChanged,
    advance,
    build,
    drop,
    read_both,
    staging_schema,
    swap,
    use_schema,
)
from services.read_models.decoding import EventDecoder, matters
from services.read_models.execution import (
    CLOCK_TICK,
    ProjectionStopped,
    run_one_by_one,
    run_steps,
    take_events,
)
from services.read_models.skipping import skipped_ids

logger = logging.getLogger("daybook.projector")

BATCH = 1000
"""Events that are taken in with one transaction, at most."""

IDLE = 0.5
"""Seconds after which a view is looked at though nothing has arrived."""

TICK = timedelta(seconds=10)
"""How long a view that keeps time is not told it again."""

WRITE_AGAIN = 0.2
"""Seconds between two writings of a position with which no row changes."""

LONGEST_PAUSE = 30.0
"""Seconds between two attempts at what cannot be taken in, at most."""


class ChainBroken(ProjectionStopped):
    """The stream does not go on where the view stands."""


class Projector:
    """Keeps one view. Of several projectors of a view one works and the others wait."""

    def __init__(
        self,
        view: View,
        journal: Journal,
        database_url: str,
        nats_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        decoder: EventDecoder | None = None,
    ) -> None:
        """Take what is needed; of several views in a process each is given the same decoder."""
        self.view = view
        self._journal = journal
        self._decoder = decoder or EventDecoder(journal.mapper)
        self._database_url = database_url
        self._nats_url = nats_url
        self._clock = clock
        self._failures = 0
        self._skipped: frozenset[str] = frozenset()
        self._written: Checkpoint | None = None
        self._written_at = 0.0
        self._journal_had = 0

    async def run(self) -> None:
        """Follow the stream until cancelled.

        An event that cannot be taken in stops the view there and is tried again; so does the
        passing of time, but what arrives meanwhile is taken in before the next attempt. Raises
        what the engines raise when they fail; after that it can be run again.
        """
        name = self.view.name
        self._failures = 0
        async with (
            advisory_lock(self._database_url, f"daybook.view.{name}") as conn,
            connected(self._nats_url, f"daybook view {name}") as client,
        ):
            # Rows and position go together: what a crash of PostgreSQL takes is read again.
            await conn.execute("SET synchronous_commit TO off")
            while True:
                raise_if_cancelled()
                await self._follow_on(conn, client)

    async def _follow_on(self, conn: Connection, client: PlainClient) -> None:
        """Follow from where the view stands; return when that has to be looked at again."""
        try:
            self._written = checkpoint = await self._open(conn)
            self._skipped = await asyncio.to_thread(skipped_ids, self._journal, self.view)
            if await self._in_stream(conn, client, checkpoint):
                async with StreamReader.open(client, checkpoint.sequence + 1) as reader:
                    await self._follow(conn, reader, checkpoint)
            await asyncio.sleep(0.2)
        except ViewChanged:
            logger.info("The view %s is looked at again.", self.view.name)
        except (StreamGone, NotFoundError):
            if client.is_closed:
                raise
            logger.info("The view %s waits for the stream.", self.view.name)
            await asyncio.sleep(0.2)
        except ProjectionStopped as stopped:
            await self._pause(conn, stopped)

    async def _open(self, conn: Connection) -> Checkpoint:
        """Return where the view stands: as it serves, or else as it is built beside."""
        serving, building = await read_both(conn, self.view)
        if serving and await self._fits(serving):
            if building:
                await drop(conn, building.schema)
            return serving
        if building and await self._fits(building):
            return building
        logger.info("The view %s is built from the first event.", self.view.name)
        await build(conn, self.view, self._journal.id)
        built = await Checkpoint.read(conn, staging_schema(self.view))
        if built is None:
            raise ViewChanged
        return built

    async def _fits(self, checkpoint: Checkpoint) -> bool:
        """Tell whether tables are this view's, and drawn from a history that the journal has."""
        if not checkpoint.fits(self.view, self._journal.id):
            return False
        position = checkpoint.position
        return not position or bool(await asyncio.to_thread(self._journal.at, position))

    async def _in_stream(
        self, conn: Connection, client: PlainClient, checkpoint: Checkpoint
    ) -> bool:
        """Tell whether the stream reaches where the view stands; False while it is being filled.

        Stops the view where the stream has something else there.
        """
        js = client.jetstream(timeout=API_TIMEOUT)
        info = await stream_info(js)
        if info is None or info.state.last_seq < checkpoint.sequence:
            return False
        if checkpoint.sequence == 0:
            return True
        there = await message_at(js, checkpoint.sequence)
        if there and (there.journal, there.position) == (checkpoint.journal, checkpoint.position):
            return True
        found = f"position {there.position} of {there.journal}" if there else "nothing"
        wrong = (
            f"sequence {checkpoint.sequence} of the stream, where the view stands at position"
            f" {checkpoint.position} of {checkpoint.journal}, has {found}"
        )
        await self._break(conn, checkpoint, there.id if there else "", wrong)
        return False

    async def _follow(self, conn: Connection, reader: StreamReader, checkpoint: Checkpoint) -> None:
        """Take in what arrives, batch after batch, until something is not as it was."""
        chain = SequenceCheck(checkpoint.journal, checkpoint.position, checkpoint.sequence)
        while True:
            raise_if_cancelled()
            checkpoint = await self._round_off(conn, checkpoint)
            wait = self._until_written() if checkpoint != self._written else IDLE
            messages = await reader.next(BATCH, wait)
            if not messages and checkpoint == self._written:
                await self._look_again(conn)
            sound, wrong = _sound(chain, messages)
            if sound:
                checkpoint = await self._take(conn, checkpoint, sound)
                self._failures = 0
            if wrong:
                await self._break(conn, checkpoint, messages[len(sound)].id, wrong)
            if checkpoint != self._written and self._until_written() <= 0:
                checkpoint = await self._write(conn, checkpoint)

    async def _look_again(self, conn: Connection) -> None:
        """Raise ViewChanged where the view's tables are not as they were left."""
        if self._written is None or await Checkpoint.read(conn, self._written.schema) != (
            self._written
        ):
            raise ViewChanged

    def _until_written(self) -> float:
        """Return the seconds until a position with which no row changes may be written."""
        return self._written_at + WRITE_AGAIN - asyncio.get_running_loop().time()

    async def _write(self, conn: Connection, new: Checkpoint) -> Checkpoint:
        """Write a new standing in the place of the one that is written."""
        if self._written is None:
            raise ViewChanged
        return self._wrote(await advance(conn, self._written, new))

    def _wrote(self, checkpoint: Checkpoint) -> Checkpoint:
        self._written = checkpoint
        self._written_at = asyncio.get_running_loop().time()
        return checkpoint

    async def _round_off(self, conn: Connection, checkpoint: Checkpoint) -> Checkpoint:
        """Once the view has all that the journal has, tell it the time and let it serve."""
        now = max(self._clock(), checkpoint.looked_at or datetime.min.replace(tzinfo=UTC))
        if self._is_due(checkpoint, now) and await self._has_all(checkpoint):
            checkpoint = await self._look(conn, checkpoint, now)
        if checkpoint.under_construction and await self._has_all(checkpoint):
            if checkpoint != self._written:
                await self._write(conn, checkpoint)
            await swap(conn, self.view)
            logger.info("The view %s serves.", self.view.name)
            raise ViewChanged
        return checkpoint

    def _is_due(self, checkpoint: Checkpoint, now: datetime) -> bool:
        if not self.view.keeps_time:
            return False
        return (
            checkpoint.looked_at is None or not checkpoint.told or now - checkpoint.looked_at > TICK
        )

    async def _has_all(self, checkpoint: Checkpoint) -> bool:
        if checkpoint.position < self._journal_had:
            return False
        self._journal_had = await asyncio.to_thread(self._journal.position)
        return checkpoint.position >= self._journal_had

    async def _look(self, conn: Connection, checkpoint: Checkpoint, now: datetime) -> Checkpoint:
        """Take the passing of time in, or say that it stops the view."""
        try:
            steps = self.view.tick(now)
            new = await self._move_on(conn, steps, checkpoint.looked(now), next(steps, None))
        except Exception as why:  # whatever the view does wrong
            if isinstance(why, ViewChanged) or database_failed(why):
                raise
            await self._look_again(conn)
            stopped = ProjectionStopped(CLOCK_TICK, reason(why))
            await self._write(conn, checkpoint.stopped(stopped.stopped_at, stopped.because))
            raise stopped from None
        self._failures = 0
        return new

    async def _take(
        self, conn: Connection, checkpoint: Checkpoint, messages: Sequence[Message]
    ) -> Checkpoint:
        """Take messages in at once; where that fails, one by one, as far as it goes."""
        try:
            return await self._take_at_once(conn, checkpoint, messages)
        except Exception as why:  # whatever the view does wrong
            if isinstance(why, ViewChanged) or database_failed(why):
                raise
            await self._look_again(conn)
        return await self._take_one_by_one(conn, checkpoint, messages)

    async def _take_at_once(
        self, conn: Connection, checkpoint: Checkpoint, messages: Sequence[Message]
    ) -> Checkpoint:
        new = checkpoint.after(messages[-1].position, messages[-1].sequence)
        events = [event for each in messages if (event := self._event(each))]
        steps = take_events(self.view, events)
        first = next(steps, None)
        if first is None and not checkpoint.stopped_at:
            return new
        return await self._move_on(conn, steps, new, first)

    def _event(self, message: Message) -> Event | None:
        """Return the event of a message; None for one that is to be passed over."""
        if message.id in self._skipped or not matters(self.view, message.stored.topic):
            return None
        return self._decoder.event(message.stored)

    async def _move_on(
        self, conn: Connection, steps: Steps, new: Checkpoint, first: Step | None
    ) -> Checkpoint:
        """Take steps and write the new standing, in one transaction."""
        if self._written is None:
            raise ViewChanged
        # In a pipeline, which waits only where something is asked and before the commit.
        async with conn.pipeline(), conn.transaction():
            await conn.execute(use_schema(new.schema))
            await run_steps(conn, steps, first)
            moved = await advance(conn, self._written, new)
        return self._wrote(moved)

    async def _take_one_by_one(
        self, conn: Connection, checkpoint: Checkpoint, messages: Sequence[Message]
    ) -> Checkpoint:
        """Take in all before the one that fails, and say in the same transaction where it is."""
        async with conn.transaction():
            await conn.execute(use_schema(checkpoint.schema))
            taken, because = await run_one_by_one(conn, self.view, messages, self._event)
            new = checkpoint
            if taken:
                new = new.after(messages[taken - 1].position, messages[taken - 1].sequence)
                self._failures = 0
            if because:
                new = new.stopped(messages[taken].id, because)
            new = await self._write(conn, new)
        if because:
            raise ProjectionStopped(messages[taken].id, because)
        return new

    async def _break(
        self, conn: Connection, checkpoint: Checkpoint, event_id: str, wrong: str
    ) -> None:
        """Raise ChainBroken; record it only when it is seen again on a second reading."""
        broken = ChainBroken(event_id, f"ChainBroken: {wrong}")
        if self._failures:
            await self._write(conn, checkpoint.stopped(event_id, broken.because))
        raise broken

    async def _pause(self, conn: Connection, stopped: ProjectionStopped) -> None:
        """Wait before the next attempt, longer each time, unless the tables change meanwhile."""
        self._failures += 1
        if isinstance(stopped, ChainBroken) and self._failures == 1:
            return
        if self._failures <= 2:
            logger.error("The view %s has stopped at %s", self.view.name, stopped)
        pause = min(LONGEST_PAUSE, 2.0 ** (self._failures - 2))
        before = await read_both(conn, self.view)
        until = asyncio.get_running_loop().time() + pause
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(min(1.0, pause))
            raise_if_cancelled()
            if await read_both(conn, self.view) != before:
                return


def _sound(
    chain: SequenceCheck, messages: Sequence[Message]
) -> tuple[Sequence[Message], str | None]:
    """Return the messages up to the first that does not follow, and what is wrong with that."""
    for number, message in enumerate(messages):
        if wrong := chain.check(message):
            return messages[:number], wrong
    return messages, None
