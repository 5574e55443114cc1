"""A time that is chosen for an import never makes the record go back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.aggregate import CommandContext
from services.clinic_import import Outcome, import_clinic
from services.clinic_import.record_time import RecordedLater, check_record_time
from services.journal import Journal
from tests.support.backend import Backend, Thing, ThingOpened
from tests.support.command_line import CLINICS, run

EARLIER, LATER = datetime(2026, 9, 17, 17, tzinfo=UTC), datetime(2027, 9, 17, 17, tzinfo=UTC)


def taken_in(backend: Backend, clinic: str, now: datetime, **more: Any) -> Outcome:
    folder = CLINICS / clinic
    return import_clinic(
        backend.journal, backend.vault, folder, now=now, now_is_chosen=True, **more
    )


def record_at(journal: Journal, at: datetime, thing_id: str = "thing-1") -> None:
    context = CommandContext("command-1", at, "staff-1")
    opened: Any = Thing.open(ThingOpened, context, id=thing_id, facility_id="elsewhere")
    journal.save(opened)


def test_gap_6_an_import_is_not_dated_before_what_is_on_record_of_another_clinic(
    backend: Backend,
) -> None:
    record_at(backend.journal, LATER)
    for more in ({}, {"dry_run": True}):
        with pytest.raises(RecordedLater, match=r"2026-09-17.*recorded at 2027-09-17"):
            taken_in(backend, "base", EARLIER, **more)
    assert backend.journal.position() == 1
    assert backend.rows("SELECT count(*) FROM vault.patient_keys") == [(0,)]
    outcome = taken_in(backend, "base", LATER)
    assert outcome.events == len(backend.journal.after(1, 100_000)) > 0
    [(times,)] = backend.rows(
        "SELECT array_agg(journal.said(state) ->> 'timestamp' ORDER BY notification_id)"
        " FROM journal.journal_events"
    )
    assert times == sorted(times)


def test_what_others_record_while_it_is_decided_counts_too(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def check_then_be_overtaken(conn: Any, now: datetime) -> None:
        check_record_time(conn, now)
        asked.append(1)
        if len(asked) == 1:
            record_at(backend.journal, LATER)

    monkeypatch.setattr("services.clinic_import.check_record_time", check_then_be_overtaken)
    with pytest.raises(RecordedLater):
        taken_in(backend, "base", EARLIER)
    assert backend.journal.position() == 1


def test_an_import_that_records_nothing_may_be_asked_for_as_of_any_time(backend: Backend) -> None:
    taken_in(backend, "base", EARLIER)
    record_at(backend.journal, LATER)
    assert taken_in(backend, "base", EARLIER).events == 0


def test_the_command_line_says_so_in_one_sentence_and_records_nothing(tmp_path: Path) -> None:
    now = "2026-09-17T17:00:00Z"
    assert run(tmp_path, "import", CLINICS / "base", "--now", now).returncode == 0
    done = run(tmp_path, "import", CLINICS / "havana", "--now", "2026-03-16T12:00:00Z")
    assert (done.returncode, done.stdout) == (2, "")
    assert "what is recorded next is not dated before it" in done.stderr
