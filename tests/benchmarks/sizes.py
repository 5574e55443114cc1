"""What a million events take: on disk, in memory, and in time until every view has them again.

    python -m tests.benchmarks.sizes [FOLDER]

On a copy of the journal of growth.py, in processes as `daybook serve` starts them. Memory is the
most that a process and those that it started had (VmHWM): the projector's while it fills all views
from the first event, and that of the process that takes commands.
"""

import argparse
import asyncio
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from services.embedded import Engines, engines
from services.hosting.bootstrap import VIEWS
from services.journal import Journal
from services.messaging import stream
from services.publishing import billable_days, findings
from tests.benchmarks.commands import over_nats, spread
from tests.benchmarks.growth import LARGE, copied
from tests.benchmarks.journal import FOLDER
from tests.benchmarks.processes import peak_memory
from tests.benchmarks.visible import open_sessions, serving

COMMANDS = 1_000
MEGABYTE = 2**20
PATIENCE = 3600.0
"""Seconds in which every view has to be there."""


async def published(nats_url: str, position: int) -> int:
    """Wait until the stream has the event at a position; return its bytes."""
    async with stream.connected(nats_url, "benchmark") as client:
        js = client.jetstream()
        while True:
            info = await stream.stream_info(js)
            last = info and info.state.last_seq
            message = await stream.message_at(js, last) if last else None
            if info and message and message.position >= position:
                return info.state.bytes
            await asyncio.sleep(0.2)


def views_made(database_url: str, position: int, pid: int) -> tuple[dict[str, float], float]:
    """Wait until each view has the event at a position; return how many seconds each took.

    With it comes the most memory that the process, and those it started meanwhile, have had.
    """
    started, took, memory = time.perf_counter(), dict[str, float](), 0.0
    with psycopg.connect(database_url, autocommit=True) as conn:
        while len(took) < len(VIEWS):
            assert time.perf_counter() - started < PATIENCE, f"only {', '.join(took)} are there"
            for name in (each.name for each in VIEWS if each.name not in took):
                with suppress(psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                    table = Identifier(name, "position")
                    row = conn.execute(SQL("SELECT position FROM {}").format(table)).fetchone()
                    if row and row[0] >= position:
                        took[name] = time.perf_counter() - started
            # A process may end while it is looked at.
            with suppress(FileNotFoundError, ProcessLookupError):
                memory = max(memory, peak_memory(pid))
            time.sleep(0.2)
    return took, memory


def sizes(database_url: str) -> dict[str, int]:
    """Return the bytes that each schema takes, with its indexes."""
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT n.nspname, sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND n.nspname !~ '^(pg_|information_schema)' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return dict(rows)


async def _delete_streams(nats_url: str) -> None:
    for name in (stream.NAME, findings.NAME, billable_days.NAME):
        await stream.delete_stream(nats_url, name)


def measure(folder: Path = FOLDER) -> dict[str, float]:
    """Return the bytes of an event in the journal, and the most memory of a process."""
    with ExitStack() as opened:
        server = opened.enter_context(engines(folder))
        url = opened.enter_context(copied(server.database_url, LARGE))
        found = Engines(url, server.nats_url)
        asyncio.run(_delete_streams(found.nats_url))
        with closing(Journal(url)) as journal:
            people = spread(open_sessions(journal, COMMANDS))
            position = journal.position()
        bytes_per_event = sizes(url)["journal"] / position
        with serving(found, ["relay"]):
            started = time.perf_counter()
            in_stream = asyncio.run(published(found.nats_url, position))
            print(f"{position:,} events relayed in {time.perf_counter() - started:.0f} s")
        with serving(found, ["projector"]) as processes:
            took, projector = views_made(url, position, processes["projector"].pid)
            each = ", ".join(f"{name} {seconds:.0f}" for name, seconds in took.items())
            print(f"all views made from them in {max(took.values()):.0f} s ({each})")
        with serving(found, ["commands"]) as processes:
            asyncio.run(over_nats(found.nats_url, people, 50))
            commands = peak_memory(processes["commands"].pid)
        print(f"most memory: projector {projector:.0f} MB, commands {commands:.0f} MB")
        for name, size in {**sizes(url), "the stream": in_stream}.items():
            print(f"  {name:<20}{size / MEGABYTE:>8.0f} MB {size / position:>6.0f} bytes an event")
        asyncio.run(_delete_streams(found.nats_url))
    return {"bytes_per_event": bytes_per_event, "memory_mb_1m": max(projector, commands)}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What a million events take.")
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    print(measure(options.parse_args().folder))
