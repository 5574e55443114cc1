"""The journal's tables in PostgreSQL, through the eventsourcing library."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, LiteralString

import psycopg
from eventsourcing.persistence import (
    BaseInfrastructureFactory,
    EventStore,
    IntegrityError,
    StoredEvent,
)
from eventsourcing.postgres import (
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment
from psycopg.rows import DictRow, dict_row

from domain.errors import Refusal
from services.journal import imported_rows
from services.journal.codec import UNUSABLE
from services.journal.imported_rows import ImportedRows
from services.journal.reads import Reads, have_changed
from services.journal.receipts import Receipt, as_json, make_table

LARGEST_EVENT = 1_000_000
"""Bytes of an event, at most: a message of NATS's, with its headers, holds 1,048,576."""

SCHEMA = "journal"
"""The PostgreSQL schema in which the journal lives."""


AWAY_AFTER = 1.0
"""Seconds after which the pool gives a connection up that is not made, for others to ask anew.

By itself it pauses for as long again as PostgreSQL was away, up to five minutes.
"""

FREE_WITHIN = 5.0
"""Seconds that are waited for a connection of the pool; the library tries ten times."""


class EventTooLarge(Refusal):
    """What was decided would be an event that no message can hold."""

    says = "this would be one event of {size:,} bytes, and a message holds {largest:,} at most"


APPEND: LiteralString = """
    WITH recorded AS (
        INSERT INTO journal.journal_events (originator_id, originator_version, topic, state)
        SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[])
        RETURNING notification_id
    ), numbered AS (
        SELECT notification_id, row_number() OVER (ORDER BY notification_id) AS number FROM recorded
    ), kept AS (
        INSERT INTO journal.receipts
        SELECT facility_id, command_id, decode(digest, 'hex'), ARRAY(
            SELECT notification_id FROM numbered
            WHERE number > said."first" AND number <= said."end" ORDER BY number
        ), result
        FROM json_to_recordset(%s) AS said (facility_id text, command_id text, digest text,
            "first" integer, "end" integer, result jsonb)
    )
    SELECT notification_id FROM recorded ORDER BY notification_id
"""
"""Writes events, and receipts with the positions of theirs; yields all positions in order."""


def columns_of(stored: Sequence[StoredEvent]) -> tuple[list[Any], ...]:
    """Return events as the first four parameters of `APPEND`."""
    return (
        [each.originator_id for each in stored],
        [each.originator_version for each in stored],
        [each.topic for each in stored],
        [each.state for each in stored],
    )


def check_sizes(stored_events: Sequence[StoredEvent]) -> None:
    """Raise EventTooLarge where an event is."""
    if (size := max((len(each.state) for each in stored_events), default=0)) > LARGEST_EVENT:
        raise EventTooLarge(size=size, largest=LARGEST_EVENT)


