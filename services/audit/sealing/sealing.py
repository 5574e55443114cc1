"""Sealing what came to one log: leaves, tiles and a signed head, in one transaction.

What is signed was worked out twice: rows and tiles are read anew, by statements that see what
others committed meanwhile, and all of it has to be the same. One bit that flips between a row and
its leaf would otherwise make a log unusable for good, as it did a certificate log (Yeti 2022).
"""

from datetime import datetime
from typing import Any

import psycopg

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import NoteUnsound, SignedNote, SigningKey
from services.audit.sealing.replicated import replicated
from services.audit.sealing.seal_refusals import (
    CONTINUE,
    OtherKey,
    ReadingsDiffer,
    SealedRowGone,
    TilesUnsound,
)
from services.audit.tree import origins
from services.audit.tree.leaf import leaf_entry
from services.audit.tree.merkle import Frontier, leaf_hash
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import FARTHEST, SealedLog, SealedRow
from services.audit.tree.seals import Head, Seals, TileMissing
from services.audit.tree.tiles import Leaf, add_leaves

AT_ONCE = 8192
"""Leaves that one head adds, at most: a backlog is sealed by many."""

PAGE = 500
"""Rows that are in memory at once, at most."""

Connection = psycopg.Connection[Any]


def seal_next(
    conn: Connection,
    log: SealedLog,
    origin: Origin,
    seed: bytes,
    at: datetime,
    *,
    end: int | None = None,
) -> Head | None:
    """Seal what came to a log since its newest head, up to an `end`; None where nothing did.

    The end is one that the log told, or is asked of it. At most `AT_ONCE` leaves are added, to what
    `check_newest` has seen to. Once this returns every synchronous standby has the head, too, and
    it may be shown to others. Raises SealRefused; then nothing was changed.
    """
    key = SigningKey.from_bytes(str(origin), seed)
    seals = Seals(conn, log.name, str(origin), is_there=True)
    before = seals.newest()
    end = log.end(conn) if end is None else end
    if not log.after(conn, before.position if before else 0, 1, end):
        return None
    with replicated(conn):
        if before is None and str(origin) not in seals.origins():
            origins.begin(conn, log.name, origin, at)
        head = _extend(conn, log, seals, before, key=key, end=end, at=at)
        if head:
            conn.execute(
                "INSERT INTO seal.heads (origin, size, position, root, note, at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (head.origin, head.size, head.position, head.root, head.note, head.at),
            )
    return head


def check_newest(
    conn: Connection, log: SealedLog, seals: Seals, newest: Head, key: SigningKey
) -> None:
    """Raise SealRefused unless the newest head is this key's, of the tiles, and of the log."""
    check_signer(newest, key)
    try:
        [leaf] = seals.leaf_hashes(newest.size - 1, newest.size)
        is_sound = seals.root(newest.size) == newest.root
    except TileMissing:
        is_sound = False
    if not is_sound:
        raise TilesUnsound(
            f"The tiles of {newest.origin} do not make the tree of {newest.size} leaves that was"
            f" signed: the schema seal was changed. `daybook audit verify` says more; bring back"
            f" what it was, or go on with {CONTINUE}"
        )
    last = log.after(conn, newest.position - 1, 1, newest.position)
    if [_leaf(row) for row in last] != [Leaf(newest.position, leaf)]:
        raise SealedRowGone(
            f"What was sealed last of {newest.origin}, at position {newest.position}, is not there"
            " as it was sealed: `daybook audit verify` says what is, `daybook audit recover` may"
            f" bring it back; to go on without it: {CONTINUE}"
        )


def check_signer(newest: Head, key: SigningKey) -> None:
    """Raise OtherKey where a head was not signed last by this key: a rotation adds a signature."""
    try:
        note = SignedNote.parse(newest.note.encode())
        is_of_head = Checkpoint.parse(note.text) == Checkpoint(
            newest.origin, newest.size, newest.root
        )
    except NoteUnsound:
        is_of_head, signed = False, []
    else:
        signed = [each for each in note.signatures if each.name == key.name]
    if not is_of_head or not signed or not key.verifier.verifies(note.text, signed[-1]):
        raise OtherKey(
            f"The newest head of {newest.origin} was not signed by this key, {key.verifier}: after"
            " a rotation start with the new key; restore the one that signed it from its back-up;"
            f" where it is lost, go on with {CONTINUE}"
        )


def leaves_after(
    conn: Connection, log: SealedLog, position: int, most: int, until: int = FARTHEST
) -> list[Leaf]:
    """Return the leaves of the rows after a position; of the rows no more than a page is kept."""
    found: list[Leaf] = []
    while len(found) < most:
        wanted = min(PAGE, most - len(found))
        rows = log.after(conn, found[-1].position if found else position, wanted, until)
        found += [_leaf(row) for row in rows]
        if len(rows) < wanted:
            break
    return found


def _leaf(row: SealedRow) -> Leaf:
    return Leaf(row.position, leaf_hash(leaf_entry(*row)))


def _extend(
    conn: Connection,
    log: SealedLog,
    seals: Seals,
    before: Head | None,
    *,
    key: SigningKey,
    end: int,
    at: datetime,
) -> Head | None:
    """Add leaves to the tiles and return the head, once it was worked out twice."""
    size, position = (before.size, before.position) if before else (0, 0)
    tree = Frontier(size, seals.peaks(size))
    leaves = leaves_after(conn, log, position, AT_ONCE, end)
    if not leaves:
        return None
    add_leaves(conn, seals, size, leaves)
    tree.extend(each.hash for each in leaves)
    last = leaves[-1].position
    again = leaves_after(conn, log, position, AT_ONCE, last)
    stored = zip(seals.positions(size, tree.size), seals.leaf_hashes(size, tree.size), strict=True)
    if not (leaves == again == [Leaf(*each) for each in stored]) or (
        seals.root(tree.size) != tree.root()
    ):
        raise ReadingsDiffer(
            f"What was read twice of {key.name}, after position {position} and up to {last}, was"
            " not the same both times: nothing was signed, and it is read again. If it stays so,"
            " look at memory and disks, and at who changes rows"
        )
    text = Checkpoint(key.name, tree.size, tree.root()).text()
    note = bytes(SignedNote(text, (key.sign_note(text),))).decode()
    return Head(key.name, tree.size, last, tree.root(), note, at)
