"""Refusals of values, whatever they are about."""

from collections.abc import Sequence
from typing import Self

from domain.errors.kinds import AlreadyThere, NotThere, OutOfOrder, Overlapping, Refusal


class EndsBeforeStart(OutOfOrder):
    """An end lies before its start."""

    says = "{end} is before {start}"


class NotYet(OutOfOrder):
    """Something is told before it happens."""

    says = "this has not happened yet: it can be recorded once it has"


class NotPositive(Refusal):
    """An amount has to be more than nothing."""

    says = "{what} must be more than 0"


class OutOfBounds(Refusal):
    """A text, a number or a day lies beyond what can be recorded."""

    says = "{what} is {problem}"


class TooMuchAtOnce(Refusal):
    """One decision would be about more than one decision can be about."""

    says = "this would be {number} {what}; the limit is {most}"


class ReasonMissing(Refusal):
    """A closed record, or one that is put right, is changed only with a reason."""

    says = "this needs a reason, in words"


class SaidOtherwise(AlreadyThere):
    """Something that says the same for ever is on record, and says something else."""

    says = "this {what} is on record already, and what is recorded differs from this"


class NotOnRecord(NotThere):
    """Something that the command names was never recorded."""

    says = "there is no such {what} on record"


class ConflictsMet(Overlapping):
    """Everything that a change of several sessions met; none of them was made."""

    says = "nothing was changed: {conflicts}"

    @classmethod
    def all_of(cls, conflicts: Sequence[str]) -> Self:
        """Return the refusal that names each conflict, a sentence with its day."""
        return cls(conflicts="; ".join(conflicts))
