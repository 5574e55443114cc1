"""Running a process manager: one task follows the journal, another does what its events ask for."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta

from psycopg.sql import SQL, Identifier

from domain.aggregate import CommandContext
from domain.errors import Refusal
from services.advisory_lock import Connection, advisory_lock, connect, notified
from services.application import CommandRunner
from services.application.command_bus import Ending, TooManyWaiting, WaitedTooLong
from services.cancellation import cancel_and_wait, raise_if_cancelled
from services.failures import where_it_failed
from services.process_managers.process_manager import AUTHOR, ProcessManager
from services.process_managers.task_store import (
    TaskStore,
    complete,
    due,
    make_tables,
    next_due,
)

logger = logging.getLogger("daybook.managers")

LOOK_AGAIN = 5.0
"""Seconds after which a manager looks for news, and for what is due, that nobody told it of."""

REST = 0.25
"""Seconds between two looks at the journal: whoever records much is followed in larger steps."""

AT_ONCE = 100
"""Tasks that are read at once, at most."""

RETRY = timedelta(minutes=5)
"""When a task that failed is tried again."""

SOON = timedelta(seconds=10)
"""When a task is tried again whose turn did not come."""


class ProcessManagerRunner:
    """Runs one manager. Of several on a database one works and the others wait."""

    def __init__(
        self,
        manager: ProcessManager,
        commands: CommandRunner,
        database_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.manager = manager
        self._commands = commands
        self._database_url = database_url
        self._clock = clock
        self._asked = asyncio.Event()

    async def run(self) -> None:
        """Follow and do until cancelled. Raises what PostgreSQL raises; then run it again."""
        async with AsyncExitStack() as opened:
            conn = await opened.enter_async_context(
                advisory_lock(self._database_url, f"daybook.manager.{self.manager.name}")
            )
            await make_tables(conn)
            worker = await opened.enter_async_context(await connect(self._database_url))
            both = [
                asyncio.create_task(self._follow(conn)),
                asyncio.create_task(self._work(worker)),
            ]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait(both)
            for each in both:
                if not each.cancelled():
                    each.result()

    async def _follow(self, conn: Connection) -> None:
        """Note what events ask for, as they are recorded, for ever."""
        journal = self._commands.journal
        store = TaskStore(self.manager, conn, journal.mapper)
        await conn.execute(SQL("LISTEN {}").format(Identifier(journal.channel)))
        while True:
            raise_if_cancelled()
            if await store.take_in_news():
                self._asked.set()
            await asyncio.sleep(min(REST, LOOK_AGAIN))
            await notified(conn, LOOK_AGAIN)

    async def _work(self, conn: Connection) -> None:
        """Do one after the other what is due, for ever."""
        while True:
            raise_if_cancelled()
            self._asked.clear()
            tasks = await due(conn, self.manager, self._clock(), AT_ONCE)
            for key, at in tasks:
                raise_if_cancelled()
                again = await asyncio.to_thread(self._do, key)
                await complete(conn, self.manager, key, at, again)
            if not tasks:
                await self._until_due(await next_due(conn, self.manager))

    async def _until_due(self, at: datetime | None) -> None:
        """Wait until an instant, or until something more is asked for."""
        left = (at - self._clock()).total_seconds() if at else LOOK_AGAIN
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(left, 0), LOOK_AGAIN)):
                await self._asked.wait()

    def _do(self, key: str) -> datetime | None:
        """Do a task; return when there is more to do under its key."""
        now = self._clock()
        context = CommandContext(f"{AUTHOR}-{uuid.uuid4().hex}", now, AUTHOR)
        try:
            return self.manager.do(self._commands, context, key)
        except Refusal as refusal:
            logger.warning("The manager of %s was refused: %s.", self.manager.name, refusal)
            return None
        except (TooManyWaiting, WaitedTooLong, Ending, TimeoutError):
            return now + SOON
        except Exception as trouble:  # the others are still done
            where = where_it_failed(trouble)
            logger.warning("The manager of %s tries again later: %s.", self.manager.name, where)
            return now + RETRY
