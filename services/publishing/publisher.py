"""Publishing: a look at what may have news, again and again; the news go in the outbox.

What is told is derived: it goes to streams of its own and never to DAYBOOK, which is the journal's
image.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from psycopg import AsyncCursor, IsolationLevel
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from projections import compliance
from services.advisory_lock import Connection, advisory_lock, notified
from services.cancellation import raise_if_cancelled
from services.journal import Journal
from services.publishing.outbox import Outbox
from services.read_models.checkpoint import Checkpoint, told_channel

LOOK_AGAIN = 2.0
"""Seconds after which there is a look though nobody told of news."""

REST = 0.3
"""Seconds between two looks, at least."""

_VIEW = compliance.Compliance()


class Publisher:
    """Tells what is new. Of several on a database one works and the others wait."""

    stream: ClassVar[str]
    """The stream for which it writes."""

    lock: ClassVar[str]
    """The name of the lock that whoever works holds."""

    def __init__(
        self,
        journal: Journal,
        database_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.outbox = Outbox(journal, self.stream)
        self._database_url = database_url

    @property
    def channel(self) -> str:
        """The channel on which PostgreSQL notifies of what it looks at."""
        raise NotImplementedError

    async def run(self) -> None:
        """Tell until cancelled. Raises what PostgreSQL raises; then it can be run again."""
        loop = asyncio.get_running_loop()
        async with advisory_lock(self._database_url, self.lock) as conn:
            await conn.execute(SQL("LISTEN {}").format(Identifier(self.channel)))
            # All that one look reads is read as of one moment.
            await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await self.begin(conn)
            while True:
                raise_if_cancelled()
                started = loop.time()
                async with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
                    more = await self.look(cursor)
                if not more:
                    took = loop.time() - started
                    await asyncio.sleep(max(REST, took))
                    await notified(conn, LOOK_AGAIN)

    async def begin(self, conn: Connection) -> None:
        """Note what has to be noted before the first look."""

    async def look(self, cursor: AsyncCursor[Any]) -> bool:
        """Write what is new in the outbox, within a transaction; tell whether there is more."""
        raise NotImplementedError


class ViewPublisher(Publisher):
    """Tells what the view `compliance` came to say when it was told the time."""

    _seen: Checkpoint | None = None

    @property
    def channel(self) -> str:
        """The channel on which it is told that the view knows the time."""
        return told_channel(_VIEW)

    async def run(self) -> None:
        """Tell until cancelled, and look at the view once at first."""
        self._seen = None
        await super().run()

    async def publish(self, cursor: AsyncCursor[Any], looked_at: datetime) -> bool:
        """Write what is new in the outbox, within a transaction; tell whether there is more.

        `looked_at` is the time that the view was told last.
        """
        raise NotImplementedError

    async def look(self, cursor: AsyncCursor[Any]) -> bool:
        """Tell what is otherwise now; tell whether there is more at once."""
        found = await Checkpoint.read(cursor.connection, _VIEW.name)
        if found is None or not found.fits(_VIEW, self.journal.id):
            return False
        # Until the view was told the time, a command may be taken in by half.
        if not found.told or found.looked_at is None or found == self._seen:
            return False
        more = await self.publish(cursor, found.looked_at)
        if not more:
            self._seen = found
        return more
