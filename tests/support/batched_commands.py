"""Commands of a state machine, saved in batches, while others record and connections break.

What becomes of them has to be what becomes of the same commands one after the other: first those
that others recorded before the lock was taken, then the batch in its order.
"""

from random import Random
from typing import Any

import psycopg

from domain.aggregate import CommandContext
from services.application import Asked, Command, CommandHandler
from services.application.asked import Done, Outcome
from services.application.group_commit import GroupCommit
from tests.support.memory_journal import MemoryJournal, MemoryVault

LARGEST_BATCH = 7
MOST_ELSEWHERE = 3


class BatchedCommands:
    """Takes commands as a handler does, and saves them when there are enough."""

    def __init__(self, journal: Any, vault: MemoryVault, chance: Random) -> None:
        self.journal: MemoryJournal = journal
        self._vault = vault
        self._chance = chance
        self._group = GroupCommit(journal, vault)
        self._asked: list[Asked] = []
        self._wanted = self._chance.randint(1, LARGEST_BATCH)

    def handle(
        self, context: CommandContext, command: Command[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        self._asked.append(Asked(context, lambda work: command(work, *args, **kwargs)))

    def save_some(self) -> None:
        """Save what waits, some of it by somebody else meanwhile, once there is enough of it."""
        if len(self._asked) < self._wanted:
            return
        count = self._chance.randint(0, min(MOST_ELSEWHERE, len(self._asked) - 1))
        elsewhere, batch = self._asked[:count], self._asked[count:]
        self._asked, self._wanted = [], self._chance.randint(1, LARGEST_BATCH)
        journal: Any = self.journal.copy()
        alone = CommandHandler(journal, self._vault.copy())
        expected = [outcome(alone, each) for each in (*elsewhere, *batch)]
        found: list[Outcome] = []
        breaks = self._chance.random() < 0.2

        def meanwhile() -> None:
            nonlocal breaks
            if breaks:
                breaks = False
                raise psycopg.OperationalError
            if len(found) < len(elsewhere):
                others: Any = self.journal
                handler = CommandHandler(others, self._vault)
                found.extend(outcome(handler, each) for each in elsewhere)

        self.journal.before_lock = meanwhile
        found += self._group.run(batch)
        assert [said(each) for each in found] == [said(each) for each in expected]
        assert [each.topic for each in self.journal.order] == [each.topic for each in journal.order]
        for aggregate_id, kept in self._group.kept():
            assert kept == self.journal.load(aggregate_id)


def outcome(handler: CommandHandler, asked: Asked) -> Outcome:
    try:
        return handler.run(asked)
    except Exception as why:
        return why


def said(outcome: Outcome) -> str:
    """What became of a command; ids that are drawn differ."""
    return "done" if isinstance(outcome, Done) else f"{type(outcome).__name__}: {outcome}"
