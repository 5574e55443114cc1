"""Billable days, told to whoever bills on the stream BILLABLE: what changed of them.

The days are worked out by the view `compliance`; here they are compared with what was told last,
and each that differs is told again, whole. So a view that is made again tells nothing twice.
"""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, ClassVar, LiteralString

from psycopg import AsyncCursor

from services.messaging.derived_messages import DayJudged, DayWithdrawn
from services.messaging.stream import image_of
from services.publishing.outbox import Telling
from services.publishing.publisher import Publisher

NAME = "BILLABLE"

CONFIG = image_of("what was told of billable days", NAME, ["daybook.*.billable.*.*"])

AT_ONCE = 20_000
"""Days that are told in one transaction, at most."""

_DIFFERENT: LiteralString = """
    WITH now AS (
        SELECT *, md5(row(facility_id, payer, policy_id, version, code, minutes, services, units,
            tier, exceptional, reasons, evidence)::text) AS seal
        FROM compliance.days
    )
    SELECT patient_id, day, coalesce(now.facility_id, told.facility_id) AS facility_id,
        payer, policy_id, version, code, minutes, services, units, tier, exceptional, reasons,
        evidence, now.seal
    FROM now FULL JOIN announcements.days told USING (patient_id, day)
    WHERE now.seal IS DISTINCT FROM told.seal
    ORDER BY 3, 2, 1 LIMIT %s
"""

_NOTE: LiteralString = """
    INSERT INTO announcements.days (patient_id, day, facility_id, seal)
    VALUES (%(patient_id)s, %(day)s, %(facility_id)s, %(seal)s)
    ON CONFLICT (patient_id, day) DO UPDATE
        SET (facility_id, seal) = (EXCLUDED.facility_id, EXCLUDED.seal)
"""


class BillableDaysPublisher(Publisher):
    """Tells of each billable day that differs from what was told last."""

    stream: ClassVar[str] = NAME
    lock: ClassVar[str] = "daybook.billable"
    rest: ClassVar[int] = 20  # a look reads all days

    async def publish(self, cursor: AsyncCursor[Any], looked_at: datetime) -> bool:  # noqa: ARG002
        """Tell of the days that are otherwise now."""
        await cursor.execute(_DIFFERENT, (AT_ONCE,))
        different = await cursor.fetchall()
        await self.outbox.record(cursor, _tellings(different, self.clock()))
        await cursor.executemany(_NOTE, different)
        return len(different) == AT_ONCE


def _tellings(different: list[dict[str, Any]], now: datetime) -> Iterator[Telling]:
    """Yield what is to be told of days that are otherwise."""
    for row in different:
        kind = DayWithdrawn if row["seal"] is None else DayJudged
        told = {**row, "timestamp": now}
        said = kind(**{each.name: told[each.name] for each in fields(kind)})
        yield Telling(f"{row['patient_id']}:{row['day']}", said)
