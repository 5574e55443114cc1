"""Identities against keys: each opens, or an event says that the person was forgotten.

A key that was lost and a person who was forgotten look alike in the vault. On record they do not.
"""

from collections.abc import Iterator, Sequence
from typing import Any, LiteralString, NamedTuple

import orjson
import psycopg
from psycopg.rows import tuple_row

from domain.errors import IdentityUnreadable
from domain.identity import Identity, IdentityCorrected, IdentityForgotten, IdentityRecorded
from services.audit.verification.report import MOST_TOLD, Fault, Section
from services.vault import Vault

AT_ONCE = 500

FORGOTTEN = IdentityForgotten.TOPIC

_NEWEST: LiteralString = """
    SELECT DISTINCT ON (originator_id) originator_id, originator_version, topic, notification_id,
        state, EXISTS (SELECT FROM vault.patient_keys
            WHERE patient_id = substring(originator_id FROM %s))
    FROM journal.journal_events WHERE topic = ANY (%s)
    ORDER BY originator_id, originator_version DESC
"""


class _Known(NamedTuple):
    """What was recorded last of who somebody is."""

    aggregate_id: str
    version: int
    topic: str
    position: int
    state: bytes
    has_key: bool

    @property
    def name(self) -> str:
        return f"{self.aggregate_id}:{self.version}"

    @property
    def patient_id(self) -> str:
        return self.aggregate_id.removeprefix(Identity.id_of(""))


def verify_identities(conn: psycopg.Connection[Any], vault: Vault) -> Section:
    """Return whether the newest text of each identity opens with the key kept for the patient."""
    opened, forgotten, faults = 0, list[str](), list[Fault]()
    for some in _identities(conn):
        keys = vault.begin(conn=conn)
        keys.load(each.patient_id for each in some if each.topic != FORGOTTEN)
        for each in some:
            if each.topic == FORGOTTEN and not each.has_key:
                forgotten.append(each.name)
            elif each.topic == FORGOTTEN:
                faults.append(_fault(each, "is on record as forgotten, and the key is still there"))
            elif _opens(each, keys):
                opened += 1
            elif each.has_key:
                why = "does not open with the key that is kept for it: lost, or another's"
                faults.append(_fault(each, why))
            else:
                why = "has no key any more, and no event says that the person was forgotten"
                faults.append(_fault(each, why))
    says = f"{opened:,} open, {len(forgotten):,} forgotten"
    named = f" ({', '.join(forgotten[:MOST_TOLD])})" if forgotten else ""
    return Section("identities", [says + named], faults[:MOST_TOLD])


def _identities(conn: psycopg.Connection[Any]) -> Iterator[Sequence[_Known]]:
    topics = [IdentityRecorded.TOPIC, IdentityCorrected.TOPIC, FORGOTTEN]
    begins = len(Identity.id_of("")) + 1
    with conn.cursor("identities", row_factory=tuple_row) as cursor:
        cursor.execute(_NEWEST, (begins, topics))
        while rows := cursor.fetchmany(AT_ONCE):
            yield [_Known(*row) for row in rows]


def _opens(known: _Known, keys: Any) -> bool:
    try:
        keys.open(known.patient_id, orjson.loads(known.state)["sealed"])
    except (IdentityUnreadable, KeyError, TypeError, ValueError):
        return False
    return True


def _fault(known: _Known, why: str) -> Fault:
    return Fault(
        what="identity", says=f"{known.name} {why}", event=known.name, position=known.position
    )
