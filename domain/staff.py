"""Somebody on the staff, and their credentials, each on its days. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Staff:
    """A staff member and the credential that they have."""

    staff_id: str
    name: str
    credential: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential and the days on which it is good; `last_day` is None where it has no end."""

    name: str
    first_day: date
    last_day: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether the credential is good on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def overlaps(self, other: "Credential") -> bool:
        """Tell whether the two share a day."""
        first = max(self.first_day, other.first_day)
        return self.covers(first) and other.covers(first)

    def holds_among(self, recorded: Sequence["Credential"]) -> bool:
        """Tell whether the credential is on record, and nothing later that shares a day with it."""
        if self not in recorded:
            return False
        since = len(recorded) - list(reversed(recorded)).index(self)
        return not any(self.overlaps(later) for later in recorded[since:])


def credential_on(staff: Staff | None, dated: Sequence[Credential], day: date) -> str | None:
    """Return somebody's credential on a day; None for nobody, or where all are of other days.

    Of whom none has days, the one that the staff list gives holds.
    """
    good = [each.name for each in dated if each.covers(day)]
    if staff is None or (dated and not good):
        return None
    return good[-1] if good else staff.credential
