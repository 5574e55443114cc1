"""The command line as scripts know it: its words, what it prints, its exit codes."""

import asyncio
import csv
import os
import re
import shutil
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psycopg
import pytest

from services.embedded import engines
from services.stream import delete_stream
from tests.services.command import (
    CLINICS,
    NOW,
    OAK_STREET,
    THROUGH,
    expected,
    imported,
    reports,
    run,
    start,
)

FAULTY = CLINICS / "oak-street-faulty"
DROP_VIEWS = """
    DROP SCHEMA attendance CASCADE; DROP SCHEMA schedule CASCADE; DROP SCHEMA directory CASCADE;
"""


@pytest.fixture(scope="module")
def oak_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the example clinic, for tests that only read."""
    return imported(tmp_path_factory.mktemp("oak-street"))


@contextmanager
def database(data: Path) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with engines(data) as found, psycopg.connect(found.database_url) as conn:
        yield conn


def events(data: Path) -> int:
    with database(data) as conn:
        row = conn.execute("SELECT count(*) FROM journal.journal_events").fetchone()
        return int(str(row[0])) if row else 0


def plain(said: str) -> bool:
    return "Traceback" not in said and bool(said.strip())


# Importing and reporting


@pytest.mark.parametrize(
    ("name", "now", "through"),
    [
        ("oak-street", NOW, THROUGH),
        ("lighthouse", "2026-04-19T12:00:00Z", "2026-04-18"),
        ("havana", "2026-03-16T12:00:00Z", "2026-03-15"),
    ],
)
def test_a_clinics_reports_come_out_as_expected_byte_for_byte(
    name: str, now: str, through: str, tmp_path: Path
) -> None:
    imported(tmp_path, CLINICS / name, now)
    assert reports(tmp_path, through) == expected(CLINICS / name)


def test_importing_the_same_folder_again_records_no_event(oak_street: Path) -> None:
    before = events(oak_street)
    again = run(oak_street, "import", OAK_STREET, "--now", NOW)
    assert again.returncode == 0
    assert "0 events recorded" in again.stderr
    assert events(oak_street) == before


def test_every_fault_is_named_in_one_run_and_not_one_event_is_recorded(tmp_path: Path) -> None:
    done = run(tmp_path, "import", FAULTY, "--now", NOW)
    assert done.returncode == 2
    assert done.stdout == ""
    with (FAULTY / "expected" / "errors.csv").open(encoding="utf-8", newline="") as file:
        wanted = {f"{row['file']}:{row['line']}" for row in csv.DictReader(file)}
    named = set(re.findall(r"^([\w.]+:\d+): \S", done.stderr, re.MULTILINE))
    assert wanted <= named
    assert events(tmp_path) == 0
    assert not re.search(r"OA\d{4}|ZZ9999|Quill", done.stderr)
    assert plain(done.stderr)


def test_the_sound_rows_are_recorded_and_the_refused_ones_kept_for_their_owner(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "import", FAULTY, "--skip-invalid", "--now", NOW)
    assert done.returncode == 1
    assert events(tmp_path) > 3000
    (kept,) = (tmp_path / "refused").iterdir()
    assert kept.name in done.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with kept.open(encoding="utf-8", newline="") as file:
        rows = {(row["file"], row["line"]): row for row in csv.DictReader(file)}
    assert rows["sign_ins.csv", "3"]["row"] == "2026-09-16,morning,OA1308,12:18,09:22,"
    assert rows["sign_ins.csv", "3"]["problem"] == "time_out is before time_in"
    mended = run(tmp_path, "import", OAK_STREET, "--now", NOW)
    assert mended.returncode == 0
    assert reports(tmp_path) == expected()


@pytest.mark.parametrize(("folder", "code"), [(OAK_STREET, 0), (FAULTY, 2)])
def test_a_dry_run_records_nothing(folder: Path, code: int, tmp_path: Path) -> None:
    done = run(tmp_path, "import", folder, "--dry-run", "--now", NOW)
    assert done.returncode == code
    assert events(tmp_path) == 0


def test_a_report_of_one_patient_in_json(oak_street: Path) -> None:
    words = ("report", "weeks", "--patient", "OA1003", "--through", THROUGH, "--format", "json")
    weeks = orjson.loads(run(oak_street, *words).stdout)
    assert [week["verdict"] for week in weeks] == [
        "partial_week",
        "short",
        "short",
        "met",
        "partial_week",
    ]
    assert weeks[0]["credited_minutes"] == 410


def test_a_report_looks_at_nothing_after_its_last_day(oak_street: Path) -> None:
    until = {row for row in expected()["visits"].splitlines() if row < "2026-09-17"}
    found = set(reports(oak_street, "2026-09-16")["visits"].splitlines())
    # The visit of the 16th was made up on the 17th, which nobody knew on the 16th.
    assert {row.removesuffix("yes") for row in until - found} == {
        "2026-09-16,morning,OA1206,rostered,no_show,no,no,180,0,"
    }


# What goes wrong is one plain sentence


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("report", "visits", "--through", "2026-02-30"), 2),
        (("report", "visits", "--patient", "NOBODY"), 2),
        (("report", "visits", "--facility", "nowhere"), 2),
        (("report", "visits", "--format", "xml"), 2),
        (("report", "minutes"), 2),
        (("import", "no-such-folder"), 2),
        (("import", str(OAK_STREET), "--now", "2026-11-23T12:00:00"), 2),
        (("rebuild", "nothing"), 2),
        (("nonsense",), 2),
    ],
)
def test_a_wrong_word_is_refused_in_one_sentence(
    words: tuple[str, ...], code: int, oak_street: Path
) -> None:
    done = run(oak_street, *words)
    assert done.returncode == code
    assert done.stdout == ""
    assert plain(done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"DAYBOOK_DATABASE_URL": "postgresql://127.0.0.1:1/none"}, 2),
        ({"DAYBOOK_SITE_KEY": "short"}, 2),
        (
            {
                "DAYBOOK_DATABASE_URL": "postgresql://127.0.0.1:1/none?connect_timeout=2",
                "DAYBOOK_NATS_URL": "nats://127.0.0.1:1",
            },
            3,
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_sentence(
    settings: dict[str, str], code: int, tmp_path: Path
) -> None:
    done = run(tmp_path, "status", **settings)
    assert done.returncode == code
    assert plain(done.stderr)


def test_servers_that_the_environment_names_are_used(oak_street: Path, tmp_path: Path) -> None:
    with engines(oak_street) as found:
        settings = {
            "DAYBOOK_DATABASE_URL": found.database_url,
            "DAYBOOK_NATS_URL": found.nats_url,
            "DAYBOOK_SITE_KEY": (oak_street / "site.key").read_text(encoding="ascii"),
        }
        assert reports(tmp_path, **settings) == expected()
    assert not (tmp_path / "postgres").exists()


# The stream and the views are made from the journal alone


def test_a_view_and_the_stream_are_made_again_on_demand(tmp_path: Path) -> None:
    imported(tmp_path)
    for what in ("attendance", "stream"):
        assert run(tmp_path, "rebuild", what).returncode == 0
        assert reports(tmp_path) == expected()


def test_the_reports_come_again_after_the_streams_files_are_gone(tmp_path: Path) -> None:
    imported(tmp_path)
    shutil.rmtree(tmp_path / "nats")
    assert reports(tmp_path) == expected()


def test_views_and_stream_dropped_under_a_running_up_come_again(tmp_path: Path) -> None:
    up = start(tmp_path, "up", "--clinic", OAK_STREET)
    shown = read_until(up, "Ctrl-C")
    assert "The week of 2026-11-16" in shown
    assert "nats://127.0.0.1:" in shown
    with engines(tmp_path) as found:
        for views, stream in ((True, False), (False, True), (True, True)):
            if views:
                with psycopg.connect(found.database_url) as conn:
                    conn.execute(DROP_VIEWS)
            if stream:
                asyncio.run(delete_stream(found.nats_url))
            assert reports(tmp_path) == expected()
        assert run(tmp_path, "status").returncode == 0
    up.send_signal(signal.SIGTERM)
    assert up.wait(timeout=30) == 0
    assert not processes_of(tmp_path)


def test_an_interrupted_up_ends_well_and_leaves_nothing_running(tmp_path: Path) -> None:
    up = start(tmp_path, "up")
    read_until(up, "Ctrl-C")
    up.send_signal(signal.SIGINT)
    _, said = up.communicate(timeout=30)
    assert up.returncode == 0
    assert "Traceback" not in said
    assert not processes_of(tmp_path)


def read_until(command: "object", words: str) -> str:
    """Read what a command prints up to these words; end it where they do not come."""
    guard = threading.Timer(60, command.kill)  # type: ignore[attr-defined]
    guard.start()
    shown = ""
    for line in command.stdout:  # type: ignore[attr-defined]
        shown += line
        if words in line:
            break
    guard.cancel()
    assert words in shown
    return shown


def processes_of(data: Path) -> list[str]:
    """Return the processes that work in a data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = os.readlink(process / "cwd")
        except OSError:
            continue
        if where.startswith(str(data)):
            found.append(f"{process.name} in {where}")
    return found


