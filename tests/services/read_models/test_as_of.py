"""What was known when: the same reports, from the journal as far as it went at an instant."""

import csv
import io
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from domain.aggregate import CommandContext
from services.embedded import Engines, engines
from services.hosting.bootstrap import VIEWS
from services.journal import Journal
from services.read_models.as_of import PREFIX, Earlier, NotAllowed, Prefix, shown_as_of
from services.read_models.execution import CLOCK_TICK, ViewStopped
from tests.support.backend import PATIENCE, Backend, Counts, ThingCounted, Told, context, thing
from tests.support.command_line import CLINICS, imported, run, start

FIRST, SECOND = "2026-09-28T12:00:00Z", "2026-09-29T12:00:00Z"
"""When the clinic's files were imported, and when they were again with a sheet put right."""

SIGNED = "2026-09-07,morning,J01,08:55,"
WHOLE, LEFT_EARLY = f"{SIGNED}11:10,", f"{SIGNED}10:00,"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clinic of which it was found out a day later that somebody had left early."""
    folder = tmp_path_factory.mktemp("as-of")
    files = folder / "files"
    shutil.copytree(CLINICS / "base", files)
    found = imported(folder / "data", files, FIRST)
    sheet = files / "sign_ins.csv"
    text = sheet.read_text(encoding="utf-8")
    assert WHOLE in text
    sheet.write_text(text.replace(WHOLE, LEFT_EARLY), encoding="utf-8")
    imported(found, files, SECOND)
    with engines(found):
        yield found


def asked(data: Path, report: str, *words: str) -> list[dict[str, str]]:
    done = run(data, "report", report, "--format", "csv", "--patient", "J01", *words)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def visit(data: Path, *words: str) -> str:
    """How many minutes of the visit are credited."""
    rows = asked(data, "visits", *words)
    (found,) = [row for row in rows if row["date"] == "2026-09-07" and row["session"] == "morning"]
    return found["credited_minutes"]


def week(data: Path, *words: str) -> str:
    rows = asked(data, "weeks", *words)
    (found,) = [row for row in rows if row["week_of"] in {"2026-09-06", "2026-09-07"}]
    return found["credited_minutes"]


def finding(data: Path, *words: str) -> str:
    rows = asked(data, "findings", "--rule", "attended-hours", "--week", "2026-09-07", *words)
    return rows[0]["measured"]


REPORTS = (
    "visits",
    "weeks",
    "findings",
    "billable",
    "schedule",
    "schedule --patient J01",
    "deadlines",
    "at-risk",
    "patient J01",
)


@pytest.mark.parametrize("report", REPORTS)
def test_each_report_looks_back_though_only_what_answers_it_is_filled(
    data: Path, report: str
) -> None:
    words = ("report", *report.split(), "--format", "json")
    now = run(data, *words, "--now", "2026-09-30T12:00:00Z")
    of_facility = run(data, *words, "--now", "2026-09-30T12:00:00Z", "--facility", "juniper")
    assert now.stdout == of_facility.stdout != ""
    before = run(data, *words, "--as-of", "2026-09-27T12:00:00Z")
    assert (now.returncode, before.returncode) == (0, 2 if "J01" in report else 0), now.stderr


def test_a_correction_that_comes_late_changes_todays_answer_and_not_what_was_known_before(
    data: Path,
) -> None:
    """The visit ended 70 minutes earlier than was thought; a part of that is a break."""
    for answer in (visit, week, finding):
        now, before = answer(data), answer(data, "--as-of", "2026-09-28T23:59:59Z")
        assert int(before) - int(now) > 50
        assert answer(data, "--as-of", SECOND) == now


def test_the_answer_names_its_position_and_the_report_stays_as_it_is(data: Path) -> None:
    words = ("report", "weeks", "--format", "csv", "--as-of", FIRST)
    done = run(data, *words)
    assert done.stdout.startswith("mrn,week_of,")
    said = done.stderr.strip()
    assert said.startswith(f"As of what was recorded by {FIRST}: position ")
    assert said.endswith(f", by the time {FIRST}.")
    position, _, last = said.partition("position ")[2].partition(",")[0].partition(" of ")
    assert 0 < int(position) < int(last)
    later = run(data, *words[:-1], SECOND).stderr
    assert f"position {last} of {last}" in later


def test_before_anything_was_recorded_there_is_nothing(data: Path) -> None:
    done = run(data, "report", "visits", "--format", "csv", "--as-of", "2026-09-01T00:00:00Z")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert "position 0 of " in done.stderr


def test_a_later_time_judges_what_is_over_by_then(data: Path) -> None:
    """Nothing is recorded of October, and so it is judged by what is."""
    later = run(data, "report", "findings", "--format", "csv", "--now", "2026-10-20T12:00:00Z")
    rows = list(csv.DictReader(io.StringIO(later.stdout)))
    assert max(row["from"] for row in rows) > "2026-10-15"
    assert "by the time 2026-10-20T12:00:00Z" in later.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--now", "2026-09-29T11:59:59Z"), "--as-of looks at an earlier record"),
        (("--now", "2026-09-29T11:59:59"), "is not a date and time with its offset from UTC"),
        (("--as-of", "yesterday"), "is not a date and time with its offset from UTC"),
    ],
)
def test_what_is_no_time_to_go_by_is_refused(data: Path, words: tuple[str, ...], said: str) -> None:
    done = run(data, "report", "weeks", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_finding_is_explained_as_it_stood(data: Path) -> None:
    words = ("--rule", "attended-hours", "--week", "2026-09-07", "--patient", "J01")
    done = run(data, "report", "findings", *words, "--format", "json")
    name = done.stdout.partition('"finding": "')[2][:16]
    now = run(data, "audit", "explain", name)
    before = run(data, "audit", "explain", name, "--as-of", FIRST)
    assert (now.returncode, before.returncode) == (0, 0)
    assert "it was something else" in now.stdout
    assert "it was something else" not in before.stdout
    assert "Worked out again from these events alone: the same." in before.stdout


# How far the record goes


def counted(thing: Any, minute: int, number: int) -> None:
    at = AT + timedelta(minutes=minute)
    thing.record(ThingCounted, CommandContext("command-1", at, "staff-1"), number=number, text="")


AT = context().at
"""When the first event of a thing is recorded."""


def test_the_record_ends_before_the_first_event_that_is_later_whatever_follows_it(
    backend: Backend,
) -> None:
    """The third is recorded later than the fourth."""
    found = thing()
    for minute in (0, 20, 10):
        counted(found, minute, minute)
    backend.journal.save(found)
    last = backend.journal.position()
    for minute, number in ((-1, 0), (0, 2), (15, 2), (20, 4), (60, 4)):
        at = AT + timedelta(minutes=minute)
        prefix = Prefix.read(backend.journal, at, None)
        events = [each for _, batch in prefix.batches() for each in batch]
        assert (len(events), prefix.of, prefix.now) == (number, last, at)
        assert prefix.position == (last - 4 + number if number else 0)
        with shown_as_of(backend.database_url, [Counts()], prefix) as url:
            assert numbers(url) == [0, 20, 10][: max(0, number - 1)]
    with pytest.raises(Earlier, match=r"17:20:00\+00:00.*--as-of looks at an earlier record"):
        Prefix.read(backend.journal, None, AT + timedelta(minutes=15))


def numbers(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        return [row[0] for row in conn.execute("SELECT number FROM counts.numbers ORDER BY at")]


def test_it_is_taken_in_some_at_a_time(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.read_models.as_of.BATCH", 2)
    last = backend.count(1, 2, 3, 4)
    told: list[int] = []
    prefix = Prefix.read(backend.journal, None, AT)
    backend.count(5)  # what is recorded meanwhile is not of it
    with shown_as_of(backend.database_url, [Told()], prefix, on_progress=told.append) as url:
        assert numbers(url) == [1, 2, 3, 4]
        with psycopg.connect(url) as conn:
            assert conn.execute("SELECT now, numbers FROM counts.told").fetchall() == [(AT, 4)]
    assert told == [last - 3, last - 1, last]


def test_of_one_facility_its_own_events_are_read_and_no_others(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.read_models.as_of.BATCH", 2)
    backend.count(1, 2, facility_id="elm", of="thing-1")
    backend.count(10, 20, facility_id="oak", of="thing-2")
    backend.count(3, of="thing-1")
    prefix = Prefix.read(backend.journal, None, AT, "elm")
    backend.count(4, of="thing-1")  # what is recorded meanwhile is not of it
    stored = [each for _, batch in prefix.batches() for each in batch]
    assert {each.originator_id for each in stored} == {"thing-1"}
    assert stored == [each for each in backend.journal.after(0, 9) if each in stored]
    with shown_as_of(backend.database_url, [Counts()], prefix) as url:
        assert numbers(url) == [1, 2, 3]
    nobody = Prefix.read(backend.journal, None, AT, "ash")
    with shown_as_of(backend.database_url, [Counts()], nobody) as url:
        assert numbers(url) == []


def test_a_view_that_fails_says_at_which_event(backend: Backend) -> None:
    backend.count(1, 2, -3, 4)
    prefix = Prefix.read(backend.journal, None, AT)
    with (
        pytest.raises(ViewStopped, match="thing-1:4: CheckViolation"),
        shown_as_of(backend.database_url, [Counts()], prefix),
    ):
        pass
    assert left(backend.database_url) == []


def test_a_view_that_fails_at_the_time_says_so(backend: Backend) -> None:
    ancient = Prefix(backend.journal, 0, 0, datetime(1999, 1, 1, tzinfo=UTC))
    with (
        pytest.raises(ViewStopped, match=CLOCK_TICK),
        shown_as_of(backend.database_url, [Told()], ancient),
    ):
        pass


# The database of a moment


def left(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,)
        )
        return [row[0] for row in rows]


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_nothing_is_left_behind_and_two_may_ask_at_once(backend: Backend) -> None:
    prefix = Prefix.read(backend.journal, None, datetime.now(UTC))
    with shown_as_of(backend.database_url, VIEWS, prefix) as one:
        with shown_as_of(backend.database_url, VIEWS, prefix) as other:
            assert one != other
            assert len(left(backend.database_url)) == 2
            with psycopg.connect(other) as conn:
                assert conn.execute("SELECT count(*) FROM compliance.findings").fetchone() == (0,)
        assert len(left(backend.database_url)) == 1
    assert left(backend.database_url) == []

    with pytest.raises(ZeroDivisionError), shown_as_of(backend.database_url, VIEWS, prefix):
        raise ZeroDivisionError
    assert left(backend.database_url) == []


def test_what_somebody_who_died_has_left_is_dropped_at_once(data: Path) -> None:
    with engines(data) as found:
        url = found.database_url
        killed = start(data, "report", "weeks", "--as-of", FIRST)
        wait_until(lambda: bool(left(url)))
        killed.kill()
        killed.communicate()
        assert len(left(url)) == 1
        assert run(data, "report", "weeks", "--as-of", FIRST).returncode == 0
        assert left(url) == []


def test_what_is_in_use_or_anothers_is_not_dropped(backend: Backend) -> None:
    """Somebody who has a name's lock is alive; of another journal nobody here knows."""
    prefix = Prefix.read(backend.journal, None, datetime.now(UTC))
    [(oid,)] = backend.rows("SELECT oid FROM pg_database WHERE datname = current_database()")
    dead, alive, anothers = f"{PREFIX}{oid}_dead", f"{PREFIX}{oid}_alive", f"{PREFIX}1_dead"
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (alive,))
        for name in (dead, alive, anothers):
            conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            with shown_as_of(backend.database_url, VIEWS, prefix):
                there = left(backend.database_url)
            assert dead not in there
            assert {alive, anothers} < set(there)
        finally:
            for name in (alive, anothers):
                conn.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind_by_who_is_interrupted(data: Path, number: signal.Signals) -> None:
    with engines(data) as found:
        asking = start(data, "report", "weeks", "--as-of", FIRST)
        wait_until(lambda: bool(left(found.database_url)))
        asking.send_signal(number)
        said, _ = asking.communicate(timeout=PATIENCE)
        assert (asking.returncode, said) == (130, "")
        assert left(found.database_url) == []


