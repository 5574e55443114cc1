"""Heads with what witnesses signed of them, as they are stored."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from services.audit.notes.checkpoint import MOST_SIZE
from services.audit.notes.signed_note import Signature, SignedNote, VerifierKey
from services.audit.notes.witness_answer import WitnessAnswer
from services.audit.tree.seals import Head

AT_ONCE = 100
"""Heads that are read at once."""

Connection = psycopg.Connection[Any]


def key_word(key: VerifierKey) -> str:
    """Return by which word the tables know a witness's key: its name, +, and its id."""
    return f"{key.name}+{key.key_id.hex()}"


def cosigned_note(conn: Connection, head: Head) -> SignedNote:
    """Return a head's note with every cosignature that is kept of it. Raises NoteUnsound."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_LINES, (head.origin, head.size)).fetchall()
    lines = [Signature.parse(line.removesuffix("\n")) for (line,) in rows]
    return SignedNote.parse(head.note.encode()).with_signatures(lines)


def cosigned_heads(conn: Connection, origin: str) -> Iterator[Head]:
    """Yield the heads of a tree that any witness cosigned, the newest first."""
    below = MOST_SIZE
    while True:
        with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
            heads = [Head(*row) for row in cursor.execute(_COSIGNED, (origin, below, AT_ONCE))]
        yield from heads
        if len(heads) < AT_ONCE:
            return
        below = heads[-1].size


def cosigned_size(conn: Connection, origin: str, key: VerifierKey) -> int:
    """Return how many leaves the newest head has that a witness cosigned; 0 where it did none."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_SIZE, (origin, key_word(key))).fetchone()
    return int(row[0]) if row else 0


def keep_answers(
    conn: Connection, origin: str, size: int, answers: Iterable[WitnessAnswer], at: datetime
) -> None:
    """Store what witnesses answered, who were asked to cosign the head of this size."""
    with conn.transaction():
        for each in answers:
            witness = key_word(each.witness.key)
            for line in each.signatures:
                when = datetime.fromtimestamp(line.cosigned_at, UTC)
                conn.execute(_KEEP_LINE, (origin, size, witness, line.line, when))
            conn.execute(_KEEP_ANSWER, (origin, witness, at, each.outcome, each.held))


_LINES: LiteralString = """
    SELECT line FROM seal.cosignatures WHERE origin = %s AND size = %s ORDER BY at, witness
"""

_COSIGNED: LiteralString = """
    SELECT origin, size, position, root, note, at FROM seal.heads
    WHERE origin = %s AND size < %s AND EXISTS (
        SELECT FROM seal.cosignatures c WHERE (c.origin, c.size) = (heads.origin, heads.size)
    ) ORDER BY size DESC LIMIT %s
"""

_SIZE: LiteralString = """
    SELECT size FROM seal.cosignatures WHERE origin = %s AND witness = %s
    ORDER BY size DESC LIMIT 1
"""

_KEEP_LINE: LiteralString = """
    INSERT INTO seal.cosignatures (origin, size, witness, line, at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (origin, size, witness) DO NOTHING
"""

_KEEP_ANSWER: LiteralString = """
    INSERT INTO seal.witnesses (origin, witness, asked_at, outcome, held)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (origin, witness) DO UPDATE SET
        asked_at = excluded.asked_at, outcome = excluded.outcome,
        held = coalesce(excluded.held, witnesses.held)
"""
