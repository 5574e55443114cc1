"""The tables of the process managers: how far each followed, and what it has to do when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, cast

from eventsourcing.persistence import Mapper, StoredEvent

from domain.aggregate import Event
from projections.view import Change
from services.advisory_lock import Connection
from services.process_managers.process_manager import ProcessManager, Task

AT_ONCE = 1000
"""Events that are taken in with one transaction, at most."""

_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('daybook.managers'))"

_ARE_THERE: LiteralString = """
    SELECT to_regclass('managers.tasks_at') IS NOT NULL AND NOT EXISTS (
        SELECT FROM information_schema.columns
        WHERE (table_schema, table_name, column_name) = ('managers', 'places', 'sequence')
    )
"""

_TABLES: LiteralString = """
    CREATE SCHEMA IF NOT EXISTS managers;
    CREATE TABLE IF NOT EXISTS managers.places (
        manager text PRIMARY KEY,
        position bigint NOT NULL
    );
    -- What was kept while managers followed the stream.
    ALTER TABLE managers.places
        DROP COLUMN IF EXISTS journal,
        DROP COLUMN IF EXISTS sequence,
        DROP COLUMN IF EXISTS event_id;
    CREATE TABLE IF NOT EXISTS managers.tasks (
        manager text,
        key text,
        at timestamptz NOT NULL,
        PRIMARY KEY (manager, key)
    );
    CREATE INDEX IF NOT EXISTS tasks_at ON managers.tasks (manager, at);
    COMMENT ON TABLE managers.places IS 'How far each process manager followed the journal.';
    COMMENT ON TABLE managers.tasks IS 'What each process manager has to do, and when (UTC).';
"""

_LAST: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM journal.journal_events"

_EVENTS: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM journal.journal_events
    WHERE notification_id > %s AND notification_id <= %s AND topic = ANY (%s)
    ORDER BY notification_id LIMIT %s
"""

_PLACE: LiteralString = "SELECT position FROM managers.places WHERE manager = %s"

_PLACED: LiteralString = """
    INSERT INTO managers.places VALUES (%s, %s)
    ON CONFLICT (manager) DO UPDATE SET position = EXCLUDED.position
"""

_DUE: LiteralString = """
    SELECT key, at FROM managers.tasks WHERE manager = %s AND at <= %s ORDER BY at, key LIMIT %s
"""

_NEXT_DUE: LiteralString = "SELECT min(at) FROM managers.tasks WHERE manager = %s"

_SET: LiteralString = """
    INSERT INTO managers.tasks VALUES (%s, %s, %s)
    ON CONFLICT (manager, key) DO UPDATE SET at = EXCLUDED.at
"""

_DONE: LiteralString = "DELETE FROM managers.tasks WHERE (manager, key, at) = (%s, %s, %s)"

_AGAIN: LiteralString = "UPDATE managers.tasks SET at = %s WHERE (manager, key, at) = (%s, %s, %s)"


async def make_tables(conn: Connection) -> None:
    """Make the tables where they are not there."""
    async with conn.transaction():
        await conn.execute(_ALONE)
        # Other managers may be at work: what is there is left alone, for fear of a deadlock.
        if not await _one(conn, _ARE_THERE, ()):
            await conn.execute(_TABLES)


async def due(
    conn: Connection, manager: ProcessManager, now: datetime, limit: int
) -> list[tuple[str, datetime]]:
    """Return the keys of what is due, and since when; the longest due come first."""
    found = await conn.execute(_DUE, (manager.name, now, limit))
    return await found.fetchall()


async def next_due(conn: Connection, manager: ProcessManager) -> datetime | None:
    """Return when something is due next; None where nothing is to be done."""
    found: datetime | None = await _one(conn, _NEXT_DUE, (manager.name,))
    return found


async def complete(
    conn: Connection, manager: ProcessManager, key: str, at: datetime, again: datetime | None
) -> None:
    """Note that a task was done; what an event asked for meanwhile stays to be done."""
    which = (manager.name, key, at)
    if again is None:
        await conn.execute(_DONE, which)
    else:
        await conn.execute(_AGAIN, (again, *which))


class TaskStore:
    """Where one manager keeps its place and its tasks, by a connection that nobody else uses."""

    def __init__(self, manager: ProcessManager, conn: Connection, mapper: Mapper[str]) -> None:
        self._manager = manager
        self._conn = conn
        self._mapper = mapper
        self._topics = [each.TOPIC for each in manager.follows]

    async def take_in_news(self) -> bool:
        """Note what the events ask for that were recorded since; tell whether there is any.

        Tasks and place go together. The manager's advisory lock keeps others away.
        """
        conn, asked = self._conn, False
        place: int = await _one(conn, _PLACE, (self._manager.name,)) or 0
        last: int = await _one(conn, _LAST, ())
        while place < last:
            found = await conn.execute(_EVENTS, (place, last, self._topics, AT_ONCE))
            rows = await found.fetchall()
            tasks = self._tasks(rows)
            place = rows[-1][0] if len(rows) == AT_ONCE else last
            async with conn.transaction():
                for task in tasks:
                    await conn.execute(*self._noted(task))
                await conn.execute(_PLACED, (self._manager.name, place))
            asked = asked or bool(tasks)
        return asked

    def _tasks(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[Task]:
        """Return the latest task of each key."""
        events = (self._mapper.to_domain_event(StoredEvent(*row[1:])) for row in rows)
        tasks = {
            task.key: task for each in events for task in self._manager.tasks(cast("Event", each))
        }
        return [*tasks.values()]

    def _noted(self, task: Task) -> Change:
        name = self._manager.name
        if task.at is None:
            return "DELETE FROM managers.tasks WHERE (manager, key) = (%s, %s)", (name, task.key)
        return _SET, (name, task.key, task.at)


async def _one(conn: Connection, sql: LiteralString, parameters: Sequence[Any]) -> Any:
    found = await conn.execute(sql, parameters)
    row = await found.fetchone()
    return row and row[0]
