"""Heads of logs as a sealer signs them, for what only reads which head covers what."""

from collections.abc import Sequence
from datetime import datetime

from services.audit.tree.seal_tables import prepare
from services.journal import Journal


def signed(journal: Journal, at: datetime, heads: Sequence[tuple[int, int]], log: str) -> None:
    """Put heads in place, each of a size and of the position of its last leaf."""
    origin = f"daybook/test/{log}"
    with journal.connection() as conn, conn.transaction():
        prepare(conn)
        conn.execute(
            "INSERT INTO seal.logs (origin, log, generation, begun_at) VALUES (%s, %s, 1, %s)",
            (origin, log, at),
        )
        for size, position in heads:
            conn.execute(
                "INSERT INTO seal.heads VALUES (%s, %s, %s, %s, 'a note', %s)",
                (origin, size, position, bytes(32), at),
            )
