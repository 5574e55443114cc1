"""Rows that are not as they were sealed, each by name: what a comparison with the leaves shows."""

from bisect import bisect
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from services.audit.tree.leaf import entry_of_digest
from services.audit.tree.merkle import Hash, leaf_hash

MOST = 200
"""Rows that are named, at most; also how many are tried in each other's places."""


class Wrong(StrEnum):
    """What is wrong with a row."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    MOVED = "moved"
    """As it was sealed, at another position."""


class Row(NamedTuple):
    """A row as it is now: the state by its SHA-256, and the leaf that it would make."""

    position: int
    aggregate_id: str
    version: int
    topic: str
    digest: str
    hash: Hash

    @property
    def name(self) -> str:
        """What the row is called: aggregate:version."""
        return f"{self.aggregate_id}:{self.version}"

    def leaf_at(self, position: int) -> Hash:
        """Return the leaf that it would make at another position."""
        entry = entry_of_digest(position, self.aggregate_id, self.version, self.topic, self.digest)
        return leaf_hash(entry)


class LeafFault(NamedTuple):
    """A leaf whose row is not there as it was sealed, or a row that no leaf was made of.

    `leaf` is the leaf's index, or that of the one before which the row stands; `position` the one
    that was sealed, or the row's. `name` is that of the row which is there, or was moved; None
    where there is none. `stands_at` is where a moved row is now.
    """

    wrong: Wrong
    leaf: int
    position: int
    name: str | None
    sealed: Hash | None = None
    """The leaf, where there is one."""
    row: Row | None = None
    """The row at that position, where there is one."""
    stands_at: int | None = None


def compared(
    first: int, leaves: Sequence[tuple[int, Hash]], rows: Sequence[Row]
) -> list[LeafFault]:
    """Return what is wrong between leaves, each with its row's position, and rows, in order.

    `first` is the index of the first leaf.
    """
    there, sealed = {row.hash for row in rows}, {leaf for _, leaf in leaves}
    odd = {row.position: row for row in rows if row.hash not in sealed}
    faults = []
    for index, (position, leaf) in enumerate(leaves, first):
        if leaf not in there:
            row = odd.pop(position, None)
            wrong = Wrong.CHANGED if row else Wrong.MISSING
            faults.append(LeafFault(wrong, index, position, row.name if row else None, leaf, row))
    places = [position for position, _ in leaves]
    for row in odd.values():
        index = first + bisect(places, row.position)
        faults.append(LeafFault(Wrong.ADDED, index, row.position, row.name, None, row))
    return sorted(faults, key=_place)


def with_moves(faults: Sequence[LeafFault], unsealed: Sequence[Row]) -> list[LeafFault]:
    """Return faults, those of rows that stand elsewhere as such: each is told once.

    They stand in place of another row, where none was, or among the `unsealed` ones after the end.
    """
    rows = [*(fault.row for fault in faults if fault.row), *unsealed]
    lacking = [fault for fault in faults if fault.sealed]
    if not rows or max(len(lacking), len(rows)) > MOST:
        return list(faults)
    moved = {}
    for fault in lacking:
        for row in rows:
            if row.leaf_at(fault.position) == fault.sealed:
                moved[fault.position] = row
    gone = {row.position for row in moved.values()} - {fault.position for fault in lacking}
    told = [each for each in faults if each.sealed or each.position not in gone]
    return [_moved(each, moved.get(each.position)) if each.sealed else each for each in told]


def _moved(fault: LeafFault, to: Row | None) -> LeafFault:
    if to is None:
        return fault
    return fault._replace(wrong=Wrong.MOVED, name=to.name, stands_at=to.position)


def _place(fault: LeafFault) -> tuple[int, int]:
    return fault.leaf, fault.position
