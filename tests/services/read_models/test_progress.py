"""Positions with which no row changes: they are written now and then, and at the end."""

from typing import Any

import pytest

from services.read_models import progress
from services.read_models.checkpoint import Checkpoint, advance
from tests.support.backend import PATIENCE, Backend, Counts, ThingCounted, running, thing, until
from tests.support.projecting import checkpoint, projector, relay, stands_at


class OnlyCounts(Counts):
    takes = frozenset({ThingCounted})


def nothing_counted(backend: Backend, number: int) -> int:
    """Record what changes no row; return its position."""
    backend.journal.save(thing(thing_id=f"nothing-{number}"))
    return backend.journal.position()


@pytest.mark.parametrize("view", [Counts(), OnlyCounts()], ids=["any event", "some events"])
async def test_a_position_is_written_though_no_row_changes(backend: Backend, view: Any) -> None:
    async with running(relay(backend).run), running(projector(backend, view).run):
        await stands_at(backend, backend.count(1))
        for number in range(5):
            await stands_at(backend, nothing_counted(backend, number))
        position = [nothing_counted(backend, number) for number in range(5, 10)][-1]
        await stands_at(backend, position)
    assert backend.numbers() == [1]


async def test_a_position_waits_for_the_next_row_and_is_written_at_the_end(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    after = Checkpoint.after

    def noting(self: Any, position: int, sequence: int) -> Any:
        read.append(position)
        return after(self, position, sequence)

    monkeypatch.setattr(progress, "WRITE_AGAIN", 10 * PATIENCE)
    monkeypatch.setattr(Checkpoint, "after", noting)

    async def has_read() -> bool:
        return bool(read) and read[-1] == backend.journal.position()

    async with running(relay(backend).run), running(projector(backend, OnlyCounts()).run):
        await stands_at(backend, backend.count(1))
        before = nothing_counted(backend, 0)
        await stands_at(backend, before)
        nothing_counted(backend, 1)
        await until(has_read)
        assert checkpoint(backend)[0] == before
        with_a_row = backend.count(2)
        await stands_at(backend, with_a_row)
        last = nothing_counted(backend, 2)
        await until(has_read)
        assert checkpoint(backend)[0] == with_a_row
    assert checkpoint(backend)[0] == last
    assert backend.numbers() == [1, 2]


async def test_events_that_change_no_row_are_read_again_after_a_crash(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: Any) -> Any:
        message = "the connection is lost"
        raise ConnectionError(message)

    async with running(relay(backend).run):
        async with running(projector(backend, OnlyCounts()).run):
            await stands_at(backend, backend.count(1))
        nothing_counted(backend, 1)
        monkeypatch.setattr(progress, "advance", lose)
        with pytest.raises(ConnectionError):
            await projector(backend, OnlyCounts()).run()
        monkeypatch.setattr(progress, "advance", advance)
        async with running(projector(backend, OnlyCounts()).run):
            await stands_at(backend, backend.count(2))
    assert backend.numbers() == [1, 2]
