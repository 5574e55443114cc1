"""Running a process manager: one task follows the events, another does what they ask for."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from domain.aggregate import CommandContext
from domain.errors import Refusal
from services.advisory_lock import Connection, advisory_lock, connect
from services.application import CommandRunner
from services.cancellation import cancel_and_wait, raise_if_cancelled
from services.failures import where_it_failed
from services.journal.codec import TypedMapper
from services.messaging import stream
from services.messaging.subscription import Subscriber, Subscription
from services.process_managers.process_manager import AUTHOR, ProcessManager
from services.process_managers.task_store import TaskStore, complete, due, make_tables

logger = logging.getLogger("daybook.managers")

LOOK_AGAIN = 0.5
"""Seconds between two looks at what is due."""

AT_ONCE = 100
"""Tasks that are read at once, at most."""

RETRY = timedelta(minutes=5)
"""When a task that failed is tried again."""


class ProcessManagerRunner:
    """Runs one manager. Of several on a database one works and the others wait."""

    def __init__(
        self,
        manager: ProcessManager,
        commands: CommandRunner,
        database_url: str,
        nats_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.manager = manager
        self._commands = commands
        self._database_url = database_url
        self._nats_url = nats_url
        self._clock = clock

    async def run(self) -> None:
        """Follow and do until cancelled. Raises what the engines raise; then run it again."""
        name = self.manager.name
        subscription = Subscription(
            f"manager-{name}", stream.NAME, f"daybook.*.{self.manager.follows}.*.*"
        )
        async with AsyncExitStack() as opened:
            conn = await opened.enter_async_context(
                advisory_lock(self._database_url, f"daybook.manager.{name}")
            )
            await make_tables(conn)
            worker = await opened.enter_async_context(await connect(self._database_url))
            book = TaskStore(self.manager, conn, TypedMapper())
            both = [
                asyncio.create_task(Subscriber(subscription, book, self._nats_url).run()),
                asyncio.create_task(self._work(worker)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait(both)
            for each in both:
                if not each.cancelled():
                    each.result()

    async def _work(self, conn: Connection) -> None:
        """Do one after the other what is due, for ever."""
        while True:
            raise_if_cancelled()
            tasks = await due(conn, self.manager, self._clock(), AT_ONCE)
            for key, at in tasks:
                raise_if_cancelled()
                again = await asyncio.to_thread(self._do, key)
                await complete(conn, self.manager, key, at, again)
            if not tasks:
                await asyncio.sleep(LOOK_AGAIN)

    def _do(self, key: str) -> datetime | None:
        """Do a task; return when there is more to do under its key."""
        now = self._clock()
        context = CommandContext(f"{AUTHOR}-{uuid.uuid4().hex}", now, AUTHOR)
        try:
            return self.manager.do(self._commands, context, key)
        except Refusal as refusal:
            logger.warning("The manager of %s was refused: %s.", self.manager.name, refusal)
            return None
        except Exception as trouble:  # the others are still done
            where = where_it_failed(trouble)
            logger.warning("The manager of %s tries again later: %s.", self.manager.name, where)
            return now + RETRY
