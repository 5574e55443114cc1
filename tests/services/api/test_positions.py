"""Whoever waits for a position is told by PostgreSQL, and looks at nothing meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from services.api import positions
from services.api.positions import Positions
from services.read_models import progress
from tests.support.backend import PATIENCE, Backend, Counts, Names, ThingNamed, running, thing
from tests.support.projecting import (
    Delicate,
    breaks_a_rule,
    projector,
    relay,
    stands_at,
    stopped,
)

BOTH = ("counts", "names")


class OnlyNames(Names):
    takes = frozenset({ThingNamed})


@pytest.fixture(autouse=True)
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not told is not known for as long as a test is patient."""
    monkeypatch.setattr(positions, "LOOK_AGAIN", 10 * PATIENCE)


@asynccontextmanager
async def listening(backend: Backend) -> AsyncIterator[Positions]:
    views = Counts(), OnlyNames()
    async with Positions(backend.journal, backend.database_url, views) as found:
        yield found


@asynccontextmanager
async def both_views(backend: Backend) -> AsyncIterator[None]:
    async with (
        running(relay(backend).run),
        running(projector(backend, Counts()).run),
        running(projector(backend, OnlyNames()).run),
    ):
        yield


async def test_who_waits_for_an_event_sees_its_rows(backend: Backend) -> None:
    async with listening(backend) as found, both_views(backend):
        for number in range(20):
            position = await asyncio.to_thread(backend.count, number)
            assert await found.reached(position, BOTH, PATIENCE)
            assert backend.numbers()[-1] == number
            assert await found.now(BOTH) >= position


async def test_an_event_that_changes_no_row_is_waited_for_as_well(backend: Backend) -> None:
    async with listening(backend) as found, both_views(backend):
        assert await found.reached(backend.count(1), BOTH, PATIENCE)
        for number in range(5):
            backend.journal.save(thing(thing_id=f"nothing-{number}"))
        assert await found.reached(backend.journal.position(), BOTH, PATIENCE)


async def test_nobody_waits_for_a_view_that_takes_nothing_of_it_in(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WRITE_AGAIN", 10 * PATIENCE)
    async with listening(backend) as found, both_views(backend):
        for _ in range(2):
            await stands_at(backend, backend.count(0), "names")
        written = backend.rows("SELECT position FROM names.position")
        for number in range(3):
            assert await found.reached(backend.count(number), BOTH, PATIENCE)
            assert backend.rows("SELECT position FROM names.position") == written
        named = backend.journal.load("thing-1")
        named.name_it("Ann")
        backend.journal.save(named)
        assert await found.reached(backend.journal.position(), ("names",), PATIENCE)
        assert backend.rows("SELECT name FROM names.named") == [("Ann",)]


async def test_what_was_there_before_is_known_at_once(backend: Backend) -> None:
    position = backend.count(1, 2, 3)
    async with both_views(backend):
        await stands_at(backend, position)
        await stands_at(backend, position, "names")
    async with listening(backend) as found:
        assert await found.now(BOTH) == position
        assert await found.reached(position, BOTH, 0)
        assert not await found.reached(position + 1, BOTH, 0.1)


async def test_a_view_that_is_not_there_or_stopped_is_given_up_after_a_while(
    backend: Backend,
) -> None:
    position = backend.count(1)
    async with listening(backend) as found, running(relay(backend).run):
        assert await found.now(BOTH) == 0
        assert not await found.reached(position, BOTH, 0.1)
        async with running(projector(backend, Delicate(breaks_a_rule)).run):
            assert await found.reached(position, ("counts",), PATIENCE)
            with_the_fault = backend.count(13)
            await stopped(backend)
            assert not await found.reached(with_the_fault, ("counts",), 0.1)
            assert await found.now(("counts",)) == position


async def test_a_view_that_is_made_again_is_told_when_it_serves(backend: Backend) -> None:
    position = backend.count(1)
    async with listening(backend) as found, running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            assert await found.reached(position, ("counts",), PATIENCE)
        newer = Counts()
        newer.version = 2
        later = backend.count(2)
        async with running(projector(backend, newer).run):
            assert await found.reached(later, ("counts",), PATIENCE)
            assert backend.rows("SELECT version FROM counts.position") == [(2,)]


async def test_a_connection_that_is_lost_is_made_again(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "PAUSE", 0.01)
    async with listening(backend) as found:
        async with both_views(backend):
            assert await found.reached(backend.count(1), BOTH, PATIENCE)
        with psycopg.connect(backend.database_url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        position = backend.count(2)
        async with both_views(backend):
            await stands_at(backend, position)
            await stands_at(backend, position, "names")
            assert await found.reached(position, BOTH, PATIENCE)
            assert await found.reached(backend.count(3), BOTH, PATIENCE)


async def test_each_waiter_is_woken_by_what_they_wait_for(backend: Backend) -> None:
    async with listening(backend) as found, both_views(backend):
        first = backend.count(0)
        waiting = [
            asyncio.create_task(found.reached(first + number, BOTH, PATIENCE))
            for number in range(1, 30)
        ]
        beyond = asyncio.create_task(found.reached(first + 30, BOTH, PATIENCE))
        for number in range(1, 30):
            await asyncio.to_thread(backend.count, number)
        assert all(await asyncio.gather(*waiting))
        assert not beyond.done()
        beyond.cancel()
