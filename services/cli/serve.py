"""The roles of a running Daybook: all at once, or each by itself, for production."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.cli.options import DEFAULT_DATA, Data, Listening, LocalTls


class Role(StrEnum):
    """What is played by itself; several may play the same."""

    RELAY = "relay"
    PROJECTOR = "projector"
    COMMANDS = "commands"
    MANAGERS = "managers"
    API = "api"
    SEALER = "sealer"
    WITNESS = "witness"


def serve(
    role: Annotated[
        Role, typer.Argument(help="relay, projector, commands, managers, api, sealer or witness.")
    ],
    *,
    listen: Listening = None,
    local_tls: LocalTls = False,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the witness is called: payer.example/witness."),
    ] = None,
    logs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The logs that the witness knows: lines `log <verifier key>`."
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Play one role until interrupted. Of the API: --listen and --local-tls.

    A witness is for somebody else's Daybook, and needs no engine: --name, --logs and --listen.
    """
    import asyncio

    if role is Role.WITNESS:
        from services.cli.witness import serve_witness

        if name is None or logs is None or local_tls:
            raise typer.BadParameter("a witness takes --name, --logs, and perhaps --listen")
        asyncio.run(serve_witness(data, name, logs, listen))
        return
    if name or logs:
        raise typer.BadParameter(f"{role} is no witness: --name and --logs are the witness's")

    from services.cli.running import play
    from services.hosting.bootstrap import open_runtime

    reach, run = None, asyncio.run
    if role is Role.API:
        import uvloop

        from services.cli.http import reach_of

        run = uvloop.run  # takes a fifth less of a processor for a request
        reach = reach_of(data, listen, local_tls=local_tls)
    elif listen or local_tls:
        raise typer.BadParameter(f"{role} listens nowhere: --listen and --local-tls are the API's")
    if role is Role.SEALER:
        from services.cli.running import serve_sealer
        from services.hosting.sealing import open_sealing

        with open_sealing(data) as sealing:
            run(serve_sealer(sealing))
        return
    with open_runtime(data, vault=role not in {Role.RELAY, Role.PROJECTOR}) as runtime:
        run(play(role, runtime, reach))
