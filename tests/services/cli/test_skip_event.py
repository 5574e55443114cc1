"""A clinic is not locked out for good by one event that a view cannot take in."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.aggregate import CommandContext
from domain.session import Session, SessionCalledOff, SessionScheduled
from services.embedded import engines
from services.journal import Journal
from tests.support.command_line import CLINICS, run
from tests.support.older_version import record

NOW = "2026-09-17T17:00:00Z"
OLDER = CommandContext("command-1", datetime(2026, 9, 17, 17, tzinfo=UTC), "s-ash")
WHO_AND_WHY = ("--author", "M. Diaz", "--reason", "a character that no table can hold")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Two clinics; in the record of one an older version left a character that no table holds."""
    found = tmp_path / "data"
    with engines(found) as running:
        for clinic in ("base", "lighthouse"):
            done = run(found, "import", CLINICS / clinic, "--now", NOW)
            assert done.returncode == 0, done.stderr
        with closing(Journal(running.database_url)) as journal:
            record(journal, called_off(journal))
        yield found


def called_off(journal: Journal) -> Session:
    """Call off a session that is to come."""
    sessions = (each for each in journal.load_all(SessionScheduled, "juniper"))
    session = next(
        each
        for each in sessions
        if isinstance(each, Session) and each.meeting.starts_at > OLDER.at and each.takes_place
    )
    session.record(SessionCalledOff, OLDER, reason="flu\0")
    return session


def test_a_clinic_is_not_locked_out_by_one_event(data: Path) -> None:
    report = ("report", "schedule", "--week", "2026-09-14", "--format", "csv")
    stopped = run(data, *report, "--facility", "juniper")
    assert stopped.returncode == 1
    assert "has stopped at event session-" in stopped.stderr
    for _ in range(5):
        status = run(data, "status")
        hints = [line for line in status.stdout.splitlines() if "daybook skip-event" in line]
        if not hints:
            break
        assert status.returncode == 1
        view, event = hints[0].split("daybook skip-event ")[1].split()[:2]
        run(data, "skip-event", view, event, *WHO_AND_WHY)
    assert status.returncode == 0, status.stdout
    assert "passes over event session-" in status.stdout
    assert "by M. Diaz: a character that no table can hold" in status.stdout
    for facility in ("juniper", "lighthouse"):
        assert run(data, *report, "--facility", facility).returncode == 0
    assert run(data, "rebuild", "schedule").returncode == 0
    assert run(data, *report, "--facility", "juniper", "--as-of", NOW).returncode == 0
    again = run(data, "import", CLINICS / "base", "--now", NOW)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("minutes", "session-1:1", *WHO_AND_WHY), "not one of directory"),
        (("schedule", "session-1:1", "--author", "M. Diaz"), "reason"),
        (("schedule", "session-1:1", "--reason", "why"), "author"),
        (("schedule", "session-1:1", "--reason", " ", "--author", "M. Diaz"), "empty"),
        (("schedule", "session-1:1", "--reason", "\x1b", "--author", "M. Diaz"), "not plain text"),
    ],
)
def test_a_skip_says_who_and_why(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    done = run(tmp_path / "none", "skip-event", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "none").exists()
