"""Going on with another tree of a log, where the one that was signed cannot be gone on with.

After a restore of an older database what was sealed since is not in it any more. Heads of what was
lost stay true of another history, so nothing that follows may be signed as if it went on from them:
a new tree begins, under an origin of its own, that says from which head it parted, where, and why.
"""

from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from domain import bounds
from domain.errors import DaybookError
from services.audit.notes.signed_note import SignedNote, SigningKey
from services.audit.sealing.replicated import replicated
from services.audit.sealing.seal_refusals import NotReplicated, ReadingsDiffer, SealRefused
from services.audit.sealing.sealing import leaves_after
from services.audit.sealing.sealing_round import SealingRound, tree_of
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree import origins
from services.audit.tree.merkle import Hash
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import SealedLog
from services.audit.tree.seals import Seals, TileMissing

STATEMENT = "daybook/continued/1"
"""The first line of a statement: no origin of a checkpoint is so."""

COMPARED_AT_ONCE = 8192


class NothingToContinue(DaybookError):
    """Nobody has to go on with another tree, or it is not said why."""


@dataclass(frozen=True, slots=True)
class Continued:
    """A log that goes on with another tree.

    `parted_from` is the newest head of the tree before, `parted_at` how many leaves both have in
    common; None where this database does not have that tree.
    """

    log: str
    origin: Origin
    parted_from: SeenHead | None
    parted_at: int | None


def continue_with(sealing: SealingRound, log: SealedLog, because: str) -> Continued | None:
    """Begin another tree of a log that is refused; None where it can be gone on with as it is.

    Whoever seals next makes the tree's first head. Raises NothingToContinue where `because` is no
    text, and SealRefused where it is tried again.
    """
    if problem := "empty" if not because.strip() else bounds.text_problem(because):
        raise NothingToContinue(f"--because is {problem}")
    conn = sealing.conn
    origin = tree_of(conn, log.name, sealing.settings)
    try:
        sealing.check(log, origin)
    except (ReadingsDiffer, NotReplicated):
        raise
    except SealRefused:
        return _begin(sealing, log, origin, because)
    return None


def _begin(sealing: SealingRound, log: SealedLog, origin: Origin, because: str) -> Continued:
    conn, at = sealing.conn, sealing.clock()
    seals = Seals(conn, log.name, str(origin))
    seen = [*sealing.seen(origin)]
    if newest := seals.newest():
        seen.append(SeenHead.read("in the database", newest.note))
    from_head = max(seen, key=lambda each: each.order, default=None)
    is_here = from_head is None or from_head.origin == origin
    parted_at = common_leaves(conn, log, seals) if is_here else None
    generation = max(origin.generation, from_head.origin.generation if from_head else 0) + 1
    begun = Continued(log.name, Origin(origin.base, generation), from_head, parted_at)
    with replicated(conn):
        origins.begin(
            *(conn, log.name, begun.origin, at),
            parted_from=from_head.note if from_head else None,
            parted_at=parted_at,
            because=because,
            statement=_statement(begun, because, sealing.key()),
        )
    return begun


def common_leaves(conn: "psycopg.Connection[Any]", log: SealedLog, seals: Seals) -> int:
    """Return how many of the first leaves of a tree the log makes today as well."""
    newest = seals.newest()
    size, position, common = newest.size if newest else 0, 0, 0
    while common < size:
        leaves = leaves_after(conn, log, position, min(COMPARED_AT_ONCE, size - common))
        stored = _stored(seals, common, common + len(leaves))
        same = [a.hash == b for a, b in zip(leaves, stored, strict=False)]
        if not leaves or not all(same) or len(same) < len(leaves):
            return common + (same.index(False) if False in same else len(same))
        common, position = common + len(leaves), leaves[-1].position
    return common


def _stored(seals: Seals, first: int, end: int) -> list[Hash]:
    try:
        return seals.leaf_hashes(first, end)
    except TileMissing:
        return []


def _statement(begun: Continued, because: str, seed: bytes) -> str:
    """Return a note, signed by the new tree's key, of what it goes on from."""
    key = SigningKey.from_bytes(str(begun.origin), seed)
    before = begun.parted_from.checkpoint.text() if begun.parted_from else "\n\n\n"
    parted_at = "unknown" if begun.parted_at is None else str(begun.parted_at)
    why = orjson.dumps(because).decode()
    text = f"{STATEMENT}\n{begun.origin}\n{before}{parted_at}\n{why}\n"
    return bytes(SignedNote(text, (key.sign_note(text),))).decode()
