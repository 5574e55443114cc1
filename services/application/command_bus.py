"""The command bus: where every command is handed in, whoever asks for it.

Each client has a queue, and the clients take turns. What waits is decided and saved together by
one thread (group commit). A command that is about many sessions is decided beside it, by a thread
of its own: a preview of a year's track delays the next such preview, and nobody at a kiosk.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from typing import Generic, TypeVar, cast

from domain.aggregate import CommandContext
from domain.errors import DaybookError
from services.application.asked import Asked, Outcome
from services.application.command import Command, Given, Returned
from services.application.group_commit import GroupCommit
from services.application.handler import CommandHandler
from services.failures import where_it_failed
from services.journal import Journal
from services.vault import Vault

logger = logging.getLogger("daybook.commands")

AT_ONCE = 64
"""Commands that are decided and saved together, at most."""

GATHERED = 0.0005
"""Seconds in which more may come after several were answered at once."""

MOST_WAITING = 1000
"""Commands of one client that wait, at most."""

PATIENCE = 25.0
"""Seconds that a command waits, at most: who sent it gives up after 30 and sends it again."""

DECIDED_WITHIN = 30.0
"""Seconds for what was begun to be decided."""

Item = TypeVar("Item")


class TooManyWaiting(DaybookError):
    """As many commands of this client wait as may."""


class WaitedTooLong(DaybookError):
    """A command's turn did not come in time; it was not decided."""


class Ending(DaybookError):
    """The bus is being closed; the command was not decided."""


class DecidingFailed(DaybookError):
    """What decides failed altogether."""


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

    def take_while(self, true: Callable[[Item], bool]) -> list[Item]:
        """Return what stands first in any queue, as long as something is true of it."""
        taken = []
        for client, queue in list(self._queues.items()):
            while queue and true(queue[0]):
                taken.append(queue.popleft())
            if not queue:
                del self._queues[client]
        return taken

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