class Recorder(PostgresApplicationRecorder):
    """Inserts under the table's lock, without a pipeline, column by column.

    The lock makes positions visible in order. The library's own way fills a pipeline, which
    hangs on a save of more than about half a megabyte while it holds the lock; and it writes
    each event as a composite, of which every quotation mark is escaped by itself.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = threading.local()

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        receipt: Receipt | None = None,
        imported: ImportedRows | None = None,
        reads: Reads | None = None,
        in_transaction: Callable[[psycopg.Connection[Any]], None] | None = None,
        **_: Any,
    ) -> Sequence[int] | None:
        """Insert, with the receipt of the command, in one transaction; return the positions.

        An import's rows are kept in it, too; `in_transaction` is called under the lock: what
        it writes is there with the events, or neither is.

        Raises EventTooLarge, and IntegrityError where `reads` do not hold any longer.
        """
        if not stored_events:
            return []
        check_sizes(stored_events)
        with self._connection() as conn, conn.transaction(), conn.cursor() as curs:
            # As group commit does it: whoever took another lock first could wait for it forever.
            self._lock_table(curs)
            if reads and have_changed(conn, reads):
                raise IntegrityError
            if in_transaction:
                in_transaction(conn)
            self._notify_channel(curs)
            said = as_json([(receipt, 0, len(stored_events))] if receipt else [])
            rows = curs.execute(APPEND, (*columns_of(stored_events), said)).fetchall()
            if imported:
                imported_rows.keep(curs, imported)
            return [row["notification_id"] for row in rows]

    @contextmanager
    def alone(self, conn: psycopg.Connection[DictRow]) -> Iterator[None]:
        """Keep everybody else from writing; what this thread inserts is committed at the end."""
        with conn.transaction(), conn.cursor() as curs:
            self._lock_table(curs)
            self._held.conn = conn
            try:
                yield
            finally:
                del self._held.conn

    @property
    def is_alone(self) -> bool:
        """Tell whether this thread keeps everybody else from writing."""
        return hasattr(self._held, "conn")

    def _connection(self) -> AbstractContextManager[psycopg.Connection[DictRow]]:
        return nullcontext(self._held.conn) if self.is_alone else self.datastore.get_connection()

    def keep_rows(self, imported: ImportedRows, reads: Reads | None) -> None:
        """Write what an import has read where it decided nothing.

        Raises IntegrityError where `reads` do not hold any longer.
        """
        with self._connection() as conn, conn.transaction(), conn.cursor() as curs:
            self._lock_table(curs)
            if reads and have_changed(conn, reads):
                raise IntegrityError
            imported_rows.keep(curs, imported)


class Datastore(PostgresDatastore):
    """A pool on a whole database URL, of which the library's own takes five parts only."""

    def __init__(self, database_url: str, pool_size: int) -> None:
        super().__init__("", "", "", "", "", schema=SCHEMA, originator_id_type="text")
        self.pool = ConnectionPool(
            database_url,
            connection_class=psycopg.Connection[dict[str, Any]],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=self.after_connect_func(),
            check=ConnectionPool.check_connection,
            timeout=FREE_WITHIN,
            reconnect_timeout=AWAY_AFTER,
        )


class Factory(PostgresFactory):
    """The library's PostgreSQL module on our pool and recorder."""

    application_recorder_class = Recorder

    def __init__(self, env: Environment, database_url: str, pool_size: int) -> None:
        BaseInfrastructureFactory.__init__(self, env)
        self.datastore = Datastore(database_url, pool_size)


class SnapshotStore(EventStore[str]):
    """Snapshots; one that no longer fits its aggregate is passed over."""

    def get(self, originator_id: str, **selection: Any) -> Iterator[Any]:
        """Return the snapshots that can be read."""
        try:
            return iter(list(super().get(originator_id, **selection)))
        except UNUSABLE:
            return iter(())


def prepare(conn: psycopg.Connection[Any]) -> tuple[str, bool]:
    """Make the journal's schema if it is not there; return the journal's id, and is it whole.

    Where nothing is missing it takes no right to make anything.
    """
    if _lacks_a_table(conn):
        conn.execute("CREATE SCHEMA IF NOT EXISTS journal")
        conn.execute("CREATE TABLE IF NOT EXISTS journal.identity (id text PRIMARY KEY)")
        make_table(conn)
        imported_rows.make_table(conn)
    if conn.execute("SELECT FROM journal.identity").fetchone() is None:
        conn.execute(
            "INSERT INTO journal.identity SELECT %s"
            " WHERE NOT EXISTS (SELECT FROM journal.identity)",
            (f"journal-{uuid.uuid4().hex}",),
        )
    found = conn.execute(
        "SELECT id, to_regclass('journal.times') IS NOT NULL"
        " AND to_regclass('journal.journal_snapshots') IS NOT NULL"
        " AND to_regclass('journal.journal_forgotten') IS NOT NULL FROM journal.identity"
    ).fetchone()
    if found is None:
        raise LookupError("the journal has no id")
    return str(found[0]), bool(found[1])


def _lacks_a_table(conn: psycopg.Connection[Any]) -> bool:
    names = ["journal.identity", "journal.receipts", "journal.imported_rows"]
    missing = "SELECT FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"
    return conn.execute(missing, (names,)).fetchone() is not None
