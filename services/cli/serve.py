"""The roles of a running Daybook: all in one process, or each in its own, for production."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import Annotated

import typer

from services.cancellation import interrupted
from services.cli.console import err
from services.cli.reports import DEFAULT_DATA, Data
from services.command_endpoint import taking_commands
from services.hosting.bootstrap import House, open_house
from services.hosting.status_endpoint import answering
from services.hosting.supervisor import Upkeep


class Role(StrEnum):
    """What one process does; several may do the same."""

    RELAY = "relay"
    PROJECTOR = "projector"
    COMMANDS = "commands"
    MANAGERS = "managers"


@asynccontextmanager
async def everything(house: House) -> AsyncIterator[Upkeep]:
    """Play every role but the managers' while the context lasts."""
    async with AsyncExitStack() as playing:
        upkeep = await playing.enter_async_context(house.upkeep())
        await _take_commands(house, playing)
        yield upkeep


def serve(
    role: Annotated[Role, typer.Argument(help="relay, projector, commands or managers.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Play one role until interrupted."""
    with open_house(data) as house:
        asyncio.run(_play(role, house))


async def _play(role: Role, house: House) -> None:
    ended = interrupted()
    async with AsyncExitStack() as playing:
        match role:
            case Role.RELAY:
                await playing.enter_async_context(house.upkeep(views=()))
            case Role.PROJECTOR:
                await playing.enter_async_context(house.upkeep(relay=False))
            case Role.COMMANDS:
                await _take_commands(house, playing)
            case Role.MANAGERS:
                upkeep = await playing.enter_async_context(house.upkeep((), relay=False))
                keep_managers(house, upkeep)
        err.print(f"Serving as {role}. Ctrl-C ends it.")
        await ended.wait()


def keep_managers(house: House, upkeep: Upkeep) -> None:
    """Let the process managers work, from now on while the upkeep lasts."""
    for each in house.managers():
        upkeep.keep(f"manager of {each.manager.name}", each.run)


async def _take_commands(house: House, playing: AsyncExitStack) -> None:
    nats_url = house.engines.nats_url
    await playing.enter_async_context(answering(nats_url, house.upkeep()))
    await playing.enter_async_context(taking_commands(house.journal, house.vault, nats_url))
