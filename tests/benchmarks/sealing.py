"""What sealing costs: a command beside it, an entry of the access log, and each event of a backlog.

    python -m tests.benchmarks.sealing [EVENTS ...]

Commands are check-ins in process, from 1 client and from 50, with `daybook serve sealer` in a
process of its own and without, in turns: `sealing_commands_vs_without_1` and `_50`, and of the
processor `sealing_processor_vs_without_1` and `_50`. A backlog is
sealed beside one reading that hashes the same states and keeps nothing. Entries of the access log
are added with the lock by which the sealer waits for writers, and without it, in turns.
"""

import argparse
import base64
import os
import resource
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from services.access import access_log
from services.access.access_log import AccessLog, Entry
from services.access.access_log_end import WRITING
from services.access.database import AccessDatabase
from services.audit.sealing.sealing import seal_next
from services.audit.tree import seal_tables
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import JOURNAL
from services.audit.tree.seals import Seals
from services.cli import garbage
from services.embedded import Engines, engines
from services.hosting.seal_key import SEAL_KEY
from tests.benchmarks.bundles import made_up
from tests.benchmarks.commands import CLIENTS, WARM_UP, CheckIn, clinic, daybook, in_threads
from tests.benchmarks.measuring import Clock, show
from tests.benchmarks.processes import backends, processor_seconds, with_children
from tests.benchmarks.visible import PLACES, serving

SIZES = (10_000, 100_000)
"""A million is measured where it is asked for."""

SEED = bytes(range(32))
TURNS = 6
ENTRY = Entry(
    *("ana", "Ana", ("clinician",), "oak-street", "roster", ["patient-1"]),
    *("treatment", "127.0.0.1", "browser"),  # type: ignore[arg-type]
)


# Commands


def commands(found: Engines, people: list[CheckIn], clients: int) -> tuple[float, float]:
    """Return how many times as many check-ins are done with a sealer that runs as without.

    And how many times as much of a processor they take, all processes together: that is the
    steadier figure where others use the machine.
    """
    took, taken, done = {}, {}, {}
    for sealed in (True, False):
        took[sealed] = taken[sealed] = done[sealed] = 0.0
    with daybook(found.database_url) as run:
        in_threads(people[:WARM_UP], clients, run)
        size = (len(people) - WARM_UP) // TURNS
        for turn in range(TURNS):
            share = people[WARM_UP + turn * size : WARM_UP + (turn + 1) * size]
            sealed = turn % 2 == 0
            with _sealer(found) if sealed else _nobody() as processes:
                pids = [*processes, *backends(found.database_url)]
                before = processor_seconds(pids) + time.process_time()
                took[sealed] += len(share) / in_threads(share, clients, run)
                taken[sealed] += processor_seconds(pids) + time.process_time() - before
            done[sealed] += len(share)
    rates = {sealed: done[sealed] / took[sealed] for sealed in took}
    costs = {sealed: 1000 * taken[sealed] / done[sealed] for sealed in took}
    print(
        f"check-ins in process, {clients} at once: with a sealer {rates[True]:,.0f} a second and"
        f" {costs[True]:.2f} ms of a processor each, without {rates[False]:,.0f} and"
        f" {costs[False]:.2f}"
    )
    return rates[True] / rates[False], costs[True] / costs[False]


@contextmanager
def _nobody() -> Iterator[list[int]]:
    yield []


@contextmanager
def _sealer(found: Engines) -> Iterator[list[int]]:
    """Run a sealer that has nothing left of what was there before; yield its processes."""
    with serving(found, ("sealer",)) as processes:
        while not _all_is_sealed(found.database_url):
            pass
        yield [pid for each in processes.values() for pid in with_children(each.pid)]


def _all_is_sealed(database_url: str) -> bool:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("SELECT pg_sleep(0.1)")
        head = Seals(conn).newest()
        return head is not None and head.position == JOURNAL.end(conn)


# A backlog


