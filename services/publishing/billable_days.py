"""Billable days, told to whoever bills: what changed of them is a log of its own, and a stream.

The days are worked out by the view `compliance`; here they are compared with what was told last,
and each that differs is told again, whole. So a view that is made again tells nothing twice. The
log is kept beside the views; the stream BILLABLE is an image of it, as DAYBOOK is of the journal.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, LiteralString

from eventsourcing.persistence import Notification
from psycopg import AsyncCursor, IsolationLevel
from psycopg.rows import dict_row

from projections import compliance
from services.advisory_lock import Connection, advisory_lock
from services.cancellation import raise_if_cancelled
from services.journal import Journal
from services.messaging.derived_messages import DayJudged, DayWithdrawn, payload_of
from services.messaging.stream import image_of
from services.read_models.checkpoint import Checkpoint

NAME = "BILLABLE"

CONFIG = image_of("what was told of billable days", NAME, ["daybook.*.billable.*.*"])

CHANNEL = "daybook_billable"

LOOK_AGAIN = 0.5
"""Seconds between two looks, at least."""

SHARE = 20
"""A look is followed by a pause of so many times its own length: it reads all days."""

AT_ONCE = 20_000
"""Days that are told in one transaction, at most."""

_VIEW = compliance.Compliance()

_TABLES: LiteralString = """
    CREATE SCHEMA IF NOT EXISTS announcements;
    CREATE TABLE IF NOT EXISTS announcements.days (
        patient_id text,
        day date,
        facility_id text NOT NULL,
        seal text,
        version integer NOT NULL,
        PRIMARY KEY (patient_id, day)
    );
    CREATE TABLE IF NOT EXISTS announcements.day_log (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        day_id text NOT NULL,
        version integer NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        UNIQUE (day_id, version)
    );
    COMMENT ON TABLE announcements.days IS 'What was told last of each day; no seal: it is none.';
    COMMENT ON TABLE announcements.day_log IS 'All that was told of billable days, in order.';
"""

_DIFFERENT: LiteralString = """
    WITH now AS (
        SELECT *, md5(row(facility_id, payer, policy_id, version, code, minutes, services, units,
            tier, exceptional, reasons, evidence)::text) AS seal
        FROM compliance.days
    )
    SELECT patient_id, day, coalesce(now.facility_id, told.facility_id) AS facility_id,
        payer, policy_id, now.version, code, minutes, services, units, tier, exceptional, reasons,
        evidence, now.seal,
        coalesce(told.version, 0) + 1 AS telling
    FROM now FULL JOIN announcements.days told USING (patient_id, day)
    WHERE now.seal IS DISTINCT FROM told.seal
    ORDER BY 3, 2, 1 LIMIT %s
"""

_TELL: LiteralString = """
    INSERT INTO announcements.day_log (day_id, version, topic, state)
    VALUES (%(day_id)s, %(telling)s, %(topic)s, %(state)s)
"""

_NOTE: LiteralString = """
    INSERT INTO announcements.days
    VALUES (%(patient_id)s, %(day)s, %(facility_id)s, %(seal)s, %(telling)s)
    ON CONFLICT (patient_id, day) DO UPDATE
        SET (facility_id, seal, version) = (EXCLUDED.facility_id, EXCLUDED.seal, EXCLUDED.version)
"""


class DayLog:
    """All that was told of billable days, for the relay; its id is the journal's."""

    channel = CHANNEL

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        with journal.connection() as conn:
            conn.execute("SELECT pg_advisory_xact_lock(hashtext('daybook.announcements'))")
            conn.execute(_TABLES)

    @property
    def id(self) -> str:
        """The journal's id."""
        return self._journal.id

    def position(self) -> int:
        """Return the position of the last telling; 0 where there is none."""
        with self._journal.connection() as conn:
            rows = conn.execute(
                "SELECT coalesce(max(position), 0) AS last FROM announcements.day_log"
            ).fetchall()
        return int(rows[0]["last"])

    def after(self, position: int, limit: int) -> Sequence[Notification]:
        """Return the next tellings after a position, in order, at most `limit` of them."""
        with self._journal.connection() as conn:
            rows = conn.execute(
                "SELECT * FROM announcements.day_log WHERE position > %s"
                " ORDER BY position LIMIT %s",
                (position, limit),
            ).fetchall()
        return [
            Notification(
                originator_id=row["day_id"],
                originator_version=row["version"],
                topic=row["topic"],
                state=bytes(row["state"]),
                id=row["position"],
            )
            for row in rows
        ]

    def at(self, position: int) -> Notification | None:
        """Return the telling at a position; None where there is none."""
        found = self.after(position - 1, 1)
        return found[0] if found and found[0].id == position else None


class DayTeller:
    """Tells of each billable day that differs from what was told last.

    Of several on a database one works and the others wait.
    """

    def __init__(
        self,
        journal: Journal,
        database_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._database_url = database_url
        self._clock = clock
        self._seen: Checkpoint | None = None

    async def run(self) -> None:
        """Tell until cancelled. Raises what PostgreSQL raises; then it can be run again."""
        self._seen = None
        loop = asyncio.get_running_loop()
        async with advisory_lock(self._database_url, "daybook.billable") as conn:
            await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            while True:
                raise_if_cancelled()
                started = loop.time()
                if not await self._tell(conn):
                    took = loop.time() - started
                    await asyncio.sleep(max(LOOK_AGAIN, SHARE * took))

    async def _tell(self, conn: Connection) -> bool:
        """Tell what is otherwise now; tell whether there is more at once."""
        # Where the view stands and what it shows are read as of one moment.
        async with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
            checkpoint = await Checkpoint.read(conn, _VIEW.name)
            if checkpoint is None or not checkpoint.fits(_VIEW, self._journal.id):
                return False
            # Until the view was told the time, a command may be taken in by half.
            if not checkpoint.told or checkpoint == self._seen:
                return False
            await cursor.execute(_DIFFERENT, (AT_ONCE,))
            different = await cursor.fetchall()
            if different:
                await self._note(cursor, different)
        if len(different) == AT_ONCE:
            return True
        self._seen = checkpoint
        return False

    async def _note(self, cursor: AsyncCursor[Any], different: list[dict[str, Any]]) -> None:
        await cursor.executemany(_TELL, list(_tellings(different, self._clock())))
        await cursor.executemany(_NOTE, different)
        await cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


def _tellings(different: list[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield what is to be told of days that are otherwise."""
    for row in different:
        kind = DayWithdrawn if row["seal"] is None else DayJudged
        told = {**row, "timestamp": now}
        said = kind(**{each.name: told[each.name] for each in fields(kind)})
        yield {
            "day_id": f"{row['patient_id']}:{row['day']}",
            "telling": row["telling"],
            "topic": said.TOPIC,
            "state": payload_of(said),
        }
