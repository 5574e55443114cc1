"""The invented journal of the benchmarks is one that Daybook could have written."""

from datetime import UTC, datetime

import psycopg
import pytest

from services.hosting.bootstrap import VIEWS
from services.read_models.as_of import Prefix, shown_as_of
from tests.benchmarks.journal import fill
from tests.support.backend import Backend

EVENTS = 2_000


def test_every_view_takes_it_in(backend: Backend) -> None:
    fill(backend.database_url, EVENTS)
    prefix = Prefix.read(backend.journal, None, datetime(2026, 11, 23, tzinfo=UTC))
    assert prefix.position == EVENTS
    with (
        shown_as_of(backend.database_url, VIEWS, prefix) as url,
        psycopg.connect(url) as conn,
    ):
        for table in ("attendance.visits", "schedule.expected", "compliance.findings"):
            counted = conn.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
            assert counted is not None
            assert counted[0] > 100, table


def test_what_is_there_already_is_used_as_it_is_unless_it_is_too_short(backend: Backend) -> None:
    fill(backend.database_url, 300)
    fill(backend.database_url, 200)
    assert backend.journal.position() == 300
    with pytest.raises(SystemExit, match="shorter"):
        fill(backend.database_url, 400)
