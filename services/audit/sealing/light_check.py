"""A light look whether the journal is as it was sealed: for the status, which may not take long.

The newest leaves are worked out again, and as many from anywhere; the rest is `audit verify`'s. So
what was changed long ago is found sooner or later, what was cut off or changed lately at once.
"""

import random
from typing import Any

import psycopg

from services.audit.tree.leaf import leaf_entry
from services.audit.tree.merkle import leaf_hash
from services.audit.tree.sealed_logs import JOURNAL
from services.audit.tree.seals import Seals, TileMissing

NEWEST = 2048
"""Leaves that are worked out again, the newest ones, and as many from anywhere."""

WAY_ON = "`daybook audit verify` says what else differs; `daybook audit recover` what is elsewhere"


def differs_from_seals(conn: psycopg.Connection[Any]) -> str | None:
    """Say where the journal is not as it was sealed; None where nothing of that was seen.

    Within one transaction of the caller's, which sees journal and seals as of one moment.
    """
    seals = Seals(conn)
    head = seals.newest()
    if head is None:
        return None
    last = JOURNAL.end(conn)
    if last < head.position:
        return f"it was sealed up to position {head.position} and ends at {last}: {WAY_ON}"
    first = max(0, head.size - NEWEST)
    stretches = [(first, head.size)]
    if first:
        begin = random.randrange(first)  # noqa: S311 - where one looks need not be a secret
        stretches.append((begin, min(begin + NEWEST, first)))
    try:
        for begin, end in stretches:
            if wrong := _wrong_between(conn, seals, begin, end):
                return f"{wrong}: {WAY_ON}"
    except TileMissing as missing:
        return f"{missing}: {WAY_ON}"
    return None


def _wrong_between(conn: psycopg.Connection[Any], seals: Seals, begin: int, end: int) -> str | None:
    """Say which of the events from one leaf to before another is not as it was sealed."""
    positions, hashes = seals.positions(begin, end), seals.leaf_hashes(begin, end)
    before = seals.positions(begin - 1, begin)[0] if begin else 0
    rows = JOURNAL.after(conn, before, end - begin, positions[-1])
    for position, sealed, row in zip(positions, hashes, rows, strict=False):
        name = f"{row.aggregate_id}:{row.version} at position {row.position}"
        if row.position < position:
            return f"{name} was put in after positions around it were sealed"
        if row.position > position:
            return f"the event that was sealed at position {position} is gone"
        if leaf_hash(leaf_entry(*row)) != sealed:
            return f"{name} is not the event that was sealed there"
    if len(rows) < len(positions):
        return f"the event that was sealed at position {positions[len(rows)]} is gone"
    return None
