"""What a command and an import take on a journal of a million events, and on one of ten thousand.

    python -m tests.benchmarks.growth [FOLDER]

Both journals are in one server, and are made in the data folder FOLDER unless they are there
(`python -m tests.benchmarks.journal`). What is measured is done to a copy of each, by turns: a
check-in of somebody who is expected, and the import of one more small facility. `cold` is the first
round after the copy was made, with nothing of it in PostgreSQL's memory (the system may have
the files in its own); the ratios are of the medians of the rounds after it.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from services.clinic_import import import_clinic
from services.embedded import engines
from services.journal import Journal
from services.vault import Vault
from tests.benchmarks.commands import daybook, spread
from tests.benchmarks.journal import FOLDER, kept
from tests.benchmarks.visible import KEY, open_sessions

SMALL, LARGE = 10_000, 1_000_000
CLINIC = Path(__file__).parents[1] / "clinics" / "base"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COMMANDS = 40
"""Check-ins of a round."""

ROUNDS = 15
IMPORTS = 7

Timed = tuple[float, float]
"""Seconds by the clock, and of this process's own work."""


@contextmanager
def copied(server_url: str, events: int) -> Iterator[str]:
    """Yield the URL of a copy of the journal of so many events; it is dropped at the end."""
    source, name = make_conninfo(kept(server_url, events)), f"copy_of_{events}"
    of = Identifier(f"journal_of_{events}")
    with psycopg.connect(server_url, autocommit=True) as conn:
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        conn.execute(drop)
        copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        conn.execute(copy.format(Identifier(name), of))
        try:
            yield make_conninfo(source, dbname=name)
        finally:
            conn.execute(drop)


def timed(work: Callable[[], object]) -> Timed:
    wall, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - own


@contextmanager
def checking_in(database_url: str) -> Iterator[Callable[[], Timed]]:
    """Yield what checks the next few people in, and returns what one of them took."""
    with closing(Journal(database_url)) as journal:
        people = iter(spread(open_sessions(journal, COMMANDS * (ROUNDS + 1))))
    with daybook(database_url) as run:

        def next_few() -> Timed:
            wall, own = timed(lambda: [run(next(people)) for _ in range(COMMANDS)])
            return wall / COMMANDS, own / COMMANDS

        yield next_few


@contextmanager
def importing(database_url: str) -> Iterator[Callable[[], Timed]]:
    """Yield what imports one more small facility, and returns what that took."""
    with closing(Journal(database_url)) as journal, tempfile.TemporaryDirectory() as folder:
        vault = Vault(database_url, b64decode(KEY))
        numbers = iter(range(1 + IMPORTS))

        def import_next() -> Timed:
            copy = Path(folder) / f"clinic-{next(numbers)}"
            shutil.copytree(CLINIC, copy)
            path = copy / "facility.toml"
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace('"juniper"', f'"{copy.name}"', 1), encoding="utf-8")
            return timed(lambda: _taken_in(journal, vault, copy))

        yield import_next


def _taken_in(journal: Journal, vault: Vault, folder: Path) -> None:
    outcome = import_clinic(journal, vault, folder, now=NOW)
    assert outcome.accepted
    assert outcome.facility_id == folder.name


def ratio(what: str, small: Callable[[], Timed], large: Callable[[], Timed], rounds: int) -> float:
    """Return how many times as long it takes on the large journal; print it, cold and warm."""
    (cold_small, _), (cold_large, _) = small(), large()
    each = [(small(), large()) for _ in range(rounds)]
    walls = [statistics.median(round[n][0] for round in each) for n in (0, 1)]
    own = [statistics.median(round[n][1] for round in each) for n in (0, 1)]
    print(
        f"{what}: {1000 * walls[0]:.2f} ms at {SMALL:,} events, {1000 * walls[1]:.2f} ms at"
        f" {LARGE:,} ({1000 * own[0]:.2f} and {1000 * own[1]:.2f} ms of Python);"
        f" cold {1000 * cold_small:.2f} and {1000 * cold_large:.2f} ms"
    )
    return walls[1] / walls[0]


def measure(folder: Path = FOLDER) -> dict[str, float]:
    """Return how many times as long a command and an import take at a million events."""
    found = {}
    for name, what, work, rounds in (
        ("command_growth_1m_vs_10k", "a check-in", checking_in, ROUNDS - 1),
        ("import_growth_1m_vs_10k", "an import", importing, IMPORTS),
    ):
        with ExitStack() as opened:
            server = opened.enter_context(engines(folder)).database_url
            urls = [opened.enter_context(copied(server, events)) for events in (SMALL, LARGE)]
            small, large = (opened.enter_context(work(url)) for url in urls)
            found[name] = ratio(what, small, large, rounds)
    return found


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What grows with the journal.")
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    print(measure(options.parse_args().folder))
