"""Appending what many commands decided: in one transaction, on exactly what is on record before it.

Whoever appends holds the lock of the journal's table. Under it what others recorded meanwhile is
read, what rested on that can be decided anew, and all of it is written by one statement each.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString, Protocol, cast

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Literal

from domain.aggregate import Aggregate, Snapshot
from services.journal import receipts as kept_receipts
from services.journal.codec import UNUSABLE, TypedMapper
from services.journal.receipts import CommandKey, Known, Receipt
from services.journal.storage import APPEND, columns_of

MOST_NEWS = 10_000
"""Events of others that are read under the lock, at most."""


class TooMuchNews(Exception):
    """Others recorded so much meanwhile that nothing that was read before is worth checking."""


@dataclass(frozen=True, slots=True)
class RecordedElsewhere:
    """An event that another connection recorded: the aggregate, its version then, and the topic."""

    aggregate_id: str
    version: int
    topic: str


class Locked(Protocol):
    """The journal while nobody else writes to it."""

    conn: Any
    position: int
    """The position of the last event."""
    news: list[RecordedElsewhere]
    """What others recorded after the position that was asked for, in order."""
    known: dict[CommandKey, Known]
    """What commands recorded that have a receipt."""

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[tuple[Receipt, int, int]],
        snapshots: Sequence[StoredEvent],
    ) -> Sequence[int]:
        """Write events, receipts (each with the first and the end of its events), snapshots.

        Return the events' positions. All of it is there once the lock is given back, or nothing.
        """


class Appender:
    """Reads and appends by a connection of its own, for one thread.

    A connection that broke is made anew when it is needed next.
    """

    def __init__(self, database_url: str, mapper: TypedMapper, channel: str) -> None:
        self._database_url = database_url
        self._mapper = mapper
        self._channel = channel
        self._conn: psycopg.Connection[TupleRow] | None = None

    def position(self) -> int:
        """Return the position of the last event; 0 where there is none."""
        row = self._connected().execute(_LAST).fetchone()
        return row[0] if row else 0

    def load(self, ids: Collection[str]) -> dict[str, Aggregate | None]:
        """Return aggregates as they are now; None where nothing has that id."""
        found: dict[str, Aggregate | None] = dict.fromkeys(ids)
        rows = self._connected().execute(_LOAD, {"ids": list(found)}).fetchall()
        for key, history in groupby(rows, key=itemgetter(0)):
            found[key] = self._projected(history) or self._without_snapshot(key)
        return found

    @contextmanager
    def lock(self, since: int, commands: Collection[CommandKey]) -> Iterator[Locked]:
        """Hold the journal's lock; what was appended is committed when it is given back.

        Raises IntegrityError where an event or a receipt is there already, TooMuchNews, and what
        the engine raises. A commit whose acknowledgement was lost is recognized by its events.
        """
        conn = self._connected()
        locked = _LockedTable(conn, self._channel)
        try:
            locked.begin(since, commands)
            yield locked
        except psycopg.errors.UniqueViolation as taken:
            raise IntegrityError from taken
        else:
            self._commit(locked)
        finally:
            _roll_back(conn)

    def close(self) -> None:
        """Close the connection."""
        if self._conn:
            self._conn.close()

    def _connected(self) -> psycopg.Connection[TupleRow]:
        if self._conn is None or self._conn.closed or self._conn.broken:
            self._conn = psycopg.connect(self._database_url, autocommit=True)
        return self._conn

    def _commit(self, locked: "_LockedTable") -> None:
        try:
            locked.commit()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            _roll_back(locked.conn)
            if not self._holds(locked.appended):
                raise

    def _holds(self, appended: Sequence[StoredEvent]) -> bool:
        """Tell whether what was to be committed is there; it is there as a whole or not at all."""
        if not appended:
            return False
        first = appended[0]
        conn = self._connected()
        with conn.transaction():
            # The server may be about to commit still: then it has the lock.
            conn.execute("LOCK TABLE journal.journal_events IN EXCLUSIVE MODE")
            key = (first.originator_id, first.originator_version)
            row = conn.execute(_STATE, key).fetchone()
        return row is not None and bytes(row[0]) == first.state

    def _projected(self, history: Iterable[TupleRow]) -> Aggregate | None:
        """Return what a snapshot, where there is one, and events make; None if it does not fit."""
        found: Aggregate | None = None
        for row in history:
            try:
                recorded = self._mapper.to_domain_event(StoredEvent(*row))
            except UNUSABLE:
                if row[2] == Snapshot.TOPIC:
                    return None
                raise
            found = cast("Any", recorded).mutate(found)
        return found

    def _without_snapshot(self, aggregate_id: str) -> Aggregate | None:
        """Return an aggregate as its events alone make it."""
        rows = self._connected().execute(_HISTORY, (aggregate_id,)).fetchall()
        return self._projected(rows)


class _LockedTable:
    """One transaction that holds the lock of the journal's table."""

    def __init__(self, conn: psycopg.Connection[TupleRow], channel: str) -> None:
        self.conn = conn
        self._channel = channel
        self.position = 0
        self.news: list[RecordedElsewhere] = []
        self.known: dict[CommandKey, Known] = {}
        self.appended: Sequence[StoredEvent] = ()

    def begin(self, since: int, commands: Collection[CommandKey]) -> None:
        """Take the lock and read what others recorded."""
        # One text is one round trip; of several statements none takes parameters.
        text = SQL(_LOCK_AND_READ).format(Literal(since), Literal(MOST_NEWS + 1))
        if commands:
            text += SQL("; ") + kept_receipts.finding(commands)
        curs = self.conn.execute(text)
        curs.nextset()
        curs.nextset()
        rows = curs.fetchall()
        if len(rows) > MOST_NEWS:
            raise TooMuchNews
        self.position = rows[-1][0] if rows else since
        self.news = [RecordedElsewhere(*row[1:]) for row in rows]
        if curs.nextset():
            self.known = kept_receipts.known(curs.fetchall())

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[tuple[Receipt, int, int]],
        snapshots: Sequence[StoredEvent],
    ) -> Sequence[int]:
        """Write them."""
        self.appended = events
        said = kept_receipts.as_json(receipts)
        rows = self.conn.execute(APPEND, (*columns_of(events), said)).fetchall()
        if snapshots:
            self.conn.execute(_INSERT_SNAPSHOTS, columns_of(snapshots))
        return [row[0] for row in rows]

    def commit(self) -> None:
        """End the transaction; tell of the news where there are any."""
        if self.appended:
            self.conn.execute(SQL("NOTIFY {}; COMMIT").format(SQL(self._channel)))
        else:
            self.conn.execute("COMMIT")


