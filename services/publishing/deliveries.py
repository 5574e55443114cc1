"""What recipients were told of a patient, and what not and why, for an accounting (42 CFR 2.25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row, dict_row
from pydantic import TypeAdapter

from services.messaging.derived_messages import EventDisclosed

_DELIVERIES: LiteralString = """
    SELECT position, state FROM announcements.outbox
    WHERE stream = 'SHARED' AND split_part(about, ':', 2) = ANY (%s) ORDER BY position
"""

_WITHHELD: LiteralString = """
    SELECT position, facility_id, patient_id, recipient_id, consent_id, event_id, topic, because,
        decided_at
    FROM announcements.withheld WHERE patient_id = ANY (%s) ORDER BY position, recipient_id
"""

_READ = TypeAdapter(EventDisclosed)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a recipient: its position among all that is shared, and what it says."""

    position: int
    told: EventDisclosed


@dataclass(frozen=True, slots=True)
class Withheld:
    """An event, by its position, of which a recipient was not told, and because of what.

    The consent is the one that would have let them be told of it; `because` is half a sentence.
    """

    position: int
    facility_id: str
    patient_id: str
    recipient_id: str
    consent_id: str
    event_id: str
    topic: str
    because: str
    decided_at: datetime


def deliveries_of(conn: psycopg.Connection[Any], patient_ids: Sequence[str]) -> list[Delivery]:
    """Return what was told of a patient who is known by these ids, in the order of telling."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_DELIVERIES, (list(patient_ids),)).fetchall()
    return [Delivery(row["position"], _READ.validate_json(bytes(row["state"]))) for row in rows]


def withheld_of(conn: psycopg.Connection[Any], patient_ids: Sequence[str]) -> list[Withheld]:
    """Return of which events of a patient recipients were not told, in the order of the record.

    Those are here whom a consent named for it that had ended, was revoked, or was by the telling.
    """
    with conn.cursor(row_factory=class_row(Withheld)) as cursor:
        return cursor.execute(_WITHHELD, (list(patient_ids),)).fetchall()
