"""Heads that can be seen outside the database, and what they say of the tree in it.

The sealer notes the newest head of each tree in a file beside its key. A head elsewhere that is of
more leaves than the database's newest says that the database is an older one.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.signed_note import NoteUnsound, SignedNote
from services.audit.sealing.seal_refusals import CONTINUE, SealRefused, TreeDiffers, TreeSmaller
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head, Seals, TileMissing
from services.embedded.data_folder import sync


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head that was signed, and where it was seen, as a sentence says it: `in the file ...`."""

    where: str
    checkpoint: Checkpoint
    note: str

    @classmethod
    def read(cls, where: str, note: str) -> "SeenHead":
        """Read a note. Raises NoteUnsound."""
        return cls(where, Checkpoint.parse(SignedNote.parse(note.encode()).text), note)

    @property
    def origin(self) -> Origin:
        """The tree of which it is."""
        return Origin.parse(self.checkpoint.origin)

    @property
    def order(self) -> tuple[int, int]:
        """What the newest of a log's heads has most of: generation, then size."""
        return self.origin.generation, self.checkpoint.size


def check_seen(seals: Seals, origin: Origin, seen: Iterable[SeenHead]) -> None:
    """Raise TreeSmaller or TreeDiffers where a head that was seen says that the tree is another."""
    newest = seals.newest()
    size = newest.size if newest else 0
    for each in seen:
        theirs = each.origin
        if theirs.base != origin.base or theirs.generation < origin.generation:
            continue
        of = each.checkpoint
        if newest and (of.origin, of.size, of.root) == (newest.origin, size, newest.root):
            continue
        if theirs.generation > origin.generation or of.size > size:
            raise TreeSmaller(
                f"A head of {of.origin} over {of.size} leaves was signed ({each.where}), and this"
                f" database's newest, of {origin}, is over {size}: it is an older one. Restore the"
                f" newer one; to go on from here: {CONTINUE}"
            )
        if of.size and _root(seals, of.size) != of.root:
            raise TreeDiffers(
                f"A head of {of.origin} over {of.size} leaves was signed ({each.where}) that this"
                " database's tree does not make: there are two histories. Find out which is true"
                f" (`daybook audit verify`); to go on with this one: {CONTINUE}"
            )


def _root(seals: Seals, size: int) -> bytes | None:
    try:
        return seals.root(size)
    except TileMissing:
        return None


class SeenFile:
    """The sealer's own file: the note of the newest head of each log, by the origin's base."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, head: Head) -> bool:
        """Tell whether the file has this very head."""
        try:
            notes = orjson.loads(self.path.read_bytes())
            return bool(notes[Origin.parse(head.origin).base] == head.note)
        except (OSError, TypeError, KeyError, ValueError):
            return False

    def heads(self) -> dict[str, SeenHead]:
        """Return the head of each log. Raises SealRefused where the file says something else."""
        where = f"in the file {self.path}"
        try:
            said = orjson.loads(self.path.read_bytes())
            return {base: SeenHead.read(where, note) for base, note in said.items()}
        except FileNotFoundError:
            return {}
        except (OSError, AttributeError, ValueError, NoteUnsound) as why:
            raise SealRefused(
                f"The file {self.path} does not say which heads were signed"
                f" ({type(why).__name__}): restore it, or take it away if the database is known to"
                " be the newest"
            ) from why

    def keep(self, note: str) -> None:
        """Keep a head as the newest of its log; the file is there whole, or as it was before.

        Raises SealRefused where it cannot be: more is not signed before this is noted.
        """
        head = SeenHead.read("", note)
        notes = {base: each.note for base, each in self.heads().items()}
        try:
            self._write(notes | {head.origin.base: note})
        except OSError as why:
            raise SealRefused(
                f"The file {self.path}, which says which heads were signed, cannot be written"
                f" ({why.strerror}): more is sealed once it can"
            ) from why

    def _write(self, notes: Mapping[str, str]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(dict(notes), option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        sync(self.path.parent)
