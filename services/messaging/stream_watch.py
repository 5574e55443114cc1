"""Watching a stream: compared with its log in the background, a window at a time, over and over.

How far it was compared, and what differs, is kept in PostgreSQL, so that whoever asks for the
status need not compare anything, and a relay that starts again goes on.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString, Self

from nats.js.api import StreamInfo
from psycopg import errors
from psycopg.rows import class_row

from services.advisory_lock import Connection
from services.messaging.client import PlainClient
from services.messaging.stream_comparison import Compared, Place, StreamComparison
from services.messaging.stream_refusals import KEPT, MADE_AGAIN, ForeignStream, StreamDamaged
from services.messaging.stretches import StretchFailed

logger = logging.getLogger("daybook.relay")

WINDOW = 500
"""Messages that are compared at once."""

AGAIN = timedelta(hours=1)
"""How long after a round began the next one does: a stream's files can change at any time."""

_TABLES: LiteralString = """
CREATE SCHEMA IF NOT EXISTS streams;
CREATE TABLE IF NOT EXISTS streams.compared (
    stream text PRIMARY KEY,
    journal text NOT NULL,
    made_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    position bigint NOT NULL,
    began_at timestamptz NOT NULL,
    whole_at timestamptz,
    differs text,
    only_here boolean NOT NULL
);
COMMENT ON TABLE streams.compared IS 'How far each stream was compared with its log.';
COMMENT ON COLUMN streams.compared.made_at IS 'When the stream was made: another one begins anew.';
COMMENT ON COLUMN streams.compared.sequence IS 'The message up to which all are as in the log.';
COMMENT ON COLUMN streams.compared.position IS 'The position of its event.';
COMMENT ON COLUMN streams.compared.began_at IS 'When this round of comparing began.';
COMMENT ON COLUMN streams.compared.whole_at IS 'When all of it was compared last, if ever.';
COMMENT ON COLUMN streams.compared.differs IS 'The first event that differs, and how.';
COMMENT ON COLUMN streams.compared.only_here IS 'Whether the stream has what the log has not.';
"""

_WRITE: LiteralString = """
INSERT INTO streams.compared VALUES (%(stream)s, %(journal)s, %(made_at)s, %(sequence)s,
    %(position)s, %(began_at)s, %(whole_at)s, %(differs)s, %(only_here)s)
ON CONFLICT (stream) DO UPDATE SET journal = excluded.journal, made_at = excluded.made_at,
    sequence = excluded.sequence, position = excluded.position, began_at = excluded.began_at,
    whole_at = excluded.whole_at, differs = excluded.differs, only_here = excluded.only_here
"""


async def make_tables(conn: Connection) -> None:
    """Make the table where it is not there; the connection is in no transaction."""
    there = await conn.execute("SELECT to_regclass('streams.compared')")
    if await there.fetchone() != (None,):
        return
    # Several relays that find no table would make it at once, and fail each other.
    await conn.execute("SELECT pg_advisory_lock(hashtext('daybook.streams'))")
    try:
        await conn.execute(_TABLES)
    finally:
        await conn.execute("SELECT pg_advisory_unlock(hashtext('daybook.streams'))")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream was compared with its log; the row of it in `streams.compared`."""

    stream: str
    journal: str
    made_at: datetime
    sequence: int
    position: int
    began_at: datetime
    whole_at: datetime | None = None
    differs: str | None = None
    only_here: bool = False

    @classmethod
    async def read(cls, conn: Connection, stream: str, journal: str, made_at: datetime) -> Self:
        """Return how far this stream was compared: nothing of it where it is another one."""
        new = cls(stream, journal, made_at, 0, 0, datetime.now(UTC))
        try:
            async with conn.cursor(row_factory=class_row(cls)) as cursor:
                asked = "SELECT * FROM streams.compared WHERE stream = %s", (stream,)
                found = await (await cursor.execute(*asked)).fetchone()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return new
        same = found is not None and (found.journal, found.made_at) == (journal, made_at)
        return found if found is not None and same else new

    @property
    def place(self) -> Place:
        """The message up to which all are as in the log."""
        return Place(self.sequence, self.position)

    def after(self, compared: Compared, last: int, now: datetime) -> "Standing":
        """Return the standing after a stretch; `last` is the sequence of the last message."""
        if compared.differences:
            more = len(compared.differences) - 1
            first = f"{compared.differences[0]}" + (f", and {more:,} more" if more else "")
            only_here = any(each.only_here for each in compared.differences)
            return replace(self, differs=first, only_here=only_here)
        place = compared.place
        whole_at = now if place.sequence >= last else self.whole_at
        found = replace(self, sequence=place.sequence, position=place.position, whole_at=whole_at)
        return replace(found, differs=None, only_here=False)

    def check(self) -> None:
        """Raise ForeignStream or StreamDamaged where something differs."""
        if self.differs and self.only_here:
            message = f"The stream differs from the journal, {self.differs}; {KEPT}"
            raise ForeignStream(message)
        if self.differs:
            message = f"The stream differs from the journal, {self.differs}: {MADE_AGAIN}"
            raise StreamDamaged(message)


class StreamWatch:
    """Compares one stream with its log, for whoever publishes it and holds the lock of that."""

    def __init__(self, comparison: StreamComparison, stream: str, journal: str) -> None:
        self._comparison = comparison
        self._stream = stream
        self._journal = journal
        self._standing: Standing | None = None
        self._is_blind = False

    async def begin(self, conn: Connection, info: StreamInfo) -> None:
        """Find out how far the stream was compared."""
        await make_tables(conn)
        self._standing = await self.read(conn, info)

    async def read(self, conn: Connection, info: StreamInfo) -> Standing:
        """Return how far the stream was compared, as it is kept."""
        made_at = info.created or datetime.now(UTC)
        return await Standing.read(conn, self._stream, self._journal, made_at)

    async def look(self, client: PlainClient, conn: Connection, last: int) -> None:
        """Compare the next window, up to the message `last`; raise what `Standing.check` does."""
        before = self._standing
        if before is None:
            raise LookupError("a stream is looked at once it was begun with")
        now = datetime.now(UTC)
        if before.sequence >= last and now - before.began_at < AGAIN:
            return
        if before.sequence >= last:
            before = replace(before, sequence=0, position=0, began_at=now)
        try:
            compared = await self._comparison.step(client, before.place, WINDOW)
        except StretchFailed as why:
            if not self._is_blind:
                logger.warning("The stream %s is not compared with its log: %s", self._stream, why)
            self._is_blind = True
            return
        self._standing = before.after(compared, last, now)
        if self._standing != before:
            shown = {name: getattr(self._standing, name) for name in Standing.__slots__}
            await conn.execute(_WRITE, shown)
        self._standing.check()

    async def glance(
        self, client: PlainClient, conn: Connection, info: StreamInfo, most: int
    ) -> Standing:
        """Compare what nobody has compared yet, at most so many messages, and keep nothing of it.

        Return the standing, with what differs, by what is kept and what was seen now.
        """
        found = await self.read(conn, info)
        with suppress(StretchFailed):
            return await self._go_on(client, found, info.state.last_seq, most)
        return found

    async def _go_on(self, client: PlainClient, found: Standing, last: int, most: int) -> Standing:
        until = found.sequence + most
        while not found.differs and found.sequence < min(last, until):
            compared = await self._comparison.step(client, found.place, WINDOW)
            found = found.after(compared, last, datetime.now(UTC))
            if not compared.messages:
                break
        return found
