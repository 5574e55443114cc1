"""The command line. Scripts rely on its words and exit codes (`services.cli.console`)."""

import asyncio
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domain import bounds
from services.cancellation import shutdown_requested
from services.cli.audit import audit
from services.cli.console import BAD_INPUT, NO, err, guarded, log_to_stderr, out, progress
from services.cli.key import key
from services.cli.options import DEFAULT_DATA, Data, Now
from services.cli.policy import policy
from services.cli.report_source import catch_up, reports_of, tell_notes
from services.cli.reports import report
from services.cli.send import send
from services.cli.serve import everything, keep_managers, serve
from services.cli.skip_event import skip_event, skip_sentence
from services.clinic_import import Outcome, import_clinic, write_refused
from services.contract.export import write_contract
from services.hosting.bootstrap import VIEWS, Runtime, open_runtime
from services.hosting.status import Status, StreamStatus
from services.messaging import stream
from services.publishing import billable_days, findings
from services.read_models.execution import CLOCK_TICK

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
app.add_typer(key, name="key")
app.command()(send)
app.command()(serve)
app.command("skip-event")(skip_event)


@app.command()
def up(
    clinic: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Import this clinic's files first.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Run everything in one process, until interrupted."""
    if clinic is not None:
        _check_folder(clinic)
    with open_runtime(data) as runtime:
        asyncio.run(_run(runtime, clinic))


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The clinic's folder.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, record nothing.")
    ] = False,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Record the valid rows, leave the others out.")
    ] = False,
    now: Now = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Import a clinic's files: all of them or nothing."""
    _check_folder(folder)
    if now and (problem := bounds.reach_problem(now.date(), datetime.now(UTC))):
        raise typer.BadParameter(f"--now is {problem}")
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
        _tell(outcome, dry_run=dry_run)
        if not outcome.accepted:
            raise typer.Exit(BAD_INPUT)
        if not dry_run:
            if outcome.faults:
                _keep_refused(outcome, data)
            catch_up(runtime)
    if outcome.faults:
        raise typer.Exit(NO)


@app.command()
def status(data: Data = DEFAULT_DATA) -> None:
    """Where journal, stream and views stand, and what stopped one."""
    with open_runtime(data) as runtime:
        found = asyncio.run(runtime.supervisor().status())
        _print_status(found, runtime)
        held_up = any(
            each and each.held_up for each in (found.stream, found.findings, found.billable)
        )
        if held_up or any(view.stopped_at for view in found.views):
            raise typer.Exit(NO)


@app.command()
def rebuild(
    what: Annotated[
        str,
        typer.Argument(
            metavar="VIEW", help=f"{', '.join(view.name for view in VIEWS)}, or stream."
        ),
    ],
    data: Data = DEFAULT_DATA,
) -> None:
    """Make a view, or the stream, again from the journal."""
    names = [view.name for view in VIEWS]
    if what not in {*names, "stream"}:
        raise typer.BadParameter(f"{what!r} is not one of {', '.join(names)}, stream")
    with open_runtime(data) as runtime:
        asyncio.run(_rebuild(runtime, what))
        err.print(f"The {what if what == 'stream' else f'view {what}'} was made again.")


@app.command()
def contract(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")],
) -> None:
    """Write what other services build on: the AsyncAPI document, JSON Schemas, examples."""
    files = write_contract(folder)
    err.print(f"{len(files)} files are in {folder}; begin with asyncapi.json.")


async def _rebuild(runtime: Runtime, what: str) -> None:
    if what == "stream":
        for name in (stream.NAME, findings.NAME, billable_days.NAME):
            await stream.delete_stream(runtime.engines.nats_url, name)
    async with runtime.supervisor() as supervisor:
        if what != "stream":
            await supervisor.rebuild(what)
        await supervisor.caught_up(runtime.journal.position())


