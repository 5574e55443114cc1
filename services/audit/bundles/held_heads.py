"""The heads under which something is proved: the newest one, and one that is held elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel

from domain.errors import DaybookError
from services.audit.bundles.bundle_continued import Continuation, is_shared, statements
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import NoteUnsound, SignedNote
from services.audit.tree.merkle import verify_consistency
from services.audit.tree.seals import Head, Seals, TileMissing
from services.audit.witnesses.cosigned_heads import cosigned_heads, cosigned_note
from services.database_url import with_limits

Connection = psycopg.Connection[Any]

MOST_BYTES = 256 * 1024
"""How long a file of a head may be."""


class NoHead(DaybookError):
    """There is no head to prove anything under, or one that is held is not of this log."""


@contextmanager
def snapshot(database_url: str) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, whoever writes meanwhile."""
    with psycopg.connect(with_limits(database_url)) as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        yield conn


def newest_head(
    conn: Connection, log: str, held: Path | None = None
) -> tuple[Head, bytes, tuple[int, bytes] | None]:
    """Return a log's newest head, its note with all signatures, and an earlier one to go on from.

    That is the head in a file, which somebody holds; or else, of a head that no witness has
    cosigned yet, the last that one did. Raises NoHead: where the log does not go on from it, too.
    """
    head = Seals(conn, log).newest()
    if head is None:
        raise NoHead(f"nothing of {log} is sealed yet: `daybook audit seal`")
    note = cosigned_note(conn, head)
    is_cosigned = len(note.signatures) > len(SignedNote.parse(head.note.encode()).signatures)
    if held is not None:
        return head, bytes(note), _held(conn, head, log, held)
    return head, bytes(note), None if is_cosigned else _last_cosigned(conn, head)


def _last_cosigned(conn: Connection, head: Head) -> tuple[int, bytes] | None:
    """Return the size and the note of the newest head that a witness cosigned, if there is one."""
    found = next(cosigned_heads(conn, head.origin), None)
    return (found.size, bytes(cosigned_note(conn, found))) if found else None


def _held(conn: Connection, head: Head, log: str, path: Path) -> tuple[int, bytes]:
    """Return the size and the note of a head in a file, from which a log's head goes on."""
    raw = _read(path)
    try:
        found = Checkpoint.parse(SignedNote.parse(raw).text)
    except NoteUnsound as why:
        raise NoHead(f"{path.name} is not a head: {why}") from why
    known = [
        Continuation.parse(SignedNote.parse(each.encode()).text)
        for each in statements(conn, head.origin)
    ]
    if not is_shared(found, head.origin, known):
        says = f"{path.name} is a head of {found.origin}, from which {head.origin} does not go on"
        raise NoHead(says)
    if not 0 < found.size <= head.size:
        raise NoHead(f"{path.name} is of {found.size:,} leaves, the newest head of {head.size:,}")
    try:
        proof = Seals(conn, log, head.origin).consistency(found.size, head.size)
    except TileMissing as why:
        raise NoHead(f"{why}: `daybook audit verify`") from why
    if not verify_consistency(found.size, found.root, head.size, head.root, proof):
        raise NoHead(f"{path.name} is a head of another history: the log does not go on from it")
    return found.size, raw


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as why:
        raise NoHead(f"{path} cannot be read: {why.strerror}") from why
    if len(raw) > MOST_BYTES:
        raise NoHead(f"{path.name} is too long for a head")
    return raw
