"""A command that was asked for, with all that deciding it takes, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.aggregate import CommandContext
from services.application.unit_of_work import UnitOfWork
from services.journal import Receipt, RecordedEvent
from services.journal.receipts import Known


class IdUsedOtherwise(Exception):
    """Another command was recorded under the same id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command to be decided: `decision` loads from a unit of work and saves nothing.

    With a `facility_id` nothing of other facilities is there for it. Under the id of a `receipt`
    it is recorded once. `about` are ids of aggregates that it is likely to load.
    """

    context: CommandContext
    decision: Callable[[UnitOfWork], Any]
    facility_id: str | None = None
    receipt: Receipt | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a command: what it returned, its events, the position that includes them.

    There are no events where what it asked for was so already, or in a preview.
    """

    returned: Any
    events: tuple[RecordedEvent, ...]
    position: int


Outcome = Done | Exception


def recorded_before(known: Known, receipt: Receipt | None) -> Outcome:
    """Return what became of a command that was recorded before, by its receipt."""
    if receipt is None or known.digest != receipt.digest:
        return IdUsedOtherwise()
    return Done(known.result, known.events, known.events[-1].position)
