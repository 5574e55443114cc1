"""Imported rows: what each row of a clinic's files said when it was last taken in.

They are kept in the transaction of the events that they led to. Neither a row's key nor its values
can be read: both are keyed hashes, which tell whether a row says what it said before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, LiteralString

import orjson
import psycopg

_TABLE: LiteralString = """
    CREATE TABLE IF NOT EXISTS journal.imported_rows (
        facility_id text,
        kind text,
        row_key bytea,
        columns jsonb NOT NULL,
        listed boolean NOT NULL,
        PRIMARY KEY (facility_id, kind, row_key)
    );
    COMMENT ON TABLE journal.imported_rows IS
        'What each row of a clinic''s files said when it was last taken in.';
    COMMENT ON COLUMN journal.imported_rows.kind IS 'The file, and in facility.toml the table.';
    COMMENT ON COLUMN journal.imported_rows.row_key IS 'A keyed hash of what identifies the row.';
    COMMENT ON COLUMN journal.imported_rows.columns IS 'A keyed hash of each column''s value.';
    COMMENT ON COLUMN journal.imported_rows.listed IS 'False once the row is gone from its file.';
"""

PATIENTS = "patients.csv"
"""The kind of row that says who a patient is; the record number alone identifies it."""

IDENTIFYING_COLUMNS = ("given_name", "family_name", "born")
"""The columns of such a row that say it."""

RowKey = tuple[str, bytes]
"""A row's kind and the keyed hash of what identifies it."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row as it was last taken in: a keyed hash of each column's value, by the column.

    `listed` is False once it is gone from its file.
    """

    columns: Mapping[str, str]
    listed: bool = True


@dataclass(frozen=True, slots=True)
class ImportedRows:
    """The rows of a facility that an import has to keep."""

    facility_id: str
    rows: Mapping[RowKey, ImportedRow]


def hashed(key: bytes, size: int, *parts: str) -> bytes:
    """Return a keyed hash of so many bytes."""
    return blake2b("\x1f".join(parts).encode(), key=key, digest_size=size).digest()


def row_key(key: bytes, kind: str, *values: str) -> RowKey:
    """Return what a row of a kind is known by, from the values that identify it."""
    return kind, hashed(key, 16, kind, *values)


def make_table(conn: psycopg.Connection[Any]) -> None:
    """Make the table where it is not there."""
    conn.execute(_TABLE)


def keep(curs: psycopg.Cursor[Any], imported: ImportedRows) -> None:
    """Write the rows, in place of what they said before. One statement: see Recorder."""
    # In arrays the library would escape each quotation mark: a fifth of an import's time.
    said = [
        {"kind": kind, "row_key": key.hex(), "columns": dict(row.columns), "listed": row.listed}
        for (kind, key), row in imported.rows.items()
    ]
    curs.execute(
        "INSERT INTO journal.imported_rows"
        " SELECT %s, kind, decode(row_key, 'hex'), columns, listed FROM json_to_recordset(%s)"
        " AS said (kind text, row_key text, columns jsonb, listed boolean)"
        " ON CONFLICT (facility_id, kind, row_key)"
        " DO UPDATE SET columns = excluded.columns, listed = excluded.listed",
        (imported.facility_id, orjson.dumps(said).decode()),
    )


def find(conn: psycopg.Connection[Any], facility_id: str) -> dict[RowKey, ImportedRow]:
    """Return a facility's rows as they were last taken in; none where none ever was."""
    rows = conn.execute(
        "SELECT kind, row_key, columns, listed FROM journal.imported_rows WHERE facility_id = %s",
        (facility_id,),
    ).fetchall()
    return {
        (row["kind"], bytes(row["row_key"])): ImportedRow(row["columns"], row["listed"])
        for row in rows
    }


def forget_who(conn: psycopg.Connection[Any], facility_id: str, row: RowKey) -> None:
    """Keep of a patient's row nothing that says who they are: not even keyed hashes."""
    conn.execute(
        "UPDATE journal.imported_rows SET columns = columns - %s::text[]"
        " WHERE (facility_id, kind, row_key) = (%s, %s, %s)",
        (list(IDENTIFYING_COLUMNS), facility_id, *row),
    )
