"""What a log sends to a witness: the request `add-checkpoint` of C2SP tlog-witness.

old <size of the head that the witness cosigned last, or 0>
<a hash of the consistency proof in base64>     (none to 63 of them)
<empty line>
<the head, as a signed note>
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.audit.notes.checkpoint import MOST_SIZE
from services.audit.notes.signed_note import MOST_NOTE_BYTES, NoteUnsound, SignedNote
from services.audit.tree.merkle import Hash

MOST_HASHES = 63
"""How many hashes a consistency proof may have here; a tree has fewer than 2^63 leaves."""

MOST_BODY_BYTES = MOST_NOTE_BYTES + (MOST_HASHES + 1) * 64
"""How long a request may be."""

SIZE_TYPE = "text/x.tlog.size"
"""The content type of the answer 409, whose body is the size that the witness knows."""

_HASH_BYTES = 32
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A head, and the proof that it goes on from the one of `old` leaves."""

    old: int
    proof: tuple[Hash, ...]
    note: SignedNote

    def __bytes__(self) -> bytes:
        hashes = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.old}\n{hashes}\n".encode() + bytes(self.note)

    @classmethod
    def parse(cls, raw: bytes) -> "AddCheckpoint":
        """Read a request strictly. Raises NoteUnsound."""
        if len(raw) > MOST_BODY_BYTES:
            raise NoteUnsound(f"a request has at most {MOST_BODY_BYTES:,} bytes")
        before, empty, note = raw.partition(b"\n\n")
        first, *hashes = before.decode("ascii", errors="replace").split("\n")
        found = _OLD.fullmatch(first)
        if not found or not empty or int(found[1]) > MOST_SIZE:
            raise NoteUnsound(
                "a request is a line 'old <size>', the hashes of a consistency proof, an empty"
                " line, and a checkpoint"
            )
        if len(hashes) > MOST_HASHES:
            raise NoteUnsound(f"a consistency proof has at most {MOST_HASHES} hashes")
        return cls(int(found[1]), _hashes(hashes), SignedNote.parse(note))


def _hashes(lines: Sequence[str]) -> tuple[Hash, ...]:
    found = []
    for number, line in enumerate(lines, 1):
        try:
            raw = base64.b64decode(line, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _HASH_BYTES or base64.b64encode(raw).decode() != line:
            raise NoteUnsound(f"hash {number} of the proof is not 32 bytes in base64")
        found.append(raw)
    return tuple(found)
