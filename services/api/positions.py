"""How far the views have got, as PostgreSQL tells it: who waits for a position polls nothing."""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from psycopg.sql import SQL, Identifier

from projections.view import View
from services.advisory_lock import Connection, connect
from services.cancellation import cancel_and_wait, raise_if_cancelled
from services.database_url import with_limits
from services.failures import DATABASE_AWAY, reason
from services.journal import Journal
from services.read_models.checkpoint import CHANNEL, Checkpoint
from services.read_models.decoding import matters

logger = logging.getLogger("daybook.api")

LOOK_AGAIN = 5.0
"""Seconds of silence after which the tables are looked at, in case that nobody could tell."""

MOST_PASSED_OVER = 1000
"""Positions between where a view stands and is waited for, at most, for a look at them."""

PAUSE = 0.5
"""Seconds until the connection is made again after it was lost."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    position: int
    views: frozenset[str]
    done: asyncio.Future[None]


class Positions:
    """Where each view of a process stands, while its context lasts.

    A position that is known is never ahead of what a reader finds in the tables after that.
    """

    def __init__(self, journal: Journal, database_url: str, views: Collection[View]) -> None:
        self._journal = journal
        self._database_url = with_limits(database_url)
        self._views = {each.name: each for each in views}
        self._known: dict[str, int] = {}
        self._looked = asyncio.Event()
        self._waiters: set[_Waiter] = set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to listen; does not wait for PostgreSQL."""
        self._task = asyncio.create_task(self._listen_for_ever(), name="positions of the views")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the connection; whoever waits still waits until the end of their patience."""
        if self._task:
            await cancel_and_wait([self._task])

    async def reached(self, position: int, views: Collection[str], patience: float) -> bool:
        """Tell whether all of these views show what happened up to a position.

        Waits for it for `patience` seconds at most. A view that is stopped, away or not made yet
        does not get there; one that is made again stands where it stood, until it serves.
        """
        wanted = frozenset(views)
        if self._stand_at(position, wanted):
            return True
        if patience <= 0:
            return False
        waiter = _Waiter(position, wanted, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(patience):
                await self._pass_over(position, wanted)
                await waiter.done
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True

    async def now(self, views: Collection[str], patience: float = LOOK_AGAIN) -> int:
        """Return the position up to which all of these views show what happened, at least.

        0 where one of them is not there, or PostgreSQL has not answered for `patience` seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._looked.wait()
        return min((self._known.get(each, 0) for each in views), default=0)

    async def _pass_over(self, position: int, views: frozenset[str]) -> None:
        """Note that a view shows what happened up to a position where it takes none of that in.

        What changes no row is written later than what does: by so much it would be waited for.
        """
        known = {each: self._known[each] for each in views & self._known.keys()}
        behind = {name: at for name, at in known.items() if at < position}
        after = min(behind.values(), default=position)
        if after >= position or position - after > MOST_PASSED_OVER:
            return
        try:
            topics = await asyncio.to_thread(self._topics, after, position)
        except DATABASE_AWAY:
            return
        if topics is None:
            return
        for name, at in behind.items():
            view = self._views[name]
            # Where it was lost sight of meanwhile, it may stand before that.
            if self._known.get(name, -1) >= at and not any(matters(view, each) for each in topics):
                self._note(name, position)
        self._wake()

    def _topics(self, after: int, until: int) -> set[str] | None:
        """Return the topics between two positions; None where not all of it has happened yet."""
        if self._journal.position() < until:
            return None
        return self._journal.topics(after, until)

    def _stand_at(self, position: int, views: frozenset[str]) -> bool:
        return all(self._known.get(each, -1) >= position for each in views)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                async with await connect(self._database_url) as conn:
                    await conn.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
                    await self._follow(conn)
            except Exception as lost:  # it is begun again
                raise_if_cancelled()
                logger.warning("The views' positions are not known for now: %s.", reason(lost))
            # After a crash a view may stand before where it stood.
            self._known.clear()
            self._looked.clear()
            await asyncio.sleep(PAUSE)

    async def _follow(self, conn: Connection) -> None:
        """Look at the tables, and note what is told from then on, for ever."""
        while True:
            raise_if_cancelled()
            await self._look(conn)
            while True:
                told = [each async for each in conn.notifies(timeout=LOOK_AGAIN, stop_after=1)]
                raise_if_cancelled()
                if not told:
                    break
                for each in told:
                    name, _, position = each.payload.partition(" ")
                    if name in self._views and position.isdecimal():
                        self._note(name, int(position))
                self._wake()

    async def _look(self, conn: Connection) -> None:
        for name in self._views:
            if found := await Checkpoint.read(conn, name):
                self._note(name, found.position)
        self._looked.set()
        self._wake()

    def _note(self, name: str, position: int) -> None:
        # What was told before the tables were looked at is heard after that.
        self._known[name] = max(position, self._known.get(name, 0))

    def _wake(self) -> None:
        for each in self._waiters:
            if not each.done.done() and self._stand_at(each.position, each.views):
                each.done.set_result(None)
