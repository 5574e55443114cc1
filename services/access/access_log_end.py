"""Where the access log ends: up to which entry none is still being written.

Ids are given out before entries can be seen: an entry may be there before one with a lower id.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

WRITING: LiteralString = "SELECT pg_advisory_xact_lock_shared(hashtext('daybook.access.log'))"
"""Held by whoever adds entries until they are there, beside others: so it can be waited for."""

_NOBODY_WRITES: LiteralString = """
    SET LOCAL lock_timeout = '500ms';
    SELECT pg_advisory_xact_lock(hashtext('daybook.access.log'));
    SELECT coalesce(max(entry_id), 0) FROM access.log
"""


def last_entry(conn: psycopg.Connection[Any]) -> int:
    """Return the id of the last entry, once none with a lower one is still being written.

    0 where there is no log. Outside a transaction, so that nobody is held back for longer than it
    takes. Raises psycopg.errors.LockNotAvailable where somebody writes for half a second.
    """
    try:
        with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(_NOBODY_WRITES)
            while cursor.nextset():
                pass
            [(last,)] = cursor.fetchall()
            return int(last)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return 0
