"""With a synchronous standby: nobody is shown a head that the standby may not have."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import tuple_row

from services.audit.sealing.seal_refusals import NotReplicated
from services.embedded import Engines
from tests.support.backend import Backend, until
from tests.support.sealed import SealedBackend


@pytest.fixture
def sealed(backend: Backend, tmp_path: Path) -> SealedBackend:
    return SealedBackend(backend, tmp_path / "seal.heads")


@pytest.fixture(name="standby_is_away")
def _standby_is_away(shared_engines: Engines) -> Iterator[None]:
    """A standby is waited for that never comes."""
    with psycopg.connect(shared_engines.database_url, autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        conn.execute("SELECT pg_reload_conf()")
        yield
        come_back(shared_engines.database_url)


def come_back(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER SYSTEM RESET synchronous_standby_names")
        conn.execute("SELECT pg_reload_conf()")


def waiting(sealed: SealedBackend) -> int | None:
    """Return which process waits for the standby."""
    with sealed.connected() as conn, conn.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            " AND datname = current_database()"
        ).fetchone()
    return found[0] if found else None


async def is_waiting(sealed: SealedBackend) -> bool:
    return await asyncio.to_thread(waiting, sealed) is not None


@pytest.mark.usefixtures("standby_is_away")
async def test_a_head_is_noted_once_the_standby_has_it(sealed: SealedBackend) -> None:
    await asyncio.to_thread(sealed.backend.count, 1)
    sealing = asyncio.create_task(sealed.sealer().seal_once())
    await until(lambda: is_waiting(sealed))
    assert sealed.file.heads() == {}
    assert sealed.newest() is None
    assert not sealing.done()
    come_back(sealed.backend.database_url)
    [head] = await sealing
    assert [each.note for each in sealed.file.heads().values()] == [head.note]


@pytest.mark.usefixtures("standby_is_away")
async def test_a_head_whose_wait_was_ended_is_confirmed_before_it_is_noted(
    sealed: SealedBackend,
) -> None:
    await asyncio.to_thread(sealed.backend.count, 1)
    sealing = asyncio.create_task(sealed.sealer().seal_once())
    await until(lambda: is_waiting(sealed))
    with sealed.connected() as conn:
        conn.execute("SELECT pg_cancel_backend(%s)", (waiting(sealed),))
    with pytest.raises(NotReplicated, match="not known to be on the standby"):
        await sealing
    assert sealed.head().size == 2
    assert sealed.file.heads() == {}
    again = asyncio.create_task(sealed.sealer().seal_once())
    await until(lambda: is_waiting(sealed))
    assert sealed.file.heads() == {}
    come_back(sealed.backend.database_url)
    assert await again == []
    assert [each.note for each in sealed.file.heads().values()] == [sealed.head().note]
