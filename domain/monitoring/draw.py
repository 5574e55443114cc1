"""The draw of drug tests: at random, but never sooner or later than two gaps allow.

An interval that is random within bounds is better than a fixed one, which can be foreseen, and
than pure chance, which can leave long gaps (ASAM, Appropriate Use of Drug Testing, 2017,
http://eguideline.guidelinecentral.com/i/840070-drug-testing-pocket-guide/8).
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from domain.errors import GapsReversed, GapTooLong, NotPositive
from domain.times import days

LONGEST_GAP = 366
"""Days between two tests, at most."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The fewest and the most days between two tests, both included."""

    shortest: int
    longest: int

    def check(self) -> None:
        """Raise NotPositive, GapsReversed or GapTooLong where no draw is possible."""
        if self.shortest < 1:
            raise NotPositive(what="the shortest gap")
        if self.longest < self.shortest:
            raise GapsReversed(longest=self.longest, shortest=self.shortest)
        if self.longest > LONGEST_GAP:
            raise GapTooLong(longest=self.longest, most=LONGEST_GAP)

    def window(self, last: date) -> tuple[date, date]:
        """Return the first and the last day on which the test after `last` may fall."""
        return last + timedelta(days=self.shortest), last + timedelta(days=self.longest)


def is_drawn(
    seed: bytes,
    number: int,
    day: date,
    *,
    last: date,
    gaps: Gaps,
    comes_on: Collection[date],
) -> bool:
    """Tell whether a patient's test `number` (from 1) falls on a day.

    It is decided day by day, so that the days to come are written nowhere. Of the days of the
    window that are left and on which the patient comes (of all that are left, where they come on
    none) each is as likely as the others, and the last one is certain. What chance decides is a
    hash of seed, number and day: its remainder favours no day by more than 2**-240.

    Nobody having looked in time, it falls on the first day after the window on which they come.
    """
    first, end = gaps.window(last)
    if day < first:
        return False
    if day > end:
        return day in comes_on or not any(each > day for each in comes_on)
    left = [each for each in days(day, end) if each in comes_on] or list(days(day, end))
    return day in left and _hash(seed, number, day) % len(left) == 0


def _hash(seed: bytes, number: int, day: date) -> int:
    message = f"drug test {number} on {day.isoformat()}".encode()
    return int.from_bytes(hmac.new(seed, message, sha256).digest(), "big")