async def _run(runtime: Runtime, clinic: Path | None) -> None:
    """Do all that Daybook does until somebody ends it."""
    ended = shutdown_requested()
    async with everything(runtime) as supervisor:
        if clinic is not None:
            outcome = await asyncio.to_thread(
                import_clinic, runtime.journal, runtime.vault, clinic, now=datetime.now(UTC)
            )
            _tell(outcome, dry_run=False)
            if not outcome.accepted:
                raise typer.Exit(BAD_INPUT)
        await supervisor.caught_up(runtime.journal.position())
        if clinic is not None:
            reports = reports_of(runtime, outcome.facility_id)
            for each in reports.last_week():
                out.print(each.table())
            tell_notes(reports)
        # Not before the files are in: what they say of a session is heard before it is closed.
        keep_managers(runtime, supervisor)
        _print_engines(runtime)
        out.print("Everything is up. Ctrl-C ends it.")
        await ended.wait()


def _tell(outcome: Outcome, *, dry_run: bool) -> None:
    faults = [each for each in outcome.faults if not each.because_of]
    for fault in faults:
        err.print(str(fault))
    for file, count in Counter(each.because_of for each in outcome.faults).items():
        if file:
            rows = "1 row that refers" if count == 1 else f"{count} rows that refer"
            err.print(f"Note: {rows} to {file} could not be checked.")
    for warning in outcome.warnings:
        err.print(f"Note: {warning}.")
    if not outcome.accepted:
        count = len(faults)
        err.print(f"{count} fault{'' if count == 1 else 's'}; nothing was recorded.")
    else:
        events = f"{outcome.events} event{'' if outcome.events == 1 else 's'}"
        done = "would be recorded" if dry_run else "recorded"
        err.print(f"{events} {done} for {outcome.facility_id}.")


def _keep_refused(outcome: Outcome, data: Path) -> None:
    target = data / "refused" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv"
    write_refused(outcome.faults, outcome.texts, target)
    err.print(f"The refused rows, with the reasons, are in {target}.")


def _print_engines(runtime: Runtime) -> None:
    for engine, address in runtime.engines.listens.items():
        out.print(f"{engine:<11} {address}", highlight=False, soft_wrap=True)


def _print_status(found: Status, runtime: Runtime) -> None:
    _print_engines(runtime)
    lines = [
        f"journal     {found.position} is the last position",
        *_of_stream("stream", found.stream, found.position),
        *_of_stream("findings", found.findings, found.findings_told),
        *_of_stream("billable", found.billable, found.told),
    ]
    for view in found.views:
        lines.append(f"{view.name:<11} {view.position}, {view.lag} behind")
        if view.stopped_at:
            time = view.stopped_at == CLOCK_TICK
            where = view.stopped_at if time else f"event {view.stopped_at}"
            lines.append(f"            stopped at {where}: {view.stopped_because}")
            event = "EVENT" if time else view.stopped_at
            hint = f"daybook skip-event {view.name} {event} --reason WHY --author WHO"
            lines.append(f"            goes on without the event, on record, after: {hint}")
        lines += [f"            {skip_sentence(each)}" for each in view.skipped]
        lines += [f"            {each}" for each in view.warnings]
    lines += [
        f"{'managers' if number == 0 else '':<11} {each.name} {each.position}, {each.due} due"
        for number, each in enumerate(found.managers)
    ]
    for line in lines:
        out.print(line, highlight=False, soft_wrap=True)


def _of_stream(name: str, found: StreamStatus | None, last: int) -> Iterator[str]:
    behind = last - (found.position if found else 0)
    yield f"{name:<11} {found.position if found else 'not there'}, {behind} behind"
    if found and found.held_up:
        yield f"            held up: {found.held_up}"


def _check_folder(folder: Path) -> None:
    if not os.path.isdir(folder):
        named = str(folder) if len(str(folder)) <= bounds.LONGEST_TEXT else "of so long a name"
        raise typer.BadParameter(f"there is no folder {named}")


def main() -> None:
    """Run a command; whatever goes wrong is one plain sentence and an exit code."""
    log_to_stderr()
    # The site's key is in memory, and is not to be in a core dump.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, _end)
    sys.exit(guarded(app))


def _end(*_: object) -> None:
    raise KeyboardInterrupt
