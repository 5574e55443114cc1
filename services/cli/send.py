"""`daybook send`: a command as other services send it, by hand."""

import asyncio
import uuid
from typing import Annotated, Any

import nats.errors
import orjson
import typer

from services.cancellation import cancel_and_wait
from services.cli import standard_input
from services.cli.console import BAD_INPUT, DONE, NO, NO_ENGINE, say
from services.cli.options import DEFAULT_DATA, Data
from services.hosting.bootstrap import open_nats
from services.messaging.stream import connected
from services.text_output import json_text

PATIENCE = 30.0
"""Seconds in which a command has to be answered."""


class NotAllowed(Exception):
    """The server does not let the command through."""


def send(
    command: Annotated[
        str, typer.Argument(metavar="COMMAND", help="As in `daybook contract`: session.check-in.")
    ],
    payload: Annotated[
        Any,
        typer.Argument(
            parser=standard_input.payload,
            metavar="JSON",
            help="What the command takes; -: read from standard input.",
        ),
    ],
    *,
    facility: Annotated[str, typer.Option(help="The facility that it is about.")],
    client: Annotated[
        str, typer.Option(help="Who sends it, and is recorded as the author; one word.")
    ],
    command_id: Annotated[
        str | None, typer.Option("--id", help="Its id: sent again under it, it is recorded once.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Send a command to a running Daybook over NATS, and print the answer."""
    for word in (facility, client, *command.split(".")):
        if not word or set(word) & set(" .*>\t\r\n"):
            raise typer.BadParameter(
                f"{word!r} cannot be part of a subject: no spaces, dots, * or >"
            )
    subject = f"daybook.{facility}.command.{client}.{command}"
    headers = {
        "ce-specversion": "1.0",
        "ce-id": command_id or uuid.uuid4().hex,
        "ce-type": command,
        "ce-source": client,
        "content-type": "application/json",
    }
    with open_nats(data) as nats_url:
        try:
            answer = asyncio.run(_ask(nats_url, subject, payload.encode(), headers))
        except nats.errors.NoRespondersError:
            words = "nothing answers commands: start `daybook up` first"
            raise typer.Exit(say(words, NO_ENGINE)) from None
        except NotAllowed:
            words = f"this login may not send {command} as {client} at {facility}: NATS refuses it"
            raise typer.Exit(say(words, NO_ENGINE)) from None
    typer.echo(json_text(answer))
    raise typer.Exit(_code(answer))


async def _ask(
    nats_url: str, subject: str, payload: bytes, headers: dict[str, str]
) -> dict[str, object]:
    """Return the answer. Raises NoRespondersError where nobody gives one, and NotAllowed."""
    refused = asyncio.Event()

    def note(error: Exception) -> None:
        if "permissions violation for publish" in str(error).lower():
            refused.set()

    async with connected(nats_url, "daybook send", note) as client:
        asking = asyncio.create_task(client.request(subject, payload, PATIENCE, headers=headers))
        refusal = asyncio.create_task(refused.wait())
        try:
            await asyncio.wait([asking, refusal], return_when=asyncio.FIRST_COMPLETED)
            if refused.is_set():
                raise NotAllowed
            said: dict[str, object] = orjson.loads((await asking).data)
        finally:
            await cancel_and_wait([asking, refusal])
    return said


def _code(answer: dict[str, object]) -> int:
    status = answer.get("status", 0)
    if status == 0:
        return DONE
    if isinstance(status, int) and status >= 500:
        return NO_ENGINE
    return NO if str(answer.get("type")).startswith("daybook:refusal:") else BAD_INPUT
