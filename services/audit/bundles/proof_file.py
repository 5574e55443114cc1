"""Proofs that stand by themselves: C2SP tlog-proof, a leaf's place in a log under a signed head.

c2sp.org/tlog-proof@v1
index 73894
<a hash of the inclusion proof in base64, a line each>

<the checkpoint, as it was signed>
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import DaybookError
from services.audit.tree.merkle import EMPTY_ROOT, Hash

FIRST_LINE = "c2sp.org/tlog-proof@v1"

MOST_HASHES = 63
"""A tree has fewer than 2^63 leaves, so no proof is longer."""

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


class ProofUnsound(DaybookError):
    """A proof that is not of its format."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The index of a leaf, its inclusion proof from the leaf on, and the note of the head."""

    index: int
    hashes: Sequence[Hash]
    note: bytes

    def __bytes__(self) -> bytes:
        lines = [FIRST_LINE, f"index {self.index}", *hash_lines(self.hashes), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, raw: bytes) -> "TlogProof":
        """Read a proof; extra data in it is passed over, as nobody signed it.

        Raises ProofUnsound. The note is not read.
        """
        said, gap, note = raw.partition(b"\n\n")
        lines = said.decode("utf-8", "replace").split("\n")
        if lines[0] != FIRST_LINE or not gap:
            raise ProofUnsound(f"a proof begins with the line {FIRST_LINE}")
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        index = _INDEX.fullmatch(rest[0]) if rest else None
        if index is None:
            raise ProofUnsound("a proof says which leaf it is of in a line 'index <number>'")
        return cls(int(index[1]), hashes_of(rest[1:]), note)


def hash_lines(hashes: Sequence[Hash]) -> list[str]:
    """Return hashes as the lines of a proof."""
    return [base64.b64encode(each).decode() for each in hashes]


def hashes_of(lines: Sequence[str]) -> list[Hash]:
    """Return the hashes of a proof's lines. Raises ProofUnsound."""
    if len(lines) > MOST_HASHES:
        raise ProofUnsound(f"a proof has at most {MOST_HASHES} hashes")
    return [_hash_of(each) for each in lines]


def _hash_of(line: str) -> Hash:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != len(EMPTY_ROOT) or base64.b64encode(found).decode() != line:
        raise ProofUnsound("a line of a proof is not a hash of 32 bytes in base64")
    return found
