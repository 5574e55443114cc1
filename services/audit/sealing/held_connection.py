"""A connection to PostgreSQL that is kept from one use to the next, for one thread at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from services.database_url import with_limits

Connection = psycopg.Connection[Any]


class HeldConnection:
    """Connects where there is no connection, or the one that was kept has ended."""

    def __init__(self, database_url: str) -> None:
        self._database_url = with_limits(database_url)
        self._conn: Connection | None = None
        self._one_at_a_time = threading.Lock()
        self._is_over = False

    def begin(self) -> None:
        """Keep the connection from now on."""
        self._is_over = False

    def end(self) -> None:
        """Close the connection; one that is used now, once it is no longer."""
        self._is_over = True
        if self._one_at_a_time.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._one_at_a_time.release()

    @contextmanager
    def used(self) -> Iterator[Connection]:
        """Yield the connection, in autocommit. Raises what psycopg raises."""
        with self._one_at_a_time:
            conn = self._conn
            if conn is None or conn.closed or conn.broken:
                conn = self._conn = psycopg.connect(self._database_url, autocommit=True)
            try:
                yield conn
            except BaseException:
                # What it is in the middle of is not known.
                self._close()
                raise
            finally:
                if self._is_over:
                    self._close()

    def _close(self) -> None:
        if self._conn:
            self._conn.close()
        self._conn = None
