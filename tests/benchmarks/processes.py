"""What processes take: memory and processor, each with those that it started."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg

_TICK = os.sysconf("SC_CLK_TCK")


def with_children(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, and they."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for each in (task / "children").read_text(encoding="utf-8").split():
            yield from with_children(int(each))


def peak_memory(pid: int) -> float:
    """Return the most memory that a process and those it started have had, in megabytes."""
    kilobytes = 0
    for each in with_children(pid):
        for line in Path(f"/proc/{each}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def processor_seconds(pids: Collection[int]) -> float:
    """Return the seconds of a processor that these have taken so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def backends(database_url: str) -> list[int]:
    """Return the processes of PostgreSQL that serve a database."""
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        ).fetchall()
    return [pid for (pid,) in rows]
