"""A journal of a small clinic, sealed in two steps: heads, tiles, and the key that signed them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from services.audit.notes.signed_note import SigningKey, VerifierKey
from services.audit.sealing.sealing import seal_next
from services.audit.tree import seal_tables
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import JournalLog
from services.audit.tree.seals import Head
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
        yield SealedClinic(backend, daybook, folder, key, held, seal(backend, key))


def seal(backend: Backend, key: SigningKey, until: int | None = None) -> Head:
    """Seal what there is, or up to a position; return the head."""
    with psycopg.connect(backend.database_url, autocommit=True) as conn:
        seal_tables.prepare(conn)
        origin = Origin.parse(key.name)
        while head := seal_next(conn, _UpTo(last=until), origin, key.seed, datetime.now(UTC)):
            newest = head
        return newest


@dataclass(frozen=True)
class _UpTo(JournalLog):
    """The journal up to a position."""

    last: int | None = None

    def end(self, conn: psycopg.Connection[Any]) -> int:
        return self.last or super().end(conn)
