"""The handler of a single command: decided beside all others, and saved by itself."""

from dataclasses import replace
from typing import cast

from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from domain.errors import Refusal
from services.application.asked import Asked, Done, recorded_before
from services.application.command import Command, Given, Returned
from services.application.unit_of_work import UnitOfWork
from services.journal import Journal
from services.vault import Vault

TRIES = 50
"""How often a command is decided anew because others saved first; each time one of them has won."""


class CommandHandler:
    """Runs commands one by one: load, decide, commit. A refusal changes nothing and says why.

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
        asked = Asked(context, lambda work: command(work, *args, **kwargs))
        return cast("Returned", self.run(asked).returned)

    def run(self, asked: Asked) -> Done:
        """Load, decide, commit. Raises what the decision raises, and IdUsedOtherwise."""
        for _ in range(TRIES):
            work = UnitOfWork(self.journal, self.vault.begin(), asked.context, asked.facility_id)
            if before := self._recorded(asked):
                return before
            returned, why = None, None
            try:
                returned = asked.decision(work)
                saved = self._save(asked, work, returned)
            except IntegrityError:
                continue
            except Refusal as refusal:
                why = refusal
            else:
                if saved:
                    found = self._recorded(asked)
                    return found or Done(returned, (), self.journal.position())
            # Nothing is recorded: then what was read has to be so still, all at one moment.
            if not self.journal.have_changed(work.reads):
                if why:
                    raise why
                return Done(returned, (), self.journal.position())
        raise IntegrityError

    def _save(self, asked: Asked, work: UnitOfWork, returned: object) -> bool:
        """Save what was decided; tell whether there was anything. Raises IntegrityError."""
        decided = work.decided()
        self.journal.save(
            *decided,
            receipt=asked.receipt and replace(asked.receipt, result=returned),
            reads=work.reads,
            in_transaction=work.vault.save,
        )
        return bool(decided)

    def _recorded(self, asked: Asked) -> Done | None:
        """Return what a command recorded; None where it has recorded nothing."""
        receipt = asked.receipt
        if receipt is None:
            return None
        known = self.journal.receipt(*receipt.key)
        if known is None:
            return None
        found = recorded_before(known, receipt)
        if isinstance(found, Exception):
            raise found
        return found
