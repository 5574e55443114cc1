"""Verifying a journal, beside one process that hashes its rows and looks at no tree.

    python -m tests.benchmarks.verifying [FOLDER] [--events 10000 100000 1000000]

Rows are made up by PostgreSQL, and sealed before by the sealer's own code. CPU seconds are of all
processes together, PostgreSQL's too; memory is the most that the process which verifies had, and
each of those it started. Who only hashes reads every row in order, and learns neither whether it is
as it was, nor which is not.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SigningKey
from services.audit.sealing.sealing_round import SealingRound, SealSettings
from services.audit.tree.sealed_logs import JOURNAL
from services.audit.tree.seals import Seals
from services.audit.verification.shared_snapshot import SharedSnapshot
from services.audit.verification.verify_logs import Against, verify_log
from services.embedded import engines
from services.journal import Journal
from tests.benchmarks.bundles import made_up
from tests.benchmarks.journal import FOLDER
from tests.benchmarks.processes import backends

SEED = bytes(32)
SIZES = (10_000, 100_000, 1_000_000)
PAGE = 2048
MEGABYTE = 1024.0
"""Kilobytes."""


def sealed(server_url: str, events: int) -> str:
    """Return the URL of a sealed journal of so many events, made where it is not there."""
    name = f"sealed_journal_of_{events}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = make_conninfo(server_url, dbname=name)
    with closing(Journal(url, pool_size=1)) as journal:
        is_there = journal.position() == events
    if not is_there:
        made_up(url, events)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE journal.journal_events")
        settings = SealSettings("clinic.example")
        round_ = SealingRound(conn, settings, lambda: SEED, lambda: datetime.now(UTC))
        done = round_.seal([JOURNAL])
        assert not done.refused
        conn.execute("VACUUM ANALYZE seal.tiles")
    return url


def verify(database_url: str) -> int:
    """Verify the journal; return how many events were as sealed."""
    with SharedSnapshot.open(database_url) as snapshot:
        origin = Seals(snapshot.conn).origin
        assert origin
        key = SigningKey.from_bytes(origin, SEED).verifier
        found = verify_log(snapshot, JOURNAL, Against(SealPolicy.of_key(key)), lambda *_: None)
        assert not [fault for section in found.sections for fault in section.faults]
        return found.size


def hash_alone(database_url: str) -> int:
    """Hash every row in order, by one process; return how many there were."""
    count, hashed = 0, sha256()
    with psycopg.connect(database_url) as conn, conn.cursor("rows", binary=True) as cursor:
        cursor.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM journal.journal_events ORDER BY notification_id"
        )
        while rows := cursor.fetchmany(PAGE):
            for position, aggregate_id, version, topic, state in rows:
                hashed.update(f"{position} {aggregate_id} {version} {topic} ".encode())
                hashed.update(state)
            count += len(rows)
    return count


WAYS: dict[str, Callable[[str], int]] = {"verify": verify, "hash alone": hash_alone}


def in_this_process(way: str, database_url: str) -> dict[str, float]:
    """Do it once; return seconds by the clock and of processors, and memory in megabytes."""
    started, cpu = time.perf_counter(), time.process_time()
    count = WAYS[way](database_url)
    took, own = time.perf_counter() - started, time.process_time() - cpu
    spent = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "events": count,
        "seconds": took,
        "cpu": own + spent[1].ru_utime + spent[1].ru_stime,
        "memory": spent[0].ru_maxrss / MEGABYTE,
        "memory of each worker": spent[1].ru_maxrss / MEGABYTE,
    }


def tell(way: str) -> None:
    """Do it once for a database whose URL is read, and print what that took."""
    print(json.dumps(in_this_process(way, sys.stdin.read())))


def in_a_fresh_one(way: str, database_url: str, postmaster: int) -> dict[str, float]:
    """Do it in a process of its own; PostgreSQL's part is added to the processor's seconds."""
    # Not as a module, which each worker would import: the command line's own is a short one.
    words = [sys.executable, "-c", f"from tests.benchmarks.verifying import tell; tell({way!r})"]
    # What made the rows is counted when it has ended: that may not fall into this.
    while backends(database_url):
        time.sleep(0.1)
    before = _spent_with_children(postmaster)
    # Not as an argument: there is a password in it.
    told = subprocess.run(
        words, input=database_url, capture_output=True, text=True, check=True, env=os.environ
    )
    found: dict[str, float] = json.loads(told.stdout)
    found["cpu of PostgreSQL"] = _spent_with_children(postmaster) - before
    return found


def _spent_with_children(pid: int) -> float:
    """Return the seconds of a processor that a process and all that ended of its own have taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _parent(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[1])


def measure(folder: Path = FOLDER, sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Return events a second and core, memory, and the ratio to hashing alone, at each size."""
    figures: dict[str, float] = {}
    with engines(folder) as found:
        with psycopg.connect(found.database_url) as conn:
            postmaster = _parent(conn.info.backend_pid)
        for events in sizes:
            url = sealed(found.database_url, events)
            by_way = {way: in_a_fresh_one(way, url, postmaster) for way in WAYS}
            figures |= _told(events, by_way)
    return figures


def _told(events: int, by_way: dict[str, dict[str, float]]) -> dict[str, float]:
    for way, each in by_way.items():
        whole = each["cpu"] + each["cpu of PostgreSQL"]
        print(
            f"{way:<10} {events:>9,} events {each['seconds']:>6.2f} s by the clock,"
            f" {each['cpu']:.2f} + {each['cpu of PostgreSQL']:.2f} CPU s (PostgreSQL's),"
            f" {events / whole:>9,.0f} a second and core,"
            f" {each['memory']:.0f} MB, workers {each['memory of each worker']:.0f} MB each"
        )
    ours, alone = by_way["verify"], by_way["hash alone"]
    print(f"{'':<10} {alone['seconds'] / ours['seconds']:.2f} times as quick as hashing alone")
    size = f"{events // 1_000_000}m" if events >= 1_000_000 else f"{events // 1_000}k"
    whole = ours["cpu"] + ours["cpu of PostgreSQL"]
    return {
        f"verify_events_per_s_and_core_{size}": events / whole,
        f"verify_vs_hashing_alone_{size}": alone["seconds"] / ours["seconds"],
        f"verify_memory_mb_{size}": max(ours["memory"], ours["memory of each worker"]),
    }


def main() -> None:
    options: Any = argparse.ArgumentParser(description="Verifying a journal.")
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options.add_argument("--events", type=int, nargs="+", default=SIZES)
    given = options.parse_args()
    measure(given.folder, tuple(given.events))


if __name__ == "__main__":
    main()
