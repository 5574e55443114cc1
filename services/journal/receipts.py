"""Receipts: what a command that came with an id of its own recorded, kept beside its events.

A receipt is written in the transaction of its events or not at all. So a command that is sent
again, because its answer was lost or nobody knows, is known by its id and answered as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import orjson
import psycopg

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
    SELECT digest, result, ARRAY(
        SELECT json_build_array(notification_id, originator_id || ':' || originator_version, topic)
        FROM journal.journal_events WHERE notification_id = ANY (r.positions)
        ORDER BY notification_id
    ) AS events
    FROM journal.receipts r WHERE (facility_id, command_id) = (%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A command by its facility and id; `digest` is a keyed hash of all that it asks for."""

    facility_id: str
    command_id: str
    digest: bytes
    result: object = None


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


def keep(curs: psycopg.Cursor[Any], receipt: Receipt, positions: Sequence[int]) -> None:
    """Write a receipt. Raises psycopg's UniqueViolation where the command has one."""
    curs.execute(
        "INSERT INTO journal.receipts VALUES (%s, %s, %s, %s, %s)",
        (
            receipt.facility_id,
            receipt.command_id,
            receipt.digest,
            list(positions),
            orjson.dumps(receipt.result).decode(),
        ),
    )


def find(conn: psycopg.Connection[Any], facility_id: str, command_id: str) -> Known | None:
    """Return what a command recorded; None where it has recorded nothing."""
    row = conn.execute(_FIND, (facility_id, command_id)).fetchone()
    if row is None:
        return None
    events = tuple(RecordedEvent(*each) for each in row["events"])
    return Known(bytes(row["digest"]), row["result"], events)
