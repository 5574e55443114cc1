"""Commands over NATS: each request is taken, or refused, and answered; nothing is half done.

The subject is `daybook.<facility>.command.<client>.<aggregate>.<command>`. Permissions bind a
client to its facility and name there, and so the subject says who is recorded as the author.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson
from eventsourcing.persistence import IntegrityError
from faststream.nats import NatsResponse
from faststream.nats.annotations import NatsMessage

from domain.errors import Refusal
from services.command_endpoint import problems
from services.command_endpoint.dispatcher import PATIENCE, Dispatcher
from services.command_endpoint.handler import (
    Executed,
    IdUsedOtherwise,
    Request,
    UnknownFacility,
    execute,
)
from services.command_endpoint.payload import Malformed
from services.command_endpoint.problems import Problem
from services.command_endpoint.registry import COMMANDS
from services.failures import DATABASE_AWAY, where_it_failed
from services.journal import Journal
from services.messaging.broker import connect, new_broker
from services.vault import Vault, WrongSiteKey

logger = logging.getLogger("daybook.commands")

SUBJECT = "daybook.*.command.*.*.*"

QUEUE = "daybook-commands"
"""The queue group: of several processes one takes each command."""

MOST_OPEN = 10_000
"""Commands of all clients that wait for their turn, at most; the rest waits in the connection."""

ENDS_WITHIN = 30.0
"""Seconds for what was begun to be answered, when no more is taken."""

LARGEST = 256 * 1024
"""Bytes of a payload, at most."""

MOST_EVENTS = 1000
"""Events that an answer names, at most: it has to fit into a message."""

_OVER_ANOTHER_TIME = (*DATABASE_AWAY, IntegrityError, WrongSiteKey)
"""An engine that is away, too many who save at once, a site key that was retired meanwhile."""

_RESERVED = frozenset({"daybook", "import", "command line"})
"""Whom no client may be called: who is recorded so is not somebody from outside."""

_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")


@asynccontextmanager
async def taking_commands(
    journal: Journal,
    vault: Vault,
    nats_url: str,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    patience: float = PATIENCE,
) -> AsyncIterator[None]:
    """Take commands while the context lasts; what was begun is answered before it ends.

    A command is not decided once it has waited for `patience` seconds.
    """
    broker = new_broker(nats_url, "daybook commands", ends_within=ENDS_WITHIN)
    dispatcher = Dispatcher(
        lambda request: answer(journal, vault, request, clock()), patience=patience
    )

    @broker.subscriber(SUBJECT, queue=QUEUE, max_workers=MOST_OPEN, decoder=_as_it_is)
    async def command(message: NatsMessage) -> NatsResponse:
        raw = message.raw_message
        request = read(Sent(raw.subject, raw.headers or {}, raw.data))
        return _response(
            request if isinstance(request, Problem) else await dispatcher.answer(request)
        )

    async with broker:
        await connect(broker)
        await broker.start()
        with closing(dispatcher):
            yield


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it came: nothing of it is known to be sound but the shape of its subject."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


def answer(journal: Journal, vault: Vault, request: Request, now: datetime) -> Executed | Problem:
    """Take a command; return what became of it."""
    try:
        return execute(journal, vault, request, now)
    except Refusal as refusal:
        return problems.refused(refusal)
    except Malformed as wrong:
        return problems.malformed(wrong.faults)
    except UnknownFacility:
        return problems.unknown_facility(request.facility_id)
    except IdUsedOtherwise:
        return problems.id_used_otherwise()
    except _OVER_ANOTHER_TIME as trouble:
        logger.warning("A command could not be taken: %s.", type(trouble).__name__)
        return problems.unavailable()
    except Exception as fault:  # the others are still answered
        where = where_it_failed(fault)
        logger.error("The command %s failed: %s.", request.command.name, where)
        return problems.failed(where)


def read(sent: Sent) -> Request | Problem:
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
    if not _ID.fullmatch(command_id):
        return problems.bad_header("ce-id", "1 to 100 letters, digits or any of . _ ~ -")
    if "ce-source" not in headers:
        return problems.bad_header("ce-source", f"{client}, as in the subject")
    if headers["ce-source"] != client:
        return problems.not_yours(client)
    return Request(facility_id, client, COMMANDS[name], command_id, body)


def _response(answered: Executed | Problem) -> NatsResponse:
    if isinstance(answered, Problem):
        kind, said = "application/problem+json", asdict(answered)
        if not answered.errors:
            del said["errors"]
    else:
        kind = "application/json"
        said = {
            "events": [
                {"id": each.id, "type": each.topic, "position": each.position}
                for each in answered.events[:MOST_EVENTS]
            ],
            "position": answered.position,
            "result": answered.result,
        }
    return NatsResponse(orjson.dumps(said), headers={"content-type": kind})


async def _as_it_is(message: NatsMessage) -> bytes:
    """Leave the body alone: what is no JSON is answered, too."""
    return message.body
