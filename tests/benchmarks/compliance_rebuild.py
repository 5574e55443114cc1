"""Filling the view `compliance` anew: a history that was imported, and one lived day by day.

    python -m tests.benchmarks.compliance_rebuild [--copies 8] [--lived 60000]

Events are read from a journal, decoded and taken in as a projector does it, batch by batch, each in
a transaction of its own. An import is judged once or twice; what was lived is judged at each
instant at which anything turned.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from domain.aggregate import Event
from services.embedded import engines
from services.journal import Journal
from services.read_models.decoding import EventDecoder, matters
from services.read_models.projector import BATCH
from tests.benchmarks import journal as lived_journal
from tests.benchmarks.compliance import kept
from tests.benchmarks.imported_clinics import imported_clinics
from tests.benchmarks.measuring import Clock, show


async def _fill(database_url: str) -> tuple[int, Clock]:
    """Fill the view from a journal; return from how many events, and in what time."""
    clock, count, used = Clock(), 0, time.process_time()
    events: list[Event] = []
    with closing(Journal(database_url)) as journal:
        decoder = EventDecoder(journal.mapper)
        async with kept(database_url) as tables:
            with clock.running():
                while stored := journal.after(count, BATCH * tables.view.built_by):
                    count = stored[-1].id
                    mattering = (each for each in stored if matters(tables.view, each.topic))
                    if events := [decoder.event(each) for each in mattering]:
                        await tables.take(events)
                        last = events[-1].timestamp
                await tables.tick(last + timedelta(days=1))
    used = time.process_time() - used
    print(f"{'':<44}{used:.2f} s of them Python's, {count / used:,.0f} events in a second of it")
    return count, clock


def measure(copies: int = 8, lived: int = 60_000) -> dict[str, float]:
    """Return how many events of imports a second the view is filled from.

    How many of a history that was lived day by day is printed beside it.
    """
    with imported_clinics(copies) as imported:
        count, clock = asyncio.run(_fill(imported.engines.database_url))
    rate = show("compliance rebuilt, of imports", count, clock)
    with tempfile.TemporaryDirectory() as name, engines(Path(name) / "data") as started:
        url = lived_journal.kept(started.database_url, lived)
        show("compliance rebuilt, as it was lived", *asyncio.run(_fill(url)))
    return {"compliance_rebuild_events_per_s": rate}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What filling compliance anew costs.")
    options.add_argument("--copies", type=int, default=8)
    options.add_argument("--lived", type=int, default=60_000)
    given = options.parse_args()
    print(measure(given.copies, given.lived))
