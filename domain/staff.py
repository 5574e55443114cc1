"""Somebody on the staff, and their credentials, each on its days. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Staff:
    """A person of staff and the credential that they have."""

    staff_id: str
    name: str
    credential: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential and the days on which it is good; `last_day` is None where it has no end."""

    name: str
    first_day: date
    last_day: date | None = None

    def holds_among(self, recorded: Sequence["Credential"]) -> bool:
        """Tell whether the credential is on record, and nothing later that shares a day with it."""
        if self not in recorded:
            return False
        at = len(recorded) - 1 - list(reversed(recorded)).index(self)
        return not any(self.overlaps(later) for later in recorded[at + 1 :])
