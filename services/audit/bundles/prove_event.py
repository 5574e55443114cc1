"""The proof of one event: its body, its leaf, and where the leaf is under the newest head."""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from domain.errors import DaybookError
from services.audit.bundles.proof_file import TlogProof
from services.audit.tree.leaf import leaf_entry
from services.audit.tree.merkle import leaf_hash, verify_inclusion
from services.audit.tree.sealed_logs import SealedRow
from services.audit.tree.seals import Head, Seals, TileMissing

_NAMED: LiteralString = """
    SELECT notification_id, originator_id, originator_version, topic, state
    FROM journal.journal_events
    WHERE originator_id = %s AND originator_version::text = %s
"""


class NotProved(DaybookError):
    """There is no such event, it is not sealed yet, or it is not what was sealed."""


@dataclass(frozen=True, slots=True)
class ProvedEvent:
    """An event, its leaf's bytes, and its place in the log."""

    row: SealedRow
    entry: bytes
    proof: TlogProof


def row_of(conn: psycopg.Connection[Any], event_id: str) -> SealedRow:
    """Return the event of this name (aggregate:version). Raises NotProved."""
    aggregate_id, _, version = event_id.rpartition(":")
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        found = cursor.execute(_NAMED, (aggregate_id, version)).fetchone()
    if found is None:
        raise NotProved("there is no such event: it is named by aggregate and version, as ID:12")
    return SealedRow(*found)


def prove_event(
    conn: psycopg.Connection[Any], event_id: str, head: Head, note: bytes
) -> ProvedEvent:
    """Return the proof of an event under a head of the journal, whose note has all signatures.

    Raises NotProved.
    """
    row, seals = row_of(conn, event_id), Seals(conn, origin=head.origin)
    if row.position > head.position:
        raise NotProved(f"event {event_id} is later than the newest head: `daybook audit seal`")
    entry, index = leaf_entry(*row), seals.index_of(row.position)
    try:
        hashes = [] if index is None else seals.inclusion(index, head.size)
    except TileMissing as why:
        raise NotProved(f"{why}: `daybook audit verify`") from why
    if index is None or not verify_inclusion(leaf_hash(entry), index, head.size, hashes, head.root):
        raise NotProved(f"event {event_id} is not what was sealed: `daybook audit verify`")
    return ProvedEvent(row, entry, TlogProof(index, hashes, note))
