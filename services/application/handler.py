"""The handler: runs each command as one unit of work, whoever asks for it."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from domain.errors import Refusal
from services.application.command import Command, Given, Returned
from services.application.unit_of_work import UnitOfWork
from services.journal import Journal
from services.vault import Vault

TRIES = 50
"""How often a command is decided anew because others saved first; each time one of them has won."""

LOOKS = 3
"""How often a refusal is looked at again because somebody saved meanwhile."""

Decided = TypeVar("Decided")


class CommandHandler:
    """Runs commands: load, decide, commit. A refusal changes nothing and says why.

    A command that meets somebody else's commit is decided again on what is so then: of those who
    race for one place, one wins and the others are refused.
    """

    def __init__(self, journal: Journal, vault: Vault) -> None:
        self.journal = journal
        self.vault = vault

    def handle(
        self,
        context: CommandContext,
        command: Command[Given, Returned],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Returned:
        """Run a command with its arguments; return what it returns. Raises Refusal."""
        return self.decide(
            context,
            lambda work: command(work, *args, **kwargs),
            exclusive=command.turn(*args, **kwargs),
        )

    def decide(
        self,
        context: CommandContext,
        decision: Callable[[UnitOfWork], Decided],
        *,
        facility_id: str | None = None,
        exclusive: str | None = None,
    ) -> Decided:
        """Load, decide, commit; return what the decision returns.

        With a `facility_id` nothing of other facilities is there for the decision. Those that name
        the same `exclusive` take turns.
        """
        looks = 0
        with self.journal.exclusive(exclusive) if exclusive else nullcontext():
            for number in range(TRIES):
                # The position first: what is saved while the work begins is looked at again, too.
                position = self.journal.position()
                work = UnitOfWork(self.journal, self.vault, context, facility_id)
                try:
                    decided = decision(work)
                    work.commit()
                except IntegrityError:
                    if number == TRIES - 1:
                        raise
                except Refusal:
                    # What was loaded while somebody saved may not belong together: look again.
                    if looks == LOOKS or self.journal.position() == position:
                        raise
                    looks += 1
                else:
                    return decided
        raise AssertionError("unreachable")
