"""One at a time: a connection to PostgreSQL that keeps others from doing the same work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from traceback import clear_frames
from typing import Any

from psycopg import AsyncConnection

from services.cancellation import raise_if_cancelled

Connection = AsyncConnection[tuple[Any, ...]]

ASK_AGAIN = 0.3
"""Seconds until a lock that somebody else has is asked for again."""


async def connect(database_url: str) -> Connection:
    """Connect to PostgreSQL. A connection that is half made is dropped where this is cancelled."""
    try:
        return await AsyncConnection.connect(database_url, autocommit=True)
    except asyncio.CancelledError as ended:
        # The library leaves it to its frames, which last, while PostgreSQL waits a minute for it.
        clear_frames(ended.__traceback__)
        raise


async def notified(conn: Connection, within: float) -> bool:
    """Wait for a notification that the connection listens for; tell whether there was one in time.

    It is received also where it came while the connection did something else.
    """
    if within <= 0:
        return False
    return bool([each async for each in conn.notifies(timeout=within, stop_after=1)])


@asynccontextmanager
async def advisory_lock(database_url: str, work: str) -> AsyncIterator[Connection]:
    """Wait until nobody does this work on this database; yield the connection that says so.

    The lock is the session's: it is free again as soon as the connection is lost, and whoever
    does the work through that connection cannot go on without the lock. It is asked for again
    and again, since a statement that waits would hold back PostgreSQL's vacuum meanwhile.
    """
    async with await connect(database_url) as conn:
        while not await _lock(conn, work):
            raise_if_cancelled()
            await asyncio.sleep(ASK_AGAIN)
        yield conn


async def _lock(conn: Connection, work: str) -> bool:
    found = await conn.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (work,))
    row = await found.fetchone()
    return bool(row and row[0])
