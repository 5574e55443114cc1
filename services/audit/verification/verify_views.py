"""Read models against a replay: each row has to be what the events make, and none may lack.

A view is a function of the events and of the latest time that it was told. So it is filled once
more, as far as it stands and with that time, in a database of its own, and the rows are compared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier

from projections.view import View
from services.audit.verification.report import MOST_TOLD, Fault, Section
from services.journal import Journal
from services.read_models.as_of import NotAllowed, Prefix, TooMany, shown_as_of
from services.read_models.execution import ViewStopped

AT_ONCE = 1000

NOT_OF_EVENTS = frozenset(
    {
        ("compliance", "last_written", "token"),
        ("compliance", "changed_days", "change"),
        *(("compliance", "files", each) for each in ("judged_at", "due_at", "waits", "watches")),
        *(("compliance", "files", each) for each in ("command_id", "told", "late", "before")),
    }
)
"""Columns that say nothing of what was recorded: they number writes, say when somebody's file was
looked at last and is to be looked at again, or what has moved it since. All of that depends on when
the view was told the time.
"""

_STANDING: LiteralString = "SELECT version, position, looked_at FROM {}"

_TABLES: LiteralString = """
    SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum),
        (SELECT array_agg(k.attname::text ORDER BY k.attnum) FROM pg_index i
            JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
            WHERE i.indrelid = c.oid AND i.indisprimary)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        AND NOT a.attisdropped
    WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
        AND c.relname <> 'position'
    GROUP BY c.oid, c.relname ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a view, what of its rows the events make, and what a row is called by."""

    schema: str
    name: str
    columns: Sequence[str]
    key: Sequence[str]

    def question(self) -> Composed:
        """Return what asks for its rows: the key and the row as texts, in the order of these."""
        row = SQL(", ").join(map(Identifier, self.columns))
        key = SQL(", ").join(map(Identifier, self.key or self.columns))
        return SQL(
            "SELECT ROW({key})::text, ROW({row})::text FROM {table}"
            ' ORDER BY ROW({key})::text COLLATE "C", ROW({row})::text COLLATE "C"'
        ).format(key=key, row=row, table=Identifier(self.schema, self.name))


def verify_views(
    journal: Journal,
    database_url: str,
    views: Sequence[View],
    on_progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Section]:
    """Yield whether each view's rows are what the events make.

    One that cannot be filled again is a fault: an event is not what it was, or nobody may.
    """
    for view in views:
        with psycopg.connect(database_url) as conn:
            conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            conn.read_only = True
            yield _verify_view(conn, journal, database_url, view, on_progress)


def _verify_view(
    conn: psycopg.Connection[Any],
    journal: Journal,
    database_url: str,
    view: View,
    on_progress: Callable[[int], None],
) -> Section:
    name = f"view {view.name}"
    standing = _standing(conn, view)
    if standing is None:
        return Section(name, ["is not there, or is being made anew"], was_asked=False)
    position, looked_at = standing
    of = journal.position()
    if position > of:
        says = f"has events up to position {position}, and the journal ends at {of}"
        return Section(name, [says], [Fault(what="row", says=f"{name} is ahead of the journal")])
    prefix = Prefix(journal, position, of, looked_at or datetime.now(UTC))
    try:
        with (
            shown_as_of(database_url, [view], prefix, on_progress=on_progress) as url,
            psycopg.connect(url) as again,
        ):
            return _compared(conn, again, view.name, position)
    except (NotAllowed, TooMany, ViewStopped) as why:
        fault = Fault(what="row", says=f"{name} was not compared: {why}")
        return Section(name, ["could not be filled again"], [fault])


def _standing(conn: psycopg.Connection[Any], view: View) -> tuple[int, datetime | None] | None:
    with conn.cursor(row_factory=tuple_row) as cursor:
        if cursor.execute("SELECT to_regclass(%s)", (f"{view.name}.position",)).fetchone() == (
            None,
        ):
            return None
        table = Identifier(view.name, "position")
        row = cursor.execute(SQL(_STANDING).format(table)).fetchone()
    if row is None or row[0] != view.version:
        return None
    return int(row[1]), row[2]


def _compared(
    here: psycopg.Connection[Any], again: psycopg.Connection[Any], schema: str, position: int
) -> Section:
    count, wrong, faults = 0, 0, list[Fault]()
    for table in _tables(again, schema):
        of_table = 0
        for key, what in _differences(here, again, table):
            of_table += 1
            if len(faults) < MOST_TOLD:
                row = f"the row {key}" if table.key else "a row"
                says = f"{schema}.{table.name}: {row} {what}"
                faults.append(Fault(what="row", says=says, position=position))
        wrong += of_table
        [(rows,)] = again.execute(
            SQL("SELECT count(*) FROM {}").format(Identifier(schema, table.name))
        ).fetchall()
        count += rows
    says = f"{count:,} rows are what the events make, up to position {position}"
    if wrong:
        says = f"{wrong:,} of {count:,} rows are not what the events make"
    return Section(f"view {schema}", [says], faults)


def _tables(conn: psycopg.Connection[Any], schema: str) -> list[_Table]:
    with conn.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_TABLES, (schema,)).fetchall()
    return [
        _Table(
            schema,
            name,
            [each for each in columns if (schema, name, each) not in NOT_OF_EVENTS],
            key or (),
        )
        for name, columns, key in rows
    ]


def _differences(
    here: psycopg.Connection[Any], again: psycopg.Connection[Any], table: _Table
) -> Iterator[tuple[str, str]]:
    """Yield the keys of rows that are not the same, each with what is wrong."""
    ours, made = _rows(here, table), _rows(again, table)
    one, other = next(ours, None), next(made, None)
    while one or other:
        if one == other:
            one, other = next(ours, None), next(made, None)
        elif one and other and one[0] == other[0]:
            yield one[0], "is not what the events make"
            one, other = next(ours, None), next(made, None)
        elif other is None or (one and one < other):
            assert one is not None  # noqa: S101 - one of them is there
            yield one[0], "is there, and no event makes it"
            one = next(ours, None)
        else:
            yield other[0], "is not there"
            other = next(made, None)


def _rows(conn: psycopg.Connection[Any], table: _Table) -> Iterator[tuple[str, str]]:
    with conn.cursor(f"rows of {table.name}", row_factory=tuple_row) as cursor:
        cursor.execute(table.question())
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
