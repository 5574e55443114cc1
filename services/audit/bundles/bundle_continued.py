"""What a log that was continued after a restore says: from which tree it parted, where and why.

Whoever holds a head of the tree before can tell by it whether that head is of what both trees have
in common. A statement is a note, signed by the key of the tree after (`sealing.continuing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, Self

import orjson
import psycopg
from psycopg.rows import tuple_row

from services.audit.bundles.bundle_files import BundleFiles
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import SealPolicy
from services.audit.notes.signed_note import NoteUnsound, SignedNote
from services.audit.sealing.continuing import STATEMENT

_STATEMENTS: LiteralString = """
    SELECT statement FROM seal.logs
    WHERE log = (SELECT log FROM seal.logs WHERE origin = %(origin)s) AND statement IS NOT NULL
        AND generation <= (SELECT generation FROM seal.logs WHERE origin = %(origin)s)
    ORDER BY generation
"""


def path_of(number: int) -> str:
    """Return where a statement is in a bundle; they are counted from 1."""
    return f"continued/{number}.note"


@dataclass(frozen=True, slots=True)
class Continuation:
    """A tree that parted from another one; `common` leaves both have, None where nobody knows."""

    origin: str
    before: str
    common: int | None
    because: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a statement. Raises NoteUnsound."""
        lines = text.split("\n")
        try:
            form, origin, before, _, _, common, because, end = lines
            parted = None if common == "unknown" else int(common)
            if (form, end) != (STATEMENT, ""):
                raise ValueError(form)
            return cls(origin, before, parted, str(orjson.loads(because)))
        except ValueError:
            raise NoteUnsound(f"a statement is not of the form {STATEMENT}") from None

    @property
    def says(self) -> str:
        """What is told of it."""
        where = "an unknown place" if self.common is None else f"leaf {self.common:,}"
        return f"{self.origin} parted from {self.before or 'no head'} after {where}: {self.because}"


def statements(conn: psycopg.Connection[Any], origin: str) -> list[str]:
    """Return the notes of a tree and of those before it that say how each parted, in order."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        return [note for (note,) in cursor.execute(_STATEMENTS, {"origin": origin})]


def read(bundle: BundleFiles, policy: SealPolicy) -> list[Continuation]:
    """Return the statements that are in a bundle. Raises NoteUnsound where one is not signed."""
    found: list[Continuation] = []
    while bundle.has(name := path_of(len(found) + 1)):
        found.append(signed(bundle.whole(name), policy))
    return found


def signed(raw: bytes, policy: SealPolicy) -> Continuation:
    """Return the statement of a note that a log's key signed. Raises NoteUnsound."""
    note = SignedNote.parse(raw)
    said = Continuation.parse(note.text)
    note.verified_by(policy.keys_of(said.origin, said.common or 0))
    return said


def is_shared(kept: Checkpoint, origin: str, known: Sequence[Continuation]) -> bool:
    """Tell whether all leaves of a head are also of the tree with this origin, as is known."""
    by_origin = {each.origin: each for each in known}
    while origin != kept.origin:
        parted = by_origin.pop(origin, None)
        if parted is None or parted.common is None or kept.size > parted.common:
            return False
        origin = parted.before
    return True
