"""The roles of a running Daybook: all at once, or each by itself, for production."""

from enum import StrEnum
from typing import Annotated

import typer

from services.cli.options import DEFAULT_DATA, Data


class Role(StrEnum):
    """What is played by itself; several may play the same."""

    RELAY = "relay"
    PROJECTOR = "projector"
    COMMANDS = "commands"
    MANAGERS = "managers"


def serve(
    role: Annotated[Role, typer.Argument(help="relay, projector, commands or managers.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Play one role until interrupted."""
    import asyncio

    from services.cli.running import play
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        asyncio.run(play(role, runtime))