def _roll_back(conn: psycopg.Connection[TupleRow]) -> None:
    """Give the lock back where a transaction did not end; with a broken connection it is."""
    if not conn.closed and conn.info.transaction_status != TransactionStatus.IDLE:
        with suppress(psycopg.OperationalError, psycopg.InterfaceError):
            conn.execute("ROLLBACK")


_LAST: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM journal.journal_events"

_LOAD: LiteralString = """
    WITH latest AS (
        SELECT DISTINCT ON (originator_id) originator_id, originator_version, topic, state
        FROM journal.journal_snapshots WHERE originator_id = ANY (%(ids)s)
        ORDER BY originator_id, originator_version DESC
    )
    SELECT * FROM latest
    UNION ALL
    SELECT e.originator_id, e.originator_version, e.topic, e.state
    FROM unnest(%(ids)s::text[]) AS wanted (id)
    LEFT JOIN latest ON latest.originator_id = wanted.id
    JOIN journal.journal_events e ON e.originator_id = wanted.id
        AND e.originator_version > coalesce(latest.originator_version, 0)
    ORDER BY 1, 2
"""

_HISTORY: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM journal.journal_events
    WHERE originator_id = %s ORDER BY originator_version
"""

_LOCK_AND_READ: LiteralString = """
    BEGIN;
    LOCK TABLE journal.journal_events IN EXCLUSIVE MODE;
    SELECT notification_id, originator_id, originator_version, topic FROM journal.journal_events
    WHERE notification_id > {} ORDER BY notification_id LIMIT {}
"""

_STATE: LiteralString = """
    SELECT state FROM journal.journal_events WHERE (originator_id, originator_version) = (%s, %s)
"""

_INSERT_SNAPSHOTS: LiteralString = """
    INSERT INTO journal.journal_snapshots (originator_id, originator_version, topic, state)
    SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])
    ON CONFLICT DO NOTHING
"""
