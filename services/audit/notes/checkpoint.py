"""Checkpoints, the heads of a log: C2SP tlog-checkpoint, with three lines and no more.

The text of a note: the log's origin, how many leaves its tree has, and the root in base64. A line
more could be signed (and nobody could audit it), so none is written, and none is taken.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from services.audit.notes.cosignature import MOST_NAME_BYTES
from services.audit.notes.signed_note import NoteUnsound

ROOT_BYTES = 32
MOST_SIZE = 2**63 - 1

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `size` leaves, whose Merkle tree has this root (RFC 6962, SHA-256)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not 0 < len(self.origin.encode()) <= MOST_NAME_BYTES or "\n" in self.origin:
            raise NoteUnsound(f"the origin of a log is one line of 1 to {MOST_NAME_BYTES} bytes")
        if not 0 <= self.size <= MOST_SIZE:
            raise NoteUnsound("the size of a tree is a number from 0 to 2^63-1")
        if len(self.root) != ROOT_BYTES:
            raise NoteUnsound(f"the root of a tree has {ROOT_BYTES} bytes")

    def text(self) -> str:
        """Return its three lines, which are what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note. Raises NoteUnsound."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteUnsound("a checkpoint has three lines: origin, size, root")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise NoteUnsound("the second line of a checkpoint is its size, in decimal digits")
        try:
            found = cls(origin, int(size), base64.b64decode(root, validate=True))
        except (binascii.Error, ValueError) as why:
            raise NoteUnsound("the third line of a checkpoint is its root in base64") from why
        if found.text() != text:
            raise NoteUnsound("the root of a checkpoint is not base64 in its canonical form")
        return found
