"""Receipts: what a command that came with an id of its own recorded, kept beside its events.

A receipt is written in the transaction of its events or not at all. So a command that is sent
again, because its answer was lost or nobody knows, is known by its id and answered as before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Literal

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
    JOIN unnest({}::text[], {}::text[]) AS asked (facility_id, command_id)
        USING (facility_id, command_id)
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


def as_json(receipts: Iterable[tuple[Receipt, int, int]]) -> str:
    """Return receipts as JSON, each with the first and the end of its events among those saved."""
    said = [
        {
            "facility_id": each.facility_id,
            "command_id": each.command_id,
            "digest": each.digest.hex(),
            "first": first,
            "end": end,
            "result": each.result,
        }
        for each, first, end in receipts
    ]
    return orjson.dumps(said).decode()


def finding(commands: Collection[CommandKey]) -> Composed:
    """Return the SQL that finds the receipts of commands."""
    facilities, ids = ([key[part] for key in commands] for part in (0, 1))
    return SQL(_FIND).format(Literal(facilities), Literal(ids))


def known(rows: Iterable[TupleRow]) -> dict[CommandKey, Known]:
    """Return what commands recorded, by what was found."""
    return {
        (facility_id, command_id): Known(
            bytes(digest), result, tuple(RecordedEvent(*each) for each in events)
        )
        for facility_id, command_id, digest, result, events in rows
    }


def find(conn: psycopg.Connection[Any], command: CommandKey) -> Known | None:
    """Return what a command recorded; None where it has recorded nothing."""
    with conn.cursor(row_factory=tuple_row) as curs:
        return known(curs.execute(finding([command])).fetchall()).get(command)
