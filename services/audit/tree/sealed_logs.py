"""What is sealed: the journal, who looked, and what was told to others. Each has its own tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, LiteralString, NamedTuple, Protocol

import orjson
import psycopg
from psycopg.rows import tuple_row

from services.access.access_log_end import last_entry

Connection = psycopg.Connection[Any]

ACCESS_ID, ACCESS_TOPIC = "access-log", "access.entry"
"""What leaves of the access log say where those of the journal name aggregate and topic."""

FARTHEST = 2**63 - 1
"""A position that none is beyond."""


class SealedRow(NamedTuple):
    """What a leaf is made of; `state` is what is hashed of it."""

    position: int
    aggregate_id: str
    version: int
    topic: str
    state: bytes


class SealedLog(Protocol):
    """Rows in the order of their positions: none ever changes, and none comes in between."""

    @property
    def name(self) -> str:
        """The log's name, as in `seal.logs`."""

    def end(self, conn: Connection) -> int:
        """Return the last position, up to which no row is still to come; 0 where there is none.

        It is asked outside a transaction. Raises psycopg.errors.LockNotAvailable where somebody has
        been writing for too long.
        """

    def after(
        self, conn: Connection, position: int, limit: int, until: int = FARTHEST
    ) -> Sequence[SealedRow]:
        """Return the rows after a position and up to another one, at most `limit` of them."""

    def count_after(self, conn: Connection, position: int) -> int:
        """Return how many rows there are after a position."""


@dataclass(frozen=True, slots=True)
class JournalLog:
    """The events of the journal, whose writers keep its lock."""

    name: str = "journal"

    def end(self, conn: Connection) -> int:
        """Return the last position."""
        return _number(conn, "SELECT coalesce(max(notification_id), 0) FROM journal.journal_events")

    def after(
        self, conn: Connection, position: int, limit: int, until: int = FARTHEST
    ) -> list[SealedRow]:
        """Return the events after a position."""
        return list(map(SealedRow._make, _rows(conn, _EVENTS, (position, until, limit))))

    def count_after(self, conn: Connection, position: int) -> int:
        """Return how many events there are after a position."""
        return _number(
            conn,
            "SELECT count(*) FROM journal.journal_events WHERE notification_id > %s",
            (position,),
        )


@dataclass(frozen=True, slots=True)
class OutboxLog:
    """What was told on one stream, which one writer at a time numbers."""

    name: str
    stream: str

    def end(self, conn: Connection) -> int:
        """Return the last position."""
        return _number(
            conn,
            "SELECT coalesce(max(position), 0) FROM announcements.outbox WHERE stream = %s",
            (self.stream,),
        )

    def after(
        self, conn: Connection, position: int, limit: int, until: int = FARTHEST
    ) -> list[SealedRow]:
        """Return the messages after a position."""
        asked = (self.stream, position, until, limit)
        return [SealedRow(*row) for row in _rows(conn, _MESSAGES, asked)]

    def count_after(self, conn: Connection, position: int) -> int:
        """Return how many messages there are after a position."""
        return _number(
            conn,
            "SELECT count(*) FROM announcements.outbox WHERE stream = %s AND position > %s",
            (self.stream, position),
        )


@dataclass(frozen=True, slots=True)
class AccessEntries:
    """Who looked at whose record. What is hashed of an entry is its columns, as sorted JSON."""

    name: str = "access"

    def end(self, conn: Connection) -> int:
        """Return the id of the last entry before which none is still being written."""
        return last_entry(conn)

    def after(
        self, conn: Connection, position: int, limit: int, until: int = FARTHEST
    ) -> list[SealedRow]:
        """Return the entries after an id."""
        return [_entry(row) for row in _rows(conn, _ENTRIES, (position, until, limit))]

    def count_after(self, conn: Connection, position: int) -> int:
        """Return how many entries there are after an id."""
        return _number(conn, "SELECT count(*) FROM access.log WHERE entry_id > %s", (position,))


JOURNAL = JournalLog()
ACCESS = AccessEntries()
FINDINGS = OutboxLog("findings", "FINDINGS")
BILLABLE = OutboxLog("billable", "BILLABLE")
SHARED = OutboxLog("shared", "SHARED")

SEALED_LOGS: dict[str, SealedLog] = {
    each.name: each for each in (JOURNAL, ACCESS, FINDINGS, BILLABLE, SHARED)
}
"""Every log that is sealed, by its name."""

_EVENTS: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM journal.journal_events
    WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id LIMIT %s
"""

_MESSAGES: LiteralString = """
    SELECT position, about, version, topic, state FROM announcements.outbox
    WHERE stream = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""

ENTRY_COLUMNS = (
    *("at", "account", "name", "roles", "facility_id", "what", "patient_ids", "purpose", "reason"),
    *("emergency", "outcome", "address", "via"),
)
"""What an entry says, in the order in which `_ENTRIES` asks for it."""

_ENTRIES: LiteralString = """
    SELECT entry_id, at, account, name, roles, facility_id, what, patient_ids, purpose, reason,
        emergency, outcome, address, via
    FROM access.log WHERE entry_id > %s AND entry_id <= %s ORDER BY entry_id LIMIT %s
"""


def _entry(row: tuple[Any, ...]) -> SealedRow:
    position, at, *said = row
    facts = dict(zip(ENTRY_COLUMNS, (at.astimezone(UTC).isoformat(), *said), strict=True))
    state = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
    return SealedRow(position, ACCESS_ID, position, ACCESS_TOPIC, state)


def _number(conn: Connection, statement: LiteralString, asked: tuple[Any, ...] = ()) -> int:
    [(found,)] = _rows(conn, statement, asked) or [(0,)]
    return int(found)


def _rows(
    conn: Connection, statement: LiteralString, asked: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    """Return rows; none where the table is not there, since nothing was ever written to it."""
    try:
        with conn.transaction(), conn.cursor(row_factory=tuple_row, binary=True) as cursor:
            return cursor.execute(statement, asked).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []
