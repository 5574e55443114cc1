"""Building a view side by side: share by share, in as many processes as there are processors.

A share is what one facility's events come to. All of them are taken in before the next share is
begun: what they need is in memory then, and a row that many of them change is written once. Until
all shares are there the tables are marked as no version of the view's, so that who finds them
half-filled begins anew.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context, parent_process
from typing import Any, cast

from eventsourcing.persistence import Notification
from psycopg.sql import SQL, Identifier

from domain.aggregate import Event
from projections.view import Steps, View
from services.advisory_lock import Connection, connect
from services.cancellation import raise_if_cancelled
from services.failures import reason
from services.journal import Journal
from services.read_models.checkpoint import (
    Checkpoint,
    ViewChanged,
    advance,
    staging_schema,
    use_schema,
)
from services.read_models.decoding import matters
from services.read_models.execution import run_steps, take_events
from services.read_models.skipping import skipped_ids

logger = logging.getLogger("daybook.side_by_side")

WORTH_IT = 20_000
"""Events on record from which on it is worth to start processes, which takes them a second."""

PROCESSES = 8
"""Processes at most, however many processors there are: each has two connections."""

BATCH = 5_000
"""Events that are taken in with one transaction, at most."""

LOOK = 0.5
"""Seconds between two looks at how far the processes are."""


@dataclass(frozen=True, slots=True)
class Building:
    """What is built: `table` is the id of the table `position`, another one in another building.

    What is on record up to a position is taken in, then the time, each facility's by itself, with
    so many events at once.
    """

    view: View
    database_url: str
    table: int
    position: int
    now: datetime
    facilities: Sequence[str]
    at_once: int


async def fill(
    conn: Connection, view: View, journal: Journal, database_url: str, now: datetime
) -> bool:
    """Fill a view's new, empty tables side by side, where it can be and is worth it.

    Returns False where it failed: then the tables are to be made anew, and filled in the order of
    the record, which says what they cannot take in. Raises ViewChanged.
    """
    position = await asyncio.to_thread(journal.position)
    if view.share("") is None or position < WORTH_IT:
        return True
    schema = staging_schema(view)
    built = await Checkpoint.read(conn, schema)
    facilities = await asyncio.to_thread(journal.busiest_facilities)
    if built is None:
        raise ViewChanged
    found = await conn.execute("SELECT %s::regclass::oid", (f"{schema}.position",))
    table = cast("tuple[int]", await found.fetchone())[0]
    reached = await advance(conn, built, replace(built, version=0))
    building = Building(view, database_url, table, position, now, facilities, BATCH)
    claims = get_context("spawn").Value("i", 0)
    started = [
        get_context("spawn").Process(target=_work, args=(building, claims), daemon=True)
        for _ in range(min(len(os.sched_getaffinity(0)), PROCESSES, len(facilities)))
    ]
    try:
        for each in started:
            each.start()
        while any(each.is_alive() for each in started):
            await asyncio.sleep(LOOK)
            raise_if_cancelled()
            if any(each.exitcode for each in started):
                break
            # About as far: the last shares that were claimed are still being taken in.
            done = max(claims.value - len(started), 0) * position // len(facilities)
            reached = await advance(conn, reached, reached.after(done, 0))
    finally:
        for each in started:
            each.terminate()
            each.join()
    # Where the tables are not there any more, that is what failed.
    reached = await advance(conn, reached, reached)
    if any(each.exitcode for each in started):
        return False
    filled = replace(reached.after(position, await asyncio.to_thread(journal.count, position)))
    await advance(conn, reached, replace(filled, version=view.version).looked(now))
    return True


def _work(building: Building, claims: Any) -> None:
    """Take in the shares that no other process has claimed, one after another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    try:
        asyncio.run(_take_shares(building, _claimed(building, claims)))
    except Exception as why:  # whatever the view does wrong
        logger.error("The view %s cannot be built so: %s", building.view.name, reason(why))
        sys.exit(1)


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _claimed(building: Building, claims: Any) -> Iterator[str]:
    """Yield the facilities whose shares fall to this process."""
    while True:
        with claims.get_lock():
            number = claims.value
            claims.value += 1
        if number >= len(building.facilities):
            return
        yield building.facilities[number]


async def _take_shares(building: Building, facilities: Iterator[str]) -> None:
    with closing(Journal(building.database_url, pool_size=1)) as journal:
        skipped = skipped_ids(journal, building.view)

        def event(stored: Notification) -> Event | None:
            topic, name = stored.topic, f"{stored.originator_id}:{stored.originator_version}"
            if name in skipped or not matters(building.view, topic):
                return None
            return cast("Event", journal.mapper.to_domain_event(stored))

        async with await connect(building.database_url) as conn:
            await conn.execute("SET synchronous_commit TO off")
            for facility_id in facilities:
                share = cast("View", building.view.share(facility_id))
                for stored in journal.of_facility(facility_id, building.position, building.at_once):
                    events = [found for each in stored if (found := event(each))]
                    await _move_on(conn, building, take_events(share, events))
                await _move_on(conn, building, share.tick(building.now))


async def _move_on(conn: Connection, building: Building, steps: Steps) -> None:
    """Take steps, in one transaction, unless something else is built there by now."""
    async with conn.pipeline(), conn.transaction():
        await conn.execute(use_schema(staging_schema(building.view)))
        there = await conn.execute(
            SQL("SELECT FROM {} WHERE tableoid = %s FOR KEY SHARE").format(Identifier("position")),
            (building.table,),
        )
        if not await there.fetchall():
            raise ViewChanged
        await run_steps(conn, steps)
