"""Writing tiles: leaves go into the last tile of each level, and full ones stay as they are."""

from collections.abc import Sequence
from typing import Any, LiteralString, NamedTuple

import psycopg

from services.audit.tree.merkle import Hash, root_of
from services.audit.tree.seals import TILE, Seals

_WRITE: LiteralString = """
    INSERT INTO seal.tiles (origin, level, number, hashes, positions) VALUES (%s, %s, %s, %b, %s)
    ON CONFLICT (origin, level, number)
    DO UPDATE SET hashes = EXCLUDED.hashes, positions = EXCLUDED.positions
"""


class Leaf(NamedTuple):
    """A leaf by its hash, and the position of what it was made of."""

    position: int
    hash: Hash


def add_leaves(
    conn: psycopg.Connection[Any], seals: Seals, size: int, leaves: Sequence[Leaf]
) -> None:
    """Write the leaves after the first `size` ones, within a transaction. Raises TileMissing."""
    level, first = 0, size
    added: Sequence[Hash] = [each.hash for each in leaves]
    positions: Sequence[int] = [each.position for each in leaves]
    while added:
        begin = first - first % TILE
        hashes = [*seals.tile_hashes(level, begin, first), *added]
        if level == 0:
            positions = [*seals.positions(begin, first), *positions]
        rows = [
            (
                *(seals.origin, level, (begin + k) // TILE, b"".join(hashes[k : k + TILE])),
                list(positions[k : k + TILE]) if level == 0 else None,
            )
            for k in range(0, len(hashes), TILE)
        ]
        with conn.cursor() as cursor:
            cursor.executemany(_WRITE, rows)
        whole = len(hashes) - len(hashes) % TILE
        added = [root_of(hashes[k : k + TILE]) for k in range(0, whole, TILE)]
        level, first = level + 1, begin // TILE
