"""What is looked up in the journal besides aggregates, each by an index of its own.

An event's facts are JSON in a column of bytes. Indexes on some of them, of some topics alone, are
all that a writer pays for; what a lookup costs depends on what it finds, not on how long the record
is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

import orjson
import psycopg
from eventsourcing.persistence import Notification
from psycopg.rows import DictRow

from domain.aggregate import Opening
from domain.facility import FacilityOpened

Connection = psycopg.Connection[DictRow]

BLOCK = 1000
"""Positions of which the latest time is kept together."""

INDEXES: LiteralString = r"""
CREATE OR REPLACE FUNCTION journal.said(state bytea) RETURNS json
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT replace(convert_from(state, 'UTF8'), '\u0000', '\u0020')::json $$;
COMMENT ON FUNCTION journal.said IS
    'What an event says. A NUL, which an older version could record, is no JSON to PostgreSQL.';

CREATE INDEX IF NOT EXISTS journal_openings_of_facility ON journal.journal_events
    (topic, (journal.said(state) ->> 'facility_id'))
    WHERE originator_version = 1;
CREATE INDEX IF NOT EXISTS journal_enrolled ON journal.journal_events
    ((journal.said(state) ->> 'facility_id'), (journal.said(state) -> 'enrolment' ->> 'track_id'))
    WHERE topic = 'patient.enrolled';
CREATE INDEX IF NOT EXISTS journal_waitlisted ON journal.journal_events
    ((journal.said(state) ->> 'patient_id'))
    WHERE topic = 'session.patient-waitlisted';
CREATE INDEX IF NOT EXISTS journal_forgotten ON journal.journal_events (originator_id)
    WHERE topic = 'identity.forgotten';
DROP INDEX IF EXISTS
    journal.journal_openings, journal.journal_enrolments, journal.journal_waiting;

CREATE TABLE IF NOT EXISTS journal.times (
    block bigint PRIMARY KEY,
    latest timestamptz NOT NULL
);
COMMENT ON TABLE journal.times IS
    'The latest time at which an event of a block of positions was recorded; written by readers.';
COMMENT ON COLUMN journal.times.block IS 'A thousand positions: block 2 are those from 2001.';
COMMENT ON COLUMN journal.times.latest IS 'No event of the block was recorded later.';
"""
"""Made in a journal that has none of them, of a version before them, too."""

_HISTORIES: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM journal.journal_events
    WHERE originator_id = ANY (ARRAY(
        SELECT originator_id FROM journal.journal_events
        WHERE originator_version = 1 AND topic = %s AND journal.said(state) ->> 'facility_id' = %s))
    ORDER BY originator_id, originator_version
"""

_POSITIONS: LiteralString = """
    SELECT notification_id FROM journal.journal_events
    WHERE notification_id <= %s AND originator_id = ANY (ARRAY(
        SELECT originator_id FROM journal.journal_events
        WHERE originator_version = 1 AND topic = ANY (%s)
        AND journal.said(state) ->> 'facility_id' = %s))
    ORDER BY notification_id
"""

_AT: LiteralString = """
    SELECT notification_id AS id, originator_id, originator_version, topic, state
    FROM journal.journal_events WHERE notification_id = ANY (%s) ORDER BY notification_id
"""

_HISTORIES_ANYWHERE: LiteralString = """
    SELECT originator_id, originator_version, topic, state FROM journal.journal_events
    WHERE originator_id = ANY (ARRAY(
        SELECT originator_id FROM journal.journal_events
        WHERE originator_version = 1 AND topic = %s))
    ORDER BY originator_id, originator_version
"""

_FACILITIES: LiteralString = """
    SELECT journal.said(state) ->> 'facility_id' AS facility_id FROM journal.journal_events
    WHERE originator_version = 1 AND topic = %s ORDER BY facility_id
"""

_BUSIEST: LiteralString = """
    SELECT journal.said(state) ->> 'facility_id' AS facility_id FROM journal.journal_events
    WHERE originator_version = 1 GROUP BY 1 ORDER BY count(*) DESC, 1
"""

