"""The projector: takes the events of the stream into one view, in order, each once.

The position is written with the rows, in one transaction; there is no other memory of it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from nats.js.api import StreamInfo
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
from services.messaging.stream_feed import Follower
from services.messaging.stream_reader import StreamGone
from services.read_models.checkpoint import (
    Checkpoint,
    ViewChanged,
    advance,
    build,
    drop,
    read_both,
    staging_schema,
    swap,
    told_channel,
    use_schema,
)
from services.read_models.decoding import matters
from services.read_models.execution import (
    CLOCK_TICK,
    ChainBroken,
    ProjectionStopped,
    run_one_by_one,
    run_steps,
    take_events,
)
from services.read_models.progress import Progress
from services.read_models.shared_reading import SharedReading
from services.read_models.side_by_side import fill
from services.read_models.skipping import skipped_ids

logger = logging.getLogger("daybook.projector")

BATCH = 1000
"""Events that are taken in with one transaction, at most."""

IDLE = 0.5
"""Seconds after which a view is looked at though nothing has arrived."""

REST = 0.1
"""Seconds after a batch in which a view that keeps time lets more come: it is told it each time."""

TICK = timedelta(seconds=10)
"""How long a view that keeps time is not told it again."""

LONGEST_PAUSE = 30.0
"""Seconds between two attempts at what cannot be taken in, at most."""


class Projector:
    """Keeps one view. Of several projectors of a view one works and the others wait.

    What is `shared` by the views of a process, they read, check and decode once.
    """

    def __init__(
        self,
        view: View,
        journal: Journal,
        database_url: str,
        nats_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        shared: SharedReading | None = None,
    ) -> None:
        self.view = view
        self._journal = journal
        self._shared = shared or SharedReading.of(journal)
        self._database_url = database_url
        self._nats_url = nats_url
        self._clock = clock
        self._failures = 0
        self._skipped: frozenset[str] = frozenset()
        self._journal_had = 0
        self._side_by_side = True

    async def run(self) -> None:
        """Follow the stream until cancelled.

        An event that cannot be taken in stops the view there and is tried again; so does the
        passing of time, but what arrives meanwhile is taken in before the next attempt. Raises
        what the engines raise when they fail; after that it can be run again.
        """
        name = self.view.name
        self._failures, self._side_by_side = 0, True
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
            progress = Progress(conn, await self._open(conn))
            self._skipped = await asyncio.to_thread(skipped_ids, self._journal, self.view)
            if stream := await self._stream_of(client, progress):
                start = progress.reached.sequence + 1
                feed = self._shared.feed.follow(client, start, stream.created)
                async with feed as reader, progress.written_if_cancelled():
                    await self._follow(reader, progress)
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
        if self._side_by_side:
            now, url = self._clock(), self._database_url
            self._side_by_side = await fill(conn, self.view, self._journal, url, now)
            if not self._side_by_side:
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

    async def _stream_of(self, client: PlainClient, progress: Progress) -> StreamInfo | None:
        """Return the stream, once it reaches where the view stands; None while it is being filled.

        Stops the view where the stream has something else there.
        """
        js, checkpoint = client.jetstream(timeout=API_TIMEOUT), progress.reached
        info = await stream_info(js)
        if info is None or info.state.last_seq < checkpoint.sequence:
            return None
        if checkpoint.sequence == 0:
            return info
        there = await message_at(js, checkpoint.sequence)
        if there and (there.journal, there.position) == (checkpoint.journal, checkpoint.position):
            return info
        found = f"position {there.position} of {there.journal}" if there else "nothing"
        wrong = (
            f"sequence {checkpoint.sequence} of the stream, where the view stands at position"
            f" {checkpoint.position} of {checkpoint.journal}, has {found}"
        )
        await self._break(progress, there.id if there else "", wrong)
        return None

    async def _follow(self, reader: Follower, progress: Progress) -> None:
        """Take in what arrives, batch after batch, until something is not as it was."""
        stands = progress.reached
        chain = SequenceCheck(stands.journal, stands.position, stands.sequence)
        self._journal_had = 0
        messages: Sequence[Message] = ()
        while True:
            raise_if_cancelled()
            await self._round_off(progress)
            if self.view.keeps_time and 0 < len(messages) < BATCH and not stands.under_construction:
                await asyncio.sleep(REST)
            many = BATCH * self.view.built_by if stands.under_construction else BATCH
            messages = await reader.next(many, IDLE if progress.is_written else progress.due_in)
            if not messages and progress.is_written:
                await progress.check()
                self._journal_had = 0
            sound, wrong = chain.sound(messages)
            reached = progress.reached.position
            sound, not_recorded = await self._shared.check.sound(sound, reached)
            if sound:
                await self._take(progress, sound)
                self._failures = 0
            if because := not_recorded or wrong:
                await self._break(progress, messages[len(sound)].id, because)
            if progress.due_in <= 0:
                await progress.write_rest()

    async def _round_off(self, progress: Progress) -> None:
        """Once the view has all that the journal has, tell it the time and let it serve."""
        stands = progress.reached
        now = max(self._clock(), stands.looked_at or datetime.min.replace(tzinfo=UTC))
        if self._is_due(stands, now) and await self._has_all(stands):
            await self._look(progress, now)
        if stands.under_construction and await self._has_all(progress.reached):
            await progress.write_rest()
            await swap(progress.conn, self.view)
            logger.info("The view %s serves.", self.view.name)
            raise ViewChanged

    def _is_due(self, checkpoint: Checkpoint, now: datetime) -> bool:
        since = checkpoint.looked_at
        late = since is None or not checkpoint.told or now - since > TICK
        return self.view.keeps_time and late

    async def _has_all(self, checkpoint: Checkpoint) -> bool:
        if checkpoint.position < self._journal_had:
            return False
        self._journal_had = await asyncio.to_thread(self._journal.position)
        return checkpoint.position >= self._journal_had

    async def _look(self, progress: Progress, now: datetime) -> None:
        """Take the passing of time in, or say that it stops the view."""
        try:
            steps = self.view.tick(now)
            await self._move_on(progress, steps, progress.reached.looked(now), next(steps, None))
        except Exception as why:  # whatever the view does wrong
            if isinstance(why, ViewChanged) or database_failed(why):
                raise
            await progress.check()
            stopped = ProjectionStopped(CLOCK_TICK, reason(why))
            await progress.write(progress.reached.stopped(stopped.stopped_at, stopped.because))
            raise stopped from None
        self._failures = 0
        await progress.conn.execute("SELECT pg_notify(%s, '')", (told_channel(self.view),))

    async def _take(self, progress: Progress, messages: Sequence[Message]) -> None:
        """Take messages in at once; where that fails, one by one, as far as it goes."""
        try:
            await self._take_at_once(progress, messages)
        except Exception as why:  # whatever the view does wrong
            if isinstance(why, ViewChanged) or database_failed(why):
                raise
            await progress.check()
            await self._take_one_by_one(progress, messages)

    async def _take_at_once(self, progress: Progress, messages: Sequence[Message]) -> None:
        before, last = progress.reached, messages[-1]
        new = before.after(last.position, last.sequence)
        events = [event for each in messages if (event := self._event(each))]
        steps = take_events(self.view, events)
        first = next(steps, None)
        if first is None and not before.stopped_at:
            progress.reached = new
        else:
            await self._move_on(progress, steps, new, first)

    def _event(self, message: Message) -> Event | None:
        """Return the event of a message; None for one that is to be passed over."""
        if message.id in self._skipped or not matters(self.view, message.stored.topic):
            return None
        return self._shared.decoder.event(message.stored)

    async def _move_on(
        self, progress: Progress, steps: Steps, new: Checkpoint, first: Step | None
    ) -> None:
        """Take steps, the first of which is known, and write the checkpoint, in one transaction."""
        conn = progress.conn
        # In a pipeline, which waits only where something is asked and before the commit.
        async with conn.pipeline(), conn.transaction():
            await conn.execute(use_schema(new.schema))
            await run_steps(conn, steps, first)
            written = await advance(conn, progress.written, new)
        progress.wrote(written)

    async def _take_one_by_one(self, progress: Progress, messages: Sequence[Message]) -> None:
        """Take in all before the one that fails, and say in the same transaction where it is."""
        conn, new = progress.conn, progress.reached
        async with conn.transaction():
            await conn.execute(use_schema(new.schema))
            taken, because = await run_one_by_one(conn, self.view, messages, self._event)
            if taken:
                new = new.after(messages[taken - 1].position, messages[taken - 1].sequence)
                self._failures = 0
            if because:
                new = new.stopped(messages[taken].id, because)
            written = await advance(conn, progress.written, new)
        progress.wrote(written)
        if because:
            raise ProjectionStopped(messages[taken].id, because)

    async def _break(self, progress: Progress, event_id: str, wrong: str) -> None:
        """Raise ChainBroken; record it only when it is seen again on a second reading."""
        broken = ChainBroken(event_id, f"ChainBroken: {wrong}")
        if self._failures:
            await progress.write(progress.reached.stopped(event_id, broken.because))
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
