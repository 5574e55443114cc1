"""What `up`, `serve` and `rebuild` run, until it is ended or done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from services.cancellation import cancel_and_wait, shutdown_requested
from services.cli import garbage
from services.cli.audit_seal import tell_new_key
from services.cli.console import BAD_INPUT, err, out
from services.cli.import_outcome import tell
from services.cli.looking import record_look
from services.cli.report_source import reports_of, tell_notes
from services.cli.serve import Role
from services.cli.status import print_engines
from services.cli.view_process import keep_apart
from services.clinic_import import import_clinic
from services.hosting.bootstrap import SLOW, Runtime
from services.hosting.keeping import keep_going
from services.hosting.seal_key import SealKeyMissing
from services.hosting.sealing import Sealing, sealing_of
from services.hosting.settings import DATABASE_URL, BadSetting
from services.hosting.supervisor import Supervisor
from services.messaging.kept_streams import delete_streams
from services.reports.visits import last_week

if TYPE_CHECKING:
    from services.api.serving import Reach


@asynccontextmanager
async def everything(runtime: Runtime, *, tells: bool = True) -> AsyncIterator[Supervisor]:
    """Play every role but the managers' while the context lasts; tell of a key that is new.

    Where the seal key is somebody else's, they seal.
    """
    sealing = _sealing(runtime)
    if sealing and tells:
        tell_new_key(sealing)
    async with AsyncExitStack() as playing:
        supervisor = await playing.enter_async_context(_projecting(runtime, relay=True))
        if sealing:
            supervisor.run_forever("sealer", sealing.sealer().run)
        await _take_commands(runtime, playing)
        yield supervisor


def _sealing(runtime: Runtime) -> Sealing | None:
    try:
        return sealing_of(runtime.data, runtime.engines)
    except SealKeyMissing as why:
        err.print(f"This process seals nothing, which `daybook serve sealer` may do: {why}.")
        return None


@asynccontextmanager
async def _projecting(runtime: Runtime, *, relay: bool) -> AsyncIterator[Supervisor]:
    """Keep every view, the slow ones in a process of their own, while the context lasts."""
    async with runtime.supervisor(relay=relay, apart=SLOW) as supervisor:
        supervisor.run_forever("slow views", partial(keep_apart, SLOW, runtime.engines))
        yield supervisor


async def run_everything(runtime: Runtime, clinic: Path | None, reach: "Reach") -> None:
    """Do all that Daybook does until somebody ends it."""
    from services.cli.http import print_api, serve_api

    garbage.look_in_short_steps()
    ended = shutdown_requested()
    async with everything(runtime) as supervisor:
        if clinic is not None:
            outcome = await asyncio.to_thread(
                import_clinic, runtime.journal, runtime.vault, clinic, now=datetime.now(UTC)
            )
            tell(outcome, dry_run=False)
            if not outcome.accepted:
                raise typer.Exit(BAD_INPUT)
        await supervisor.caught_up(runtime.journal.position())
        if clinic is not None:
            reports = reports_of(runtime, outcome.facility_id)
            found = last_week(reports)
            patients, where = found[0].patients, outcome.facility_id
            await asyncio.to_thread(record_look, runtime, "weeks", patients, where)
            for each in found:
                out.print(each.table())
            tell_notes(reports)
        # Not before the files are in: what they say of a session is heard before it is closed.
        keep_managers(runtime, supervisor)
        async with serve_api(runtime, reach) as (url, password):
            print_engines(runtime.engines)
            print_api(url, password)
            out.print("Everything is up. Ctrl-C ends it.")
            await ended.wait()


async def make_again(runtime: Runtime, what: str, *, set_aside: bool) -> dict[str, str]:
    """Make a view, or the streams, again from the journal; return which streams are kept as what.

    Raises StreamHolds where a stream has what its log has not and is not to be set aside.
    """
    kept = {}
    async with AsyncExitStack() as opened:
        supervisor = runtime.supervisor()
        if what == "stream":
            nats_url = runtime.engines.nats_url
            kept = await delete_streams(nats_url, supervisor.logs, keep=set_aside)
        await opened.enter_async_context(supervisor)
        if what != "stream":
            await supervisor.rebuild(what)
        await supervisor.caught_up(runtime.journal.position())
    return kept


async def play(role: Role, runtime: Runtime, reach: "Reach | None" = None) -> None:
    """Play one role until somebody ends it."""
    garbage.look_in_short_steps()
    ended = shutdown_requested()
    async with AsyncExitStack() as playing:
        match role:
            case Role.RELAY:
                supervisor = await playing.enter_async_context(runtime.supervisor(views=()))
                _check_rights(supervisor)
            case Role.PROJECTOR:
                projecting = _projecting(runtime, relay=False)
                _check_rights(await playing.enter_async_context(projecting))
            case Role.COMMANDS:
                await _take_commands(runtime, playing)
            case Role.MANAGERS:
                supervisor = await playing.enter_async_context(runtime.supervisor((), relay=False))
                keep_managers(runtime, supervisor)
            case Role.API:
                from services.cli.http import print_api, serve_api

                assert reach  # noqa: S101 - whoever plays it has said where
                print_api(*await playing.enter_async_context(serve_api(runtime, reach)))
        err.print(f"Serving as {role}. Ctrl-C ends it.")
        await ended.wait()


def _check_rights(supervisor: Supervisor) -> None:
    if works := ", ".join(supervisor.left_to_others):
        raise BadSetting(f"the role of {DATABASE_URL} may not do this work: {works}")


async def serve_sealer(sealing: Sealing) -> None:
    """Seal until somebody ends it. Neither the vault nor the right to write events is needed."""
    tell_new_key(sealing)
    ended = shutdown_requested()
    kept = asyncio.create_task(keep_going("sealer", sealing.sealer().run), name="sealer")
    err.print("Serving as sealer. Ctrl-C ends it.")
    try:
        await ended.wait()
    finally:
        await cancel_and_wait([kept])


def keep_managers(runtime: Runtime, supervisor: Supervisor) -> None:
    """Run the process managers, from now on while the supervisor runs."""
    for each in runtime.managers():
        supervisor.run_forever(f"manager of {each.manager.name}", each.run)


async def _take_commands(runtime: Runtime, playing: AsyncExitStack) -> None:
    # FastStream takes a third of a second to import, and only who serves needs it.
    from services.access.snapshot import AccountSnapshot
    from services.access.store import open_access
    from services.command_endpoint.endpoint import taking_commands
    from services.hosting.status_endpoint import serve_status

    nats_url = runtime.engines.nats_url
    await playing.enter_async_context(serve_status(nats_url, runtime.supervisor()))
    access = playing.enter_context(open_access(runtime.engines.database_url, pool_size=1))
    taking = taking_commands(
        runtime.commands,
        runtime.vault,
        nats_url,
        accounts=AccountSnapshot(access.accounts),
        log=access.log,
    )
    await playing.enter_async_context(taking)
