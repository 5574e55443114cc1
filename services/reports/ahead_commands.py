"""The commands that look ahead: `daybook report deadlines` and `daybook report at-risk`."""

from typing import Annotated, Any

import typer

from services.cli.options import (
    DEFAULT_DATA,
    As,
    AsOf,
    Data,
    Facility,
    Format,
    Mrn,
    Now,
    day_of,
    rule_of,
)
from services.cli.reports import ReportScope, open_report_source, report, show
from services.reports.report import Report

Rule = Annotated[Any, typer.Option(parser=rule_of, metavar="RULE", help="Of one rule alone.")]


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
    with open_report_source(ReportScope(data, facility, now, as_of)) as (reports, _):
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
    with open_report_source(ReportScope(data, facility, now, as_of)) as (reports, _):
        _print(reports.at_risk(patient, rule=rule), format)


def _print(found: list[Report], form: Format) -> None:
    """Print reports one after the other; as CSV or JSON the first alone."""
    for each in found if form is Format.TABLE else found[:1]:
        show(each, form)
