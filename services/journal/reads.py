"""What a decision has read of the journal, so that whoever saves can tell whether it still holds.

Positions become visible in their order, since whoever writes holds the table's lock. So what was
read at a position or later is still so where nothing of it was recorded after that position.
"""

from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

_CHANGED: LiteralString = """
    SELECT EXISTS (
        SELECT FROM journal.journal_events e
        LEFT JOIN unnest(%s::text[], %s::bigint[]) AS read (id, version)
            ON e.originator_id = read.id
        WHERE e.notification_id > %s
            AND (e.originator_version > read.version OR e.topic = ANY (%s))
    ) AS changed
"""


@dataclass(slots=True)
class Reads:
    """What was read, at `position` or later.

    `versions` has the version of each aggregate that was looked for, 0 of one that is not there;
    `topics` the topics of the events from which a list was drawn.
    """

    position: int
    versions: dict[str, int] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)


def have_changed(conn: psycopg.Connection[Any], reads: Reads) -> bool:
    """Tell whether anything that was read has been changed since."""
    versions = reads.versions
    row = conn.execute(
        _CHANGED, (list(versions), list(versions.values()), reads.position, list(reads.topics))
    ).fetchone()
    return bool(row and row["changed"])
