"""Connections that keep others from doing the same work."""

import asyncio
import gc
import os

from services.advisory_lock import connect
from services.cancellation import cancel_and_wait
from tests.support.backend import Backend


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_a_connection_that_is_half_made_is_dropped_with_who_wanted_it(
    backend: Backend,
) -> None:
    """PostgreSQL would wait for it, and whoever drops a database for PostgreSQL."""
    # What former tests left is closed now, and not while it is counted.
    gc.collect()
    before = open_files()
    wanted = [asyncio.create_task(connect(backend.database_url)) for _ in range(5)]
    while open_files() < before + len(wanted):
        await asyncio.sleep(0)
    await cancel_and_wait(wanted)
    assert all(each.cancelled() for each in wanted)
    assert open_files() == before
