"""`daybook send`: a command as other services send it, by hand."""

import uuid
from typing import Annotated, Any

import typer

from services.cli import standard_input
from services.cli.console import BAD_INPUT, DONE, NO, NO_ENGINE, say
from services.cli.options import DEFAULT_DATA, Data
from services.text_output import json_text


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
    import asyncio

    from nats.errors import NoRespondersError

    from services.cli.request import NotAllowed, ask
    from services.hosting.bootstrap import open_nats

    with open_nats(data) as nats_url:
        try:
            answer = asyncio.run(ask(nats_url, subject, payload.encode(), headers))
        except NoRespondersError:
            words = "nothing answers commands: start `daybook up` first"
            raise typer.Exit(say(words, NO_ENGINE)) from None
        except NotAllowed:
            words = f"this login may not send {command} as {client} at {facility}: NATS refuses it"
            raise typer.Exit(say(words, NO_ENGINE)) from None
    typer.echo(json_text(answer))
    raise typer.Exit(_code(answer))


def _code(answer: dict[str, object]) -> int:
    status = answer.get("status", 0)
    if status == 0:
        return DONE
    if isinstance(status, int) and status >= 500:
        return NO_ENGINE
    return NO if str(answer.get("type")).startswith("daybook:refusal:") else BAD_INPUT
