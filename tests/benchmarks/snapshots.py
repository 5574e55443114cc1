"""Loading a session of 1,000 events from its snapshot: authenticated, not so, and without one.

It is this process's time, without PostgreSQL's, which is the same for both; the least
of many rounds.

python -m tests.benchmarks.snapshots
"""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from domain.session import Session
from services.embedded import engines
from services.journal import Journal
from services.vault import Vault
from tests.services.journal.test_races import context, meeting

EVENTS, LOADS, ROUNDS = 1_000, 10, 40


def _recorded(journal: Journal) -> str:
    session = Session.schedule(
        context("schedule"), facility_id="oak-street", label="one", meeting=meeting(places=EVENTS)
    )
    for number in range(EVENTS - 1):
        session.roster(context("roster"), f"patient-{number}")
    journal.save(session)
    return session.id


def _seconds(work: Callable[[], object], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) / times


def measure() -> dict[str, float]:
    """Return how many times as long a load takes with the check, and without a snapshot."""
    with (
        TemporaryDirectory() as folder,
        engines(Path(folder)) as found,
        closing(Journal(found.database_url)) as plain,
        closing(Journal(found.database_url)) as checked,
    ):
        key = Vault(found.database_url, b"k" * 32).snapshot_key()
        checked.authenticate_snapshots(key)
        session_id = _recorded(checked)
        rounds = [
            [_seconds(lambda: each.load(session_id), LOADS) for each in (plain, checked)]  # noqa: B023
            for _ in range(ROUNDS)
        ]
        without, with_check = (min(each) for each in zip(*rounds, strict=True))
        with psycopg.connect(found.database_url) as conn:
            conn.execute("DELETE FROM journal.journal_snapshots")
        from_events = min(_seconds(lambda: checked.load(session_id), 1) for _ in range(ROUNDS))
    print(
        f"a load of {EVENTS:,} events: {1000 * without:.2f} ms of a processor from a snapshot,"
        f" {1000 * with_check:.2f} ms with its code checked, {1000 * from_events:.2f} ms from the"
        " events"
    )
    return {
        "snapshot_check_vs_none": with_check / without,
        "snapshot_vs_events": from_events / with_check,
    }


if __name__ == "__main__":
    print(measure())
