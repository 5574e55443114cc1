"""One moment of the database, which several connections read, whoever writes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from services.database_url import with_limits


@dataclass(frozen=True, slots=True)
class SharedSnapshot:
    """A transaction that reads, how its database is reached, and its snapshot's name for others.

    The name is good while the transaction lasts.
    """

    conn: psycopg.Connection[Any]
    database_url: str
    name: str

    @classmethod
    @contextmanager
    def open(cls, database_url: str) -> "Iterator[SharedSnapshot]":
        """Yield the database as it is now."""
        url = with_limits(database_url)
        with _reading(url) as conn:
            row = conn.execute("SELECT pg_export_snapshot()").fetchone()
            yield cls(conn, url, row[0] if row else "")


@contextmanager
def joined(database_url: str, name: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield another connection that reads the moment of a snapshot."""
    with _reading(database_url) as conn:
        conn.execute(f"SET TRANSACTION SNAPSHOT '{name}'".encode())
        yield conn


@contextmanager
def _reading(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        yield conn
