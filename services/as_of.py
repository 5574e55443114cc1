"""As of: the read models as they were at an instant, in a database of their own for a moment.

A view is a function of a position of the journal and of the time. So what was known when is found
by filling the same views once more, from the events up to that position alone, and telling them
that time. Nothing of it touches the read models that serve, and NATS has no part in it.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from domain.aggregate import Event
from domain.errors import DaybookError
from projections.view import Steps, View
from services.alone import Connection
from services.journal import Journal
from services.standing import beside, build, swap, within
from services.taking import take_steps

PREFIX = "daybook_as_of_"
"""How the names of these databases begin; the second in which each was made follows."""

LEFT_BEHIND = 60
"""Seconds after which a database of these that nobody is connected to is somebody's who died."""

BATCH = 1000
"""Events that are taken in at once."""


class NotAllowed(DaybookError):
    """The database's user may not make a database."""


class Earlier(DaybookError):
    """The time to go by lies before something was recorded."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first events of the journal, as far as they go, and the time to go by.

    `position` is that of the last of them (0 where there is none), `of` the journal's last.
    """

    events: Sequence[Event]
    position: int
    of: int
    now: datetime

    @classmethod
    def read(cls, journal: Journal, as_of: datetime | None, now: datetime | None) -> "Prefix":
        """Read the longest prefix that was recorded no later than an instant, or all.

        It ends before the first event that was recorded later, whatever follows it. The time to go
        by is that instant unless another one is given; raises Earlier for one before the last
        event was recorded.
        """
        last, position = journal.position(), 0
        events: list[Event] = []
        while found := journal.after(position, BATCH):
            for each in found:
                event = cast("Event", journal.mapper.to_domain_event(each))
                if as_of is not None and event.timestamp > as_of:
                    return cls._at(events, position, last, now or as_of)
                events.append(event)
                position = each.id
        return cls._at(events, position, last, now or as_of or datetime.now(UTC))

    @classmethod
    def _at(cls, events: list[Event], position: int, last: int, now: datetime) -> "Prefix":
        recorded = max((each.timestamp for each in events), default=now)
        if now < recorded:
            raise Earlier(
                f"the time to go by is {now.isoformat()}, before the last of these events was"
                f" recorded ({recorded.isoformat()}): --as-of looks at an earlier record"
            )
        return cls(events, position, last, now)


@contextmanager
def shown_as_of(database_url: str, views: Sequence[View], prefix: Prefix) -> Iterator[str]:
    """Fill the views from a prefix in a database of their own; yield its URL, and drop it.

    Raises NotAllowed where the database's user may not make one.
    """
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    url = make_conninfo(database_url, dbname=name)
    with psycopg.connect(database_url, autocommit=True) as conn:
        _drop_left_behind(conn)
        try:
            conn.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise NotAllowed(
                "--as-of and --now need a database of their own for a moment, and this database's"
                " user may not make one: let it have CREATEDB, or ask as one that has"
            ) from None
        try:
            # Who is connected shows that it is in use.
            with psycopg.connect(url):
                asyncio.run(_fill(url, views, prefix))
                yield url
        finally:
            conn.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _drop_left_behind(conn: psycopg.Connection[tuple[str]]) -> None:
    rows = conn.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) AND NOT EXISTS ("
        " SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        (PREFIX,),
    ).fetchall()
    for (name,) in rows:
        made = name.removeprefix(PREFIX).partition("_")[0]
        if made.isdecimal() and time.time() - int(made) > LEFT_BEHIND:
            # Somebody else may be dropping it, too.
            with suppress(psycopg.Error):
                conn.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


async def _fill(url: str, views: Sequence[View], prefix: Prefix) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as conn:
        for view in views:
            await build(conn, view, "")
            for start in range(0, len(prefix.events), BATCH):
                await _take(conn, view, view.take(prefix.events[start : start + BATCH]))
            await _take(conn, view, view.tick(prefix.now))
            await swap(conn, view)


async def _take(conn: Connection, view: View, steps: Steps) -> None:
    async with conn.transaction():
        await conn.execute(within(beside(view)))
        async with conn.pipeline():
            await take_steps(conn, steps)
