"""Every table and column says what it is; a view's SQL views are built, swapped and missed."""

import psycopg
import pytest

from projections.schedule import Schedule
from services.hosting.bootstrap import VIEWS
from services.read_models.checkpoint import Checkpoint, build, drop, staging_schema, swap
from tests.support.backend import Backend
from tests.support.read_models import ReadModels


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_table_and_no_column_is_without_a_comment(
    view: Schedule, read_models: ReadModels
) -> None:
    columns = read_models.rows(
        "SELECT c.relname, a.attname, obj_description(c.oid, 'pg_class'),"
        " col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_attribute a"
        " ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = to_regnamespace(%(name)s) AND c.relkind IN ('r', 'p', 'v', 'm')",
        name=view.name,
    )
    assert len(columns) > 3
    assert [row[:2] for row in columns if not (row[2] and row[3])] == []


async def test_sql_views_follow_when_the_schema_is_swapped(backend: Backend) -> None:
    view = Schedule()
    async with await psycopg.AsyncConnection.connect(backend.database_url, autocommit=True) as conn:
        for times in range(2):
            await build(conn, view, "journal-1")
            await conn.execute(
                f"INSERT INTO {staging_schema(view)}.blocked_meetings VALUES"  # noqa: S608
                f" ('oak', 'iop', 'evening', '2025-03-0{times + 1}', 'room', 'room-1', now())"
            )
            await swap(conn, view)
            found = await conn.execute("SELECT day::text FROM schedule.conflicts")
            assert await found.fetchall() == [(f"2025-03-0{times + 1}",)]
        checkpoint = await Checkpoint.read(conn, "schedule")
        assert checkpoint
        assert checkpoint.missing == 0
        await conn.execute("DROP VIEW schedule.conflicts")
        checkpoint = await Checkpoint.read(conn, "schedule")
        assert checkpoint
        assert checkpoint.missing == 1
        await drop(conn, "schedule")
        assert await Checkpoint.read(conn, "schedule") is None
