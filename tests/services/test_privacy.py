"""Nothing that is kept or said tells who a patient is, unless the site's key opens it."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.embedded import engines
from tests.support.command_line import CLINICS, NOW, reports, run

CLINICS_IN_IT = ("oak-street", "lighthouse")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A data folder with two clinics, and all that the commands have said."""
    data = tmp_path_factory.mktemp("private")
    commands = [("import", str(CLINICS / name), "--now", NOW) for name in CLINICS_IN_IT]
    words = ""
    for command in [*commands, ("rebuild", "directory"), ("status",)]:
        done = run(data, *command)
        assert done.returncode == 0, done.stderr
        words += done.stdout + done.stderr
    return data, words.encode()


@pytest.fixture(scope="module")
def data(said: tuple[Path, bytes]) -> Path:
    return said[0]


@pytest.fixture(scope="module")
def kept(said: tuple[Path, bytes]) -> dict[str, bytes]:
    """Every table's values, every file of the data folder, and what the commands have said."""
    data, words = said
    with engines(data) as found, psycopg.connect(found.database_url, autocommit=True) as conn:
        tables = dict(values_of_all_tables(conn))
        conn.execute("CHECKPOINT")
        # The same pages are in several databases, and most of a file of WAL is empty.
        files = {
            path.read_bytes().replace(bytes(64), b""): str(path)
            for path in data.rglob("*")
            if path.is_file()
        }
    return {**tables, **{path: raw for raw, path in files.items()}, "said": words}


def values_of_all_tables(conn: psycopg.Connection[tuple[Any, ...]]) -> Iterator[tuple[str, bytes]]:
    found = conn.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type ="
        " 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    for schema, name in found:
        rows = conn.execute(SQL("SELECT * FROM {}").format(Identifier(schema, name))).fetchall()
        yield f"{schema}.{name}", b"\n".join(as_bytes(value) for row in rows for value in row)


def as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def patients() -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name in CLINICS_IN_IT:
        with (CLINICS / name / "patients.csv").open(encoding="utf-8-sig", newline="") as file:
            found += csv.DictReader(file)
    return found


def what_tells_who(patient: dict[str, str], raw: bytes) -> list[str]:
    """Find a patient's record number, birth date, whole name, or a name told to be one."""
    given, family = patient["given_name"], patient["family_name"]
    words = [patient["mrn"], patient["born"]]
    if family.encode() in raw:
        both = [(given, family), (family, given)]
        words += [between.join(pair) for pair in both for between in (" ", ",", ", ")]
        words += [between.join(pair) for pair in both for between in ('","', '", "', "', '")]
    for key, value in (("given_name", given), ("family_name", family)):
        if key.encode() in raw:
            words += [f'"{key}":"{value}"', f'"{key}": "{value}"', f"'{key}': '{value}'"]
    return [word for word in words if word.encode() in raw]


def test_nothing_kept_holds_a_name_a_birth_date_or_a_record_number(kept: dict[str, bytes]) -> None:
    everybody = patients()
    found = [
        (place, word)
        for place, raw in kept.items()
        for patient in everybody
        for word in what_tells_who(patient, raw)
    ]
    assert found == []


@pytest.mark.parametrize(
    "leak",
    ["Tia Frost", "Frost, Tia", '{"given_name":"Tia"}', "the 1990-08-21", '["Tia", "Frost"]'],
)
def test_the_search_would_find_a_patient(leak: str) -> None:
    (tia,) = (patient for patient in patients() if patient["mrn"] == "OA1003")
    assert what_tells_who(tia, leak.encode())


def test_no_event_and_no_view_has_a_place_for_a_name(kept: dict[str, bytes]) -> None:
    tables = [place for place in kept if place.split(".")[0] in {"journal", "directory", "vault"}]
    assert {"journal.journal_events", "directory.people", "vault.patient_keys"} <= set(tables)
    # What it calls columns; of what they said it has hashes: see the next test.
    tables.remove("journal.imported_rows")
    keys = (b"given_name", b"family_name", b'"born"', b'"mrn"')
    assert [(place, key) for place in tables for key in keys if key in kept[place]] == []


def test_of_a_files_rows_hashes_are_kept_alone(data: Path) -> None:
    with engines(data) as found, psycopg.connect(found.database_url) as conn:
        rows = conn.execute("SELECT row_key, columns FROM journal.imported_rows").fetchall()
    assert {len(row_key) for row_key, _ in rows} == {16}
    assert all(
        re.fullmatch("[0-9a-f]{16}", value) for _, columns in rows for value in columns.values()
    )


def test_the_search_finds_what_is_not_secret(kept: dict[str, bytes]) -> None:
    for known in (b"M. Rivera", b"Evening group"):
        places = {place for place, raw in kept.items() if known in raw}
        assert "journal.journal_events" in places
        assert any(place.startswith("schedule.") for place in places)
        assert any("/nats/" in place for place in places)
        assert any("/postgres/" in place for place in places)
    assert b"oak-street" in kept["said"]


def test_a_report_opens_them_when_it_is_read(data: Path) -> None:
    assert ",OA1003," in reports(data)["visits"]


@pytest.mark.parametrize("words", [("report", "visits"), ("report", "weeks"), ("status",)])
def test_without_the_sites_key_nobody_is_named(words: tuple[str, ...], data: Path) -> None:
    done = run(data, *words, DAYBOOK_SITE_KEY="A" * 43 + "=")
    assert (done.returncode, done.stdout) == (2, "")
    assert "DAYBOOK_SITE_KEY" in done.stderr
    assert len(done.stderr.splitlines()) == 1
