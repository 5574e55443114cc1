"""The commands that print reports: `daybook report ...`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.console import out
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
from services.cli.report_scope import FINDINGS, VISITS, ReportScope
from services.cli.standard_input import record_number

if TYPE_CHECKING:
    from services.reports.queries import ReportQueries
    from services.reports.report import Report

report = typer.Typer(help="What the read models say.", no_args_is_help=True)

Rule = Annotated[Any, typer.Option(parser=rule_of, metavar="RULE", help="Of one rule alone.")]


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
    of = ReportScope(data, facility, now, as_of, VISITS)
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
    of = ReportScope(data, facility, now, as_of, VISITS)
    _report(of, format, lambda reports: reports.weeks(through, patient))


@report.command("findings")
def report_findings(
    *,
    through: Through = None,
    patient: Mrn = None,
    rule: Rule = None,
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

    def ask(reports: "ReportQueries") -> "Report":
        return reports.findings(through, patient, rule=rule, state=state, week=week)

    _report(ReportScope(data, facility, now, as_of, FINDINGS), format, ask)


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
    of = ReportScope(data, facility, now, as_of, FINDINGS)
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
        str | None, typer.Option(metavar="ID", help="Of one staff member alone.")
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

    def ask(reports: "ReportQueries") -> "Report":
        return reports.schedule(
            week or day, week=week is not None, room_id=room, staff_id=staff, mrn=patient
        )

    _report(
        ReportScope(data, facility, now, as_of, ("schedule", *(VISITS if patient else ()))),
        format,
        ask,
    )


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
    with _opened(ReportScope(data, facility, now, as_of)) as reports:
        page = reports.patient(mrn)
    if format is PageFormat.TABLE:
        out.print(page.table())
    else:
        sys.stdout.write(page.json())


@report.command("deadlines")
def report_deadlines(
    *,
    through: Annotated[
        Any,
        typer.Option(parser=day_of, metavar="DATE", help="What is due by then; all unless given."),
    ] = None,
    patient: Mrn = None,
    rule: Rule = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what has to be done and was not yet: what is late, and what is due next."""
    with _opened(ReportScope(data, facility, now, as_of, FINDINGS)) as reports:
        _print([reports.deadlines(through, patient, rule=rule)], format)


@report.command("at-risk")
def report_at_risk(
    *,
    patient: Mrn = None,
    rule: Rule = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    now: Now = None,
    as_of: AsOf = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what will not be kept as it is scheduled, and the sessions that would mend it."""
    with _opened(ReportScope(data, facility, now, as_of, FINDINGS)) as reports:
        _print(reports.at_risk(patient, rule=rule), format)


@contextmanager
def _opened(of: ReportScope) -> "Iterator[ReportQueries]":
    from services.cli.report_source import open_report_source

    with open_report_source(of) as (reports, _):
        yield reports


def _print(found: "list[Report]", form: Format) -> None:
    """Print reports one after the other; as CSV or JSON the first alone."""
    for each in found if form is Format.TABLE else found[:1]:
        show(each, form)


def _report(of: ReportScope, form: Format, ask: "Callable[[ReportQueries], Report]") -> None:
    with _opened(of) as reports:
        show(ask(reports), form)


def show(found: "Report", form: Format) -> None:
    """Print a report."""
    if form is Format.TABLE:
        out.print(found.table())
    else:
        sys.stdout.write(found.csv() if form is Format.CSV else found.json())
