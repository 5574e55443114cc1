"""As of: the read models as they were at an instant, in a database of their own for a moment.

A view is a function of a position of the journal and of the time. So what was known when is found
by filling the same views once more, from the events up to that position alone, and telling them
that time. Nothing of it touches the read models that serve, and NATS has no part in it.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
from eventsourcing.persistence import Notification
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain import bounds
from domain.aggregate import Event
from domain.errors import DaybookError
from projections.view import Steps, View
from services.advisory_lock import Connection, connect
from services.cancellation import raise_if_cancelled
from services.failures import database_failed, reason
from services.journal import Journal
from services.journal.patient_record import events_about
from services.read_models.checkpoint import build, staging_schema, swap, use_schema
from services.read_models.execution import (
    CLOCK_TICK,
    ViewStopped,
    run_one_by_one,
    run_steps,
    take_events,
)
from services.read_models.skipping import skipped_ids

PREFIX = "daybook_as_of_"
"""How the names of these databases begin; the oid of the journal's database follows.

Whoever made one holds the advisory lock of its name, until it is dropped, through a connection to
the journal's database.
"""

BATCH = 1000
"""Events that are taken in at once."""


class NotAllowed(DaybookError):
    """The database's user may not make a database."""


class TooMany(DaybookError):
    """As many look at the past as may at once."""


class Earlier(DaybookError):
    """The time to go by lies before something was recorded."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first events of a journal, as far as they go, and the time to go by.

    `position` is that of the last of them (0 where there is none), `of` the journal's last. With a
    `facility_id` it has the events of that one alone, with a `patient_id`, too, what is so of that
    patient: the views say nothing of others then.
    """

    journal: Journal
    position: int
    of: int
    now: datetime
    facility_id: str | None = None
    patient_id: str | None = None

    @classmethod
    def read(
        cls,
        journal: Journal,
        as_of: datetime | None,
        now: datetime | None,
        facility_id: str | None = None,
        patient_id: str | None = None,
    ) -> "Prefix":
        """Find the longest prefix that was recorded no later than an instant, or all.

        It ends before the first event that was recorded later, whatever follows it. The time to go
        by is that instant unless another one is given; raises Earlier for one before the last
        event was recorded.
        """
        found = journal.recorded(as_of)
        time = now or as_of or datetime.now(UTC)
        if found.latest is not None and time < found.latest:
            raise Earlier(
                f"the time to go by is {time.isoformat()}, before the last of these events was"
                f" recorded ({found.latest.isoformat()}): --as-of looks at an earlier record"
            )
        return cls(journal, found.position, found.of, time, facility_id, patient_id)

    def batches(self) -> Iterator[tuple[int, Sequence[Notification]]]:
        """Yield the events as stored, some at a time, with the position of the last of them."""
        if self.facility_id is not None:
            for found in self._of_facility(self.facility_id):
                yield found[-1].id, found
            return
        position = 0
        while position < self.position:
            after = self.journal.after(position, BATCH)
            found = [each for each in after if each.id <= self.position]
            if not found:
                return
            position = found[-1].id
            yield position, found

    def _of_facility(self, facility_id: str) -> Iterator[Sequence[Notification]]:
        if self.patient_id is None:
            return self.journal.of_facility(facility_id, self.position, BATCH)
        return events_about(self.journal, facility_id, self.patient_id, self.position, self.now)


@contextmanager
def shown_as_of(
    database_url: str,
    views: Sequence[View],
    prefix: Prefix,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Iterator[str]:
    """Fill the views from a prefix in a database of their own; yield its URL, and drop it.

    `on_progress` is told the position of the last event taken in. Raises NotAllowed where the
    database's user may not make a database, TooMany where too many do this already, and ViewStopped
    where a view cannot take something in.
    """
    with psycopg.connect(database_url, autocommit=True) as conn:
        begins = _begins(conn)
        _drop_left_behind(conn, begins)
        turn = _take_a_turn(conn)
        name = f"{begins}{secrets.token_hex(8)}"
        _lock(conn, name)
        try:
            _make(conn, name)
            url = make_conninfo(database_url, dbname=name)
            asyncio.run(_fill(url, views, prefix, on_progress))
            conn.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (turn,))
            yield url
        finally:
            _drop(conn, name)


def _take_a_turn(conn: psycopg.Connection[Any]) -> str:
    """Be one of the few that may fill views at once; return the lock that says so."""
    turns = (f"daybook as of {number}" for number in range(bounds.MOST_LOOKS_BACK))
    turn = next((each for each in turns if _lock(conn, each)), None)
    if turn is None:
        raise TooMany(
            f"{bounds.MOST_LOOKS_BACK} answers as of another time are being worked out already:"
            " ask again when one of them is there"
        )
    return turn


def _begins(conn: psycopg.Connection[Any]) -> str:
    """Return how the names begin that belong to this journal's database, and to no other's."""
    row = conn.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    return f"{PREFIX}{row[0] if row else 0}_"


