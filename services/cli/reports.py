"""The commands that print reports: `daybook report ...`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
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
from services.cli.report_scope import ReportScope
from services.cli.standard_input import record_number

if TYPE_CHECKING:
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
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, ["visits"], patient, through=through)


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
    _report(of, format, ["weeks"], patient, through=through)


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
    """Print what each rule comes to: met, not met, excepted, not applicable or not known."""
    of = ReportScope(data, facility, now, as_of)
    asked = {"through": through, "rule": rule, "state": state, "week": week}
    _report(of, format, ["findings"], patient, **asked)


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
    _report(of, format, ["billable"], patient, through=through, week=week)


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
    of = ReportScope(data, facility, now, as_of)
    asked = {"day": day, "week": week, "room_id": room, "staff_id": staff}
    _report(of, format, ["schedule"], patient, **asked)


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
    (page,) = ask(ReportScope(data, facility, now, as_of), ["patient"], mrn)
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
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, ["deadlines"], patient, through=through, rule=rule)


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
    """Print what will not be met as it is scheduled, and the sessions that would mend it."""
    of = ReportScope(data, facility, now, as_of)
    _report(of, format, ["at-risk", "slipping"], patient, rule=rule)


def ask(
    of: ReportScope, names: Sequence[str], patient: str | None = None, **arguments: Any
) -> list[Any]:
    """Return what questions are answered, of one patient by their record number, or of all.

    Each is asked with those of the arguments that it takes. Who looks is on record before.
    """
    from services.cli.looking import acting, check_may, reads_of_whom, record_look, viewer
    from services.cli.report_source import open_report_source
    from services.reports.questions import QUESTIONS

    questions = [QUESTIONS[each] for each in names]
    reads = {view for each in questions for view in each.views({"patient_id": patient})}
    reads |= {*reads_of_whom()}
    with open_report_source(replace(of, reads=tuple(reads))) as (reports, runtime):
        who = acting(runtime)
        for each in questions:
            reports.facility_id = check_may(runtime, who, each.name, of.facility_id)
        if patient is not None:
            reports.viewer = viewer(reports, who, names[0])
            arguments["patient_id"] = reports.patient_of(patient)
        answers = []
        for each in questions:
            reports.viewer = viewer(reports, who, each.name, arguments.get("patient_id"))
            answers.append(each(reports, **each.taken(arguments)))
        shown = {arguments["patient_id"]} if patient is not None else set()
        shown = shown.union(*(each.patients for each in answers))
        record_look(runtime, names[0], shown, of.facility_id, who)
        return answers


def _report(
    of: ReportScope,
    form: Format,
    names: Sequence[str],
    patient: str | None = None,
    **arguments: Any,
) -> None:
    """Print reports one after the other; as CSV or JSON the first alone."""
    chosen = names if form is Format.TABLE else names[:1]
    for each in ask(of, chosen, patient, **arguments):
        show(each, form)


def show(found: "Report", form: Format) -> None:
    """Print a report."""
    if form is Format.TABLE:
        out.print(found.table())
    else:
        sys.stdout.write(found.csv() if form is Format.CSV else found.json())
