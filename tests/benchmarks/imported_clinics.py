"""Engines of their own with the example clinic in the journal, several times over."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from projections.view import View
from services.clinic_import import import_clinic
from services.embedded import Engines, engines
from services.hosting.supervisor import Supervisor
from services.journal import Journal
from services.vault import Vault

CLINIC = Path(__file__).parents[1] / "clinics" / "oak-street"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Imported:
    """A journal with so many events, and the engines that have it."""

    journal: Journal
    engines: Engines
    events: int


@contextmanager
def imported_clinics(copies: int) -> Iterator[Imported]:
    """Import the example clinic several times, each as a facility of its own."""
    with tempfile.TemporaryDirectory() as name, engines(Path(name) / "data") as started:
        with psycopg.connect(started.database_url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE benchmark")
        found = Engines(make_conninfo(started.database_url, dbname="benchmark"), started.nats_url)
        with closing(Journal(found.database_url)) as journal:
            vault = Vault(found.database_url, b"k" * 32)
            events = sum(
                import_clinic(journal, vault, copy, now=NOW).events
                for copy in copies_of_clinic(Path(name), copies)
            )
            yield Imported(journal, found, events)


def copies_of_clinic(folder: Path, count: int) -> Iterator[Path]:
    for number in range(count):
        copy = folder / f"clinic-{number}"
        shutil.copytree(CLINIC, copy)
        path = copy / "facility.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"oak-street"', f'"oak-{number}"', 1), encoding="utf-8")
        yield copy


async def keep_up(imported: Imported, views: Sequence[View], *, relay: bool) -> None:
    """Run the relay, or views, until the stream, or they, have all that the journal has."""
    found = imported.engines
    async with Supervisor(
        imported.journal, found.database_url, found.nats_url, views, relay=relay
    ) as supervisor:
        while relay and not await _published(supervisor):
            await asyncio.sleep(0.01)
        await supervisor.caught_up(imported.journal.position())


async def _published(supervisor: Supervisor) -> bool:
    status = await supervisor.status()
    return status.stream is not None and status.stream.position >= status.position
