"""The book of the process managers: how far each followed, and what it has to do when."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import LiteralString

from projections.view import Change
from services.advisory_lock import Connection
from services.journal.codec import TypedMapper
from services.messaging.stream import Message
from services.messaging.subscription import Checkpoint
from services.process_managers.process_manager import ProcessManager, Task

_TABLES: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtext('daybook.managers'));
    CREATE SCHEMA IF NOT EXISTS managers;
    CREATE TABLE IF NOT EXISTS managers.places (
        manager text PRIMARY KEY,
        journal text NOT NULL,
        sequence bigint NOT NULL,
        position bigint NOT NULL,
        event_id text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS managers.tasks (
        manager text,
        key text,
        at timestamptz NOT NULL,
        PRIMARY KEY (manager, key)
    );
    CREATE INDEX IF NOT EXISTS tasks_at ON managers.tasks (manager, at);
    COMMENT ON TABLE managers.places IS 'How far each process manager followed the events.';
    COMMENT ON TABLE managers.tasks IS 'What each process manager has to do, and when (UTC).';
"""

_DUE: LiteralString = """
    SELECT key, at FROM managers.tasks WHERE manager = %s AND at <= %s ORDER BY at, key LIMIT %s
"""

_SET: LiteralString = """
    INSERT INTO managers.tasks VALUES (%s, %s, %s)
    ON CONFLICT (manager, key) DO UPDATE SET at = EXCLUDED.at
"""

_DONE: LiteralString = "DELETE FROM managers.tasks WHERE (manager, key, at) = (%s, %s, %s)"

_AGAIN: LiteralString = "UPDATE managers.tasks SET at = %s WHERE (manager, key, at) = (%s, %s, %s)"


async def make_tables(conn: Connection) -> None:
    """Make the tables where they are not there."""
    async with conn.transaction():
        await conn.execute(_TABLES)


async def due(
    conn: Connection, manager: ProcessManager, now: datetime, limit: int
) -> list[tuple[str, datetime]]:
    """Return the keys of what is due, and since when; the longest due come first."""
    found = await conn.execute(_DUE, (manager.name, now, limit))
    return await found.fetchall()


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

    def __init__(self, manager: ProcessManager, conn: Connection, mapper: TypedMapper) -> None:
        self._manager = manager
        self._conn = conn
        self._mapper = mapper

    async def place(self) -> Checkpoint | None:
        """Return how far the manager followed."""
        found = await self._conn.execute(
            "SELECT journal, sequence, position, event_id FROM managers.places WHERE manager = %s",
            (self._manager.name,),
        )
        row = await found.fetchone()
        return Checkpoint(*row) if row else None

    async def take(
        self, messages: Sequence[Message], _: Checkpoint | None, after: Checkpoint
    ) -> None:
        """Note what events ask for, and the place. The advisory lock keeps others away."""
        tasks = {
            task.key: task
            for message in messages
            for task in self._manager.tasks(message.event(self._mapper))
        }
        async with self._conn.transaction(), self._conn.cursor() as cursor:
            for task in tasks.values():
                await cursor.execute(*self._noted(task))
            await cursor.execute(
                "INSERT INTO managers.places VALUES (%s, %s, %s, %s, %s) ON CONFLICT (manager)"
                " DO UPDATE SET (journal, sequence, position, event_id) = (EXCLUDED.journal,"
                " EXCLUDED.sequence, EXCLUDED.position, EXCLUDED.event_id)",
                (self._manager.name, *astuple(after)),
            )

    def _noted(self, task: Task) -> Change:
        name = self._manager.name
        if task.at is None:
            return "DELETE FROM managers.tasks WHERE (manager, key) = (%s, %s)", (name, task.key)
        return _SET, (name, task.key, task.at)
