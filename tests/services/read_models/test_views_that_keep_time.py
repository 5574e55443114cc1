"""Views that are told the time."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from projections.view import Question, Steps
from services.read_models import projector as projector_module
from services.read_models.checkpoint import Checkpoint, ViewChanged, advance
from services.read_models.execution import CLOCK_TICK
from tests.support.backend import (
    Backend,
    Counts,
    ManualClock,
    Told,
    running,
    until,
)
from tests.support.projecting import (
    checkpoint,
    has_messages,
    is_there,
    projector,
    relay,
    stands_at,
    stopped,
)


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at a view that nothing arrives for more often."""
    monkeypatch.setattr(projector_module, "IDLE", 0.02)


SEVERAL_LOOKS = 0.4


def looked_at(backend: Backend, schema: str = "counts") -> datetime | None:
    found: list[tuple[datetime | None]] = backend.rows(
        f"SELECT looked_at FROM {schema}.position"  # noqa: S608
    )
    return found[0][0]


async def is_told(backend: Backend, times: int) -> bool:
    return len(backend.told()) >= times


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_keeps_time_is_told_it_now_and_then(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    position = backend.count(1, 2)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        assert backend.told() == [(noon, 2)]
        assert looked_at(backend) == noon
        manual_clock.move(seconds=10)
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 2)]
        assert looked_at(backend) == noon
        later = manual_clock.move(seconds=0.001)
        await until(lambda: is_told(backend, 2))
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 2), (later, 2)]
        assert looked_at(backend) == later


@pytest.mark.usefixtures("brisk")
async def test_a_view_is_told_the_time_again_of_what_has_come_since(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, backend.count(1))
        await until(lambda: is_told(backend, 1))
        soon = manual_clock.move(seconds=1)
        await stands_at(backend, backend.count(2))
        await until(lambda: is_told(backend, 2))
        await asyncio.sleep(SEVERAL_LOOKS)
    assert backend.told() == [(noon, 1), (soon, 2)]


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_is_told_the_time_is_told_no_earlier_one(backend: Backend) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    position = backend.count(1)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        manual_clock.move(hours=-1)
        await stands_at(backend, backend.count(2))
        await asyncio.sleep(SEVERAL_LOOKS)
    async with running(projector(backend, Told(), manual_clock).run):
        await asyncio.sleep(SEVERAL_LOOKS)
    # Of the first event it may have been told before the second came, or not.
    assert {when for when, _ in backend.told()} == {noon}
    assert (noon, 2) in backend.told()
    assert looked_at(backend) == noon


@pytest.mark.usefixtures("brisk")
async def test_a_view_that_keeps_no_time_is_not_told_it(backend: Backend) -> None:
    class Timeless(Told):
        keeps_time = False

    manual_clock = ManualClock()
    async with (
        running(relay(backend).run),
        running(projector(backend, Timeless(), manual_clock).run),
    ):
        await stands_at(backend, backend.count(1))
        manual_clock.move(hours=1)
        await asyncio.sleep(SEVERAL_LOOKS)
    assert backend.told() == []
    assert looked_at(backend) is None


@pytest.mark.usefixtures("brisk")
async def test_a_view_is_told_no_time_of_which_it_has_not_all_events(backend: Backend) -> None:
    manual_clock = ManualClock()
    position = backend.count(1)
    noon = manual_clock.now
    async with running(projector(backend, Told(), manual_clock).run):
        async with running(relay(backend).run):
            await stands_at(backend, position)
        backend.count(2)
        later = manual_clock.move(hours=1)
        await asyncio.sleep(SEVERAL_LOOKS)
        assert backend.told() == [(noon, 1)]
        async with running(relay(backend).run):
            await until(lambda: is_told(backend, 2))
    assert backend.told() == [(noon, 1), (later, 2)]


async def test_a_view_that_is_filled_again_is_told_the_time_once_and_after_all_events(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector_module, "BATCH", 10)
    manual_clock = ManualClock()
    position = backend.count(*range(95))
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
        later = manual_clock.move(days=7)
        await until(lambda: is_told(backend, 2))
        backend.run("DROP TABLE counts.seen")
        await until(lambda: is_there(backend, "counts.seen"))
        await stands_at(backend, position)
        assert backend.told() == [(later, 95)]
    assert backend.numbers() == list(range(95))


class Untimely(Told):
    """Fails when it is told the time, in a way that a test chooses, until it is mended."""

    mended = False

    def __init__(self, failing: Callable[[], Steps]) -> None:
        self.failing = failing

    def tick(self, now: datetime) -> Steps:
        yield from super().tick(now)
        if not self.mended:
            yield from self.failing()


def has_no_time() -> Steps:
    message = "Ada Lovelace"
    raise LookupError(message)
    yield


def writes_a_wrong_time() -> Steps:
    yield "INSERT INTO told (now, numbers) VALUES ('1999-12-31', 0)", ()


def asks_for_a_wrong_time() -> Steps:
    yield Question("SELECT 'Ada Lovelace'::timestamptz")


