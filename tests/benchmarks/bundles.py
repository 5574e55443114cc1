"""What it takes to export a log as a bundle, and to check that offline.

    python -m tests.benchmarks.bundles [EVENTS ...]

Of journals that PostgreSQL makes up by itself, sealed before the clock runs. Exporting stands
beside COPY, which writes the same rows to a file and proves nothing; checking beside sha256 over
the bodies alone, in one process. Memory is the most that the process of each has had.
"""

import argparse
import hashlib
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from services.audit.bundles.bundle_files import EVENTS, BundleFiles
from services.audit.bundles.export_bundle import export_bundle
from services.audit.bundles.held_heads import newest_head, snapshot
from services.audit.bundles.verify_bundle import verify_bundle
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import SigningKey
from services.audit.sealing.sealing import seal_next
from services.audit.tree import seal_tables
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import JOURNAL
from services.embedded import engines
from services.journal import Journal
from tests.benchmarks.measuring import Clock, against, show

SIZES = (10_000, 100_000)
"""A million is measured where it is asked for."""

CHECKERS = Path(__file__).parents[2] / "deploy" / "verify"

MADE_UP: LiteralString = """
    INSERT INTO journal.journal_events (originator_id, originator_version, topic, state)
    SELECT 'session-' || md5((n / 20)::text), n %% 20 + 1, 'session.patient-checked-in', convert_to(
        '{"timestamp":"2026-09-17T17:00:00.000000+00:00","facility_id":"oak-street","patient_id":'
        || '"patient-' || md5((n %% 500)::text) || '","command_id":"' || md5(n::text)
        || '","author":"staff-1","note":"' || repeat(md5((n * 7)::text), 14)
        || '","class_version":1}', 'UTF8')
    FROM generate_series(0, %s - 1) AS n
"""


def made_up(database_url: str, count: int) -> None:
    """Fill a database with so many events."""
    with closing(Journal(database_url)), psycopg.connect(database_url) as conn:
        conn.execute(MADE_UP, (count,))


def sealed(database_url: str, key: SigningKey) -> float:
    """Seal all of a journal; return how many seconds that took."""
    clock = Clock()
    with psycopg.connect(database_url, autocommit=True) as conn, clock.running():
        seal_tables.prepare(conn)
        while seal_next(conn, JOURNAL, Origin(key.name), key.seed, datetime.now(UTC)):
            pass
    return clock.seconds


def export(database_url: str, folder: Path) -> None:
    """Write a whole bundle."""
    folder.mkdir()
    with snapshot(database_url) as conn:
        head, note, earlier = newest_head(conn, "journal")
        export_bundle(conn, folder, head=head, note=note, earlier=earlier)


def copy(database_url: str, path: Path) -> None:
    """Write the same rows to a file, as COPY does."""
    with psycopg.connect(database_url) as conn, path.open("wb") as file:
        statement = "COPY journal.journal_events TO STDOUT (FORMAT binary)"
        with conn.cursor().copy(statement) as rows:
            for each in rows:
                file.write(each)


def check(folder: Path, key: SigningKey) -> None:
    """Check a bundle as Daybook does."""
    report = verify_bundle(folder, SealPolicy.of_key(key.verifier))
    assert report.sound, list(report.lines())


def hash_bodies(folder: Path) -> None:
    """Hash the bodies, and no more."""
    for each in BundleFiles(folder).lines(EVENTS):
        hashlib.sha256(each).hexdigest()


def apart(work: Callable[..., None], *arguments: object) -> tuple[Clock, float]:
    """Do something in a process of its own; return the time, and the most memory in MB."""
    mine, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_measured, args=(theirs, work, arguments)
    )
    process.start()
    clock, memory = mine.recv()
    process.join()
    return clock, memory


def _measured(to: object, work: Callable[..., None], arguments: tuple[object, ...]) -> None:
    clock = Clock()
    with clock.running():
        work(*arguments)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    to.send((clock, memory))  # type: ignore[attr-defined]


def by_checker(words: list[str], count: int) -> float:
    """Run one of the checkers that share no code with Daybook; return its rate."""
    clock = Clock()
    with clock.running():
        subprocess.run(words, check=True, capture_output=True)
    return show(f"  {Path(words[1]).name}", count, clock)


def measured(database_url: str, count: int, folder: Path) -> dict[str, float]:
    """Return the figures of a journal of so many events."""
    made_up(database_url, count)
    key = SigningKey.generate(f"clinic.example/{uuid.uuid4().hex}")
    print(f"{count:,} events, sealed in {sealed(database_url, key):.1f} s")
    bundle, raw = folder / "bundle", folder / "raw"
    copying, _ = apart(copy, database_url, raw)
    exporting, export_mb = apart(export, database_url, bundle)
    hashing, _ = apart(hash_bodies, bundle)
    checking, check_mb = apart(check, bundle, key)
    copied = show("COPY of the rows", count, copying)
    exported = show(f"a whole bundle, {export_mb:.0f} MB of memory", count, exporting)
    against(exported, copied)
    hashed = show("sha256 of the bodies", count, hashing)
    checked = show(f"Daybook checks it, {check_mb:.0f} MB of memory", count, checking)
    against(checked, hashed)
    words = [str(bundle), "--key", str(key.verifier)]
    by_checker([sys.executable, str(CHECKERS / "verify.py"), *words], count)
    if node := shutil.which("node"):
        by_checker([node, str(CHECKERS / "verify.mjs"), *words], count)
    return {
        "bundle_export_events_per_s": exported,
        "bundle_export_vs_copy": exported / copied,
        "bundle_check_events_per_s": checked,
        "bundle_memory_mb": max(export_mb, check_mb),
    }


def measure(sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Return the figures of the largest journal."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place, engines(Path(place) / "data") as server:
        for count in sizes:
            name = Identifier(f"bundles_{count}")
            with psycopg.connect(server.database_url, autocommit=True) as conn:
                conn.execute(SQL("CREATE DATABASE {}").format(name))
            url = psycopg.conninfo.make_conninfo(server.database_url, dbname=f"bundles_{count}")
            with tempfile.TemporaryDirectory() as folder:
                found = measured(url, count, Path(folder))
            with psycopg.connect(server.database_url, autocommit=True) as conn:
                conn.execute(SQL("DROP DATABASE {}").format(name))
    return found


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What bundles take.")
    options.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="EVENTS")
    print(measure(tuple(options.parse_args().sizes)))
