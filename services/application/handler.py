"""The handler of a single command: decided beside all others, and saved by itself."""

from contextlib import suppress
from dataclasses import replace
from typing import cast

from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from services.application.asked import Asked, Done, recorded_before
from services.application.command import Command, Given, Returned
from services.application.unit_of_work import UnitOfWork
from services.journal import Journal
from services.vault import Vault

TRIES = 6
"""How often a command is decided, at most, because others save first; the last time it is alone."""


class CommandHandler:
    """Runs commands one by one: load, decide, commit. A refusal changes nothing and says why.

    A command that meets somebody else's commit is decided again on what is so then: of those who
    race for one place, one wins and the others are refused. After some tries nobody else may
    record until it has been decided.
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
        for _ in range(TRIES - 1):
            with suppress(IntegrityError):
                return self._try(asked)
        with self.journal.alone():
            done = self._try(asked)
        return self._recorded(asked) or done

    def _try(self, asked: Asked) -> Done:
        """Decide once. Raises IntegrityError where somebody else recorded what it rests on."""
        work = UnitOfWork(self.journal, self.vault.begin(), asked.context, asked.facility_id)
        if before := self._recorded(asked):
            return before
        try:
            returned = asked.decision(work)
            if self._save(asked, work, returned):
                return self._recorded(asked) or Done(returned, (), self.journal.position())
        except Exception:
            # Of what was read while others recorded, one thing may not fit another.
            self._check(work)
            raise
        # A preview is of the moment in which it was asked for; it keeps nobody from recording.
        if not work.is_preview:
            self._check(work)
        return Done(returned, (), self.journal.position())

    def _check(self, work: UnitOfWork) -> None:
        """Raise IntegrityError where what was read is not so any longer, all at one moment."""
        if self.journal.have_changed(work.reads):
            raise IntegrityError

    def _save(self, asked: Asked, work: UnitOfWork, returned: object) -> bool:
        """Save what was decided; tell whether there was anything. Raises IntegrityError."""
        decided = work.decided()
        self.journal.save(
            *decided,
            receipt=asked.receipt and replace(asked.receipt, result=returned),
            reads=work.reads,
            in_transaction=work.save_beside,
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
