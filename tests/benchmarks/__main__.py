"""How fast a fact travels: journalled, relayed, projected; beside the alternative in one run.

    python -m tests.benchmarks [--copies 5]

Takes the example clinic in several times, each as a facility of its own, on engines of its own.
"""

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from projections.attendance import Attendance
from projections.view import View
from services.clinic_import import import_clinic
from services.embedded import Engines, engines
from services.hosting.bootstrap import VIEWS
from services.hosting.supervisor import Supervisor
from services.journal import Journal
from services.messaging import stream
from services.read_models import projector
from services.vault import Vault
from tests.benchmarks.compliance import measure_compliance
from tests.benchmarks.measuring import Clock, against, show

CLINIC = Path(__file__).parents[1] / "clinics" / "oak-street"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALTERNATIVE_EVENTS = 2_000


def copies_of_clinic(folder: Path, count: int) -> Iterator[Path]:
    for number in range(count):
        copy = folder / f"clinic-{number}"
        shutil.copytree(CLINIC, copy)
        path = copy / "facility.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"oak-street"', f'"oak-{number}"', 1), encoding="utf-8")
        yield copy


async def until_caught_up(
    journal: Journal, found: Engines, views: Sequence[View], *, relay: bool
) -> None:
    async with Supervisor(
        journal, found.database_url, found.nats_url, views, relay=relay
    ) as supervisor:
        if relay:
            while (await supervisor.status()).stream is None or not await published(supervisor):
                await asyncio.sleep(0.01)
        await supervisor.caught_up(journal.position())


async def published(supervisor: Supervisor) -> bool:
    status = await supervisor.status()
    return status.stream is not None and status.stream.position >= status.position


def measure_import(journal: Journal, vault: Vault, folder: Path, copies: int) -> int:
    clock, events = Clock(), 0
    for copy in copies_of_clinic(folder, copies):
        with clock.running():
            events += import_clinic(journal, vault, copy, now=NOW).events
    rate = show("import: files to journal", events, clock)
    other = Clock()
    notifications = journal.after(0, ALTERNATIVE_EVENTS)
    with other.running():
        for each in notifications:
            event = journal.mapper.to_domain_event(each)
            object.__setattr__(event, "originator_id", f"alone-{event.originator_id}")
            journal.events.put([event])
    against(rate, show("   one save an event", len(notifications), other))
    return events


def measure_relay(journal: Journal, found: Engines, events: int) -> None:
    clock = Clock()
    with clock.running():
        asyncio.run(until_caught_up(journal, found, (), relay=True))
    rate = show("relay: journal to stream", events, clock)
    other = Clock()
    asyncio.run(stream.delete_stream(found.nats_url))
    with other.running():
        asyncio.run(publish_one_by_one(journal, found))
    against(rate, show("   awaiting each acknowledgement", ALTERNATIVE_EVENTS, other))
    asyncio.run(stream.delete_stream(found.nats_url))
    asyncio.run(until_caught_up(journal, found, (), relay=True))


async def publish_one_by_one(journal: Journal, found: Engines) -> None:
    async with stream.connected(found.nats_url, "benchmark") as client:
        js = client.jetstream()
        await stream.make_stream(js)
        for each in journal.after(0, ALTERNATIVE_EVENTS):
            subject, headers = stream.facts_of(each)
            await js.publish(subject, each.state, headers=headers)


def measure_projection(journal: Journal, found: Engines, events: int) -> None:
    clock = Clock()
    with clock.running():
        asyncio.run(until_caught_up(journal, found, (Attendance(),), relay=False))
    rate = show("projection: stream to attendance", events, clock)
    batch, projector.BATCH = projector.BATCH, 1
    with psycopg.connect(found.database_url) as conn:
        conn.execute("DROP SCHEMA attendance CASCADE")
    other = Clock()
    with other.running():
        asyncio.run(until_caught_up(journal, found, (Attendance(),), relay=False))
    against(rate, show("   one transaction an event", events, other))
    projector.BATCH = batch
    clock = Clock()
    with psycopg.connect(found.database_url) as conn:
        conn.execute("DROP SCHEMA attendance CASCADE")
    with clock.running():
        asyncio.run(until_caught_up(journal, found, VIEWS, relay=False))
    show(f"projection: all {len(VIEWS)} views side by side", events, clock)


def show_sizes(found: Engines, data: Path, events: int) -> None:
    with psycopg.connect(found.database_url) as conn:
        rows = conn.execute(
            "SELECT n.nspname, sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND n.nspname !~ '^(pg_|information_schema)' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    sizes = {f"schema {name}": size for name, size in rows}
    files = (each for each in (data / "nats").rglob("*") if each.is_file())
    sizes["stream's files"] = sum(each.stat().st_size for each in files)
    for name, size in sizes.items():
        print(f"{name:<44}{size / 2**20:>9.1f} MiB {size / events:>10.0f} bytes an event")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=5)
    copies = parser.parse_args().copies
    with tempfile.TemporaryDirectory() as name, engines(Path(name) / "data") as started:
        folder = Path(name)
        with psycopg.connect(started.database_url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE benchmark")
        found = Engines(make_conninfo(started.database_url, dbname="benchmark"), started.nats_url)
        journal = Journal(found.database_url)
        events = measure_import(journal, Vault(found.database_url, b"k" * 32), folder, copies)
        with psycopg.connect(found.database_url) as conn:
            conn.execute("DELETE FROM journal.journal_events WHERE originator_id LIKE 'alone-%'")
        measure_relay(journal, found, events)
        measure_projection(journal, found, events)
        show_sizes(found, folder / "data", events)
        journal.close()
        measure_compliance(started.database_url)


if __name__ == "__main__":
    main()
