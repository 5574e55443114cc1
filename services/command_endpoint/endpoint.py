"""Commands over NATS: each request is taken, or refused, and answered; nothing is half done.

The subject is `daybook.<facility>.command.<client>.<aggregate>.<command>`. Permissions bind a
client to its facility and name there, and so the subject says who is recorded as the author.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.access.access_log import AccessLog, Entry, GatheredLog
from services.access.snapshot import AccountSnapshot
from services.application.asked import Asked, Outcome
from services.application.command_bus import CommandBus
from services.cancellation import cancel_and_wait
from services.command_endpoint import problems
from services.command_endpoint.answer import (
    answer_of,
    is_attempt,
    patients_in,
    problem_of,
    response,
)
from services.command_endpoint.clients import Clients
from services.command_endpoint.handler import (
    COMMAND_ID,
    COMMAND_ID_FORM,
    LARGEST,
    Request,
    asked_by,
)
from services.command_endpoint.payload import Malformed
from services.command_endpoint.problems import Problem
from services.command_endpoint.registry import COMMANDS
from services.failures import DATABASE_AWAY, where_it_failed
from services.messaging.broker import connect, new_broker
from services.messaging.client import PlainClient, headers_in
from services.vault import Vault

logger = logging.getLogger("daybook.commands")

SUBJECT = "daybook.*.command.*.*.*"

QUEUE = "daybook-commands"
"""The queue group: of several processes one takes each command."""

MOST_OPEN = 10_000
"""Commands of all clients that wait for their turn, at most."""

LOOK_AGAIN = 1.0
"""Seconds between two looks at the connection, and at those that have waited too long."""

ANSWERED_WITHIN = 15.0
"""Seconds for what was taken to be answered, when no more is taken."""

_RESERVED = frozenset({"daybook", "import", "command line"})
"""Whom no client may be called: who is recorded so is not somebody from outside."""


@asynccontextmanager
async def taking_commands(
    commands: CommandBus,
    vault: Vault,
    nats_url: str,
    *,
    accounts: AccountSnapshot | None = None,
    log: AccessLog | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[None]:
    """Take commands while the context lasts; what was begun is answered before it ends.

    A client with the name of one of the `accounts` may do what is granted to it; where it is
    refused what is not theirs, that is in the `log` before it is answered. Raises what NATS raises
    where it cannot be reached; once it was, it is connected to again.
    """
    endpoint = _Endpoint(commands, vault, Clients(accounts), log, clock)
    begun, ending = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(endpoint.serve(nats_url, begun, ending))
    beginning = asyncio.create_task(begun.wait())
    await asyncio.wait((serving, beginning), return_when=asyncio.FIRST_COMPLETED)
    await cancel_and_wait([beginning])
    if serving.done():
        serving.result()
    try:
        yield
    finally:
        ending.set()
        try:
            await serving
        finally:
            await cancel_and_wait([serving])


class _Endpoint:
    """Hands in what arrives, and sends what comes back."""

    def __init__(
        self,
        commands: CommandBus,
        vault: Vault,
        clients: Clients,
        log: AccessLog | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._commands = commands
        self._vault = vault
        self._clients = clients
        self._log = GatheredLog(log) if log else None
        self._clock = clock
        self._noting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._answers: deque[tuple[str, bytes, dict[str, str]]] = deque()
        self._answered = asyncio.Event()
        self._is_told = False
        self._open = 0

    async def serve(self, nats_url: str, begun: asyncio.Event, ending: asyncio.Event) -> None:
        """Take commands until `ending` is set; raise only what goes wrong before it has begun."""
        while not ending.is_set():
            try:
                async with new_broker(nats_url, "daybook commands") as broker:
                    client = await connect(broker)
                    await broker.start()
                    await self._serve(client, begun, ending)
            except Exception as trouble:  # whatever it was, it is begun anew
                if not begun.is_set():
                    raise
                logger.warning("The connection to NATS failed: %s.", where_it_failed(trouble))
            if not ending.is_set():
                logger.warning("Commands are not taken until NATS is connected to again.")
                await asyncio.sleep(LOOK_AGAIN)

    async def _serve(
        self, client: PlainClient, begun: asyncio.Event, ending: asyncio.Event
    ) -> None:
        """Take commands by a connection, until it is closed or that ends."""
        await self._clients.read()
        # The subscription is the client's own: the broker's handling costs as much as a decision.
        subscription = await client.subscribe(SUBJECT, QUEUE, cb=self.hear)
        client.hand_over(subscription, self.take)
        await client.flush()
        begun.set()
        beside = [
            asyncio.create_task(self._send_answers(client)),
            asyncio.create_task(self._clients.keep()),
        ]
        try:
            while not (ending.is_set() or client.is_closed):
                with suppress(TimeoutError):
                    await asyncio.wait_for(ending.wait(), LOOK_AGAIN)
                self._commands.expire()
            if not client.is_closed:
                await subscription.unsubscribe()
                await client.flush()
                await self._all_answered(client)
        finally:
            await cancel_and_wait(beside)

    async def hear(self, _: Msg) -> None:
        """Take in what the server says of itself, which asks for nothing."""

    def take(self, subject: bytes, reply: bytes, body: bytes, headers: bytes) -> None:
        """Hand a message's command in, whatever it is made of."""
        answer_to = reply.decode(errors="replace")
        sent = Sent(subject.decode(errors="replace"), headers_in(headers), body)
        request = read(sent, self._clients)
        self._open += 1
        wrong = request if isinstance(request, Problem) else self._hand_in(request, answer_to)
        if wrong:
            self._answers.append((answer_to, *response(wrong)))
            self._answered.set()

    def _hand_in(self, request: Request, reply: str) -> Problem | None:
        """Queue a command; return what is wrong with it."""
        if self._open > MOST_OPEN:
            return problems.busy(MOST_OPEN)
        try:
            asked = asked_by(request, self._vault, self._clock())
        except Malformed as wrong:
            return problems.malformed(wrong.faults)
        except Exception as fault:  # the others are still answered
            return problem_of(fault, request)
        self._commands.submit(
            f"{request.facility_id} {request.client}",
            asked,
            lambda outcome: self._settle(reply, request, asked, outcome),
            many_sessions=request.command.decide.many_sessions,
        )
        return None

    def _settle(self, reply: str, request: Request, asked: Asked, outcome: Outcome) -> None:
        """Take what became of a command, in whatever thread."""
        answer = (reply, *_encoded(outcome, request))
        if self._log and is_attempt(outcome, request):
            entry = Entry.of(
                request.principal,
                request.facility_id,
                request.command.name,
                patients_in(asked),
                purpose="operations",
                address="nats",
                outcome="refused",
            )
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._begin_noting, self._log, entry, answer)
            return
        self._answers.append(answer)
        if not self._is_told:  # once for all answers of a batch
            self._is_told = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake)

    def _begin_noting(
        self, log: GatheredLog, entry: Entry, answer: tuple[str, bytes, dict[str, str]]
    ) -> None:
        task = asyncio.create_task(self._note(log, entry, answer))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note(
        self, log: GatheredLog, entry: Entry, answer: tuple[str, bytes, dict[str, str]]
    ) -> None:
        """Put on record that somebody was refused; then answer."""
        try:
            await log.record(entry)
        except DATABASE_AWAY:
            answer = (answer[0], *response(problems.unavailable()))
        self._answers.append(answer)
        self._answered.set()

    def _wake(self) -> None:
        self._is_told = False
        self._answered.set()

    async def _send_answers(self, client: PlainClient) -> None:
        """Send answers as they come, for ever."""
        while True:
            await self._answered.wait()
            self._answered.clear()
            while self._answers:
                reply, body, headers = self._answers.popleft()
                self._open -= 1
                if len(body) > client.max_payload:
                    body, headers = response(problems.too_large_answer())
                if reply:
                    # Where that fails, who asked asks again under the same id.
                    with suppress(NatsError, OSError):
                        await client.publish(reply, body, headers=headers)

    async def _all_answered(self, client: PlainClient) -> None:
        """Wait until all that was taken is answered."""
        with suppress(NatsError, TimeoutError):
            async with asyncio.timeout(ANSWERED_WITHIN):
                while self._open:
                    await asyncio.sleep(0.01)
                await client.flush()


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it came: nothing of it is known to be sound but the shape of its subject."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