def test_text_is_kept_and_sorted_as_in_the_journals_database(shared_engines: Engines) -> None:
    with psycopg.connect(shared_engines.database_url, autocommit=True) as conn:
        conn.execute(
            "CREATE DATABASE elsewhere TEMPLATE template0 ENCODING 'LATIN1'"
            " LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        url = make_conninfo(shared_engines.database_url, dbname="elsewhere")
        try:
            with closing(Journal(url, pool_size=1)) as journal:
                prefix = Prefix.read(journal, None, datetime.now(UTC))
                with shown_as_of(url, VIEWS, prefix) as shown:
                    assert kept(shown) == kept(url) != kept(shared_engines.database_url)
        finally:
            conn.execute("DROP DATABASE elsewhere")


def kept(url: str) -> tuple[object, ...] | None:
    with psycopg.connect(url) as conn:
        return conn.execute(
            "SELECT encoding, datlocprovider, datcollate, datctype, datlocale"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()


def test_who_may_not_make_a_database_is_told(backend: Backend) -> None:
    prefix = Prefix.read(backend.journal, None, datetime.now(UTC))
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        conn.execute("CREATE ROLE nobody LOGIN PASSWORD 'secret'")
        try:
            url = make_conninfo(backend.database_url, user="nobody", password="secret")  # noqa: S106 - of a role that is dropped below
            with (
                pytest.raises(NotAllowed, match="let it have CREATEDB"),
                shown_as_of(url, VIEWS, prefix),
            ):
                pass
        finally:
            conn.execute("DROP ROLE nobody")
