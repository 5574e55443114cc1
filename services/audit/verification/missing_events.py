"""Which event is missing, where the versions of its aggregate show it.

A leaf says at which position something was sealed, and not what. An aggregate without one of its
versions lacks an event that stood between its neighbors.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from services.audit.verification.report import Fault

_GAPS: LiteralString = """
    SELECT originator_id || ':' || originator_version - 1, earlier, notification_id FROM (
        SELECT originator_id, originator_version, notification_id,
            lag(originator_version, 1, 0::bigint) OVER one AS version,
            lag(notification_id, 1, 0::bigint) OVER one AS earlier
        FROM journal.journal_events
        WINDOW one AS (PARTITION BY originator_id ORDER BY originator_version)
    ) AS event
    WHERE originator_version = version + 2 LIMIT 1000
"""


def with_names(conn: psycopg.Connection[Any], faults: Sequence[Fault]) -> list[Fault]:
    """Return faults, those of missing events with a name where one event alone can be meant."""
    if all(each.event or each.what != "event" for each in faults):
        return list(faults)
    with conn.cursor(row_factory=tuple_row) as cursor:
        gaps = cursor.execute(_GAPS).fetchall()
    return [_named(each, gaps) for each in faults]


def _named(fault: Fault, gaps: Sequence[tuple[str, int, int]]) -> Fault:
    position = fault.position
    if fault.event or fault.what != "event" or position is None:
        return fault
    fitting = [name for name, earlier, later in gaps if earlier < position < later]
    if len(fitting) != 1:
        return fault
    says = f"{fault.says}; by the gap in its aggregate it was {fitting[0]}"
    return replace(fault, event=fitting[0], says=says)
