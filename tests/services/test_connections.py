"""Connections that are kept: committed or not, few at once, made anew where one was lost."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from services import connections
from services.connections import Connections
from tests.support.backend import PATIENCE, Backend


@pytest.fixture
def two(backend: Backend) -> Iterator[Connections]:
    with closing(Connections(backend.database_url, 2)) as opened:
        with opened.transaction() as conn:
            conn.execute("CREATE TABLE numbers (number integer)")
        yield opened


def backend_of(opened: Connections) -> int:
    with opened.transaction() as conn:
        return conn.info.backend_pid


def test_what_is_written_is_committed_at_the_end_or_nothing_is(
    backend: Backend, two: Connections
) -> None:
    with two.transaction() as conn:
        conn.execute("INSERT INTO numbers VALUES (1)")
    with pytest.raises(ZeroDivisionError), two.transaction() as conn:
        conn.execute("INSERT INTO numbers VALUES (%s)", (2,)).rowcount // 0
    with pytest.raises(psycopg.errors.DivisionByZero), two.transaction() as conn:
        conn.execute("INSERT INTO numbers VALUES (3 / 0)")
    assert backend.rows("SELECT number FROM numbers") == [(1,)]
    assert backend_of(two) == backend_of(two)  # what failed costs no connection


def test_more_than_there_are_wait_for_one_that_is_free(
    two: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, used = threading.Event(), threading.Semaphore(0)

    def use() -> int:
        with two.transaction() as conn:
            used.release()
            assert end.wait(PATIENCE)
            return conn.info.backend_pid

    with ThreadPoolExecutor(2) as threads:
        users = [threads.submit(use) for _ in range(2)]
        assert all(used.acquire(timeout=PATIENCE) for _ in users)
        monkeypatch.setattr(connections, "FREE_WITHIN", 0.01)
        with pytest.raises(PoolTimeout):
            backend_of(two)
        end.set()
        assert backend_of(two) in {each.result() for each in users}


def test_a_connection_that_ended_while_nobody_used_it_is_made_anew(
    backend: Backend, two: Connections
) -> None:
    before = backend_of(two)
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute("SELECT pg_terminate_backend(%s, 60000)", (before,))
    assert backend_of(two) != before


def test_where_nobody_answers_that_is_told_and_a_place_is_free_for_the_next_who_asks() -> None:
    with closing(Connections("postgresql:///nobody?host=/nowhere", 1)) as opened:
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError):
                backend_of(opened)


def test_a_connection_that_is_used_while_they_are_closed_is_closed_after_that(
    two: Connections,
) -> None:
    with two.transaction() as conn:
        two.close()
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert conn.closed
