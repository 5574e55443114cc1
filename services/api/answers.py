"""Answers of the command bus, brought back into the event loop."""

import asyncio
from collections import deque
from contextlib import suppress

from services.application.asked import Asked, Outcome
from services.application.command_bus import CommandBus


class CommandAnswers:
    """Hands commands to the bus and waits for what becomes of them; for one event loop.

    Those who wait are woken once for all answers of a batch.
    """

    def __init__(self, commands: CommandBus) -> None:
        self._commands = commands
        self._loop = asyncio.get_running_loop()
        self._answered: deque[tuple[asyncio.Future[Outcome], Outcome]] = deque()
        self._is_told = False

    async def outcome(self, client: str, asked: Asked, *, many_sessions: bool) -> Outcome:
        """Return what becomes of a command. Who goes away has it decided all the same."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._commands.submit(
            client,
            asked,
            lambda outcome: self._tell(future, outcome),
            many_sessions=many_sessions,
        )
        return await future

    def _tell(self, future: asyncio.Future[Outcome], outcome: Outcome) -> None:
        """Take an answer, in whatever thread."""
        self._answered.append((future, outcome))
        if not self._is_told:
            self._is_told = True
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_told = False
        while self._answered:
            future, outcome = self._answered.popleft()
            if not future.done():
                future.set_result(outcome)