class CommandBus:
    """Has each command decided in its turn. For any thread; to be closed."""

    def __init__(
        self,
        journal: Journal,
        vault: Vault,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the journal; a command is not decided once it has waited `patience` seconds."""
        self.journal = journal
        self._vault = vault
        self._patience = patience
        self._small = _Lane("commands", AT_ONCE, self._deciding_together, patience, clock)
        self._large = _Lane("large commands", 1, self._deciding_one_by_one, patience, clock)
        self._lanes = (self._small, self._large)

    def submit(
        self,
        client: str,
        asked: Asked,
        answer: Callable[[Outcome], None],
        *,
        many_sessions: bool = False,
    ) -> None:
        """Queue a command; `answer` is called from another thread with what became of it.

        That is an exception where it was refused, or not decided: TooManyWaiting, WaitedTooLong,
        Ending, IdUsedOtherwise, or what an engine raised.
        """
        lane = self._large if many_sessions else self._small
        lane.put(client, asked, answer)

    def handle(
        self,
        context: CommandContext,
        command: Command[Given, Returned],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Returned:
        """Run a command with its arguments; return what it returns. Raises Refusal.

        Raises TimeoutError where it is not decided in time: what becomes of it is not known then.
        """
        outcome: Future[Outcome] = Future()
        asked = Asked(context, lambda work: command(work, *args, **kwargs))
        self.submit(context.author, asked, outcome.set_result, many_sessions=command.many_sessions)
        found = outcome.result(self._patience + DECIDED_WITHIN)
        if isinstance(found, Exception):
            raise found
        return cast("Returned", found.returned)

    def expire(self) -> None:
        """Answer those that have waited too long, also where nothing is decided meanwhile."""
        for lane in self._lanes:
            lane.expire()

    def close(self) -> None:
        """Answer what waits; what has begun is decided first."""
        for lane in self._lanes:
            lane.refuse_all()
        until = time.monotonic() + DECIDED_WITHIN
        for lane in self._lanes:
            lane.join(until - time.monotonic())

    def _deciding_together(self) -> "_Deciding":
        commit = GroupCommit(self.journal, self._vault)
        return _Deciding(commit.run, commit.close)

    def _deciding_one_by_one(self) -> "_Deciding":
        handler = CommandHandler(self.journal, self._vault)

        def run(batch: Sequence[Asked]) -> list[Outcome]:
            return [_outcome(partial(handler.run, asked)) for asked in batch]

        return _Deciding(run, lambda: None)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """How a lane decides what waits in it, and what ends that."""

    run: Callable[[Sequence[Asked]], Sequence[Outcome]]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    asked: Asked
    answer: Callable[[Outcome], None]
    until: float

    def tell(self, outcome: Outcome) -> None:
        """Answer; whoever asked may fail at it, and the others are answered all the same."""
        try:
            self.answer(outcome)
        except Exception as fault:
            logger.error("An answer could not be given: %s.", where_it_failed(fault))


class _Lane:
    """A thread, which begins with the first command, and what waits for it."""

    def __init__(
        self,
        name: str,
        at_once: int,
        begin: Callable[[], _Deciding],
        patience: float,
        clock: Callable[[], float],
    ) -> None:
        self._name = name
        self._at_once = at_once
        self._begin = begin
        self._patience = patience
        self._clock = clock
        self._changed = Condition()
        self._queues: ClientQueues[_Waiting] = ClientQueues(MOST_WAITING)
        self._thread: Thread | None = None
        self._closed = False

    def put(self, client: str, asked: Asked, answer: Callable[[Outcome], None]) -> None:
        waiting = _Waiting(asked, answer, self._clock() + self._patience)
        with self._changed:
            closed = self._closed
            queued = not closed and self._queues.put(client, waiting)
            if queued and self._thread is None:
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
        if not queued:
            answer(Ending() if closed else TooManyWaiting())

    def expire(self) -> None:
        """Answer those that have waited too long."""
        with self._changed:
            late = self._queues.take_while(lambda each: each.until < self._clock())
        for each in late:
            each.tell(WaitedTooLong())

    def refuse_all(self) -> None:
        """Take nothing any longer, and answer what waits."""
        with self._changed:
            self._closed = True
            left = self._queues.take_while(lambda _: True)
            self._changed.notify()
        for each in left:
            each.tell(Ending())

    def join(self, within: float) -> None:
        """Wait until what has begun is decided."""
        if self._thread:
            self._thread.join(max(within, 0))

    def _work(self) -> None:
        deciding = self._begin()
        try:
            while batch := self._next():
                for each, outcome in zip(batch, _decided(deciding, batch), strict=True):
                    each.tell(outcome)
                if len(batch) > 1:
                    # Who was answered asks for more, and one commit costs less than two.
                    time.sleep(GATHERED)
        finally:
            deciding.close()

    def _next(self) -> list[_Waiting]:
        """Wait for what is next; return nothing once the lane is closed."""
        batch: list[_Waiting] = []
        while not batch:
            with self._changed:
                while not (waiting := self._queues.take()):
                    if self._closed:
                        return []
                    self._changed.wait()
                taken = [waiting]
                while len(taken) < self._at_once and (waiting := self._queues.take()):
                    taken.append(waiting)
            now = self._clock()
            batch = [each for each in taken if each.until >= now]
            for each in taken:
                if each.until < now:
                    each.tell(WaitedTooLong())
        return batch


def _decided(deciding: _Deciding, batch: Iterable[_Waiting]) -> Sequence[Outcome]:
    asked = [each.asked for each in batch]
    try:
        return deciding.run(asked)
    except Exception as why:  # all have it for an answer, and the next batch is decided
        return [why] * len(asked)
    except BaseException as why:  # as a library in another language raises it
        logger.exception("Deciding failed: %s.", where_it_failed(why), exc_info=False)
        return [DecidingFailed()] * len(asked)


def _outcome(run: Callable[[], Outcome]) -> Outcome:
    try:
        return run()
    except Exception as why:  # the answer
        return why
