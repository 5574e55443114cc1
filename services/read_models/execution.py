"""Taking a view's steps: each is run and answered, and what goes wrong is said plainly."""

import traceback
from contextlib import closing, suppress
from pathlib import Path

import psycopg

from projections.view import Question, Rows, Steps
from services.advisory_lock import Connection

CLOCK_TICK = "the passing of time"
"""Where a view has stopped that took in all events, but cannot take in that time has passed."""


class ProjectionStopped(Exception):
    """A view cannot take an event, or the time, in. Its text is safe to show: it holds no data.

    `stopped_at` is the event's id, or PASSING_OF_TIME.
    """

    def __init__(self, stopped_at: str, because: str) -> None:
        super().__init__(f"{stopped_at}: {because}")
        self.stopped_at = stopped_at
        self.because = because


async def run_steps(conn: Connection, steps: Steps) -> None:
    """Run a view's steps within the transaction and the schema that the connection is in.

    In a pipeline nothing is waited for but the answer to a question.
    """
    async with conn.cursor() as cursor:
        with closing(steps), suppress(StopIteration):
            step = next(steps)
            while True:
                rows: Rows = ()
                if isinstance(step, Question):
                    rows = await _answer(conn, step)
                else:
                    await cursor.execute(*step)
                step = steps.send(rows)


async def _answer(conn: Connection, question: Question) -> Rows:
    # In a pipeline, a cursor that ran something before could return that one's result.
    async with conn.cursor() as cursor:
        await cursor.execute(question.sql, question.parameters)
        return await cursor.fetchall()


def engine_failed(why: Exception) -> bool:
    """Tell whether it was the engine that failed, and not what a view asked of it.

    PostgreSQL's limits (class 54), such as the size of an index's key, are the view's to keep.
    """
    failed = isinstance(why, psycopg.OperationalError | psycopg.InterfaceError)
    return failed and not (getattr(why, "sqlstate", None) or "").startswith("54")


def reason(why: Exception) -> str:
    """Say what went wrong without a value of the event: no parameters, no detail, no arguments."""
    if isinstance(why, psycopg.Error):
        return _sql_reason(why)
    frames = traceback.extract_tb(why.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(why).__name__}{place}"


def _sql_reason(why: psycopg.Error) -> str:
    said = [f"{type(why).__name__} {why.sqlstate or ''}".strip()]
    # Of these classes the first line names columns and constraints; others may quote a value.
    if why.sqlstate and why.sqlstate[:2] in {"23", "3F", "42"} and why.diag.message_primary:
        said.append(why.diag.message_primary)
    for kind, name in (
        ("constraint", why.diag.constraint_name),
        ("table", why.diag.table_name),
        ("column", why.diag.column_name),
    ):
        if name:
            said.append(f"{kind} {name}")
    return ", ".join(said)
