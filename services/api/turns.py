"""Turns: however much somebody asks at once, others find the database free."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.api import problems
from services.api.problems import Refused

AT_ONCE = 3
"""Questions of one account that are answered at the same time, at most."""

MOST_WAITING = 100
"""Questions of one account that wait for their turn, or are answered, at most."""


@dataclass(slots=True)
class _Turn:
    free: asyncio.Semaphore
    asked: int = 0


class Turns:
    """Gives each account its turns; for one event loop."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @contextmanager
    def of(self, account: str) -> Iterator[asyncio.Semaphore]:
        """Count a question of an account; yield what is to be held while it is read.

        Raises Refused where as many are counted already as may be.
        """
        turn = self._turns.setdefault(account, _Turn(asyncio.Semaphore(AT_ONCE)))
        if turn.asked >= MOST_WAITING:
            raise Refused(problems.too_many_questions(MOST_WAITING), {"retry-after": "1"})
        turn.asked += 1
        try:
            yield turn.free
        finally:
            turn.asked -= 1
            if not turn.asked:
                del self._turns[account]