_ENROLLED: LiteralString = """
    SELECT originator_id FROM journal.journal_events WHERE topic = 'patient.enrolled'
    AND journal.said(state) ->> 'facility_id' = %s
    AND journal.said(state) -> 'enrolment' ->> 'track_id' = %s
    GROUP BY originator_id ORDER BY min(notification_id)
"""

_WAITED: LiteralString = """
    SELECT DISTINCT originator_id FROM journal.journal_events
    WHERE topic = 'session.patient-waitlisted' AND journal.said(state) ->> 'patient_id' = %s
    ORDER BY originator_id
"""

TIME: LiteralString = """
    (CASE encode(substring(state FROM 1 FOR 14), 'escape') WHEN '{"timestamp":"'
        THEN split_part(encode(substring(state FROM 15 FOR 40), 'escape'), '"', 1)
        ELSE journal.said(state) ->> 'timestamp' END)::timestamptz
"""
"""When an event was recorded, which it says first: to read all of its JSON takes much longer."""

_KEEP_TIMES: LiteralString = f"""
    INSERT INTO journal.times
    SELECT (notification_id - 1) / %(block)s, max({TIME})
    FROM journal.journal_events
    WHERE notification_id > (SELECT coalesce(max(block) + 1, 0) * %(block)s FROM journal.times)
    AND notification_id <=
        (SELECT max(notification_id) / %(block)s * %(block)s FROM journal.journal_events)
    GROUP BY 1 ORDER BY 1
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - an expression of ours

_RECORDED: LiteralString = f"""
    WITH later AS MATERIALIZED (
        SELECT min(block) AS block FROM journal.times WHERE latest > %(by)s
    ), begins AS MATERIALIZED (
        SELECT coalesce(block, (SELECT max(block) + 1 FROM journal.times), 0) AS block FROM later
    ), near AS MATERIALIZED (
        SELECT notification_id AS at, {TIME} AS time FROM journal.journal_events
        WHERE notification_id > (SELECT block * %(block)s FROM begins)
        AND notification_id <=
            coalesce((SELECT (block + 1) * %(block)s FROM later), 9223372036854775807)
    ), ends AS (
        SELECT min(at) AS at FROM near WHERE time > %(by)s
    ), prefix AS (
        SELECT near.* FROM near, ends WHERE (near.at < ends.at) IS NOT FALSE
    )
    SELECT
        coalesce(
            (SELECT max(at) FROM prefix),
            (SELECT max(notification_id) FROM journal.journal_events
                WHERE notification_id <= (SELECT block * %(block)s FROM begins)),
            0
        ) AS position,
        greatest(
            (SELECT max(time) FROM prefix),
            (SELECT max(latest) FROM journal.times WHERE block < (SELECT block FROM begins))
        ) AT TIME ZONE 'UTC' AS latest,
        (SELECT coalesce(max(notification_id), 0) FROM journal.journal_events) AS of
"""  # noqa: S608 - an expression of ours


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far a prefix of the journal goes, and when the latest of its events was recorded.

    `position` is that of its last event (0 where it has none), `of` the journal's last.
    """

    position: int
    of: int
    latest: datetime | None


def histories(conn: Connection, opening: type[Opening], facility_id: str) -> list[DictRow]:
    """Return the events of a facility's aggregates that began with this one, one by one."""
    return conn.execute(_HISTORIES, (opening.TOPIC, facility_id)).fetchall()


def positions(conn: Connection, facility_id: str, until: int) -> list[int]:
    """Return the positions of all of a facility's events up to one of them, in order."""
    rows = conn.execute(_POSITIONS, (until, _opening_topics(Opening), facility_id)).fetchall()
    return [row["notification_id"] for row in rows]


def _opening_topics(opening: type[Opening]) -> list[str]:
    """Return what the first events of all aggregates are called."""
    mine = [opening.TOPIC] if "TOPIC" in vars(opening) else []
    return mine + [each for cls in opening.__subclasses__() for each in _opening_topics(cls)]


def at(conn: Connection, positions: Sequence[int]) -> list[Notification]:
    """Return the events at these positions, in order."""
    return [Notification(**row) for row in conn.execute(_AT, (list(positions),)).fetchall()]


def histories_anywhere(conn: Connection, opening: type[Opening]) -> list[DictRow]:
    """Return the events of the aggregates of every facility that began with this one."""
    return conn.execute(_HISTORIES_ANYWHERE, (opening.TOPIC,)).fetchall()


