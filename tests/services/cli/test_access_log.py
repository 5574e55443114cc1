"""`daybook audit access`: whoever looks at a record at the command line is on record first."""

import csv
import io
import json
import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.access.access_log import Entry
from services.access.grants import grant_of
from services.access.principal import Principal
from services.access.store import AccessStore, open_access
from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.command_line import Daybook, at_small_clinic

THROUGH = ("--through", "2026-09-20")
BEN = Principal("ben", "Ben Poe", (grant_of("front-desk:juniper"),), "password")
EMERGENCY: dict[str, Any] = {"emergency": True, "reason": "fell in group"}


@pytest.fixture(scope="module")
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_backend(shared_engines) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def daybook(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Daybook:
    """Runs a command at a small clinic."""
    return at_small_clinic(backend, tmp_path_factory.mktemp("data"))


@pytest.fixture
def store(backend: Backend) -> Iterator[AccessStore]:
    """What is kept; the entries of a former test are gone."""
    with open_access(backend.database_url) as opened:
        backend.run(
            "ALTER TABLE access.log DISABLE TRIGGER only_added_to; TRUNCATE access.log;"
            " ALTER TABLE access.log ENABLE ALWAYS TRIGGER only_added_to"
        )
        yield opened


def answered(daybook: Daybook, *words: str | Path, **settings: str) -> str:
    done = daybook(*words, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(daybook: Daybook, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        answered(daybook, "audit", "access", *words, "--format", "json")
    )
    return found


def patients(backend: Backend) -> set[str]:
    return {row[0] for row in backend.rows("SELECT patient_id FROM directory.people")}


def test_a_report_names_in_its_entry_all_patients_that_it_shows(
    daybook: Daybook, store: AccessStore, backend: Backend
) -> None:
    shown = answered(daybook, "report", "weeks", *THROUGH, "--format", "csv")
    numbers = {row[0] for row in csv.reader(io.StringIO(shown))} - {"mrn"}
    assert len(numbers) > 1
    (logged,) = store.log.find()
    assert len(set(logged.entry.patient_ids)) == len(numbers)
    assert set(logged.entry.patient_ids) <= patients(backend)
    assert logged.entry == Entry(
        "command line",
        pwd.getpwuid(os.getuid()).pw_name,
        ("operator",),
        "juniper",
        "weeks",
        logged.entry.patient_ids,
        "operations",
        socket.gethostname(),
        "command line",
    )


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("report", "visits", "--patient", "J01"), "visits"),
        (("report", "weeks", "--patient", "J01"), "weeks"),
        (("report", "patient", "J01"), "patient"),
        (("report", "findings", "--patient", "J01"), "findings"),
        (("report", "billable", "--patient", "J01"), "billable"),
        (("report", "deadlines", "--patient", "J01"), "deadlines"),
        (("report", "at-risk", "--patient", "J01"), "at-risk"),
        (("report", "schedule", "--patient", "J01"), "schedule"),
        (("report", "weeks", "--patient", "J01", "--as-of", "2026-09-17T17:00:00Z"), "weeks"),
    ],
)
def test_whoever_asks_about_a_patient_has_looked_whatever_comes_of_it(
    daybook: Daybook, store: AccessStore, words: tuple[str, ...], what: str
) -> None:
    answered(daybook, *words)
    (logged,) = store.log.find()
    assert logged.entry.what == what
    assert len(logged.entry.patient_ids) == 1
    assert [each["what"] for each in read(daybook, "--patient", "J01")] == [what]
    assert [each["what"] for each in read(daybook, "--patient", "J02")] == []


def test_explaining_a_finding_is_looking_at_its_patient(
    daybook: Daybook, store: AccessStore
) -> None:
    words = ("report", "findings", *THROUGH, "--patient", "J01", "--format", "json")
    finding = json.loads(answered(daybook, *words))[0]["finding"]
    (asked,) = store.log.find()
    answered(daybook, "audit", "explain", finding)
    explained, _ = store.log.find()
    assert explained.entry.what == "explain"
    assert explained.entry.patient_ids == asked.entry.patient_ids


def test_what_shows_nobody_makes_no_entry(daybook: Daybook, store: AccessStore) -> None:
    answered(daybook, "report", "schedule")
    assert daybook("report", "patient", "J99").returncode == 2
    assert store.log.find() == []


