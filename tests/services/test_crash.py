"""Commands killed at any moment: nothing by halves, and the next one goes on."""

import os
import random
import signal
import time
from pathlib import Path

import psycopg
import pytest

from services.embedded import engines
from tests.services.command import NOW, OAK_STREET, expected, reports, run, start

MOMENTS = 12


@pytest.fixture(scope="module")
def duration(tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an undisturbed import takes, in seconds."""
    started = time.monotonic()
    assert run(tmp_path_factory.mktemp("whole"), "import", OAK_STREET, "--now", NOW).returncode == 0
    return time.monotonic() - started


def recorded(data: Path) -> int:
    with engines(data) as found, psycopg.connect(found.database_url) as conn:
        row = conn.execute("SELECT to_regclass('journal.journal_events') IS NULL").fetchone()
        if row and row[0]:
            return 0
        count = conn.execute("SELECT count(*) FROM journal.journal_events").fetchone()
        return int(count[0]) if count else 0


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_an_import_killed_at_any_moment_leaves_all_or_nothing(
    moment: int, duration: float, tmp_path: Path
) -> None:
    chance = random.Random(moment)
    command = start(tmp_path, "import", OAK_STREET, "--now", NOW)
    time.sleep(duration * (moment + chance.random()) / MOMENTS)
    os.killpg(command.pid, signal.SIGKILL)
    command.communicate(timeout=30)
    before = recorded(tmp_path)
    assert run(tmp_path, "import", OAK_STREET, "--now", NOW).returncode == 0
    assert before in {0, recorded(tmp_path)}
    assert reports(tmp_path) == expected()
