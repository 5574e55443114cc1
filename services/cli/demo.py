"""The demo: an invented clinic of today, and those who play its people."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import DEFAULT_DATA, Data, Listening

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from services.api.serving import Reach
    from services.demo.accounts import Login
    from services.hosting.bootstrap import Runtime

DEMO_DATA = DEFAULT_DATA / "demo"


def demo(
    *,
    play: Annotated[
        bool, typer.Option("--play", help="Let the people of the demo that is running come and go.")
    ] = False,
    speed: Annotated[
        float, typer.Option(min=0.1, max=1000, help="With --play: how many times as fast.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Another number is another clinic.")] = 1,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help="Its time zone; one in which groups meet now, unless given."
        ),
    ] = None,
    listen: Listening = None,
    data: Data = DEMO_DATA,
) -> None:
    """Run an invented clinic of today, made anew at each start, until interrupted."""
    if play:
        from services.demo.folder import find_running
        from services.demo.play import play_day

        play_day(find_running(data), seed=seed, speed=speed, tell=typer.echo)
        return
    import asyncio
    from datetime import UTC, datetime

    from services.cli.http import reach_of
    from services.demo.folder import fresh_folder
    from services.demo.place import place_at
    from services.hosting.bootstrap import open_runtime

    named = _zone(zone) if zone else None
    # Refused before anything is begun; the clinic is laid around the moment at which it is made.
    place_at(datetime.now(UTC), named)
    with fresh_folder(data) as clinic, open_runtime(clinic) as runtime:
        reach = reach_of(clinic, listen, local_tls=False)
        asyncio.run(_run(runtime, data, seed, named, reach))


def _zone(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(
            f"{name!r} is not a time zone, like America/Chicago", param_hint="--zone"
        ) from None


async def _run(
    runtime: "Runtime", data: Path, seed: int, zone: "ZoneInfo | None", reach: "Reach"
) -> None:
    """Make the clinic and do all that Daybook does, until somebody ends it."""
    import asyncio
    from datetime import UTC, datetime

    from services.access.store import open_access
    from services.cancellation import shutdown_requested
    from services.cli import garbage
    from services.cli.console import out, progress
    from services.cli.http import serve_api
    from services.cli.running import everything, keep_managers
    from services.demo.accounts import add_accounts
    from services.demo.folder import Running, tell_running
    from services.demo.kiosk_codes import GOOD_FOR_DAYS, KIOSK
    from services.demo.making import make_clinic
    from services.demo.place import FACILITY_ID, place_at

    garbage.look_in_short_steps()
    ended = shutdown_requested()
    async with everything(runtime, tells=False) as supervisor:
        with progress("Making an invented clinic of today") as show:
            clinic = await asyncio.to_thread(
                make_clinic,
                *(runtime.journal, runtime.vault),
                place=place_at(datetime.now(UTC), zone),
                seed=seed,
                tell=show,
            )
            await supervisor.caught_up(runtime.journal.position())
        keep_managers(runtime, supervisor)
        with open_access(runtime.engines.database_url) as access:
            *logins, desk = await asyncio.to_thread(add_accounts, access, clinic)
            link = await asyncio.to_thread(
                access.kiosks.make, KIOSK, facility_id=FACILITY_ID, days=GOOD_FOR_DAYS
            )
        async with serve_api(runtime, reach) as (url, _):
            tell_running(data, Running(url, FACILITY_ID, desk.account, desk.password))
            _print_logins(logins)
            out.print(f"Open {url} and sign in as one of them.", highlight=False)
            kiosk = f"A tablet by the door: {url}/kiosk#{link} (good once, for 30 minutes)."
            out.print(f"{kiosk} Codes: {', '.join(clinic.codes[:4])}.", highlight=False)
            out.print("Everything is up. Ctrl-C ends it, and the next start begins anew.")
            await ended.wait()


def _print_logins(logins: "list[Login]") -> None:
    """Print who may sign in; the passwords are shown this once."""
    from rich.table import Table

    from services.cli.console import out

    table = Table("role", "user", "password", title="An invented clinic; nobody in it exists")
    for each in logins:
        table.add_row(each.role, each.account, each.password)
    out.print(table)
