"""The commands that print reports: `daybook report ...`."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.console import err, out, progress
from services.cli.options import (
    DEFAULT_DATA,
    As,
    AsOf,
    Data,
    Facility,
    Format,
    Mrn,
    Now,
    PageAs,
    PageFormat,
    Through,
    Week,
    day_of,
    rule_of,
    state_of,
)
from services.cli.standard_input import record_number
from services.hosting.bootstrap import VIEWS, Runtime, open_runtime
from services.journal import Journal
from services.read_models.as_of import Prefix, shown_as_of
from services.reports.queries import ReportQueries
from services.reports.report import Report

report = typer.Typer(help="What the read models say.", no_args_is_help=True)


@report.command("visits")
def report_visits(
    *,
    through: Through = None,
    patient: Mrn = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each visit: who was expected, who came, and for how many minutes."""
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, lambda reports: reports.visits(through, patient))


@report.command("weeks")
def report_weeks(
    *,
    through: Through = None,
    patient: Mrn = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each patient's weeks: what was offered, what was attended, what is required."""
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, lambda reports: reports.weeks(through, patient))


@report.command("findings")
def report_findings(
    *,
    through: Through = None,
    patient: Mrn = None,
    rule: Annotated[
        Any, typer.Option(parser=rule_of, metavar="RULE", help="Of one rule alone.")
    ] = None,
    state: Annotated[
        Any, typer.Option(parser=state_of, metavar="STATE", help="In one state alone.")
    ] = None,
    week: Week = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what each rule comes to: met, breached, waived, not applicable or unknown."""

    def ask(reports: ReportQueries) -> Report:
        return reports.findings(through, patient, rule=rule, state=state, week=week)

    _report(ReportScope(data, facility, now, as_of), format, ask)


@report.command("billable")
def report_billable(
    *,
    through: Through = None,
    patient: Mrn = None,
    week: Week = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each day on which a patient came: its units, or every reason why there are none."""
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, lambda reports: reports.billable(through, patient, week=week))


@report.command("schedule")
def report_schedule(
    *,
    day: Annotated[
        Any, typer.Option(parser=day_of, metavar="DATE", help="Which day; today unless given.")
    ] = None,
    week: Annotated[
        Any, typer.Option(parser=day_of, metavar="DATE", help="The week in which this day lies.")
    ] = None,
    facility: Facility = None,
    room: Annotated[str | None, typer.Option(metavar="ID", help="Of one room alone.")] = None,
    staff: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one person of staff alone.")
    ] = None,
    patient: Mrn = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each session of a day or a week: when, where, who leads it, how many places are taken."""
    if day and week:
        raise typer.BadParameter("--day and --week exclude each other")

    def ask(reports: ReportQueries) -> Report:
        return reports.schedule(
            week or day, week=week is not None, room_id=room, staff_id=staff, mrn=patient
        )

    _report(ReportScope(data, facility, now, as_of), format, ask)


@report.command("patient")
def report_patient(
    mrn: Annotated[
        Any,
        typer.Argument(
            parser=record_number,
            metavar="MRN",
            help="The patient's record number; -: read from standard input.",
        ),
    ],
    *,
    facility: Facility = None,
    format: PageAs = PageFormat.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """One patient's state on a page: treatment, what to do, plan, monitoring, support, consents."""
    with open_report_source(ReportScope(data, facility, now, as_of)) as (reports, _):
        page = reports.patient(mrn)
    if format is PageFormat.TABLE:
        out.print(page.table())
    else:
        sys.stdout.write(page.json())


@dataclass(frozen=True, slots=True)
class ReportScope:
    """Of which data folder and facility something is asked, as of when and by which time."""

    data: Path
    facility_id: str | None
    now: datetime | None = None
    as_of: datetime | None = None


def _report(of: ReportScope, form: Format, ask: Callable[[ReportQueries], Report]) -> None:
    with open_report_source(of) as (reports, _):
        show(ask(reports), form)


def show(found: Report, form: Format) -> None:
    """Print a report."""
    if form is Format.TABLE:
        out.print(found.table())
    else:
        sys.stdout.write(found.csv() if form is Format.CSV else found.json())


@contextmanager
def open_report_source(of: ReportScope) -> Iterator[tuple[ReportQueries, Journal]]:
    """Yield who answers, and the journal: about the present, or as it was.

    With --as-of or --now the answer names, on the error stream, the position that it is as of.
    """
    with open_runtime(of.data) as runtime:
        if of.now is None and of.as_of is None:
            catch_up(runtime)
            present = reports_of(runtime, of.facility_id)
            yield present, runtime.journal
            tell_notes(present)
            return
        with progress("Reading the journal"):
            prefix = Prefix.read(runtime.journal, of.as_of, of.now)
        with ExitStack() as opened:
            with progress("Filling the read models as they were") as show:
                shown = shown_as_of(
                    runtime.engines.database_url,
                    VIEWS,
                    prefix,
                    on_progress=lambda at: show(f"{at} of {prefix.position} events"),
                )
                url = opened.enter_context(shown)
            err.print(_as_of(of, prefix), highlight=False, soft_wrap=True)
            past = ReportQueries(url, runtime.vault, now=prefix.now, facility_id=of.facility_id)
            yield past, runtime.journal
            tell_notes(past)


def tell_notes(reports: ReportQueries) -> None:
    """Say on the error stream what the answers lack."""
    for each in reports.notes:
        err.print(f"Note: {each}.", highlight=False, soft_wrap=True)


def _as_of(of: ReportScope, prefix: Prefix) -> str:
    """Say which part of the journal an answer is about."""
    recorded = f"what was recorded by {_said(of.as_of)}" if of.as_of else "all that is recorded"
    where = f"position {prefix.position} of {prefix.of}"
    return f"As of {recorded}: {where}, by the time {_said(prefix.now)}."


def _said(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def reports_of(runtime: Runtime, facility_id: str | None) -> ReportQueries:
    """Return who answers about the present time."""
    now = datetime.now(UTC)
    return ReportQueries(
        runtime.engines.database_url, runtime.vault, now=now, facility_id=facility_id
    )


def catch_up(runtime: Runtime) -> None:
    """Wait until the read models have everything that is in the journal."""
    position = runtime.journal.position()

    async def wait(show: Callable[[str], None]) -> None:
        async with runtime.supervisor() as supervisor:
            await supervisor.caught_up(
                position,
                on_progress=lambda views: show(f"{min(views.values())} of {position} events"),
            )

    with progress("Bringing the read models up to date") as show:
        asyncio.run(wait(show))
