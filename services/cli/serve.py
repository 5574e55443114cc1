"""The roles of a running Daybook: all at once, or each by itself, for production."""

from enum import StrEnum
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


def serve(
    role: Annotated[Role, typer.Argument(help="relay, projector, commands, managers or api.")],
    listen: Listening = None,
    local_tls: LocalTls = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Play one role until interrupted. Of the API: --listen and --local-tls."""
    import asyncio

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
    with open_runtime(data) as runtime:
        run(play(role, runtime, reach))