def read(sent: Sent, clients: Clients) -> Request | Problem:
    """Return the command of a message by its subject and headers, or what is wrong with them."""
    headers, body = sent.headers, sent.body
    _, facility_id, _, client, aggregate, word = sent.subject.split(".")
    name = f"{aggregate}.{word}"
    if len(body) > LARGEST:
        return problems.too_large(len(body), LARGEST)
    if client in _RESERVED:
        return problems.reserved(client)
    if name not in COMMANDS:
        return problems.unknown_command(name)
    if headers.get("ce-specversion") != "1.0":
        return problems.bad_header("ce-specversion", "1.0")
    if headers.get("ce-type") != name:
        return problems.bad_header("ce-type", f"{name}, as in the subject")
    command_id = headers.get("ce-id", "")
    if not COMMAND_ID.fullmatch(command_id):
        return problems.bad_header("ce-id", COMMAND_ID_FORM)
    if "ce-source" not in headers:
        return problems.bad_header("ce-source", f"{client}, as in the subject")
    if headers["ce-source"] != client:
        return problems.not_yours(client)
    principal = clients.principal(client, facility_id)
    return Request(facility_id, client, COMMANDS[name], command_id, body, principal)


def _encoded(outcome: Outcome, request: Request) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers that say what became of a command."""
    try:
        return response(answer_of(outcome, request))
    except Exception as fault:  # who waits is answered all the same
        return response(problem_of(fault, request))