@pytest.mark.parametrize(
    ("failing", "because"),
    [
        (has_no_time, "LookupError in test_views_that_keep_time.py, line "),
        (writes_a_wrong_time, "CheckViolation 23514, new row"),
        (asks_for_a_wrong_time, "InvalidDatetimeFormat 22007"),
    ],
)
async def test_a_view_that_cannot_take_the_time_in_does_not_serve_before_it_is_mended(
    backend: Backend, failing: Callable[[], Steps], because: str
) -> None:
    class Changed(Untimely):
        version = 2

    position = backend.count(1, 2)
    manual_clock = ManualClock()
    view = Changed(failing)
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, position)
        async with running(projector(backend, view, manual_clock).run):
            where, at, why = await stopped(backend)
            assert (where, at) == (position, CLOCK_TICK)
            assert why is not None
            assert why.startswith(because)
            assert "Ada" not in why
            await asyncio.sleep(SEVERAL_LOOKS)
            assert backend.rows("SELECT version FROM counts.position") == [(1,)]
            assert backend.rows("SELECT * FROM counts_being_built.told") == []
            assert looked_at(backend, "counts_being_built") is None
            assert backend.rows("SELECT number FROM counts_being_built.numbers") == [(1,), (2,)]
            view.mended = True
            await until(lambda: is_there(backend, "counts.told"))
            assert backend.told() == [(manual_clock.now, 2)]
    assert checkpoint(backend) == (position, None, None)


async def test_a_view_that_cannot_take_the_time_in_goes_on_taking_events_in(
    backend: Backend,
) -> None:
    manual_clock = ManualClock()
    noon = manual_clock.now
    view = Untimely(has_no_time)
    view.mended = True
    async with running(relay(backend).run), running(projector(backend, view, manual_clock).run):
        await stands_at(backend, backend.count(1))
        view.mended = False
        later = manual_clock.move(minutes=1)
        assert (await stopped(backend))[:2] == (2, CLOCK_TICK)
        for number in (2, 3):
            position = backend.count(number)
            await stands_at(backend, position)
            assert (await stopped(backend))[:2] == (position, CLOCK_TICK)
        assert looked_at(backend) == noon
        view.mended = True
        await until(lambda: is_told(backend, 2))
        assert checkpoint(backend) == (position, None, None)
    assert backend.told() == [(noon, 1), (later, 3)]
    assert backend.numbers() == [1, 2, 3]


async def test_attempts_at_a_failing_time_grow_further_apart(backend: Backend) -> None:
    tried: list[float] = []

    def attempt() -> Steps:
        tried.append(asyncio.get_running_loop().time())
        yield from has_no_time()

    async def attempted(times: int) -> bool:
        return len(tried) >= times

    backend.count(1)
    manual_clock = ManualClock()
    view = Untimely(attempt)
    async with running(relay(backend).run):
        await until(lambda: has_messages(backend, 2))
        async with running(projector(backend, view, manual_clock).run):
            await until(lambda: attempted(4))
            view.mended = True
            await until(lambda: is_there(backend, "counts.told"))
            view.mended = False
            manual_clock.move(minutes=1)
            await until(lambda: attempted(6))
    first, second, third, _, once_more = [after - before for before, after in pairwise(tried)]
    assert first < second < third
    assert once_more < second


async def test_rows_and_the_time_are_written_together_or_not_at_all(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[Checkpoint] = []

    async def lose_the_connection(conn: Any, old: Any, new: Any) -> Any:
        if new.looked_at and not failed:
            failed.append(new)
            await conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await advance(conn, old, new)

    monkeypatch.setattr(projector_module, "advance", lose_the_connection)
    position = backend.count(1)
    manual_clock = ManualClock()
    async with running(relay(backend).run):
        worker = projector(backend, Told(), manual_clock)
        with pytest.raises(Exception, match=r"terminating connection|server closed the connection"):
            await worker.run()
        assert looked_at(backend, "counts_being_built") is None
        assert backend.rows("SELECT * FROM counts_being_built.told") == []
        async with running(worker.run):
            await stands_at(backend, position)
    assert failed
    assert backend.told()[-1] == (manual_clock.now, 1)


async def test_who_does_not_know_that_somebody_else_told_the_time_writes_nothing(
    backend: Backend,
) -> None:
    manual_clock = ManualClock()
    position = backend.count(1)
    async with running(relay(backend).run), running(projector(backend, Told(), manual_clock).run):
        await stands_at(backend, position)
    async with await psycopg.AsyncConnection.connect(backend.database_url, autocommit=True) as conn:
        before = await Checkpoint.read(conn, "counts")
        assert before is not None
        assert before.looked_at == manual_clock.now
        later = manual_clock.move(minutes=1)
        moved = await advance(conn, before, before.looked(later))
        assert moved == await Checkpoint.read(conn, "counts") != before
        for stale in (before.looked(later + timedelta(minutes=1)), before.after(3, 3)):
            with pytest.raises(ViewChanged):
                await advance(conn, before, stale)
        assert looked_at(backend) == later


async def test_a_view_from_before_views_kept_time_is_filled_again(backend: Backend) -> None:
    async with running(relay(backend).run):
        async with running(projector(backend, Counts()).run):
            position = backend.count(1, 2)
            await stands_at(backend, position)
        backend.run("ALTER TABLE counts.position DROP looked_at")
        async with running(projector(backend, Counts()).run):
            await stands_at(backend, backend.count(3))
    assert backend.numbers() == [1, 2, 3]
    assert looked_at(backend) is None
