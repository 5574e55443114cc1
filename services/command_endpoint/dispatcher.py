"""Which command is decided next: a queue for each client, and the clients take turns.

Commands that are about many sessions have a worker of their own, beside the workers for all
others: a preview of a year's track delays the next such preview, and nobody at a kiosk.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from services.command_endpoint import problems
from services.command_endpoint.handler import Executed, Request
from services.command_endpoint.problems import Problem
from services.command_endpoint.registry import OF_MANY_SESSIONS

AT_ONCE = 4
"""Commands that are decided at the same time, besides one that is about many sessions."""

MOST_WAITING = 1000
"""Commands of one client that wait, at most."""

PATIENCE = 25.0
"""Seconds that a command waits, at most: who sent it gives up after 30 and sends it again."""

Item = TypeVar("Item")
Answer = Executed | Problem


class ClientQueues(Generic[Item]):
    """What waits, in a queue for each client; the clients take turns."""

    def __init__(self, most: int) -> None:
        self._most = most
        # In the order of their turns; a client with nothing that waits is not there.
        self._queues: dict[str, deque[Item]] = {}

    def put(self, client: str, item: Item) -> bool:
        """Queue something of a client's; False where its queue is full."""
        queue = self._queues.setdefault(client, deque())
        if len(queue) >= self._most:
            return False
        queue.append(item)
        return True

    def take(self) -> Item | None:
        """Return what is next, and None where nothing waits."""
        client = next(iter(self._queues), None)
        if client is None:
            return None
        queue = self._queues.pop(client)
        item = queue.popleft()
        if queue:
            self._queues[client] = queue
        return item


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    answer: "asyncio.Future[Answer]"
    until: float


class _Workers:
    """Threads, and what waits for them."""

    def __init__(self, count: int) -> None:
        self.free = count
        self.queues: ClientQueues[_Waiting] = ClientQueues(MOST_WAITING)
        self.threads = ThreadPoolExecutor(count, thread_name_prefix="command")


class Dispatcher:
    """Has each command decided in its turn; used in one event loop, and closed in it."""

    def __init__(
        self,
        decide: Callable[[Request], Answer],
        *,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._decide = decide
        self._patience = patience
        self._clock = clock
        self._of_many_sessions = _Workers(1)
        self._of_others = _Workers(at_once)
        self._closed = False

    async def answer(self, request: Request) -> Answer:
        """Return what becomes of a command, or why it has to be sent again."""
        if self._closed:
            return problems.ending()
        large = request.command.name in OF_MANY_SESSIONS
        workers = self._of_many_sessions if large else self._of_others
        waiting = _Waiting(
            request, asyncio.get_running_loop().create_future(), self._clock() + self._patience
        )
        if not workers.queues.put(request.client, waiting):
            return problems.too_many(MOST_WAITING)
        self._go_on(workers)
        return await waiting.answer

    def close(self) -> None:
        """Answer what waits; what has begun is decided, and its threads end then."""
        self._closed = True
        for workers in (self._of_many_sessions, self._of_others):
            while waiting := workers.queues.take():
                _settle(waiting.answer, problems.ending())
            workers.threads.shutdown(wait=False)

    def _go_on(self, workers: _Workers) -> None:
        while workers.free and (waiting := workers.queues.take()):
            if waiting.until < self._clock():
                _settle(waiting.answer, problems.waited_too_long(self._patience))
                continue
            workers.free -= 1
            begun = asyncio.get_running_loop().run_in_executor(
                workers.threads, self._decide, waiting.request
            )
            begun.add_done_callback(partial(self._ended, workers, waiting))

    def _ended(self, workers: _Workers, waiting: _Waiting, done: "asyncio.Future[Answer]") -> None:
        workers.free += 1
        if fault := done.exception():
            waiting.answer.set_exception(fault)
        else:
            _settle(waiting.answer, done.result())
        self._go_on(workers)


def _settle(waiting: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not waiting.done():  # who waited may have been cancelled
        waiting.set_result(answer)
