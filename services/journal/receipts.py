"""Receipts: what a command that came with an id of its own recorded, kept beside its events.

A receipt is written in the transaction of its events or not at all. So a command that is sent
again, because its answer was lost or nobody knows, is known by its id and answered as before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg.rows import tuple_row

_TABLE: LiteralString = """
    CREATE TABLE IF NOT EXISTS journal.receipts (
        facility_id text,
        command_id text,
        digest bytea NOT NULL,
        positions bigint[] NOT NULL,
        result jsonb,
        PRIMARY KEY (facility_id, command_id)
    );
    COMMENT ON TABLE journal.receipts IS
        'Commands that were recorded, by the ids that their senders gave them.';
    COMMENT ON COLUMN journal.receipts.digest IS 'Tells another command under the same id apart.';
    COMMENT ON COLUMN journal.receipts.positions IS 'The events that it recorded.';
    COMMENT ON COLUMN journal.receipts.result IS 'What it returned besides.';
"""

_FIND: LiteralString = """
    SELECT facility_id, command_id, digest, result, ARRAY(
        SELECT json_build_array(notification_id, originator_id || ':' || originator_version, topic)
        FROM journal.journal_events WHERE notification_id = ANY (r.positions)
        ORDER BY notification_id
    )
    FROM journal.receipts r
    JOIN unnest(%s::text[], %s::text[]) AS asked (facility_id, command_id)
        USING (facility_id, command_id)
"""

_KEEP: LiteralString = """
    INSERT INTO journal.receipts
    SELECT facility_id, command_id, decode(digest, 'hex'), positions, result
    FROM json_to_recordset(%s) AS said
        (facility_id text, command_id text, digest text, positions bigint[], result jsonb)
"""


CommandKey = tuple[str, str]
"""A command's facility and id, by which its receipt is known."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A command by its facility and id; `digest` is a keyed hash of all that it asks for."""

    facility_id: str
    command_id: str
    digest: bytes
    result: object = None

    @property
    def key(self) -> CommandKey:
        """By what it is known."""
        return self.facility_id, self.command_id


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as a receipt names it: its position, its id (aggregate:version) and its topic."""

    position: int
    id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Known:
    """A command that was recorded before, and its events in their order."""

    digest: bytes
    result: object
    events: tuple[RecordedEvent, ...]


def make_table(conn: psycopg.Connection[Any]) -> None:
    """Make the table where it is not there."""
    conn.execute(_TABLE)


def keep(conn: psycopg.Connection[Any], receipts: Sequence[tuple[Receipt, Sequence[int]]]) -> None:
    """Write receipts with their positions. Raises UniqueViolation where a command has one."""
    said = [
        {
            "facility_id": each.facility_id,
            "command_id": each.command_id,
            "digest": each.digest.hex(),
            "positions": positions,
            "result": each.result,
        }
        for each, positions in receipts
    ]
    conn.execute(_KEEP, (orjson.dumps(said).decode(),))


def find(
    conn: psycopg.Connection[Any], commands: Collection[CommandKey]
) -> dict[CommandKey, Known]:
    """Return what commands recorded, of those that have recorded something."""
    asked = [list(each) for each in zip(*commands, strict=True)]
    with conn.cursor(row_factory=tuple_row) as curs:
        rows = curs.execute(_FIND, asked).fetchall()
    return {
        (facility_id, command_id): Known(
            bytes(digest), result, tuple(RecordedEvent(*each) for each in events)
        )
        for facility_id, command_id, digest, result, events in rows
    }
