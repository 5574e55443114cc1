"""Views that are filled on engines, and how far they are."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg

from domain.aggregate import Event
from projections.view import Change
from services.messaging.relay import Relay
from services.read_models.projector import Projector
from tests.support.backend import (
    PATIENCE,
    Backend,
    Counts,
    ManualClock,
    ThingCounted,
    until,
)


class Delicate(Counts):
    """Fails at the number 13, in a way that a test chooses."""

    mended = False

    def __init__(self, failing: Callable[[int], Iterator[Change]]) -> None:
        self.failing = failing

    def changes(self, event: Event) -> Iterator[Change]:
        yield from super().changes(event)
        if isinstance(event, ThingCounted) and event.number == 13 and not self.mended:
            yield from self.failing(event.number)


def raises(number: int) -> Iterator[Change]:
    message = f"the patient's name is {number}"
    raise KeyError(message)
    yield


def breaks_a_rule(_: int) -> Iterator[Change]:
    yield "INSERT INTO numbers (number) VALUES (%s)", (-13,)


def gives_a_wrong_value(_: int) -> Iterator[Change]:
    yield "INSERT INTO numbers (number) VALUES (%s::text::integer)", ("Ada Lovelace",)


def relay(backend: Backend) -> Relay:
    return Relay(backend.journal, backend.database_url, backend.nats_url)


def projector(backend: Backend, view: Any, clock: ManualClock | None = None) -> Projector:
    kept: dict[str, Any] = {"clock": clock} if clock else {}
    return Projector(view, backend.journal, backend.database_url, backend.nats_url, **kept)


def checkpoint(backend: Backend, view: str = "counts") -> tuple[int, str | None, str | None]:
    rows = backend.rows(f"SELECT position, stopped_at, stopped_because FROM {view}.position")  # noqa: S608
    return rows[0] if rows else (0, None, None)


async def stands_at(backend: Backend, position: int, view: str = "counts") -> None:
    async def there() -> bool:
        exists = backend.rows(f"SELECT to_regclass('{view}.position')")[0][0]
        return bool(exists) and checkpoint(backend, view)[0] >= position

    await until(there)


async def stopped(backend: Backend, view: str = "counts") -> tuple[int, str | None, str | None]:
    """Wait until the view has stopped; return its position, the event and the reason."""
    # In a thread: what makes these tables may be a task that the query would hold up.
    async with asyncio.timeout(PATIENCE):
        while (found := await asyncio.to_thread(_stopped, backend, view)) is None:
            await asyncio.sleep(0.05)
    return found


def _stopped(backend: Backend, view: str) -> tuple[int, str, str | None] | None:
    for schema in (view, f"{view}_being_built"):
        with suppress(psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            [(position, event, reason)] = backend.rows(
                f"SELECT position, stopped_at, stopped_because FROM {schema}.position"  # noqa: S608
            )
            if event:
                return position, event, reason
    return None


async def has_messages(backend: Backend, count: int) -> bool:
    return len(await backend.messages()) >= count


async def is_there(backend: Backend, table: str) -> bool:
    return backend.rows(f"SELECT to_regclass('{table}')") != [(None,)]