def _lock(conn: psycopg.Connection[Any], name: str) -> bool:
    """Tell whether nobody else has a database of this name in use; hold it from now on."""
    row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    return bool(row and row[0])


def _make(conn: psycopg.Connection[Any], name: str) -> None:
    statement = SQL("CREATE DATABASE {} TEMPLATE template0 {}")
    try:
        conn.execute(statement.format(Identifier(name), _like(conn)))
    except psycopg.errors.InsufficientPrivilege:
        raise NotAllowed(
            "to look back needs a database of its own for a moment, and this database's user may"
            " not make one: let it have CREATEDB, or ask as one that has"
        ) from None


def _like(conn: psycopg.Connection[Any]) -> Composed:
    """Return how the journal's database keeps and sorts text: the template may do otherwise."""
    row = conn.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider::text,"
        # PostgreSQL before 17 has the locale under another name.
        " coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')"
        " FROM pg_database d WHERE datname = current_database()"
    ).fetchone()
    if row is None:
        return SQL("").format()
    parts = SQL("ENCODING {} LC_COLLATE {} LC_CTYPE {} LOCALE_PROVIDER ").format(
        *map(Literal, row[:3])
    )
    match row[3]:
        case "b":
            return parts + SQL("builtin BUILTIN_LOCALE {}").format(Literal(row[4]))
        case "i":
            return parts + SQL("icu ICU_LOCALE {}").format(Literal(row[4]))
        case _:
            return parts + SQL("libc").format()


def _drop(conn: psycopg.Connection[Any], name: str) -> None:
    conn.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _drop_left_behind(conn: psycopg.Connection[Any], begins: str) -> None:
    """Drop what was made by somebody who died: nobody holds the lock of its name."""
    rows = conn.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (begins,)
    ).fetchall()
    for (name,) in rows:
        if _lock(conn, name):
            # It may be another user's, who has to drop it.
            with suppress(psycopg.errors.InsufficientPrivilege):
                _drop(conn, name)


async def _fill(
    url: str, views: Sequence[View], prefix: Prefix, on_progress: Callable[[int], None]
) -> None:
    """Make the tables of the views, give them the events and the time, and let them serve."""
    async with await _connected(url) as conn:
        for view in views:
            await build(conn, view, prefix.journal.id)
        fillings = [_Filling(conn, view, prefix.journal) for view in views]
        for position, events in prefix.batches():
            for filling in fillings:
                await filling.take(events)
                raise_if_cancelled()
            on_progress(position)
        for view in views:
            await _tick(conn, view, prefix.now)
            await swap(conn, view)
            raise_if_cancelled()


async def _connected(url: str) -> Connection:
    """Connect, also when cancelled meanwhile: then the connection is closed before that goes on.

    A connection that is left half open keeps the server from dropping the database for a minute.
    """
    connecting = asyncio.ensure_future(connect(url))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with suppress(psycopg.Error):
            await (await connecting).close()
        raise


class _Filling:
    """Gives a view the events that it does not pass over."""

    def __init__(self, conn: Connection, view: View, journal: Journal) -> None:
        self._conn = conn
        self._view = view
        self._mapper = journal.mapper
        self._skipped = skipped_ids(journal, view)

    async def take(self, stored: Sequence[Notification]) -> None:
        """Take events in at once; where that fails, one by one, to say at which it does."""
        conn, view = self._conn, self._view
        try:
            events = [event for each in stored if (event := self._event(each))]
            await _move_on(conn, view, take_events(view, events))
        except Exception as why:  # whatever the view does wrong
            if database_failed(why):
                raise
            async with conn.transaction():
                await conn.execute(use_schema(staging_schema(view)))
                taken, because = await run_one_by_one(conn, view, stored, self._event)
                if because:
                    raise ViewStopped(view.name, _id_of(stored[taken]), because) from None

    def _event(self, stored: Notification) -> Event | None:
        """Return an event; None for one that is to be passed over."""
        skipped = _id_of(stored) in self._skipped
        return None if skipped else cast("Event", self._mapper.to_domain_event(stored))


def _id_of(stored: Notification) -> str:
    return f"{stored.originator_id}:{stored.originator_version}"


async def _tick(conn: Connection, view: View, now: datetime) -> None:
    """Tell a view the time; raise ViewStopped where it does something wrong."""
    try:
        await _move_on(conn, view, view.tick(now))
    except Exception as why:  # whatever the view does wrong
        if database_failed(why):
            raise
        raise ViewStopped(view.name, CLOCK_TICK, reason(why)) from None


async def _move_on(conn: Connection, view: View, steps: Steps) -> None:
    async with conn.transaction():
        await conn.execute(use_schema(staging_schema(view)))
        async with conn.pipeline():
            await run_steps(conn, steps)
