"""Claim lines: what is sent to the payer for a day, and what takes it back. Pure."""

from dataclasses import dataclass, replace
from typing import Literal

CODE = "H0015"
"""What is billed where no authorization names a code: intensive outpatient treatment, a day
(https://www.carepatron.com/procedure-code/hcpcs-code-h0015)."""

Frequency = Literal["1", "7", "8"]
"""As in the claim frequency code of an 837P: 1 original, 7 replacement, 8 void."""


@dataclass(frozen=True, slots=True)
class Day:
    """What Daybook says of a day of treatment; `reasons` say why `units` is 0."""

    patient_id: str
    day: str
    payer: str | None
    code: str | None
    units: int
    tier: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A claim line. No amount stands in it: what a unit costs is between clinic and payer."""

    patient_id: str
    day: str
    payer: str
    code: str
    units: int
    tier: int | None
    frequency: Frequency


def next_lines(last: Line | None, now: Day | None) -> tuple[Line, ...]:
    """Return the lines by which what was claimed of a day becomes what it is now.

    `last` is the last line of that day, if there is any; `now` is None for a day that is none. A
    payer to whom nothing is owed any longer gets a void, and another payer a line of their own.
    """
    claimed = last if last and last.frequency != "8" else None
    owed = _line(now) if now else None
    if claimed and (owed is None or owed.payer != claimed.payer):
        void = replace(claimed, frequency="8")
        return (void, owed) if owed else (void,)
    if claimed and owed:
        changed = replace(owed, frequency=claimed.frequency) != claimed
        return (replace(owed, frequency="7"),) if changed else ()
    return (owed,) if owed else ()


def _line(day: Day) -> Line | None:
    """Return the line that a day is worth, as if it were the first; None where it is worth none."""
    if day.units == 0 or day.payer is None:
        return None
    code = day.code or CODE
    return Line(day.patient_id, day.day, day.payer, code, day.units, day.tier, "1")
