"""Claim lines: what is sent to the payer for a day, and what takes it back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Frequency = Literal["1", "7", "8"]
"""As in the claim frequency code of an 837I: 1 original, 7 replacement, 8 void."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What Daybook says is billed of a day by one code; `revenue_code` is None of version 1."""

    revenue_code: str | None
    code: str
    units: int


@dataclass(frozen=True, slots=True)
class Day:
    """What Daybook says of a day of treatment; `reasons` say why it is no unit.

    A day that is none may have `charges` all the same: as its `fallback` says, it is billed
    otherwise.
    """

    patient_id: str
    day: str
    payer: str | None
    tier: int | None
    fallback: str | None
    reasons: tuple[str, ...]
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A claim line. No amount stands in it: what a unit costs is between clinic and payer."""

    patient_id: str
    day: str
    payer: str
    revenue_code: str | None
    code: str
    units: int
    tier: int | None
    frequency: Frequency


def next_lines(last: Sequence[Line], now: Day | None) -> tuple[Line, ...]:
    """Return the lines by which what was claimed of a day becomes what it is now.

    `last` is the last line of that day of each payer and code; `now` is None for a day that is
    none. What is owed no longer gets a void, what is owed otherwise a replacement.
    """
    claimed = {_key(each): each for each in last if each.frequency != "8"}
    owed = {_key(each): each for each in _lines(now)} if now else {}
    voids = [replace(each, frequency="8") for key, each in claimed.items() if key not in owed]
    found: list[Line] = []
    for key, line in owed.items():
        known = claimed.get(key)
        if known is None:
            found.append(line)
        elif replace(line, frequency=known.frequency) != known:
            found.append(replace(line, frequency="7"))
    return (*voids, *found)


def _key(line: Line) -> tuple[str, str]:
    return line.payer, line.code


def _lines(day: Day) -> list[Line]:
    """Return the lines that a day is worth, as if they were the first."""
    if day.payer is None:
        return []
    return [
        Line(
            *(day.patient_id, day.day, day.payer, each.revenue_code, each.code, each.units),
            *(day.tier, "1"),
        )
        for each in day.charges
    ]
