"""Nothing that is kept says who a patient is, unless it is opened with the site's key."""

import csv
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.embedded import engines
from tests.services.command import CLINICS, imported, reports, run

CLINICS_OF_DUMP = ("oak-street", "lighthouse")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("private")
    for name in CLINICS_OF_DUMP:
        imported(folder, CLINICS / name)
    return folder


@pytest.fixture(scope="module")
def kept(data: Path) -> dict[str, bytes]:
    """Every table's rows as text, bytes opened, and every file of the data folder."""
    said = run(data, "status")
    with engines(data) as found:
        with psycopg.connect(found.database_url) as conn:
            tables = dict(rows_of_all_tables(conn))
            conn.execute("CHECKPOINT")
        files = {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    return {**tables, **files, "status": (said.stdout + said.stderr).encode()}


def rows_of_all_tables(conn: psycopg.Connection[tuple[object, ...]]) -> Iterator[tuple[str, bytes]]:
    found = conn.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type ="
        " 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    for schema, name in found:
        query = SQL("SELECT * FROM {}").format(Identifier(str(schema), str(name)))
        rows = conn.execute(query).fetchall()
        yield f"{schema}.{name}", b"\n".join(as_bytes(value) for row in rows for value in row)


def as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def what_tells_who_somebody_is() -> set[str]:
    words: set[str] = set()
    for name in CLINICS_OF_DUMP:
        with (CLINICS / name / "patients.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                given, family = row["given_name"], row["family_name"]
                words |= {row["mrn"], row["born"], f"{given} {family}", f"{family}, {given}"}
                words |= {f'"{given}","{family}"', f'"given_name":"{given}"'}
                words |= {f'"family_name":"{family}"', f"{given},{family}"}
    return words


def test_nothing_kept_holds_a_name_a_birth_date_or_a_record_number(kept: dict[str, bytes]) -> None:
    words = what_tells_who_somebody_is()
    found = [(place, word) for place, raw in kept.items() for word in words if word.encode() in raw]
    assert found == []


def test_the_search_finds_what_is_not_secret(kept: dict[str, bytes]) -> None:
    places = {place for place, raw in kept.items() if b"M. Rivera" in raw}
    assert {"journal.journal_events", "schedule.staff"} <= places
    assert any("/nats/" in place for place in places)
    assert any("/postgres/" in place for place in places)


def test_a_report_opens_them_when_it_is_read(data: Path) -> None:
    assert "OA1003" in reports(data)["visits"]


def test_without_the_sites_key_nobody_is_named(data: Path) -> None:
    done = run(data, "report", "visits", DAYBOOK_SITE_KEY="A" * 43 + "=")
    assert done.returncode == 2
    assert "site's key" in done.stderr
    assert "OA1003" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
