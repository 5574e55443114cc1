"""Findings that turn, told on the stream FINDINGS: each turn once.

What was told is kept beside the views, not in them: a view that is made again turns the same
findings at the same instants, and nothing of it is told again.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar, LiteralString

from psycopg import AsyncCursor

from projections import compliance
from services.advisory_lock import Connection
from services.messaging.derived_messages import FindingTurned, turn_id
from services.messaging.stream import image_of
from services.publishing.outbox import Telling
from services.publishing.publisher import ViewPublisher

NAME = "FINDINGS"

CONFIG = image_of("what was told of findings that turned", NAME, ["daybook.*.findings.*.*"])

LATE = timedelta(days=1)
"""How much later than the others a turn may come to be known and still be news."""

AT_ONCE = 500
"""Turns that are told in one transaction, at most."""

_PASSED: LiteralString = """
    INSERT INTO announcements.through VALUES (%s, %s)
    ON CONFLICT (journal) DO UPDATE SET at = greatest(through.at, EXCLUDED.at)
"""


class FindingsPublisher(ViewPublisher):
    """Tells of a journal's findings. What turned before it first worked is no news."""

    stream: ClassVar[str] = NAME
    lock: ClassVar[str] = "daybook.announcer"

    async def begin(self, conn: Connection) -> None:
        """Note from when on what turns is news."""
        # The margin for what is late reaches back no further than to the beginning.
        await conn.execute(
            "INSERT INTO announcements.through VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (self.journal.id, self.clock() + LATE),
        )

    async def publish(self, cursor: AsyncCursor[Any], looked_at: datetime) -> bool:
        """Tell what has turned since the last time."""
        await cursor.execute(
            "SELECT at FROM announcements.through WHERE journal = %s", (self.journal.id,)
        )
        [row] = await cursor.fetchall()
        since: datetime = row["at"]
        turns = await _turned(cursor, since - LATE, looked_at)
        await self.outbox.record(cursor, map(_telling, turns))
        await cursor.executemany(
            "INSERT INTO announcements.announced VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(_id_of(each), each["at"]) for each in turns],
        )
        if len(turns) == AT_ONCE:
            return True
        await cursor.execute(_PASSED, (self.journal.id, looked_at))
        await cursor.execute(
            "DELETE FROM announcements.announced WHERE at < %s", (since - 2 * LATE,)
        )
        return False


async def _turned(
    cursor: AsyncCursor[Any], after: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return turns that are news and were not told, in the order of their time."""
    await cursor.execute(compliance.TURNED, {"after": after, "until": until})
    turns = await cursor.fetchall()
    await cursor.execute("SELECT id FROM announcements.announced WHERE at > %s", (after,))
    told = {row["id"] for row in await cursor.fetchall()}
    return [each for each in turns if _id_of(each) not in told][:AT_ONCE]


def _id_of(turn: dict[str, Any]) -> str:
    return turn_id(turn["finding_id"], turn["at"], turn["command_id"])


def _telling(turn: dict[str, Any]) -> Telling:
    said = FindingTurned(**{**turn, "state": turn["state"] or "gone"})
    return Telling(said.finding_id, said)
