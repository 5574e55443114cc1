"""A leave: days on which a patient is away with the program's agreement."""

from dataclasses import dataclass
from datetime import date

LONGEST_LEAVE = 90
"""Days that a leave has at most: whoever is away for longer has left, which a discharge says.

A default of Daybook's (unverified). It is of one leave: another one that follows it at once is a
decision of its own.
"""


@dataclass(frozen=True, slots=True)
class Leave:
    """Days in a treatment, both included, on which the clocks of what is due in it stand still."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1

    def covers(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.first_day <= day <= self.last_day

    def overlaps(self, other: "Leave") -> bool:
        """Tell whether both have a day in common."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day
