"""Commands killed at any moment: nothing by halves, and the next one goes on."""

import base64
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.embedded import engines
from services.embedded.engine import Process
from services.reports import ReportQueries
from services.reports.questions import QUESTIONS
from services.vault import Vault
from tests.support.backend import PATIENCE
from tests.support.command_line import expected, run, run_process, start
from tests.support.data_folders import (
    LIGHTHOUSE,
    LIGHTHOUSE_NOW,
    LIGHTHOUSE_THROUGH,
    copied,
    events,
)

MOMENTS = 6
"""Into how many parts an import is divided; it is killed at random in each of them."""

IMPORT = ("import", LIGHTHOUSE, "--now", LIGHTHOUSE_NOW)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, float]:
    """How many events an undisturbed import records, and how long it takes, in seconds."""
    started = time.monotonic()
    data = tmp_path_factory.mktemp("whole")
    done = run_process(data, *IMPORT)
    duration = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    return events(data), duration


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with engines at rest, and no event."""
    data = tmp_path_factory.mktemp("empty")
    assert run(data, "status").returncode == 0
    return data


@pytest.fixture
def prepared(empty: Path, tmp_path: Path) -> Iterator[Path]:
    with copied(empty, tmp_path / "data") as data:
        yield data


def kill(data: Path, after: float, *, engines_too: bool) -> None:
    """Kill an import after some seconds, or what is left of it."""
    command = start(data, *IMPORT)
    time.sleep(after)
    os.killpg(command.pid, signal.SIGKILL)
    if engines_too:
        for name in ("postgres", "nats"):
            lock = data / f"{name}.lock"
            if lock.exists() and (process := Process.parse(lock.read_text(encoding="utf-8"))):
                process.send(signal.SIGKILL, (data / name).stat().st_uid)
    command.communicate(timeout=PATIENCE)


def goes_on(data: Path, events_of_it: int) -> None:
    """Check that all or nothing was recorded; import again, and find the reports right."""
    with engines(data) as found:
        assert events(data) in {0, events_of_it}
        done = run(data, *IMPORT)
        assert done.returncode == 0, done.stderr
        assert events(data) == events_of_it
        key = base64.b64decode((data / "site.key").read_bytes())
        through = date.fromisoformat(LIGHTHOUSE_THROUGH)
        reports = ReportQueries(
            found.database_url, Vault(found.database_url, key), now=datetime.now(UTC)
        )
        said = {
            each: QUESTIONS[each](reports, through=through).csv() for each in ("visits", "weeks")
        }
        assert said == expected(LIGHTHOUSE)


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_first_import_killed_at_any_moment_leaves_all_or_nothing(
    moment: int, whole: tuple[int, float], tmp_path: Path
) -> None:
    events_of_it, duration = whole
    after = duration * (moment + random.Random(moment).random()) / MOMENTS
    kill(tmp_path, after, engines_too=False)
    goes_on(tmp_path, events_of_it)


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_an_import_that_joins_running_engines_leaves_all_or_nothing(
    moment: int, whole: tuple[int, float], prepared: Path
) -> None:
    events_of_it, duration = whole
    with engines(prepared):
        # Deciding, saving and the views take the later half of a first import.
        after = duration / 2 * (1 + moment + random.Random(100 + moment).random()) / MOMENTS
        kill(prepared, after, engines_too=False)
        goes_on(prepared, events_of_it)


@pytest.mark.parametrize("moment", [3, 4, 5])
def test_an_import_killed_together_with_its_engines_leaves_all_or_nothing(
    moment: int, whole: tuple[int, float], prepared: Path
) -> None:
    events_of_it, duration = whole
    after = duration * (moment + random.Random(200 + moment).random()) / MOMENTS
    kill(prepared, after, engines_too=True)
    goes_on(prepared, events_of_it)
