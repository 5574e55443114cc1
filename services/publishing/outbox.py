"""The outbox: all that was told to others of what Daybook worked out, in the order of telling.

Whoever tells something writes it here, in the transaction in which it notes that it did; one relay
for each stream publishes what stands here. Each stream has positions of its own, from 1 and without
a gap. The outbox is kept beside the views, so that a view that is made again tells nothing twice,
and a stream that is made again has the same messages.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from eventsourcing.persistence import Notification
from psycopg import AsyncCursor

from services.journal import Journal
from services.messaging.derived_messages import Derived, payload_of
from services.publishing.outbox_channel import CHANNEL

_TABLES: LiteralString = """
    CREATE SCHEMA IF NOT EXISTS announcements;
    CREATE TABLE IF NOT EXISTS announcements.outbox (
        stream text,
        position bigint,
        about text NOT NULL,
        version integer NOT NULL,
        topic text NOT NULL,
        state bytea NOT NULL,
        PRIMARY KEY (stream, position),
        UNIQUE (stream, about, version)
    );
    COMMENT ON TABLE announcements.outbox IS 'All that was told to others, in order.';
    COMMENT ON COLUMN announcements.outbox.stream IS 'The stream that has it.';
    COMMENT ON COLUMN announcements.outbox.position IS 'Its position there, from 1.';
    COMMENT ON COLUMN announcements.outbox.about IS 'What it is about: a finding, or a day.';
    COMMENT ON COLUMN announcements.outbox.version IS 'How often that was told of, with this.';
    COMMENT ON COLUMN announcements.outbox.topic IS 'What kind of message it is.';
    COMMENT ON COLUMN announcements.outbox.state IS 'The message, as JSON.';

    CREATE TABLE IF NOT EXISTS announcements.days (
        patient_id text,
        day date,
        facility_id text NOT NULL,
        seal text,
        PRIMARY KEY (patient_id, day)
    );
    COMMENT ON TABLE announcements.days IS 'What was told last of each day; no seal: it is none.';

    CREATE TABLE IF NOT EXISTS announcements.compared (
        journal text PRIMARY KEY,
        build bigint NOT NULL,
        change bigint NOT NULL
    );
    COMMENT ON TABLE announcements.compared IS
        'Up to which change, of which tables of compliance, a journal''s days were compared.';

    CREATE TABLE IF NOT EXISTS announcements.through (
        journal text PRIMARY KEY,
        at timestamptz NOT NULL
    );
    COMMENT ON TABLE announcements.through IS
        'Up to which instant the turns of a journal''s findings were told, or were no news.';

    CREATE TABLE IF NOT EXISTS announcements.announced (
        id text PRIMARY KEY,
        at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS announced_at ON announcements.announced (at);
    COMMENT ON TABLE announcements.announced IS 'The latest turns that were told, by ce-id.';

    CREATE INDEX IF NOT EXISTS outbox_shared_of_patient
        ON announcements.outbox (split_part(about, ':', 2)) WHERE stream = 'SHARED';

    CREATE TABLE IF NOT EXISTS announcements.followed (
        journal text PRIMARY KEY,
        position bigint NOT NULL
    );
    COMMENT ON TABLE announcements.followed IS
        'Up to which of a journal''s events it was decided whom to tell of them.';

    CREATE TABLE IF NOT EXISTS announcements.withheld (
        position bigint,
        recipient_id text,
        facility_id text NOT NULL,
        patient_id text NOT NULL,
        consent_id text NOT NULL,
        event_id text NOT NULL,
        topic text NOT NULL,
        because text NOT NULL,
        decided_at timestamptz NOT NULL,
        PRIMARY KEY (position, recipient_id)
    );
    CREATE INDEX IF NOT EXISTS withheld_of_patient ON announcements.withheld (patient_id);
    COMMENT ON TABLE announcements.withheld IS
        'Of which events, by their position, a recipient was not told, and what is so of the consent
        that would have let them be.';
"""

_FROM_EARLIER_TABLES: LiteralString = """
    DO $$ BEGIN
        IF to_regclass('announcements.day_log') IS NOT NULL THEN
            INSERT INTO announcements.outbox
            SELECT 'BILLABLE', position, day_id, version, topic, state FROM announcements.day_log;
            DROP TABLE announcements.day_log;
            ALTER TABLE announcements.days DROP COLUMN version;
        END IF;
    END $$
"""
"""Up to release 0.6.0 billable days had a log of their own."""

_RECORD: LiteralString = """
    INSERT INTO announcements.outbox (stream, position, about, version, topic, state)
    SELECT %(stream)s,
        1 + coalesce(
            (SELECT max(position) FROM announcements.outbox WHERE stream = %(stream)s), 0),
        %(about)s,
        1 + coalesce((SELECT max(version) FROM announcements.outbox
            WHERE (stream, about) = (%(stream)s, %(about)s)), 0),
        %(topic)s, %(state)s
"""

_MISSING: LiteralString = """
    SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL
    UNION ALL SELECT 'moved' WHERE to_regclass('announcements.day_log') IS NOT NULL
"""


def make_tables(journal: Journal) -> None:
    """Make the tables of all that is told, where they are not there yet.

    Where nothing is missing nothing is locked, and it takes no right to make anything.
    """
    names = re.findall(r"CREATE TABLE IF NOT EXISTS ([\w.]+)", _TABLES)
    with journal.connection() as conn:
        with conn.transaction():
            if conn.execute(_MISSING, (names,)).fetchone() is None:
                return
        # Two processes that find no tables would make them at once, and fail each other. Whoever
        # waited sees what the other one made only in a transaction that begins afterwards.
        with conn.transaction():
            conn.execute("SELECT pg_advisory_lock(hashtext('daybook.announcements'))")
        try:
            with conn.transaction():
                conn.execute(_TABLES)
                conn.execute(_FROM_EARLIER_TABLES)
        finally:
            conn.execute("SELECT pg_advisory_unlock(hashtext('daybook.announcements'))")


@dataclass(frozen=True, slots=True)
class Telling:
    """Something that is told, and what it is about: a finding's name, or a patient and a day."""

    about: str
    said: Derived


class Outbox:
    """What is told on one stream, as a log that the relay publishes; its id is the journal's."""

    channel = CHANNEL

    def __init__(self, journal: Journal, stream: str) -> None:
        self._journal = journal
        self.stream = stream

    @property
    def id(self) -> str:
        """The journal's id."""
        return self._journal.id

    async def record(self, cursor: AsyncCursor[Any], tellings: Iterable[Telling]) -> None:
        """Write what is told, within a transaction. One writer at a time may, for each stream."""
        rows = [
            {
                "stream": self.stream,
                "about": each.about,
                "topic": each.said.TOPIC,
                "state": payload_of(each.said),
            }
            for each in tellings
        ]
        if rows:
            await cursor.executemany(_RECORD, rows)
            await cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))

    def position(self) -> int:
        """Return the position of the last message; 0 where there is none."""
        with self._journal.connection() as conn:
            rows = conn.execute(
                "SELECT coalesce(max(position), 0) AS last FROM announcements.outbox"
                " WHERE stream = %s",
                (self.stream,),
            ).fetchall()
        return int(rows[0]["last"])

    def after(self, position: int, limit: int) -> Sequence[Notification]:
        """Return the next messages after a position, in order, at most `limit` of them."""
        with self._journal.connection() as conn:
            rows = conn.execute(
                "SELECT * FROM announcements.outbox WHERE stream = %s AND position > %s"
                " ORDER BY position LIMIT %s",
                (self.stream, position, limit),
            ).fetchall()
        return [
            Notification(
                originator_id=row["about"],
                originator_version=row["version"],
                topic=row["topic"],
                state=bytes(row["state"]),
                id=row["position"],
            )
            for row in rows
        ]

    def at(self, position: int) -> Notification | None:
        """Return the message at a position; None where there is none."""
        found = self.after(position - 1, 1)
        return found[0] if found and found[0].id == position else None
