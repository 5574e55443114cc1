"""Taking a view's steps: each is run and answered, and what goes wrong is said plainly."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncCursor

from domain.aggregate import Event
from projections.view import Question, Rows, Step, Steps, View
from services.advisory_lock import Connection
from services.failures import database_failed, reason

Item = TypeVar("Item")

AT_ONCE = 1000
"""Changes that are sent together, at most."""

CLOCK_TICK = "the passing of time"
"""Where a view has stopped that took in all events, but cannot take in that time has passed."""


class ProjectionStopped(Exception):
    """A view cannot take an event, or the time, in. Its text is safe to show: it holds no data.

    `stopped_at` is the event's id, or CLOCK_TICK.
    """

    def __init__(self, stopped_at: str, because: str) -> None:
        super().__init__(f"{stopped_at}: {because}")
        self.stopped_at = stopped_at
        self.because = because


class ChainBroken(ProjectionStopped):
    """The stream does not go on where the view stands, or has what the journal has not."""


async def run_steps(conn: Connection, steps: Steps, first: Step | None = None) -> None:
    """Run a view's steps within the transaction and the schema that the connection is in.

    `first` is what they have yielded already, if anything. In a pipeline nothing is waited for but
    the answer to a question. Changes by the same statement, one after another, are sent together.
    """
    statement: LiteralString | None = None
    together: list[Any] = []
    async with conn.cursor() as cursor:
        with closing(steps), suppress(StopIteration):
            step = first or next(steps)
            while True:
                rows: Rows = ()
                if isinstance(step, Question):
                    await _send(cursor, statement, together)
                    rows = await _answer(conn, step)
                else:
                    if step[0] != statement or len(together) == AT_ONCE:
                        await _send(cursor, statement, together)
                        statement = step[0]
                    together.append(step[1])
                step = steps.send(rows)
        await _send(cursor, statement, together)


async def _send(
    cursor: AsyncCursor[Any], statement: LiteralString | None, together: list[Any]
) -> None:
    """Send what is to be changed by one statement; none of it is left."""
    if statement and len(together) == 1:
        await cursor.execute(statement, together[0])
    elif statement and together:
        await cursor.executemany(statement, together)
    together.clear()


def take_events(view: View, events: Sequence[Event]) -> Steps:
    """Yield the steps that take events in: none where all of a batch were passed over."""
    if events:
        yield from view.take(events)


async def _answer(conn: Connection, question: Question) -> Rows:
    # In a pipeline, a cursor that ran something before could return that one's result.
    async with conn.cursor() as cursor:
        await cursor.execute(question.sql, question.parameters)
        return await cursor.fetchall()


class ViewStopped(Exception):
    """A view cannot take something in, and so does not get to where it is waited for.

    `stopped_at` is an event's id, or CLOCK_TICK.
    """

    def __init__(self, view: str, stopped_at: str, because: str) -> None:
        where = stopped_at if stopped_at == CLOCK_TICK else f"event {stopped_at}"
        super().__init__(f"The view {view} has stopped at {where}: {because}.")
        self.view = view
        self.stopped_at = stopped_at
        self.because = because


async def run_one_by_one(
    conn: Connection, view: View, items: Sequence[Item], read: Callable[[Item], Event | None]
) -> tuple[int, str | None]:
    """Take events in one by one, within a transaction, as far as it goes.

    That is what is done where a batch failed; `read` makes an event of an item, or None of one that
    is passed over. Returns how many were taken in, and why the next one could not be.
    """
    for taken, item in enumerate(items):
        try:
            async with conn.transaction():
                if (event := read(item)) is not None:
                    await run_steps(conn, view.take([event]))
        except Exception as why:  # whatever the view does wrong
            if database_failed(why):
                raise
            return taken, reason(why)
    return len(items), None
