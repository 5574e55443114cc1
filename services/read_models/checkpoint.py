"""Where a view stands: its schema, and in it the one row that says how far it has read.

The row lives beside the tables that it speaks of, and changes with them in one transaction. Who
drops the schema drops the row too, and the view is filled again.

A view is always built beside the one that serves, in a schema of its own, which takes the name
over once it has caught up.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Self

from psycopg import errors
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from projections.view import View
from services.advisory_lock import Connection

_TABLE = """
CREATE TABLE position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version integer NOT NULL,
    journal text NOT NULL,
    position bigint NOT NULL,
    sequence bigint NOT NULL,
    tables text[] NOT NULL,
    stopped_at text,
    stopped_because text,
    looked_at timestamptz,
    looked_after bigint,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE position IS
    'How far this view has read the journal; one row, changed together with the other tables';
COMMENT ON COLUMN position.only_row IS 'Keeps the table at one row';
COMMENT ON COLUMN position.version IS
    'Version of the view that filled these tables; 0 asks for them to be filled again';
COMMENT ON COLUMN position.journal IS 'Id of the journal that the events are from';
COMMENT ON COLUMN position.position IS 'Position in the journal of the last event taken in';
COMMENT ON COLUMN position.sequence IS 'Sequence in the stream of the last event taken in';
COMMENT ON COLUMN position.tables IS 'Tables made with it: the view is filled again without them';
COMMENT ON COLUMN position.stopped_at IS
    'Id of the event (aggregate:version) that the view could not take in, or "the passing of time";'
    ' it waits there';
COMMENT ON COLUMN position.stopped_because IS 'Why it could not; holds no data of the event';
COMMENT ON COLUMN position.looked_at IS
    'Up to when the view has taken the passing of time in; empty where it does not keep time';
COMMENT ON COLUMN position.looked_after IS
    'Position of the last event before that: what came since has not been told the time';
COMMENT ON COLUMN position.updated_at IS 'When this row was last written';
"""

_READ = SQL(
    "SELECT {schema} AS schema, version, journal, position, sequence, stopped_at, stopped_because,"
    " looked_at, looked_after, updated_at,"
    " (SELECT count(*) FROM unnest(tables) AS name WHERE to_regclass("
    "quote_ident({schema}) || '.' || quote_ident(name)) IS NULL) AS missing FROM {table}"
)


class ViewChanged(Exception):
    """The view's tables are not as they were left: dropped, swapped or asked to be made anew."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The row `position` of a view; `missing` counts its tables that are not there any more."""

    schema: str
    version: int
    journal: str
    position: int
    sequence: int
    stopped_at: str | None
    stopped_because: str | None
    looked_at: datetime | None
    looked_after: int | None
    updated_at: datetime
    missing: int

    @classmethod
    async def read(cls, conn: Connection, schema: str) -> Self | None:
        """Return the row of a schema; None where there is no such schema, table or row."""
        statement = _READ.format(schema=Literal(schema), table=Identifier(schema, "position"))
        try:
            async with conn.cursor(row_factory=class_row(cls)) as cursor:
                return await (await cursor.execute(statement)).fetchone()
        except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn):
            return None

    def fits(self, view: View, journal_id: str) -> bool:
        """Tell whether these are whole tables of this version, filled from this journal."""
        return (self.version, self.journal, self.missing) == (view.version, journal_id, 0)

    @property
    def under_construction(self) -> bool:
        """Tell whether these tables are not the ones that serve."""
        return self.schema.endswith(_BESIDE)

    def after(self, position: int, sequence: int) -> "Checkpoint":
        """Return the standing after an event that was taken in."""
        new = replace(self, position=position, sequence=sequence)
        return replace(new, stopped_at=None, stopped_because=None)

    def looked(self, now: datetime) -> "Checkpoint":
        """Return the standing once the passing of time was taken in, up to now."""
        new = replace(self, looked_at=now, looked_after=self.position)
        return replace(new, stopped_at=None, stopped_because=None)

    @property
    def told(self) -> bool:
        """Tell whether the view was told the time since its last event."""
        return self.looked_after == self.position

    def stopped(self, stopped_at: str, because: str) -> "Checkpoint":
        """Return the standing before an event, or a time, that cannot be taken in."""
        return replace(self, stopped_at=stopped_at, stopped_because=because)


_BESIDE = "_being_built"

CHANNEL = "daybook_views"
"""The channel on which PostgreSQL notifies of how far a view that serves has got: `name position`.

It is told in the transaction that changes rows and checkpoint, so that whoever hears of it sees
them.
"""


def told_channel(view: View) -> str:
    """Return the channel on which PostgreSQL notifies that a view was told the time."""
    return f"daybook_view_{view.name}"


