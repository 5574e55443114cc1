"""A few connections to PostgreSQL, for any thread.

psycopg's own pool connects in the background, and after an outage as late again as the outage took:
who asks meanwhile waits to the end of their patience. Here whoever asks connects, or is told at
once that PostgreSQL is away.
"""

import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from services.database_url import with_limits

Connection = psycopg.Connection[Any]

FREE_WITHIN = 5.0
"""Seconds that are waited for one of the connections, while others have them all."""


class Connections:
    """Keeps connections open from one use to the next; to be closed."""

    def __init__(
        self, database_url: str, most: int, configure: Callable[[Connection], None] | None = None
    ) -> None:
        """Take where to connect, and what is set on each new connection."""
        self._database_url = with_limits(database_url)
        self._configure = configure
        self._free = threading.BoundedSemaphore(most)
        self._idle: deque[Connection] = deque()
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection; what was written is committed at the end, or nothing is.

        Raises PoolTimeout where none is free, and what psycopg raises where PostgreSQL is away.
        """
        if not self._free.acquire(timeout=FREE_WITHIN):
            raise PoolTimeout
        try:
            conn = self._known() or self._connect()
            try:
                yield conn
                conn.commit()
            except BaseException:
                with suppress(psycopg.Error):
                    conn.rollback()
                raise
            finally:
                self._put_back(conn)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the connections; those that are used now, once they are no longer."""
        self._closed = True
        while conn := self._taken():
            conn.close()

    def _known(self) -> Connection | None:
        """Return a connection that is open; what ended meanwhile is closed."""
        while conn := self._taken():
            if not (conn.closed or _was_told_something(conn)):
                return conn
            conn.close()
        return None

    def _taken(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self) -> Connection:
        conn = psycopg.connect(self._database_url)
        try:
            if self._configure:
                self._configure(conn)
        except BaseException:
            conn.close()
            raise
        return conn

    def _put_back(self, conn: Connection) -> None:
        if self._closed or conn.info.transaction_status is not TransactionStatus.IDLE:
            conn.close()
            return
        self._idle.append(conn)
        if self._closed:
            self.close()


def _was_told_something(conn: Connection) -> bool:
    """Tell whether the server said something to a connection that asked nothing: that it ends."""
    waiting = select.poll()
    waiting.register(conn.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
