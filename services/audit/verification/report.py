"""What a verification found: sections in the order in which they are told, and faults as data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MOST_TOLD = 20
"""Faults of a section that are told one by one, at most; the others are counted."""


class Standing(StrEnum):
    """How a section ended."""

    SOUND = "sound"
    NOTE = "note"
    """Sound, with something to know: what is not witnessed, a time that goes back."""
    UNSOUND = "unsound"
    NOT_ASKED = "not asked"
    """Not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is not as it was sealed, or not as the events make it.

    `sure` says that the leaf hashes by which it is known belong to a head that was given from
    outside; otherwise only what is here says so. `between` has the sizes of the two heads, in
    leaves, within which it lies: the last with which all is well, and the first that does not fit;
    None where there is none.
    """

    what: str
    """What is wrong: event, head, tree, message, snapshot, identity, receipt, row, key."""
    says: str
    """One sentence, with nothing of a patient's."""
    event: str | None = None
    """The event by name (aggregate:version), where one is wrong."""
    position: int | None = None
    """The position in the journal where it is, or would be."""
    sure: bool = False
    between: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that was looked at: what it is called, what is said of it, and its faults."""

    name: str
    says: Sequence[str]
    """Its lines: the first beside the name, the others below."""
    faults: Sequence[Fault] = ()
    is_note: bool = False
    was_asked: bool = True

    @property
    def standing(self) -> Standing:
        """How it ended."""
        if self.faults:
            return Standing.UNSOUND
        if not self.was_asked:
            return Standing.NOT_ASKED
        return Standing.NOTE if self.is_note else Standing.SOUND


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was verified. Sizes are numbers of leaves of the first log that was verified."""

    sections: Sequence[Section]
    size: int = 0
    """How many leaves there are."""
    witnessed: int = 0
    """How many of them the newest head covers that was held elsewhere, or fulfils the policy."""
    at_least: int = 0
    """How many have to be covered so."""

    @property
    def faults(self) -> Sequence[Fault]:
        """Every fault, in the order of the sections."""
        return [each for section in self.sections for each in section.faults]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, and as much is witnessed as was asked for."""
        return not self.faults and self.witnessed >= self.at_least

    def lines(self) -> Iterator[str]:
        """Yield what is printed: a column of names, and what is said of each."""
        width = max((len(each.name) for each in self.sections), default=0) + 2
        for section in self.sections:
            told = [*section.says, *(each.says for each in section.faults)]
            for number, line in enumerate(told):
                yield f"{section.name if number == 0 else '':<{width}}{line}"
        if self.witnessed < self.at_least:
            yield (f"{self.witnessed:,} leaves are witnessed, and {self.at_least:,} were asked for")

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "sound": self.sound,
            "size": self.size,
            "witnessed": self.witnessed,
            "at_least": self.at_least,
            "sections": [
                {
                    "name": each.name,
                    "standing": each.standing,
                    "says": list(each.says),
                    "faults": [asdict(fault) for fault in each.faults],
                }
                for each in self.sections
            ],
        }


def counted(number: int, unit: str) -> str:
    """Return how many there are of something, which is named in the plural: 1 event, 2 events."""
    return f"{number:,} {one_of(unit) if number == 1 else unit}"


def one_of(unit: str) -> str:
    """Return the singular of what rows are called: events, entries, messages."""
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")
