"""What was known when: at every position of a story the answer is what the live views said then."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, cast

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from domain.aggregate import Event
from services.advisory_lock import connect
from services.audit.verification.verify_views import NOT_OF_EVENTS
from services.hosting.bootstrap import new_views
from services.read_models import as_of
from services.read_models.as_of import Prefix, shown_as_of
from services.read_models.checkpoint import build
from tests.contracts.story import told
from tests.support.backend import COPY, Backend, ManualClock

Shown = dict[str, list[str]]


def story(backend: Backend) -> Iterator[StoredEvent]:
    """Yield one patient's story, in which everything happens that can, event by event."""
    for aggregate in told():
        for event in aggregate.pending_events:
            yield backend.journal.mapper.to_stored_event(event)


def shown(database_url: str) -> Shown:
    """Return all rows of all read models, by table."""
    found: Shown = {}
    with psycopg.connect(database_url) as conn:
        for view in new_views():
            tables = conn.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s)"
                " AND relkind IN ('r', 'p') AND relname <> 'position' ORDER BY relname",
                (view.name,),
            ).fetchall()
            assert tables
            for (table,) in tables:
                left_out = [
                    column
                    for schema, of, column in NOT_OF_EVENTS
                    if (schema, of) == (view.name, table)
                ]
                rows = SQL("SELECT (to_jsonb(each) - {}::text[])::text FROM {} AS each").format(
                    Literal(left_out), Identifier(view.name, table)
                )
                read = conn.execute(rows).fetchall()
                found[f"{view.name}.{table}"] = sorted(row[0] for row in read)
    return found


async def test_as_of_each_position_is_what_the_live_views_said_then(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder: Any = backend.journal.recorder
    clock = ManualClock()
    now = clock.now
    said: dict[int, tuple[datetime, Shown]] = {}
    async with backend.supervisor(*new_views(), clock=clock) as live:
        for stored in story(backend):
            recorder.insert_events([stored])
            event = cast("Event", backend.journal.mapper.to_domain_event(stored))
            now = clock.now = max(now, event.timestamp)
            position = backend.journal.position()
            await live.caught_up(position)
            said[position] = (now, shown(backend.database_url))
    last = max(said)
    empty = await emptied(backend)
    for position, (at, then) in said.items():
        with monkeypatch.context() as patch:
            if position < last:  # The last is made as everybody's is.
                patch.setattr(as_of, "_make", partial(copied, empty))
                patch.setattr(as_of, "build", nothing)
            prefix = Prefix(backend.journal, position, last, at)
            back = await asyncio.to_thread(looked_back, backend, prefix)
        differ = {table: (then[table], back[table]) for table in then if then[table] != back[table]}
        assert differ == {}, f"as of position {position}"
    assert len(said) > 150


async def emptied(backend: Backend) -> str:
    """Make a database with the empty tables of all views, to be copied; return its name."""
    name = "empty_views"
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
        as_of._make(conn, name)
    async with await connect(make_conninfo(backend.database_url, dbname=name)) as conn:
        for view in new_views():
            await build(conn, view, backend.journal.id)
    return name


def copied(empty: str, conn: psycopg.Connection[Any], name: str) -> None:
    conn.execute(SQL(COPY).format(to=Identifier(name), of=Identifier(empty)))


async def nothing(*_: Any) -> None:
    """Build no tables: they are there."""


def looked_back(backend: Backend, prefix: Prefix) -> Shown:
    with shown_as_of(backend.database_url, new_views(), prefix) as url:
        return shown(url)
