"""The roles of a running Daybook: all in one process, or each in its own, for production."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import Annotated

import typer

from services.cancellation import shutdown_requested
from services.cli.console import err
from services.cli.options import DEFAULT_DATA, Data
from services.hosting.bootstrap import Runtime, open_runtime
from services.hosting.supervisor import Supervisor


class Role(StrEnum):
    """What one process does; several may do the same."""

    RELAY = "relay"
    PROJECTOR = "projector"
    COMMANDS = "commands"
    MANAGERS = "managers"


@asynccontextmanager
async def everything(runtime: Runtime) -> AsyncIterator[Supervisor]:
    """Play every role but the managers' while the context lasts."""
    async with AsyncExitStack() as playing:
        supervisor = await playing.enter_async_context(runtime.supervisor())
        await _take_commands(runtime, playing)
        yield supervisor


def serve(
    role: Annotated[Role, typer.Argument(help="relay, projector, commands or managers.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Play one role until interrupted."""
    with open_runtime(data) as runtime:
        asyncio.run(_play(role, runtime))


async def _play(role: Role, runtime: Runtime) -> None:
    ended = shutdown_requested()
    async with AsyncExitStack() as playing:
        match role:
            case Role.RELAY:
                await playing.enter_async_context(runtime.supervisor(views=()))
            case Role.PROJECTOR:
                await playing.enter_async_context(runtime.supervisor(relay=False))
            case Role.COMMANDS:
                await _take_commands(runtime, playing)
            case Role.MANAGERS:
                supervisor = await playing.enter_async_context(runtime.supervisor((), relay=False))
                keep_managers(runtime, supervisor)
        err.print(f"Serving as {role}. Ctrl-C ends it.")
        await ended.wait()


def keep_managers(runtime: Runtime, supervisor: Supervisor) -> None:
    """Run the process managers, from now on while the supervisor runs."""
    for each in runtime.managers():
        supervisor.run_forever(f"manager of {each.manager.name}", each.run)


async def _take_commands(runtime: Runtime, playing: AsyncExitStack) -> None:
    # FastStream takes a third of a second to import, and only who serves needs it.
    from services.command_endpoint.endpoint import taking_commands  # noqa: PLC0415
    from services.hosting.status_endpoint import serve_status  # noqa: PLC0415

    nats_url = runtime.engines.nats_url
    await playing.enter_async_context(serve_status(nats_url, runtime.supervisor()))
    await playing.enter_async_context(taking_commands(runtime.journal, runtime.vault, nats_url))
