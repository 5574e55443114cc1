"""Stream and views are images of the journal: whatever becomes of them, they come again.

And where they cannot, a command says in one sentence what is wrong and what to do.
"""

import asyncio
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.embedded import engines
from services.messaging.stream import delete_stream
from tests.clinics import oracle
from tests.services.clinic_import.growth_cases.day_by_day import as_known_on
from tests.support.backend import PATIENCE
from tests.support.command_line import CLINICS, OAK_STREET, expected, imported, reports, run, start
from tests.support.data_folders import (
    LIGHTHOUSE,
    LIGHTHOUSE_NOW,
    ask,
    copied,
    running_engines,
    shows_lighthouse,
    tell,
)

VIEWS = ("attendance", "schedule", "directory", "care", "compliance")
BASE = CLINICS / "base"
HAVANA = CLINICS / "havana"


@pytest.fixture
def lighthouse(lighthouse_at_rest: Path, tmp_path: Path) -> Iterator[Path]:
    """A data folder of the test's own, with the lighthouse in it and its engines at rest."""
    with copied(lighthouse_at_rest, tmp_path / "data") as data:
        yield data


def plain(said: str) -> bool:
    return "Traceback" not in said and "Daybook itself failed" not in said


def drop(database_url: str, views: tuple[str, ...]) -> None:
    with psycopg.connect(database_url, connect_timeout=120) as conn:
        for view in views:
            conn.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(view)))


