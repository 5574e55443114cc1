"""The leaves of a tree as they are stored, tile by tile, each looked at before it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from services.audit.tree.merkle import Hash
from services.audit.tree.seals import HASH_BYTES, TILE

BEFORE_ALL = -(2**63)
"""A position that none is before: PostgreSQL's lowest bigint."""

MOST_DAMAGED = 20
"""Tiles of which is said what is wrong with them, at most."""

_TILES: LiteralString = """
    SELECT number, hashes, positions FROM seal.tiles
    WHERE origin = %s AND level = 0 AND number >= %s AND number < %s ORDER BY number
"""

_UPPER: LiteralString = "SELECT hashes FROM seal.tiles WHERE (origin, level, number) = (%s, %s, %s)"

_LEAVES: LiteralString = """
    SELECT number * 256 + octet_length(hashes) / 32 FROM seal.tiles
    WHERE origin = %s AND level = 0 ORDER BY number DESC LIMIT 1
"""

_BEFORE: LiteralString = """
    SELECT number * 256 + array_length(positions, 1), positions[array_length(positions, 1)]
    FROM seal.tiles
    WHERE origin = %s AND level = 0 AND number < %s ORDER BY number DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class StoredTile:
    """The leaves of one tile of level 0, in order: their hashes, and the positions of their rows.

    `problem` says what is wrong with the tile itself; it has no leaves then.
    """

    number: int
    leaves: Sequence[Hash] = ()
    positions: Sequence[int] = ()
    problem: str | None = None


def count_leaves(conn: psycopg.Connection[Any], origin: str) -> int:
    """Return how many leaves the tiles of a tree have, up to the last one."""
    rows = _asked(conn, _LEAVES, (origin,))
    return int(rows[0][0]) if rows else 0


def tiles_between(
    conn: psycopg.Connection[Any], origin: str, first: int, end: int
) -> list[StoredTile]:
    """Return the tiles with the leaves from `first`, which begins one, to before `end`."""
    numbers = range(first // TILE, -(-end // TILE))
    found = {row[0]: row for row in _asked(conn, _TILES, (origin, numbers.start, numbers.stop))}
    return [_tile(found.get(number), number, min(TILE, end - number * TILE)) for number in numbers]


def upper_tile(conn: psycopg.Connection[Any], origin: str, level: int, number: int) -> bytes:
    """Return the hashes of a tile of a level, one after the other; nothing where it is missing."""
    rows = _asked(conn, _UPPER, (origin, level, number))
    return bytes(rows[0][0]) if rows else b""


def place_before(conn: psycopg.Connection[Any], origin: str | None, leaf: int) -> tuple[int, int]:
    """Return how many leaves the tiles before a leaf have, and the position of the last of them.

    Where there is no such tile it is one before any: rows may have been put before the first.
    """
    rows = _asked(conn, _BEFORE, (origin, -(-leaf // TILE))) if origin else []
    return (int(rows[0][0]), int(rows[0][1])) if rows and rows[0][1] else (0, BEFORE_ALL)


def _tile(row: tuple[Any, ...] | None, number: int, width: int) -> StoredTile:
    if row is None:
        return StoredTile(number, problem=f"tile {number} of the leaves is missing")
    _, raw, positions = row
    hashes = bytes(raw)
    leaves = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    if len(hashes) != width * HASH_BYTES or len(positions or ()) != width:
        return StoredTile(number, problem=f"tile {number} of the leaves is not whole")
    return StoredTile(number, leaves, positions)


def _asked(
    conn: psycopg.Connection[Any], statement: LiteralString, asked: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    with conn.cursor(row_factory=tuple_row, binary=True) as cursor:
        return cursor.execute(statement, asked).fetchall()
