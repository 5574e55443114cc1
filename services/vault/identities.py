"""What the vault encrypts: who patients are, and who is close to them."""

from dataclasses import dataclass
from datetime import date

import orjson

BLOCK_BYTES = 256
"""What is encrypted is filled up to whole blocks: its length would tell the length of a name."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a patient is. Shown to nobody by accident: its repr says nothing."""

    mrn: str
    given_name: str
    family_name: str
    born: date

    def __repr__(self) -> str:
        return "Person(...)"

    def encoded(self) -> bytes:
        """Return it as JSON, in whole blocks."""
        return _in_blocks(orjson.dumps(self))

    @classmethod
    def decoded(cls, clear: bytes) -> "Person":
        """Return the person of such JSON; what was encrypted earlier may have any length."""
        known = orjson.loads(clear)
        return cls(**{**known, "born": date.fromisoformat(known["born"])})


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody close to a patient is and how they can be reached."""

    name: str
    reached_at: str

    def __repr__(self) -> str:
        return "Contact(...)"

    def encoded(self) -> bytes:
        """Return it as JSON, in whole blocks."""
        return _in_blocks(orjson.dumps(self))

    @classmethod
    def decoded(cls, clear: bytes) -> "Contact":
        """Return the contact of such JSON; what was encrypted earlier may have any length."""
        return cls(**orjson.loads(clear))


def _in_blocks(json: bytes) -> bytes:
    """Fill JSON up with spaces, which mean nothing there."""
    return json.ljust(-(-len(json) // BLOCK_BYTES) * BLOCK_BYTES)
