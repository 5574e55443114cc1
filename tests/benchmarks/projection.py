"""Catching up: the view `attendance`, beside eventsourcing's ProjectionRunner and a bare consumer.

    python -m tests.benchmarks.projection [--copies 5]

All three take the same events in, from the same engines: the projector and the bare consumer from
the stream, the runner from the journal, each event in a transaction of its own as it does that.
The bare consumer pulls with nats-py and does nothing with what it is given.
"""

import argparse
import asyncio
import time
from typing import Any

import nats
import psycopg
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import BaseProjectionRunner, Projection
from nats.js.api import AckPolicy, ConsumerConfig

from domain.aggregate import Event
from projections.attendance import Attendance
from services.journal import Journal
from services.journal.storage import Datastore
from services.messaging import stream
from tests.benchmarks.imported_clinics import Imported, imported_clinics, keep_up

RUNNER_EVENTS = 6_000
PULL = 500
ROUNDS = 3


async def bare_pull(nats_url: str, count: int) -> float:
    """Return the seconds that a bare consumer takes to fetch so many messages."""
    client = await nats.connect(nats_url)
    js = client.jetstream()
    consumer = await js.add_consumer(
        stream.NAME, ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True)
    )
    bound = await js.pull_subscribe_bind(consumer=consumer.name, stream=stream.NAME)
    started, got = time.perf_counter(), 0
    while got < count:
        got += len(await bound.fetch(PULL, timeout=5))
    took = time.perf_counter() - started
    await client.close()
    return took


def project(imported: Imported) -> float:
    """Return the seconds in which the projector fills `attendance` from the first event."""
    with psycopg.connect(imported.engines.database_url) as conn:
        conn.execute("DROP SCHEMA IF EXISTS attendance CASCADE")
    started = time.perf_counter()
    asyncio.run(keep_up(imported, (Attendance(),), relay=False))
    return time.perf_counter() - started


class Rows(PostgresTrackingRecorder):
    """Writes what `attendance` says of an event, and the position, in one transaction."""

    shows = Attendance()

    def create_table(self) -> None:
        super().create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("CREATE SCHEMA runner")
            cursor.execute("SET LOCAL search_path TO runner")
            cursor.execute(self.shows.tables)

    def take(self, event: Event, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("SET LOCAL search_path TO runner")
            for change in self.shows.take([event]):
                cursor.execute(*change)


class Attending(Projection[Rows]):
    """What a ProjectionRunner runs."""

    name = "attending"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.take(domain_event, tracking)


def run_runner(imported: Imported) -> float:
    """Return the seconds in which a ProjectionRunner takes in the first RUNNER_EVENTS."""
    url = imported.engines.database_url

    class Recorded(Journal):
        name = Journal.name

        def __init__(self, *_: Any) -> None:
            super().__init__(url)

    last = imported.journal.after(0, RUNNER_EVENTS)[-1].id
    rows = Rows(Datastore(url, pool_size=3))
    rows.create_table()
    started = time.perf_counter()
    # ProjectionRunner does the same with a datastore that takes no whole URL.
    with BaseProjectionRunner(
        projection=Attending(rows), application_class=Recorded, tracking_recorder=rows, topics=()
    ) as runner:
        runner.wait(last, timeout=300)
        return time.perf_counter() - started


def measure(copies: int = 5) -> dict[str, float]:
    """Return how many times as fast as the runner, and as the bare consumer, the projector is."""
    with imported_clinics(copies) as imported:
        asyncio.run(keep_up(imported, (), relay=True))
        runner = RUNNER_EVENTS / run_runner(imported)
        pulled, projected = [], []
        for _ in range(ROUNDS):
            pulled.append(asyncio.run(bare_pull(imported.engines.nats_url, imported.events)))
            projected.append(project(imported))
        pull, projection = (imported.events / min(each) for each in (pulled, projected))
        print(
            f"projection: {imported.events:,} events; a second: projector {projection:,.0f},"
            f" ProjectionRunner {runner:,.0f}, bare pull {pull:,.0f}"
        )
        return {
            "projection_vs_runner": projection / runner,
            "projection_vs_bare_pull": projection / pull,
        }


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What catching up costs.")
    options.add_argument("--copies", type=int, default=5)
    print(measure(options.parse_args().copies))