def backlog(database_url: str, count: int) -> tuple[float, float]:
    """Return the microseconds of a processor that each event takes, and how many times one reading.

    PostgreSQL's are among them.
    """
    made_up(database_url, count)
    with psycopg.connect(database_url, autocommit=True) as conn:
        seal_tables.prepare(conn)
        hashed = _processor(conn, lambda: _hash_all(conn))
        sealed = _processor(conn, lambda: _seal_all(conn))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"a backlog of {count:,}: {1e6 * sealed / count:.1f} microseconds of a processor an event,"
        f" hashing once {1e6 * hashed / count:.1f}; {memory:.0f} MB at most so far"
    )
    return 1e6 * sealed / count, sealed / hashed


def _processor(conn: psycopg.Connection[Any], work: Callable[[], None]) -> float:
    """Return the seconds of a processor that something takes, here and in PostgreSQL."""
    server = [conn.info.backend_pid]
    before = time.process_time() + processor_seconds(server)
    work()
    return time.process_time() + processor_seconds(server) - before


def _hash_all(conn: psycopg.Connection[Any]) -> None:
    position = 0
    while rows := JOURNAL.after(conn, position, 500):
        position = rows[-1].position
        for row in rows:
            sha256(row.state).digest()


def _seal_all(conn: psycopg.Connection[Any]) -> None:
    while seal_next(conn, JOURNAL, Origin("bench/journal"), SEED, datetime.now(UTC)):
        pass


# The access log


def entries(database_url: str) -> float:
    """Return how many times as many entries a second are added with the lock as without it."""
    database = AccessDatabase(database_url, pool_size=8)
    ways = (AccessLog(database).record, Clock()), (_Unlocked(database).record, Clock())
    each = [ENTRY] * 400
    with ThreadPoolExecutor(8) as threads:
        for _ in range(TURNS):
            for record, clock in ways:
                with clock.running():
                    list(threads.map(record, each))
    locked, plain = (
        show(f"entries of the access log {name}", len(each) * TURNS, clock, "entries")
        for name, (_, clock) in zip(("with the lock", "without it"), ways, strict=True)
    )
    database.close()
    return locked / plain


class _Unlocked:
    """The log as it was before it was sealed."""

    def __init__(self, database: AccessDatabase) -> None:
        self.database = database

    def record(self, entry: Entry) -> None:
        said = orjson.dumps([access_log._facts(entry)]).decode()
        unlocked = access_log._ADD.replace(WRITING, "SELECT 1")
        with self.database.transaction() as conn:
            conn.execute(unlocked.encode(), (self.database.now(), said))


@contextmanager
def _database(found: Engines) -> Iterator[str]:
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(found.database_url, autocommit=True) as conn:
        conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield make_conninfo(found.database_url, dbname=name)
        conn.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


def measure(sizes: Sequence[int] = SIZES, scale: float = 1.0) -> dict[str, float]:
    """Return what sealing costs a command, an event of a backlog, an entry of the access log."""
    garbage.look_in_short_steps()
    # Each sealer has a folder of its own, and all of them the same key.
    os.environ[SEAL_KEY] = base64.b64encode(SEED).decode()
    figures = {}
    whole = PLACES * 50
    counts = [whole * -(-int(scale * each) // whole) for each in (2_500, 12_000)]
    with clinic(counts) as (found, shares, _):
        for clients, share in zip(CLIENTS, shares, strict=True):
            rate, cost = commands(found, share, clients)
            figures[f"sealing_commands_vs_without_{clients}"] = rate
            figures[f"sealing_processor_vs_without_{clients}"] = cost
        figures["sealing_entries_vs_unlocked"] = entries(found.database_url)
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        for size in sizes:
            with _database(found) as database_url:
                microseconds, ratio = backlog(database_url, size)
    return figures | {"sealing_us_per_event": microseconds, "sealing_vs_hashing": ratio}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What sealing costs.")
    options.add_argument("events", nargs="*", type=int, help="Sizes of backlogs.")
    options.add_argument("--scale", type=float, default=1.0, help="Of the number of check-ins.")
    given = options.parse_args()
    print(measure(given.events or SIZES, given.scale))
