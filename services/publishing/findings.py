"""The announcer: tells on a stream of its own that a finding turned, each turn once.

What it tells is derived: it comes from the view `compliance`, not from the journal, and so it goes
to the stream FINDINGS and never to DAYBOOK, which is the journal's image. What was announced is
kept in PostgreSQL beside the views, not in them: a view that is made again turns the same findings
at the same instants, and nothing of it is announced again.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, LiteralString

from nats.js import JetStreamContext
from nats.js.api import Header, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError
from psycopg.rows import dict_row

from projections import compliance
from services.advisory_lock import Connection, advisory_lock
from services.cancellation import raise_if_cancelled
from services.journal import Journal
from services.messaging.consumers import from_environment as subscribers
from services.messaging.consumers import keep_consumers
from services.messaging.derived_messages import FindingTurned, payload_of
from services.messaging.stream import API_TIMEOUT, checked_token, connected, schema_id
from services.read_models.checkpoint import Checkpoint

logger = logging.getLogger("daybook.announcer")

NAME = "FINDINGS"

CONFIG = StreamConfig(
    name=NAME,
    description="Findings that turned: derived from Daybook's views, not part of its journal.",
    subjects=["daybook.*.findings.*.*"],
    retention=RetentionPolicy.LIMITS,
    storage=StorageType.FILE,
    max_age=90 * 24 * 3600,
    duplicate_window=3600,
)

LOOK_AGAIN = 0.5
"""Seconds between two looks."""

LATE = timedelta(days=1)
"""How much later than the others a turn may come to be known and still be news."""

AT_ONCE = 500
"""Turns that are announced before it is noted that they were, at most."""

_VIEW = compliance.Compliance()

_TABLES: LiteralString = """
    CREATE SCHEMA IF NOT EXISTS announcements;
    CREATE TABLE IF NOT EXISTS announcements.through (
        journal text PRIMARY KEY,
        at timestamptz NOT NULL
    );
    CREATE TABLE IF NOT EXISTS announcements.announced (
        id text PRIMARY KEY,
        at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS announced_at ON announcements.announced (at);
    COMMENT ON TABLE announcements.through IS
        'Up to which instant the turns of a journal''s findings were announced, or were no news.';
    COMMENT ON TABLE announcements.announced IS 'The latest turns that were announced, by ce-id.';
"""

_PASSED: LiteralString = """
    INSERT INTO announcements.through VALUES (%s, %s)
    ON CONFLICT (journal) DO UPDATE SET at = greatest(through.at, EXCLUDED.at)
"""


class Announcer:
    """Announces a journal's findings. Of several on a database one works and the others wait.

    What turned before it was started for the first time is no news.
    """

    def __init__(
        self,
        journal: Journal,
        database_url: str,
        nats_url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._database_url = database_url
        self._nats_url = nats_url
        self._clock = clock
        self._seen: Checkpoint | None = None

    async def run(self) -> None:
        """Announce until cancelled. Raises what the engines raise; then it can be run again."""
        self._seen = None
        async with advisory_lock(self._database_url, "daybook.announcer") as conn:
            async with conn.transaction():
                await conn.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('daybook.announcements'))"
                )
                await conn.execute(_TABLES)
            async with connected(self._nats_url, "daybook announcer") as client:
                js = client.jetstream(timeout=API_TIMEOUT)
                await _make_stream(js)
                while True:
                    raise_if_cancelled()
                    if not await self._announce(conn, js):
                        await asyncio.sleep(LOOK_AGAIN)

    async def _announce(self, conn: Connection, js: JetStreamContext) -> bool:
        """Announce what has turned since the last time; tell whether there is more at once."""
        since = await self._since(conn)
        checkpoint = await Checkpoint.read(conn, _VIEW.name)
        if checkpoint is None or not checkpoint.fits(_VIEW, self._journal.id):
            return False
        # Until the view was told the time, a command may be taken in by half.
        if not checkpoint.told or checkpoint.looked_at is None or checkpoint == self._seen:
            return False
        turns = await _turned(conn, since - LATE, checkpoint.looked_at)
        if turns:
            await _make_stream(js)
        for each in turns:
            await js.publish(*_message(each, self._journal.id))
        async with conn.transaction():
            async with conn.cursor() as cursor:
                await cursor.executemany(
                    "INSERT INTO announcements.announced VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    [(id_of(each), each["at"]) for each in turns],
                )
            if len(turns) < AT_ONCE:
                await conn.execute(_PASSED, (self._journal.id, checkpoint.looked_at))
                await conn.execute(
                    "DELETE FROM announcements.announced WHERE at < %s", (since - 2 * LATE,)
                )
        if len(turns) == AT_ONCE:
            return True
        self._seen = checkpoint
        return False

    async def _since(self, conn: Connection) -> datetime:
        """Return up to when everything was announced; from now on where nothing ever was."""
        found = await conn.execute(
            "SELECT at FROM announcements.through WHERE journal = %s", (self._journal.id,)
        )
        since: datetime
        if row := await found.fetchone():
            (since,) = row
        else:
            # The margin for what is late reaches back no further than to the beginning.
            since = self._clock() + LATE
            await conn.execute(_PASSED, (self._journal.id, since))
        return since


async def _turned(conn: Connection, after: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return turns that are news and were not announced, in the order of their time."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(compliance.TURNED, {"after": after, "until": until})
        turns = await cursor.fetchall()
    found = await conn.execute("SELECT id FROM announcements.announced WHERE at > %s", (after,))
    announced = {row[0] for row in await found.fetchall()}
    return [each for each in turns if id_of(each) not in announced][:AT_ONCE]


async def _make_stream(js: JetStreamContext) -> None:
    try:
        await js.stream_info(NAME)
    except NotFoundError:
        await js.add_stream(CONFIG)
    await keep_consumers(js, NAME, subscribers())


def id_of(turn: dict[str, Any]) -> str:
    """Return what a turn is called: the same whenever the view is made again."""
    at = turn["at"].astimezone(UTC).isoformat()
    return sha256(f"{turn['finding_id']} {at} {turn['command_id']}".encode()).hexdigest()[:32]


def _message(
    turn: dict[str, Any], journal_id: str
) -> tuple[str, bytes, float, str, dict[str, str]]:
    """Return subject, payload, time to wait, stream and headers of a turn."""
    facility_id = checked_token(turn["facility_id"])
    state = turn["state"] or "gone"
    headers = {
        "ce-specversion": "1.0",
        "ce-id": id_of(turn),
        "ce-type": FindingTurned.TOPIC,
        "ce-source": f"daybook/{facility_id}",
        "ce-subject": turn["finding_id"],
        "ce-time": turn["at"].astimezone(UTC).isoformat(),
        "ce-dataschema": schema_id(FindingTurned.TOPIC, FindingTurned.class_version),
        "content-type": "application/json",
        "daybook-journal": journal_id,
        "daybook-derived": "true",
        Header.MSG_ID: id_of(turn),
    }
    payload = payload_of(FindingTurned(**{**turn, "state": state}))
    subject = f"daybook.{facility_id}.findings.{turn['rule']}.{state}"
    return subject, payload, API_TIMEOUT, NAME, headers