def facilities(conn: Connection) -> list[str]:
    """Return the ids of the facilities that are on record."""
    rows = conn.execute(_FACILITIES, (FacilityOpened.TOPIC,)).fetchall()
    return [row["facility_id"] for row in rows]


def count(conn: Connection, position: int) -> int:
    """Return how many events there are up to a position."""
    [row] = conn.execute(
        "SELECT count(*) FROM journal.journal_events WHERE notification_id <= %s", (position,)
    ).fetchall()
    return int(row["count"])


def busiest(conn: Connection) -> list[str]:
    """Return the ids of all facilities that events name, the one with most aggregates first."""
    return [row["facility_id"] for row in conn.execute(_BUSIEST).fetchall()]


def enrolled(conn: Connection, facility_id: str, track_id: str) -> list[str]:
    """Return the ids of the patients who ever joined a track, in the order of their joining."""
    rows = conn.execute(_ENROLLED, (facility_id, track_id)).fetchall()
    return [row["originator_id"] for row in rows]


def waited(conn: Connection, patient_id: str) -> list[str]:
    """Return the ids of the sessions for which a patient ever waited."""
    return [row["originator_id"] for row in conn.execute(_WAITED, (patient_id,)).fetchall()]


def version_at(conn: Connection, aggregate_id: str, position: int) -> int | None:
    """Return the version of an aggregate at a position; None where nothing had that id then."""
    [row] = conn.execute(
        "SELECT max(originator_version) AS version FROM journal.journal_events"
        " WHERE originator_id = %s AND notification_id <= %s",
        (aggregate_id, position),
    ).fetchall()
    version: int | None = row["version"]
    return version


def recorded(conn: Connection, by: datetime | None) -> Recorded:
    """Return how far the record goes before its first event later than an instant, or all.

    Times are nearly in the order of positions, and no more: so the latest of each block is kept,
    once, by whoever asks first after the block is full.
    """
    conn.execute(_KEEP_TIMES, {"block": BLOCK})
    [row] = conn.execute(_RECORDED, {"block": BLOCK, "by": by}).fetchall()
    latest = row["latest"] and row["latest"].replace(tzinfo=UTC)
    return Recorded(row["position"], row["of"], latest)


def topics(conn: Connection, after: int, until: int) -> set[str]:
    """Return the topics of the events after a position and up to another one."""
    rows = conn.execute(
        "SELECT DISTINCT topic FROM journal.journal_events"
        " WHERE notification_id > %s AND notification_id <= %s",
        (after, until),
    ).fetchall()
    return {row["topic"] for row in rows}


def openings(conn: Connection, aggregate_ids: Sequence[str]) -> dict[str, bytes]:
    """Return what the first event of each of these aggregates says, as it is kept."""
    rows = conn.execute(
        "SELECT originator_id, state FROM journal.journal_events"
        " WHERE originator_version = 1 AND originator_id = ANY (%s)",
        (list(aggregate_ids),),
    ).fetchall()
    return {row["originator_id"]: row["state"] for row in rows}


def named(conn: Connection, event_ids: Iterable[str]) -> Sequence[DictRow]:
    """Return the events that are called so (aggregate:version), in the order of the record."""
    names = [each.rpartition(":") for each in event_ids]
    return conn.execute(
        "SELECT originator_id, originator_version, topic, state FROM journal.journal_events"
        " WHERE (originator_id, originator_version)"
        " IN (SELECT * FROM unnest(%s::text[], %s::bigint[])) ORDER BY notification_id",
        ([each[0] for each in names], [int(each[2]) for each in names]),
    ).fetchall()


def where(conn: Connection, event_id: str) -> tuple[int, str] | None:
    """Return the position of an event (aggregate:version) and its facility; None for none."""
    aggregate_id, _, version = event_id.rpartition(":")
    row = conn.execute(
        "SELECT notification_id, state FROM journal.journal_events"
        " WHERE originator_id = %s AND originator_version::text = %s",
        (aggregate_id, version),
    ).fetchone()
    # The class may be unable to read it: that is why it is asked for.
    return (row["notification_id"], orjson.loads(row["state"])["facility_id"]) if row else None