def staging_schema(view: View) -> str:
    """Return the name of the schema in which a view is built."""
    return f"{view.name}{_BESIDE}"


async def read_both(conn: Connection, view: View) -> tuple[Checkpoint | None, Checkpoint | None]:
    """Return where the serving tables of a view stand, and those under construction."""
    return await Checkpoint.read(conn, view.name), await Checkpoint.read(conn, staging_schema(view))


async def build(conn: Connection, view: View, journal_id: str) -> None:
    """Make the tables of a view, empty, beside those that serve."""
    async with conn.transaction():
        await drop(conn, staging_schema(view))
        await conn.execute(SQL("CREATE SCHEMA {}").format(Identifier(staging_schema(view))))
        await conn.execute(use_schema(staging_schema(view)))
        await conn.execute(view.tables)
        tables = await conn.execute(
            "SELECT coalesce(array_agg(relname::text), '{}') FROM pg_class"
            " WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p', 'v', 'm')",
            (staging_schema(view),),
        )
        names = await tables.fetchone()
        await conn.execute(_TABLE)
        await conn.execute(
            "INSERT INTO position (version, journal, position, sequence, tables)"
            " VALUES (%s, %s, 0, 0, %s)",
            (view.version, journal_id, names[0] if names else []),
        )


async def swap(conn: Connection, view: View) -> None:
    """Swap the tables under construction in, and drop those that served, in one transaction.

    It is sent at once: readers wait for these locks, and one of them may be this very thread.
    It gives up after a while, better than to hold readers up behind one that takes long.
    """
    statements = SQL(
        "SET LOCAL lock_timeout = '3s'; DROP SCHEMA IF EXISTS {serving} CASCADE;"
        " ALTER SCHEMA {built} RENAME TO {serving}; NOTIFY {told};"
        " SELECT pg_notify({channel}, {name} || ' ' || position) FROM {serving}.position"
    )
    names = {
        "serving": Identifier(view.name),
        "built": Identifier(staging_schema(view)),
        "told": Identifier(told_channel(view)),
        "channel": Literal(CHANNEL),
        "name": Literal(view.name),
    }
    await conn.execute(statements.format(**names))


async def drop(conn: Connection, schema: str) -> None:
    """Drop a schema with all that is in it, if it is there."""
    await conn.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))


async def ask_to_rebuild(conn: Connection, view: View) -> None:
    """Have a view made anew by whoever keeps it; the old one serves until then."""
    await drop(conn, staging_schema(view))
    if await Checkpoint.read(conn, view.name):
        table = Identifier(view.name, "position")
        await conn.execute(SQL("UPDATE {} SET version = 0").format(table))


async def ask_to_try_again(conn: Connection, view: View) -> None:
    """Have whoever keeps a view look again, at once, at what it cannot take in."""
    for schema in (view.name, staging_schema(view)):
        if await Checkpoint.read(conn, schema):
            table = Identifier(schema, "position")
            await conn.execute(SQL("UPDATE {} SET updated_at = clock_timestamp()").format(table))


async def advance(conn: Connection, old: Checkpoint, new: Checkpoint) -> Checkpoint:
    """Write a new standing in the place of the old one, within a transaction; return it.

    Raises ViewChanged where the old one is not there any more.
    """
    here = (new.version, new.position, new.sequence, new.stopped_at, new.stopped_because)
    time = (new.looked_at, new.looked_after)
    there = (old.version, old.journal, old.sequence, old.looked_at)
    statement = _advancing(old.schema, tells=not old.under_construction)
    moved = await conn.execute(statement, (*here, *time, *there))
    row = await moved.fetchone()
    if row is None:
        raise ViewChanged
    return replace(new, updated_at=row[0])


@cache
def _advancing(schema: str, *, tells: bool) -> bytes:
    """Return the statement that writes a standing, and tells of it where the schema serves."""
    statement = SQL(
        "UPDATE {} SET version = %s, position = %s, sequence = %s, stopped_at = %s,"
        " stopped_because = %s, looked_at = %s, looked_after = %s, updated_at = clock_timestamp()"
        " WHERE version = %s AND journal = %s AND sequence = %s"
        " AND looked_at IS NOT DISTINCT FROM %s RETURNING updated_at"
    ).format(Identifier(schema, "position"))
    if tells:
        told = SQL(", pg_notify({}, {} || ' ' || position)")
        statement += told.format(Literal(CHANNEL), Literal(schema))
    return statement.as_bytes()


def use_schema(schema: str) -> Composed:
    """Return the statement after which a transaction's unqualified names are this schema's."""
    return SQL("SET LOCAL search_path TO {}").format(Identifier(schema))
