"""Data folders of the command line: filled, copied, looked into behind its back."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from services.embedded import engines
from tests.support.backend import PATIENCE
from tests.support.command_line import CLINICS, expected, imported, reports

LIGHTHOUSE = CLINICS / "lighthouse"
LIGHTHOUSE_NOW = "2026-04-19T12:00:00Z"
LIGHTHOUSE_THROUGH = "2026-04-18"


def at_rest(run_folder: Path, name: str, now: str) -> Path:
    """Return a data folder with a clinic in it, imported once in a run; its engines are at rest."""
    data, whole = run_folder / name, run_folder / f"{name}.imported"
    with (run_folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            imported(data, CLINICS / name, now)
            whole.touch()
    return data


def shows_lighthouse(data: Path) -> bool:
    return reports(data, LIGHTHOUSE_THROUGH) == expected(LIGHTHOUSE)


@contextmanager
def copied(data: Path, target: Path) -> Iterator[Path]:
    """Copy a data folder at rest, owners included; remove the copy in the end."""
    subprocess.run(["/bin/cp", "-a", data, target], check=True, timeout=PATIENCE)
    yield target
    shutil.rmtree(target)


@contextmanager
def database(data: Path) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with (
        engines(data) as found,
        psycopg.connect(found.database_url, connect_timeout=120) as conn,
    ):
        yield conn


def ask(data: Path, sql: LiteralString) -> list[tuple[Any, ...]]:
    with database(data) as conn:
        return conn.execute(sql).fetchall()


def tell(data: Path, sql: LiteralString) -> None:
    with database(data) as conn:
        conn.execute(sql)


def events(data: Path) -> int:
    """Return how many events the journal has; 0 where there is no journal yet."""
    with database(data) as conn:
        there = conn.execute("SELECT to_regclass('journal.journal_events')").fetchone()
        if there is None or there[0] is None:
            return 0
        found = conn.execute("SELECT count(*) FROM journal.journal_events").fetchone()
        return int(found[0]) if found else 0


def running_engines(data: Path) -> list[str]:
    """Return the engines of which any process lives: it holds its engine's lock."""
    found = []
    for name in ("postgres", "nats"):
        with (data / f"{name}.lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(name)
    return found
