"""The commands that print reports: `daybook report ...`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from domain.compliance.finding import RuleName, State
from services.console import out, progress
from services.house import House, open_house
from services.reports.asked import Reports
from services.reports.printed import Report

report = typer.Typer(help="What the read models say.", no_args_is_help=True)


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class PageFormat(StrEnum):
    """How a page is printed, which is no table."""

    TABLE = "table"
    JSON = "json"


def day_of(raw: str) -> date:
    """Return the date that an option says."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise typer.BadParameter(f"{raw!r} is not a date, like 2026-11-22") from None


Data = Annotated[
    Path, typer.Option(help="Where the embedded engines keep their files.", metavar="DIR")
]
Through = Annotated[
    Any,
    typer.Option(parser=day_of, metavar="DATE", help="The last day; yesterday unless given."),
]
Mrn = Annotated[str | None, typer.Option("--patient", metavar="MRN", help="Of one patient alone.")]
Facility = Annotated[
    str | None, typer.Option(metavar="ID", help="Of one facility alone, where there are several.")
]
As = Annotated[Format, typer.Option("--format", help="How to print it.")]
PageAs = Annotated[PageFormat, typer.Option("--format", help="How to print it.")]
DEFAULT_DATA = Path(".daybook")


@report.command("visits")
def report_visits(
    through: Through = None,
    patient: Mrn = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each visit: who was expected, who came, and for how many minutes."""
    _report(data, facility, format, lambda reports: reports.visits(through, patient))


@report.command("weeks")
def report_weeks(
    through: Through = None,
    patient: Mrn = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each patient's weeks: what was offered, what was attended, what is required."""
    _report(data, facility, format, lambda reports: reports.weeks(through, patient))


def rule_of(raw: str) -> RuleName:
    """Return the rule that an option names."""
    return cast("RuleName", _one_of(raw, get_args(RuleName), "rule"))


def state_of(raw: str) -> State:
    """Return the state that an option names."""
    return cast("State", _one_of(raw, get_args(State), "state"))


def _one_of(raw: str, known: tuple[str, ...], what: str) -> str:
    if raw not in known:
        raise typer.BadParameter(f"{raw!r} is no {what}; there are {', '.join(known)}")
    return raw


Week = Annotated[
    Any,
    typer.Option(parser=day_of, metavar="DATE", help="Of the week alone in which this day lies."),
]


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
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what each rule comes to: met, breached, waived, not applicable or unknown."""

    def ask(reports: Reports) -> Report:
        return reports.findings(through, patient, rule=rule, state=state, week=week)

    _report(data, facility, format, ask)


@report.command("billable")
def report_billable(
    *,
    through: Through = None,
    patient: Mrn = None,
    week: Week = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """Each day on which a patient came: its units, or every reason why there are none."""
    _report(data, facility, format, lambda reports: reports.billable(through, patient, week=week))


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
    data: Data = DEFAULT_DATA,
) -> None:
    """Each session of a day or a week: when, where, who leads it, how many places are taken."""
    if day and week:
        raise typer.BadParameter("--day and --week exclude each other")

    def ask(reports: Reports) -> Report:
        return reports.schedule(
            week or day, week=week is not None, room_id=room, staff_id=staff, mrn=patient
        )

    _report(data, facility, format, ask)


@report.command("patient")
def report_patient(
    mrn: Annotated[str, typer.Argument(metavar="MRN", help="The patient's record number.")],
    facility: Facility = None,
    format: PageAs = PageFormat.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """One patient's state on a page: treatment, what to do, plan, monitoring, support, consents."""
    with open_house(data) as house:
        catch_up(house)
        page = reports_of(house, facility).patient(mrn)
    if format is PageFormat.TABLE:
        out.print(page.table())
    else:
        sys.stdout.write(page.json())


def _report(
    data: Path, facility: str | None, form: Format, ask: Callable[[Reports], Report]
) -> None:
    with open_house(data) as house:
        catch_up(house)
        found = ask(reports_of(house, facility))
    if form is Format.TABLE:
        out.print(found.table())
    else:
        sys.stdout.write(found.csv() if form is Format.CSV else found.json())


def reports_of(house: House, facility_id: str | None) -> Reports:
    """Return who answers about the present time."""
    now = datetime.now(UTC)
    return Reports(house.engines.database_url, house.vault, now=now, facility_id=facility_id)


def catch_up(house: House) -> None:
    """Wait until the read models have everything that is in the journal."""
    position = house.journal.position()

    async def wait(show: Callable[[str], None]) -> None:
        async with house.upkeep() as upkeep:
            await upkeep.caught_up(
                position,
                on_progress=lambda views: show(f"{min(views.values())} of {position} events"),
            )

    with progress("Bringing the read models up to date") as show:
        asyncio.run(wait(show))
