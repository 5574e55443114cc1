"""The database of accounts and the access log: a small pool, for any thread, and the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from services.access.tables import ALONE, prepare
from services.database_url import with_limits

Connection = psycopg.Connection[tuple[Any, ...]]
Clock = Callable[[], datetime]

FREE_WITHIN = 5.0
"""Seconds that are waited for a connection of the pool."""


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class AccessDatabase:
    """Gives out transactions; makes the schema `access` where it is missing."""

    def __init__(self, database_url: str, *, pool_size: int = 4, clock: Clock = utc_now) -> None:
        self.now = clock
        self._pool = ConnectionPool[Connection](
            with_limits(database_url),
            min_size=0,
            max_size=pool_size,
            max_idle=60,
            open=False,
            check=ConnectionPool.check_connection,
            timeout=FREE_WITHIN,
            name="access",
        )
        self._pool.open()
        try:
            with self.transaction() as conn:
                prepare(conn)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; what was written is committed at the end, or nothing is."""
        with self._pool.connection() as conn:
            yield conn

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Yield a connection while nobody else changes accounts, grants or tokens."""
        with self.transaction() as conn:
            conn.execute(ALONE)
            yield conn

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
