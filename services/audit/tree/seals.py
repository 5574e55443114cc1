"""Reading what was sealed: heads, leaves, positions, and proofs out of the stored tiles."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.rows import tuple_row

from services.audit.tree.merkle import (
    Frontier,
    Hash,
    NodeAt,
    consistency_proof,
    inclusion_proof,
    root_of,
)
from services.audit.tree.seal_tables import are_there

HASH_BYTES = 32
TILE = 256
"""Hashes of a tile."""

LEVELS = 8
"""Levels of the tree between one level of tiles and the next: 2^8 hashes are a tile."""

Connection = psycopg.Connection[Any]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: the first `size` leaves of a tree, up to a `position`, have this root.

    `note` is the checkpoint as it was signed, `at` when that was by the sealer's clock.
    """

    origin: str
    size: int
    position: int
    root: Hash
    note: str
    at: datetime


class TileMissing(LookupError):
    """The tiles of a tree lack hashes that a tree of this size has."""


class Seals:
    """What was sealed of one log: of its newest tree, unless another one's origin is named.

    The connection is the caller's; each question is answered in the transaction that it is in.
    """

    def __init__(
        self,
        conn: Connection,
        log: str = "journal",
        origin: str | None = None,
        *,
        is_there: bool | None = None,
    ) -> None:
        """Take a log, or one of its trees; `is_there` says whether the tables are."""
        self._conn = conn
        self.log = log
        self.is_there = are_there(conn) if is_there is None else is_there
        self._origin = origin

    @property
    def origin(self) -> str | None:
        """The origin of the tree; None where this log was never sealed."""
        if self._origin is None:
            self._origin = next(iter(self.origins()[::-1]), None)
        return self._origin

    def origins(self) -> list[str]:
        """Return the origins of the log's trees, the newest last."""
        return [origin for (origin,) in self.rows(_ORIGINS, (self.log,))]

    def newest(self) -> Head | None:
        """Return the head over the most leaves."""
        return self._head(_NEWEST, (self.origin,))

    def heads(self) -> list[Head]:
        """Return every head, the smallest first."""
        return self._heads(_HEADS, (self.origin,))

    def head_covering(self, index: int) -> Head | None:
        """Return the first head whose tree has the leaf of this index."""
        return self._head(_COVERING, (self.origin, index))

    def leaf_hashes(self, first: int, end: int) -> list[Hash]:
        """Return the hashes of the leaves from `first` to before `end`. Raises TileMissing."""
        return self.tile_hashes(0, first, end)

    def positions(self, first: int, end: int) -> list[int]:
        """Return the positions of the leaves from `first` to before `end`. Raises TileMissing."""
        if first >= end:
            return []
        rows = self.rows(_POSITIONS, (self.origin, first // TILE, (end - 1) // TILE))
        begin = first // TILE * TILE
        found = [each for (positions,) in rows for each in positions][first - begin : end - begin]
        return _whole(found, first, end)

    def index_of(self, position: int) -> int | None:
        """Return the index of the leaf that was made of a position; None where none was."""
        rows = self.rows(_TILE_OF_POSITION, (self.origin, position))
        for number, positions in rows:
            if position in positions:
                return int(number * TILE + positions.index(position))
        return None

    def node_at(self, size: int) -> NodeAt:
        """Return what reads the complete subtrees of the tree of `size` leaves out of the tiles.

        It raises TileMissing. Each tile is read once.
        """

        @cache
        def tile(level: int, number: int) -> list[Hash]:
            rows = self.rows(_TILES, (self.origin, level, number, number))
            return _hashes(rows[0][0]) if rows else []

        def node(level: int, index: int) -> Hash:
            if (index + 1) << level > size:
                raise TileMissing(f"a tree of {size} leaves has no node {index} at level {level}")
            of_tile, within = divmod(level, LEVELS)
            first, count = index << within, 1 << within
            begin = first % TILE
            found = tile(of_tile, first // TILE)[begin : begin + count]
            return root_of(_whole(found, first, first + count))

        return node

    def inclusion(self, index: int, size: int) -> list[Hash]:
        """Return the proof that a leaf is in the tree of `size` leaves."""
        return inclusion_proof(index, size, self.node_at(size))

    def consistency(self, first: int, second: int) -> list[Hash]:
        """Return the proof that the tree of `second` leaves goes on from that of `first`."""
        return consistency_proof(first, second, self.node_at(second))

    def peaks(self, size: int) -> list[Hash]:
        """Return the roots of the complete subtrees of a tree, the largest first."""
        node, begin, found = self.node_at(size), 0, []
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                found.append(node(level, begin >> level))
                begin += 1 << level
        return found

    def tile_hashes(self, level: int, first: int, end: int) -> list[Hash]:
        """Return hashes of a level of tiles, from `first` to before `end`. Raises TileMissing."""
        if first >= end:
            return []
        rows = self.rows(_TILES, (self.origin, level, first // TILE, (end - 1) // TILE))
        begin = first // TILE * TILE
        found = [each for (hashes,) in rows for each in _hashes(hashes)]
        return _whole(found[first - begin : end - begin], first, end)

    def root(self, size: int) -> Hash:
        """Return the root of the tree of `size` leaves, by the tiles. Raises TileMissing."""
        return Frontier(size, self.peaks(size)).root()

    def rows(self, statement: LiteralString, asked: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return what a statement finds; nothing where nothing was ever sealed."""
        if not self.is_there:
            return []
        with self._conn.cursor(row_factory=tuple_row, binary=True) as cursor:
            return cursor.execute(statement, asked).fetchall()

    def _heads(self, statement: LiteralString, asked: tuple[Any, ...]) -> list[Head]:
        return [Head(*row) for row in self.rows(statement, asked)]

    def _head(self, statement: LiteralString, asked: tuple[Any, ...]) -> Head | None:
        return next(iter(self._heads(statement, asked)), None)


def head_of_events(conn: Connection, positions: Collection[int]) -> dict[int, Head]:
    """Return the first head that covers each of the journal's positions, where one does."""
    return head_of_positions(Seals(conn), positions)


def head_of_positions(seals: Seals, positions: Collection[int]) -> dict[int, Head]:
    """Return the first head that covers each of a log's positions, where one does."""
    rows = seals.rows(_COVERING_POSITIONS, (list(positions), seals.origin))
    return {asked: Head(*found) for asked, *found in rows}


_ORIGINS: LiteralString = "SELECT origin FROM seal.logs WHERE log = %s ORDER BY generation"

_OF_HEADS: LiteralString = "SELECT origin, size, position, root, note, at FROM seal.heads"

_NEWEST: LiteralString = f"{_OF_HEADS} WHERE origin = %s ORDER BY size DESC LIMIT 1"

_HEADS: LiteralString = f"{_OF_HEADS} WHERE origin = %s ORDER BY size"

_COVERING: LiteralString = f"{_OF_HEADS} WHERE origin = %s AND size > %s ORDER BY size LIMIT 1"

_COVERING_POSITIONS: LiteralString = f"""
    SELECT asked.position, head.* FROM unnest(%s::bigint[]) AS asked (position)
    CROSS JOIN LATERAL (
        {_OF_HEADS} WHERE origin = %s AND heads.position >= asked.position
        ORDER BY heads.position LIMIT 1
    ) AS head
"""  # noqa: S608 - a part of ours

_TILES: LiteralString = """
    SELECT hashes FROM seal.tiles
    WHERE origin = %s AND level = %s AND number BETWEEN %s AND %s ORDER BY number
"""

_POSITIONS: LiteralString = """
    SELECT positions FROM seal.tiles
    WHERE origin = %s AND level = 0 AND number BETWEEN %s AND %s ORDER BY number
"""

_TILE_OF_POSITION: LiteralString = """
    SELECT number, positions FROM seal.tiles
    WHERE origin = %s AND level = 0 AND positions[1] <= %s ORDER BY positions[1] DESC LIMIT 1
"""


def _hashes(raw: bytes) -> list[Hash]:
    return [raw[k : k + HASH_BYTES] for k in range(0, len(raw), HASH_BYTES)]


def _whole(found: list[_T], first: int, end: int) -> list[_T]:
    """Return what was found of the items from `first` to before `end`, if it is all of them."""
    if len(found) != end - first:
        raise TileMissing(f"the tiles lack hashes between {first} and {end}")
    return found
