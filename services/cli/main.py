"""The command line. Scripts rely on its words and exit codes (`services.cli.console`).

What a command does is imported when it runs: `--help` is there at once.
"""

import os
import resource
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from domain import bounds
from services.cli import garbage
from services.cli.audit import audit
from services.cli.console import BAD_INPUT, NO, err, guarded, log_to_stderr, progress, say
from services.cli.demo import demo
from services.cli.document import document
from services.cli.forget import forget
from services.cli.key import keys
from services.cli.options import DEFAULT_DATA, VIEW_NAMES, Data, Listening, LocalTls, instant_of
from services.cli.policy import policy
from services.cli.prepare import prepare
from services.cli.reports import report
from services.cli.send import send
from services.cli.serve import serve
from services.cli.skip_event import skip_event
from services.cli.token import token
from services.cli.user import user

app = typer.Typer(
    name="daybook",
    help="Schedules and attendance of intensive outpatient programs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(report, name="report")
app.add_typer(policy, name="policy")
app.add_typer(audit, name="audit")
app.add_typer(keys, name="keys")
app.add_typer(keys, name="key", hidden=True)
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.command()(demo)
app.command()(document)
app.command()(forget)
app.command()(prepare)
app.command()(send)
app.command()(serve)
app.command("skip-event")(skip_event)

_AS_AN_ACCOUNT = frozenset({"report", "audit", "document"})
"""What can be asked as an account; all else is done by the operator, or by a client over NATS."""


@app.callback()
def _check_who_acts(context: typer.Context) -> None:
    if os.environ.get("DAYBOOK_USER") and context.invoked_subcommand not in _AS_AN_ACCOUNT:
        words = "DAYBOOK_USER names an account: those ask for reports and documents alone; unset it"
        raise typer.Exit(say(words, BAD_INPUT))


@app.command()
def up(
    clinic: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Import this clinic's files first.")
    ] = None,
    listen: Listening = None,
    local_tls: LocalTls = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Run everything, until interrupted."""
    if clinic is not None:
        _check_folder(clinic)
    import asyncio

    from services.cli.http import reach_of
    from services.cli.running import run_everything
    from services.hosting.bootstrap import open_runtime

    reach = reach_of(data, listen, local_tls=local_tls)
    with open_runtime(data) as runtime:
        asyncio.run(run_everything(runtime, clinic, reach))


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The clinic's folder.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, record nothing.")
    ] = False,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Record the valid rows, leave the others out.")
    ] = False,
    now: Annotated[
        Any,
        typer.Option(
            "--now",
            parser=instant_of,
            metavar="INSTANT",
            help="The time to record with: not before anything that is on record.",
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Import a clinic's files: all of them or nothing."""
    _check_folder(folder)
    if now and (problem := bounds.reach_problem(now.date(), datetime.now(UTC))):
        raise typer.BadParameter(f"--now is {problem}")
    from services.cli.import_outcome import keep_refused, tell
    from services.cli.report_source import catch_up
    from services.clinic_import import import_clinic
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        with progress("Reading and checking"):
            outcome = import_clinic(
                runtime.journal,
                runtime.vault,
                folder,
                now=now or datetime.now(UTC),
                now_is_chosen=now is not None,
                skip_invalid=skip_invalid,
                dry_run=dry_run,
            )
        tell(outcome, dry_run=dry_run)
        if not outcome.accepted:
            raise typer.Exit(BAD_INPUT)
        if not dry_run:
            if outcome.faults:
                keep_refused(outcome, data)
            catch_up(runtime)
    if outcome.faults:
        raise typer.Exit(NO)


@app.command()
def status(data: Data = DEFAULT_DATA) -> None:
    """Where journal, stream and views stand, and what stopped one."""
    import asyncio

    from services.cli.status import print_status
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        found = asyncio.run(runtime.supervisor().status())
        print_status(found, runtime.engines)
    if found.something_stopped:
        raise typer.Exit(NO)


@app.command()
def rebuild(
    what: Annotated[
        str,
        typer.Argument(metavar="VIEW", help=f"{', '.join(VIEW_NAMES)}, or stream."),
    ],
    set_aside: Annotated[
        bool,
        typer.Option("--set-aside", help="Keep a stream that has more than the journal."),
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a view, or the stream, again from the journal."""
    if what not in {*VIEW_NAMES, "stream"}:
        raise typer.BadParameter(f"{what!r} is not one of {', '.join(VIEW_NAMES)}, stream")
    if set_aside and what != "stream":
        raise typer.BadParameter("--set-aside is about the stream: a view has nothing of its own")
    import asyncio

    from services.cli.running import make_again
    from services.hosting.bootstrap import open_runtime

    with open_runtime(data) as runtime:
        kept = asyncio.run(make_again(runtime, what, set_aside=set_aside))
        for name, under in kept.items():
            err.print(f"The stream {name} is kept as {under}: `daybook audit recover` reads it.")
        err.print(f"The {what if what == 'stream' else f'view {what}'} was made again.")


@app.command()
def contract(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")],
) -> None:
    """Write what other services build on: the AsyncAPI document, JSON Schemas, examples."""
    from services.contract.export import write_contract

    files = write_contract(folder)
    err.print(f"{len(files)} files are in {folder}; begin with asyncapi.json.")


def _check_folder(folder: Path) -> None:
    if not os.path.isdir(folder):
        named = str(folder) if len(str(folder)) <= bounds.LONGEST_TEXT else "of so long a name"
        raise typer.BadParameter(f"there is no folder {named}")


def main() -> None:
    """Run a command; whatever goes wrong is one plain sentence and an exit code."""
    garbage.look_rarely()
    log_to_stderr()
    # The site's key is in memory, and is not to be in a core dump.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, _end)
    code = guarded(app)
    garbage.look_no_more()
    sys.exit(code)


def _end(*_: object) -> None:
    raise KeyboardInterrupt