@contextmanager
def up(data: Path, *words: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run everything; yield the command and what it has said until it was up."""
    command = start(data, "up", *words)
    try:
        guard = threading.Timer(PATIENCE, command.kill)
        guard.start()
        shown = ""
        for line in command.stdout or ():
            shown += line
            if "Ctrl-C" in line:
                break
        guard.cancel()
        yield command, shown
    finally:
        command.kill()
        command.communicate(timeout=PATIENCE)


# On demand


def test_each_view_and_the_stream_are_made_again_on_demand(lighthouse: Path) -> None:
    with engines(lighthouse):
        for views in (VIEWS, ("stream",)):
            for what in views:
                done = run(lighthouse, "rebuild", what)
                assert (done.returncode, done.stdout) == (0, "")
            assert shows_lighthouse(lighthouse)


def test_the_reports_come_again_after_the_streams_files_are_gone(lighthouse: Path) -> None:
    shutil.rmtree(lighthouse / "nats")
    assert shows_lighthouse(lighthouse)


def test_the_reports_come_again_after_views_and_the_streams_files_are_gone(
    lighthouse: Path,
) -> None:
    with engines(lighthouse) as found:
        drop(found.database_url, VIEWS)
    shutil.rmtree(lighthouse / "nats")
    assert shows_lighthouse(lighthouse)


# While everything runs


def test_up_takes_a_clinic_in_shows_its_last_week_and_tells_where_it_listens(
    tmp_path: Path,
) -> None:
    now = datetime.now(UTC)
    yesterday = now.astimezone(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    weeks = oracle.weeks(OAK_STREET, yesterday, now)
    last = max((week["week_of"] for week in weeks if week["credited_minutes"]), default=None)
    with up(tmp_path, "--clinic", OAK_STREET) as (command, shown):
        assert (f"The week of {last}" if last else "No week yet") in shown
        assert [line.split() for line in shown.splitlines() if line.startswith("OA")] == [
            [str(week[column]) for column in oracle.WEEK_COLUMNS if column != "week_of"]
            for week in weeks
            if week["week_of"] == last
        ]
        assert str(tmp_path / "postgres") in shown
        assert "nats://127.0.0.1:" in shown
        looked = ask(tmp_path, "SELECT what, cardinality(patient_ids) FROM access.log")
        shown_in_it = [week for week in weeks if week["week_of"] == last]
        assert looked == ([("weeks", len(shown_in_it))] if last else [])
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=PATIENCE)
    assert command.returncode in {0, 130}
    assert plain(said)
    assert running_engines(tmp_path) == []


def test_an_up_that_cannot_take_the_clinic_in_says_why_and_leaves_nothing_running(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "up", "--clinic", CLINICS / "oak-street-faulty")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sign_ins.csv:3: " in done.stderr
    assert plain(done.stderr)
    assert running_engines(tmp_path) == []


def test_whatever_is_dropped_under_a_running_up_comes_again(lighthouse: Path) -> None:
    with up(lighthouse) as (command, _), engines(lighthouse) as found:
        for views, stream in (
            (("attendance",), False),
            (("schedule", "directory"), False),
            ((), True),
            (VIEWS, True),
        ):
            drop(found.database_url, views)
            if stream:
                asyncio.run(delete_stream(found.nats_url))
            assert shows_lighthouse(lighthouse), (views, stream)
        told = run(lighthouse, "status")
        assert told.returncode == 0
        assert len(re.findall(", 0 behind$", told.stdout, re.MULTILINE)) == 4 + len(VIEWS)
        # And what is imported from here on finds its way through the new stream.
        done = run(lighthouse, "import", HAVANA)
        assert done.returncode == 0, done.stderr
        words = ("--facility", "havana", "--through", "2026-03-15", "--format", "csv")
        visits = run(lighthouse, "report", "visits", *words)
        assert visits.stdout == expected(HAVANA)["visits"]
        command.send_signal(signal.SIGTERM)
        _, said = command.communicate(timeout=PATIENCE)
        assert command.returncode in {0, 130}
        assert plain(said)
    assert running_engines(lighthouse) == []


# A stream that is not the journal's image


def test_a_stream_of_another_journal_is_refused_with_the_way_out(lighthouse: Path) -> None:
    with engines(lighthouse) as found:
        drop(found.database_url, (*VIEWS, "journal", "vault"))
    done = run(lighthouse, "import", LIGHTHOUSE, "--now", LIGHTHOUSE_NOW)
    assert done.returncode == 3
    assert "daybook rebuild stream --set-aside" in done.stderr
    assert plain(done.stderr)
    refused = run(lighthouse, "rebuild", "stream")
    assert refused.returncode == 2
    assert "It may be the only copy, so nothing was deleted" in refused.stderr
    mended = run(lighthouse, "rebuild", "stream", "--set-aside")
    assert mended.returncode == 0, mended.stderr
    assert "The stream DAYBOOK is kept as DAYBOOK_KEPT" in mended.stderr
    assert shows_lighthouse(lighthouse)


def test_gap_2_a_journal_that_lost_its_end_is_told_and_the_stream_brings_it_back(
    lighthouse: Path,
) -> None:
    # As after a restore of an older database: the last command of the import is not in it.
    lost = (
        " FROM journal.journal_events WHERE originator_id IN (SELECT originator_id"
        " FROM journal.journal_events ORDER BY notification_id DESC LIMIT 1)"
    )
    rows = "SELECT * FROM journal.journal_events ORDER BY notification_id"
    with engines(lighthouse) as found:
        before = ask(lighthouse, rows)
        with psycopg.connect(found.database_url, autocommit=True) as conn:
            conn.execute(f"DELETE{lost}")
        done = run(lighthouse, "report", "visits")
        assert done.returncode == 3
        assert "daybook audit recover" in done.stderr
        assert plain(done.stderr)
        told = run(lighthouse, "status")
        assert told.returncode == 1
        assert "it has lost its end" in told.stdout
        assert "ahead of what is on record" in told.stdout
        refused = run(lighthouse, "rebuild", "stream")
        assert refused.returncode == 2
        assert "nothing was deleted" in refused.stderr
        shown = run(lighthouse, "audit", "recover", COLUMNS="200")
        assert shown.returncode == 1
        left = set(ask(lighthouse, rows))
        missing = [each for each in before if each not in left]
        assert missing
        assert shown.stdout.count("the journal has no such event") == len(missing)
        back = run(lighthouse, "audit", "recover", "--bring-back")
        assert back.returncode == 0, back.stderr
        assert ask(lighthouse, rows) == before
        assert shows_lighthouse(lighthouse)
        assert run(lighthouse, "status").returncode == 0
        again = run(lighthouse, "audit", "recover")
        assert (again.returncode, again.stderr) == (0, "The journal has all that the stream has.\n")


def test_a_stream_that_has_more_than_the_journal_is_set_aside_and_read_from_there(
    lighthouse: Path,
) -> None:
    tell(
        lighthouse,
        "DELETE FROM journal.journal_events WHERE originator_id IN (SELECT originator_id"
        " FROM journal.journal_events ORDER BY notification_id DESC LIMIT 1)",
    )
    with engines(lighthouse):
        mended = run(lighthouse, "rebuild", "stream", "--set-aside")
        assert mended.returncode == 0, mended.stderr
        shown = run(lighthouse, "audit", "recover", COLUMNS="200")
        assert "DAYBOOK_KEPT" in shown.stdout
        imported(lighthouse, LIGHTHOUSE, LIGHTHOUSE_NOW)
        assert shows_lighthouse(lighthouse)
        # What was recorded since stands at other positions: the record has gone on without them.
        refused = run(lighthouse, "audit", "recover", "--bring-back")
        assert refused.returncode == 2
        assert "nothing was brought back" in refused.stderr
        again = run(lighthouse, "rebuild", "stream")
        assert again.returncode == 0, again.stderr


# A view that cannot take an event in


def test_a_view_stops_at_the_event_that_it_cannot_take_in_and_goes_on_once_mended(
    tmp_path: Path,
) -> None:
    as_known_on(BASE, tmp_path / "files", date(2026, 9, 8))
    data = imported(tmp_path / "data", tmp_path / "files", "2026-09-09T12:00:00Z")
    tell(
        data,
        "ALTER TABLE attendance.visits ADD CONSTRAINT nobody_is_excused"
        " CHECK (status <> 'excused') NOT VALID",
    )
    done = run(data, "import", BASE, "--now", "2026-09-17T17:00:00Z")
    assert done.returncode == 1
    stopped = re.search(r"The view attendance has stopped at event (\S+): ", done.stderr)
    assert stopped, done.stderr
    assert plain(done.stderr)

    # The events before it are in the view, it and those after it are not.
    ((first_missing,),) = ask(
        data,
        "SELECT originator_id || ':' || originator_version FROM journal.journal_events,"
        " attendance.position WHERE notification_id > position ORDER BY notification_id LIMIT 1",
    )
    assert first_missing == stopped[1]
    ((left,),) = ask(
        data,
        "SELECT count(*) FROM attendance.visits JOIN attendance.sessions USING (session_id)"
        " WHERE status = 'scheduled' AND day BETWEEN '2026-09-11' AND '2026-09-16'",
    )
    assert left > 0

    told = run(data, "status")
    assert told.returncode == 1
    assert f"stopped at event {stopped[1]}: CheckViolation" in told.stdout
    assert "J03" not in told.stdout + told.stderr + done.stderr
    for _ in range(20):  # the others go on while a command runs: at the stop one may be behind
        if len(re.findall(", 0 behind$", told.stdout, re.MULTILINE)) == 3 + len(VIEWS):
            break
        run(data, "report", "visits")
        told = run(data, "status")
    else:
        pytest.fail(told.stdout)
    asked = run(data, "report", "visits")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert stopped[1] in asked.stderr

    tell(data, "ALTER TABLE attendance.visits DROP CONSTRAINT nobody_is_excused")
    assert reports(data, "2026-09-20") == expected(BASE)
    assert run(data, "status").returncode == 0
