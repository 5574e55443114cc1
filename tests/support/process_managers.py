"""Process managers at work beside a test, by the test's own clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg

from services.application import CommandHandler
from services.process_managers import MANAGERS, ProcessManager, ProcessManagerRunner, runner
from tests.support.backend import Backend, running, until

Settled = Callable[[], Awaitable[None]]

STANDING = """
    SELECT coalesce((SELECT position FROM managers.places WHERE manager = %(manager)s), 0) >= (
        SELECT coalesce(max(notification_id), 0) FROM journal.journal_events
    ) AND NOT EXISTS (
        SELECT FROM managers.tasks WHERE manager = %(manager)s AND at <= %(now)s
    )
"""


@asynccontextmanager
async def managed(
    backend: Backend, clock: Callable[[], datetime], managers: Sequence[ProcessManager] = MANAGERS
) -> AsyncIterator[Settled]:
    """Let managers work; yield what waits until none of them has anything left to do."""
    before, runner.LOOK_AGAIN = runner.LOOK_AGAIN, 0.05

    try:
        async with AsyncExitStack() as opened:
            conn = opened.enter_context(psycopg.connect(backend.database_url, autocommit=True))

            async def settled() -> None:
                async def nothing_left() -> bool:
                    return await asyncio.to_thread(_nothing_left, conn, backend, managers, clock())

                await until(nothing_left)

            for each in managers:
                work = ProcessManagerRunner(
                    each,
                    CommandHandler(backend.journal, backend.vault),
                    backend.database_url,
                    clock=clock,
                )
                await opened.enter_async_context(running(work.run))
            yield settled
    finally:
        runner.LOOK_AGAIN = before


def _nothing_left(
    conn: psycopg.Connection[Any],
    backend: Backend,
    managers: Sequence[ProcessManager],
    now: datetime,
) -> bool:
    # What a task recorded may ask for another one: nothing may come in between.
    last = backend.journal.position()
    try:
        idle = all(_idle(conn, each, now) for each in managers)
    except psycopg.errors.UndefinedTable:
        return False
    return idle and backend.journal.position() == last


def _idle(conn: psycopg.Connection[Any], manager: ProcessManager, now: datetime) -> bool:
    about = {"manager": manager.name, "now": now}
    row = conn.execute(STANDING, about).fetchone()
    return bool(row and row[0])
