"""Billable days, told to whoever bills on the stream BILLABLE: what changed of them.

The days are worked out by the view `compliance`; here they are compared with what was told last,
and each that differs is told again, whole. So a view that is made again tells nothing twice. The
view says whose days it has written since the last look: those alone are compared, and everybody's
once after the view was made again.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import AsyncCursor

from services.messaging.derived_messages import DayJudged, DayWithdrawn
from services.messaging.stream import image_of
from services.publishing.outbox import Telling
from services.publishing.publisher import ViewPublisher

NAME = "BILLABLE"

CONFIG = image_of("what was told of billable days", NAME, ["daybook.*.billable.*.*"])

AT_ONCE = 20_000
"""Days that are told in one transaction, at most."""

_LOOK: LiteralString = """
    SELECT 'compliance.changed_days'::regclass::oid::bigint AS build,
        (SELECT coalesce(max(change), 0) FROM compliance.changed_days) AS change,
        (SELECT build FROM announcements.compared WHERE journal = %(journal)s) AS last_build,
        (SELECT change FROM announcements.compared WHERE journal = %(journal)s) AS last_change
"""

_DIFFERENT: LiteralString = """
    WITH now AS (
        SELECT *, md5(row(facility_id, payer, policy_id, version, code, minutes, services, units,
            tier, exceptional, reasons, evidence, lines, fallback, left_out)::text) AS seal
        FROM {days} AS days
    )
    SELECT patient_id, day, coalesce(now.facility_id, told.facility_id) AS facility_id,
        payer, policy_id, version, code, minutes, services, units, tier, exceptional, reasons,
        evidence, lines, fallback, left_out, now.seal
    FROM now FULL JOIN {told} AS told USING (patient_id, day)
    WHERE now.seal IS DISTINCT FROM told.seal
    ORDER BY 3, 2, 1 LIMIT %(limit)s
"""

_OF_THE_CHANGED: LiteralString = """(
    SELECT each.* FROM compliance.changed_days JOIN {} AS each USING (patient_id)
    WHERE change > %(after)s
)"""

_ALL_DIFFERENT = _DIFFERENT.format(days="compliance.days", told="announcements.days")

_CHANGED_DIFFERENT = _DIFFERENT.format(
    days=_OF_THE_CHANGED.format("compliance.days"),
    told=_OF_THE_CHANGED.format("announcements.days"),
)

_SEEN: LiteralString = """
    INSERT INTO announcements.compared VALUES (%(journal)s, %(build)s, %(change)s)
    ON CONFLICT (journal) DO UPDATE SET (build, change) = (EXCLUDED.build, EXCLUDED.change)
"""

_NOTE: LiteralString = """
    INSERT INTO announcements.days (patient_id, day, facility_id, seal)
    VALUES (%(patient_id)s, %(day)s, %(facility_id)s, %(seal)s)
    ON CONFLICT (patient_id, day) DO UPDATE
        SET (facility_id, seal) = (EXCLUDED.facility_id, EXCLUDED.seal)
"""


class BillableDaysPublisher(ViewPublisher):
    """Tells of each billable day that differs from what was told last."""

    stream: ClassVar[str] = NAME
    lock: ClassVar[str] = "daybook.billable"

    async def publish(self, cursor: AsyncCursor[Any], looked_at: datetime) -> bool:  # noqa: ARG002
        """Tell of the days that are otherwise now."""
        await cursor.execute(_LOOK, {"journal": self.journal.id})
        [look] = await cursor.fetchall()
        whole = look["build"] != look["last_build"]
        asked = {"after": look["last_change"], "limit": AT_ONCE}
        await cursor.execute(_ALL_DIFFERENT if whole else _CHANGED_DIFFERENT, asked)
        different = await cursor.fetchall()
        await self.outbox.record(cursor, _tellings(different, self.clock()))
        await cursor.executemany(_NOTE, different)
        if len(different) == AT_ONCE:
            return True
        await cursor.execute(_SEEN, {**look, "journal": self.journal.id})
        return False


def _tellings(different: list[dict[str, Any]], now: datetime) -> Iterator[Telling]:
    """Yield what is to be told of days that are otherwise."""
    for row in different:
        kind = DayWithdrawn if row["seal"] is None else DayJudged
        told = {**row, "timestamp": now}
        said = kind(**{each.name: told[each.name] for each in fields(kind)})
        yield Telling(f"{row['patient_id']}:{row['day']}", said)
