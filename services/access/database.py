"""The database of accounts and the access log: a small pool, for any thread, and the time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from services.access.tables import ALONE, prepare
from services.connections import Connections

Connection = psycopg.Connection[tuple[Any, ...]]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class AccessDatabase:
    """Gives out transactions; makes the schema `access` where it is missing."""

    def __init__(self, database_url: str, *, pool_size: int = 4, clock: Clock = utc_now) -> None:
        self.now = clock
        self._connections = Connections(database_url, pool_size)
        try:
            with self.transaction() as conn:
                prepare(conn)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; what was written is committed at the end, or nothing is."""
        with self._connections.transaction() as conn:
            yield conn

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Yield a connection while nobody else changes accounts, grants or tokens."""
        with self.transaction() as conn:
            conn.execute(ALONE)
            yield conn

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