def test_nothing_is_printed_where_the_entry_cannot_be_written(
    daybook: Daybook, store: AccessStore, backend: Backend
) -> None:
    assert store
    backend.run("ALTER TABLE access.log ADD CONSTRAINT full_up CHECK (false) NOT VALID")
    try:
        done = daybook("report", "weeks", *THROUGH)
        assert done.returncode != 0
        assert done.stdout == ""
    finally:
        backend.run("ALTER TABLE access.log DROP CONSTRAINT full_up")


def test_the_purpose_comes_from_the_environment(daybook: Daybook, store: AccessStore) -> None:
    answered(daybook, "report", "patient", "J01", DAYBOOK_PURPOSE="audit")
    assert store.log.find()[0].entry.purpose == "audit"
    done = daybook("report", "patient", "J01", DAYBOOK_PURPOSE="curiosity")
    assert (done.returncode, done.stdout) == (2, "")
    assert "DAYBOOK_PURPOSE is none of treatment, payment, operations, audit" in done.stderr


def test_reading_the_log_of_a_patient_is_itself_an_entry(
    daybook: Daybook, store: AccessStore
) -> None:
    assert store
    assert read(daybook, "--patient", "J01") == []
    (entry,) = read(daybook, "--patient", "J01")
    assert entry["what"] == "access-log"


def test_it_says_who_looked_when_why_and_from_where(
    daybook: Daybook, store: AccessStore, backend: Backend
) -> None:
    everybody = sorted(patients(backend))
    why = {"purpose": "treatment", "address": "192.0.2.1"}
    store.log.record(
        Entry.of(BEN, "juniper", "roster", everybody, **why),
        Entry.of(BEN, "juniper", "patient", everybody[:1], **why, **EMERGENCY),
        Entry.of(BEN, "juniper", "weeks", everybody[:1], **why, outcome="refused"),
    )
    weeks, page, roster = read(daybook, "--account", "ben")
    assert roster == {
        "at": roster["at"],
        "account": "ben",
        "name": "Ben Poe",
        "roles": "front-desk",
        "facility": "juniper",
        "what": "roster",
        "patients": roster["patients"],
        "purpose": "treatment",
        "emergency": False,
        "reason": None,
        "outcome": "shown",
        "address": "192.0.2.1",
        "via": "password",
        "head_size": None,
        "head_at": None,
    }
    assert roster["patients"].endswith(f" and {len(everybody) - 3} more")
    assert page["patients"] == weeks["patients"] == roster["patients"].partition(",")[0]
    assert (page["emergency"], page["reason"]) == (True, "fell in group")
    assert weeks["outcome"] == "refused"
    assert [each["what"] for each in read(daybook, "--emergency")] == ["patient"]
    assert [each["what"] for each in read(daybook, "--account", "ben", "--last", "1")] == ["weeks"]
    table = answered(daybook, "audit", "access", "--emergency", COLUMNS="300")
    assert "Ben Poe [ben], front-desk" in table
    assert "emergency: fell in group" in table
    assert "192.0.2.1, password" in table


def test_there_being_more_is_said(daybook: Daybook, store: AccessStore, backend: Backend) -> None:
    one = sorted(patients(backend))[:1]
    entry = Entry.of(BEN, "juniper", "roster", one, purpose="treatment", address="-")
    store.log.record(entry, entry)
    done = daybook("audit", "access", "--account", "ben", "--last", "1")
    assert done.returncode == 0
    assert "there are more" in done.stderr
    done = daybook("audit", "access", "--account", "ben", "--last", "2")
    assert done.stderr == ""


def test_of_a_merged_record_both_are_looked_for(
    daybook: Daybook, store: AccessStore, backend: Backend
) -> None:
    with psycopg.connect(backend.database_url) as conn:
        survivor = store_id(daybook, store)
        conn.execute(
            "INSERT INTO attendance.merges (patient_id, merged_into) VALUES ('patient-0', %s)",
            (survivor,),
        )
    try:
        why = {"purpose": "treatment", "address": "-"}
        store.log.record(Entry.of(BEN, "juniper", "roster", ["patient-0"], **why))
        found = read(daybook, "--patient", "J01")
        assert [each["what"] for each in found] == ["roster", "patient"]
    finally:
        backend.run("DELETE FROM attendance.merges")


def store_id(daybook: Daybook, store: AccessStore) -> str:
    """Return the random id of J01, whose page is looked at for it."""
    answered(daybook, "report", "patient", "J01")
    return store.log.find()[0].entry.patient_ids[0]