def test_a_stream_of_another_journal_is_refused_with_the_way_out(tmp_path: Path) -> None:
    imported(tmp_path)
    with database(tmp_path) as conn:
        conn.execute(f"{DROP_VIEWS} DROP SCHEMA journal CASCADE; DROP SCHEMA vault CASCADE")
    done = run(tmp_path, "import", OAK_STREET, "--now", NOW)
    assert done.returncode == 3
    assert "daybook rebuild stream" in done.stderr
    assert plain(done.stderr)
    assert run(tmp_path, "rebuild", "stream").returncode == 0
    assert reports(tmp_path) == expected()


def test_a_stream_ahead_of_its_journal_is_refused_with_the_way_out(tmp_path: Path) -> None:
    imported(tmp_path)
    with database(tmp_path) as conn:
        conn.execute(
            "DELETE FROM journal.journal_events WHERE originator_id IN (SELECT originator_id FROM"
            " journal.journal_events ORDER BY notification_id DESC LIMIT 1)"
        )
    done = run(tmp_path, "report", "visits")
    assert done.returncode == 3
    assert "ahead of the journal" in done.stderr
    assert "daybook rebuild stream" in done.stderr
    assert run(tmp_path, "rebuild", "stream").returncode == 0
    assert run(tmp_path, "report", "visits").returncode == 0


