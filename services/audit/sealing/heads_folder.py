"""A folder of heads to be carried away: one file a tree and day, written once and never again.

A person, or a store that nothing can be deleted from, takes the files where the administrators of
the database and of NATS do not reach. A day's file (UTC) has the head that was the newest when the
day began to be worked on, so that it covers what was sealed by the end of the day before.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from services.audit.notes.signed_note import NoteUnsound
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head


class HeadsFolder:
    """The folder, as the sealer sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, head: Head, now: datetime) -> Path | None:
        """Write the day's file where it is not there yet; return it if so. Raises OSError."""
        day = now.astimezone(UTC).date().isoformat()
        path = self.path / f"{_name(head.origin)}-{day}.checkpoint"
        if path.exists():
            return None
        self.path.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        with draft.open("wb") as file:
            file.write(head.note.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path

    def newest(self, origin: Origin) -> SeenHead | None:
        """Return the head of the newest file of a log that can be read; None where there is none.

        Any tree of the log counts, whichever generation it is.
        """
        pattern = re.compile(
            rf"({re.escape(_name(origin.base))}(?:\.\d+)?)-(\d{{4}}-\d\d-\d\d)\..*"
        )
        try:
            found = [pattern.fullmatch(each.name) for each in self.path.iterdir()]
        except FileNotFoundError:
            return None
        dated = [(Origin.parse(each[1]).generation, each[2], each[0]) for each in found if each]
        for *_, name in sorted(dated, reverse=True):
            path = self.path / name
            try:
                return SeenHead.read(f"in the file {path}", path.read_text(encoding="utf-8"))
            except (NoteUnsound, ValueError):
                continue
        return None


def _name(origin: str) -> str:
    """Return an origin as the name of a file begins."""
    return origin.replace("/", "_")
