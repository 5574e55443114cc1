"""A journal of a small clinic, sealed in two steps: heads, tiles, and the key that signed them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from services.audit import seal_tables
from services.audit.bundle_tiles import Tile, TileTree
from services.audit.checkpoint import Checkpoint
from services.audit.leaf import leaf_entry
from services.audit.sealed_logs import JOURNAL
from services.audit.seals import Head
from services.audit.signed_note import SignedNote, SigningKey, VerifierKey
from services.embedded import Engines
from tests.support.backend import Backend, fresh_backend
from tests.support.command_line import Daybook, at_small_clinic

EARLIER, MORE = 300, 300
"""The size of the first head; and how many events there are besides the clinic's, elsewhere."""


@dataclass(frozen=True)
class SealedClinic:
    """A journal with a head that somebody holds, in a file, and a later one over all of it."""

    backend: Backend
    daybook: Daybook
    folder: Path
    key: SigningKey
    earlier: Path
    head: Head

    @property
    def vkey(self) -> VerifierKey:
        return self.key.verifier

    def exported(self, name: str, *words: str | Path) -> Path:
        """Return a new bundle."""
        out = self.folder / name
        done = self.daybook("audit", "export", "--out", out, *words)
        assert done.returncode == 0, done.stderr
        return out


@contextmanager
def sealed_clinic(shared_engines: Engines, folder: Path) -> Iterator[SealedClinic]:
    with fresh_backend(shared_engines) as backend:
        daybook = at_small_clinic(backend, folder / "data")
        backend.count(*range(MORE), of="thing-elsewhere")
        key = SigningKey.generate(f"clinic.example/{backend.journal.id}")
        held = folder / "held.checkpoint"
        held.write_text(seal(backend, key, EARLIER).note)
        [(size,)] = backend.rows("SELECT count(*) FROM journal.journal_events")
        yield SealedClinic(backend, daybook, folder, key, held, seal(backend, key, size))


def seal(backend: Backend, key: SigningKey, size: int) -> Head:
    """Seal the first `size` events anew."""
    tiles: dict[tuple[int, int], bytes] = {}

    def put(tile: Tile, content: bytes) -> None:
        if isinstance(tile.level, int):
            tiles[tile.level, tile.number] = content

    with psycopg.connect(backend.database_url) as conn:
        seal_tables.prepare(conn)
        rows = JOURNAL.after(conn, 0, size)
        tree = TileTree(put)
        for row in rows:
            tree.append(leaf_entry(*row))
        root, positions = tree.finish(), [row.position for row in rows]
        text = Checkpoint(key.name, size, root).text()
        note = bytes(SignedNote(text, (key.sign_note(text),))).decode()
        head = Head(key.name, size, positions[-1], root, note, datetime.now(UTC))
        _write(conn, head, tiles, positions)
        return head


def _write(
    conn: psycopg.Connection[Any],
    head: Head,
    tiles: dict[tuple[int, int], bytes],
    positions: list[int],
) -> None:
    facts = (head.origin, "journal", 1, head.at)
    conn.execute(
        "INSERT INTO seal.logs (origin, log, generation, begun_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        facts,
    )
    conn.execute("DELETE FROM seal.tiles WHERE origin = %s", (head.origin,))
    for (level, number), hashes in tiles.items():
        of = positions[number * 256 : number * 256 + 256] if level == 0 else None
        conn.execute(
            "INSERT INTO seal.tiles (origin, level, number, hashes, positions)"
            " VALUES (%s, %s, %s, %s, %s)",
            (head.origin, level, number, hashes, of),
        )
    conn.execute(
        "INSERT INTO seal.heads (origin, size, position, root, note, at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (head.origin, head.size, head.position, head.root, head.note, head.at),
    )