# A view that cannot take an event in


def test_a_view_stops_at_the_event_that_it_cannot_take_in_and_goes_on_once_mended(
    tmp_path: Path,
) -> None:
    base = CLINICS / "base"
    imported(tmp_path, base, "2026-09-17T17:00:00Z")
    before = reports(tmp_path, "2026-09-20")
    with database(tmp_path) as conn:
        conn.execute("ALTER TABLE attendance.facilities ADD CONSTRAINT odd CHECK (name !~ 'Two')")
    grown = tmp_path / "grown"
    shutil.copytree(base, grown)
    site = grown / "facility.toml"
    site.write_text(site.read_text(encoding="utf-8").replace("Juniper Day", "Juniper Two"))
    done = run(tmp_path, "import", grown, "--now", "2026-09-17T17:00:00Z")
    assert done.returncode == 1
    assert "attendance has stopped at event" in done.stderr
    told = run(tmp_path, "status")
    assert told.returncode == 1
    assert re.search(r"stopped at event facility-\w+:\d+: CheckViolation", told.stdout)
    with database(tmp_path) as conn:
        conn.execute("ALTER TABLE attendance.facilities DROP CONSTRAINT odd")
    assert reports(tmp_path, "2026-09-20") == before
    assert run(tmp_path, "status").returncode == 0
