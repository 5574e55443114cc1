"""What recipients were told of a patient, and what not and why, for an accounting (42 CFR 2.25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row, dict_row, tuple_row
from pydantic import TypeAdapter

from services.messaging.derived_messages import EventDisclosed

Connection = psycopg.Connection[Any]

_DELIVERIES: LiteralString = """
    SELECT o.position, o.state, coalesce(e.notification_id, 0) AS event_position
    FROM announcements.outbox o LEFT JOIN journal.journal_events e ON
        e.originator_id = regexp_replace(journal.said(o.state) ->> 'event_id', ':[0-9]+$', '')
        AND e.originator_version =
            substring(journal.said(o.state) ->> 'event_id' FROM '[0-9]+$')::bigint
    WHERE o.stream = 'SHARED' AND split_part(o.about, ':', 2) = ANY (%s) ORDER BY o.position
"""

_WITHHELD: LiteralString = """
    SELECT w.position, w.facility_id, w.patient_id, w.recipient_id, w.consent_id, w.event_id,
        w.topic, w.because, (journal.said(e.state) ->> 'timestamp')::timestamptz AS recorded_at
    FROM announcements.withheld w JOIN journal.journal_events e ON e.notification_id = w.position
    WHERE w.patient_id = ANY (%s) ORDER BY w.position, w.recipient_id
"""

_ARE_THERE: LiteralString = "SELECT to_regclass('announcements.withheld') IS NOT NULL"

_READ = TypeAdapter(EventDisclosed)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a recipient: its position among all that is shared, and what it says.

    `event_position` is that of the event in the journal; 0 where the journal has it no longer.
    """

    position: int
    event_position: int
    told: EventDisclosed


@dataclass(frozen=True, slots=True)
class Withheld:
    """An event, by its position, of which a recipient was not told, and because of what.

    `because` says what is so of the consent that would have let them be told: `ended on ...`.
    """

    position: int
    facility_id: str
    patient_id: str
    recipient_id: str
    consent_id: str
    event_id: str
    topic: str
    because: str
    recorded_at: datetime


def deliveries_of(conn: Connection, patient_ids: Sequence[str]) -> list[Delivery]:
    """Return what was told of a patient who is known by these ids, in the order of telling."""
    if not _are_there(conn):
        return []
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_DELIVERIES, (list(patient_ids),)).fetchall()
    return [
        Delivery(row["position"], row["event_position"], _READ.validate_json(bytes(row["state"])))
        for row in rows
    ]


def withheld_of(conn: Connection, patient_ids: Sequence[str]) -> list[Withheld]:
    """Return of which events of a patient recipients were not told, in the order of the record.

    Those are here whom a consent named for it that had ended, was revoked, or was by the telling.
    """
    if not _are_there(conn):
        return []
    with conn.cursor(row_factory=class_row(Withheld)) as cursor:
        return cursor.execute(_WITHHELD, (list(patient_ids),)).fetchall()


def _are_there(conn: Connection) -> bool:
    """Tell whether there is an outbox: whoever publishes makes it."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(_ARE_THERE).fetchone()
    return bool(found and found[0])
