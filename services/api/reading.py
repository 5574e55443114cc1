"""Read models as HTTP reads them: an answer, and the position that it reflects, of one moment."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Any, LiteralString, Self, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL, Identifier

from services.api.change_feed import ChangeFeed
from services.api.positions import Positions
from services.connections import Connections
from services.read_models.earlier_moments import EarlierMoments

Found = TypeVar("Found")

AT_ONCE = 6
"""Questions that are answered at the same time, at most."""


@dataclass(frozen=True, slots=True)
class Reads:
    """How far the views have got, what they say and said earlier, and what changes in them."""

    positions: Positions
    models: "ReadModels"
    feed: ChangeFeed
    moments: EarlierMoments


class NotMadeYet(Exception):
    """A read model is not there."""


class ReadModels:
    """Gives out transactions that read what was so at one moment; usable from any thread."""

    def __init__(self, database_url: str) -> None:
        self._connections = Connections(database_url, AT_ONCE, _configured)
        self._threads = ThreadPoolExecutor(AT_ONCE, "read models")

    def __enter__(self) -> Self:
        """Begin; does not wait for PostgreSQL."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the threads and close the connections."""
        self._threads.shutdown()
        self._connections.close()

    async def in_thread(self, read: Callable[[], Found]) -> Found:
        """Return what a function reads, in a thread of its own: nothing else waits for that."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    @contextmanager
    def at_one_moment(
        self, views: Collection[str]
    ) -> Iterator[tuple[psycopg.Connection[Any], int]]:
        """Yield a connection of named tuples, and the position that these views all reflect.

        Raises NotMadeYet where one of them is not there.
        """
        with self._connections.transaction() as conn:
            try:
                yield conn, _position(conn, views)
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                raise NotMadeYet from None


def _configured(conn: psycopg.Connection[Any]) -> None:
    conn.row_factory = namedtuple_row
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    conn.read_only = True


def _position(conn: psycopg.Connection[Any], views: Collection[str]) -> int:
    """Return the least position of some views."""
    each = SQL(" UNION ALL ").join(
        SQL("SELECT position FROM {}").format(Identifier(view, "position")) for view in views
    )
    row = conn.execute(SQL("SELECT min(position) AS position FROM ({}) views").format(each))
    found = row.fetchone()
    return int(found.position) if found and found.position is not None else 0


def day_at(
    conn: psycopg.Connection[Any], facilities: LiteralString, facility_id: str, now: datetime
) -> date | None:
    """Return the day on a facility's clocks; None where the question of facilities has it not."""
    for each in conn.execute(facilities):
        if each.facility_id == facility_id:
            return now.astimezone(ZoneInfo(each.timezone)).date()
    return None
