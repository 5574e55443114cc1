"""The command that tells what was recorded: `daybook audit history`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from services.cli.console import out
from services.cli.options import DEFAULT_DATA, As, Data, Facility, Format, Mrn, day_of, one_of
from services.cli.report_scope import ReportScope
from services.cli.reports import ask, show

if TYPE_CHECKING:
    from rich.table import Table


def part_of(raw: str) -> str:
    """Return the part of a record that an option names."""
    from services.reports.history_wording import Part

    return one_of(raw, get_args(Part), "part of a record")


def history(
    *,
    patient: Mrn = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Of one session.")] = None,
    program: Annotated[str | None, typer.Option(metavar="ID", help="Of one program.")] = None,
    staff: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one staff member, and by them.")
    ] = None,
    part: Annotated[
        Any, typer.Option(parser=part_of, metavar="PART", help="Of one part of the record alone.")
    ] = None,
    first: Annotated[
        Any, typer.Option(parser=day_of, metavar="DATE", help="The first day of recording.")
    ] = None,
    last: Annotated[
        Any, typer.Option(parser=day_of, metavar="DATE", help="The last day of recording.")
    ] = None,
    facility: Facility = None,
    format: As = Format.TABLE,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print what was recorded of somebody or something, in words, and what corrected it."""
    (found,) = ask(
        ReportScope(data, facility),
        ["history"],
        patient,
        session_id=session,
        program_id=program,
        staff_id=staff,
        part=part,
        first_day=first,
        last_day=last,
    )
    if format is Format.TABLE:
        out.print(_table(found.objects()), highlight=False)
    else:
        show(found, format)


def _table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Return the entries for a terminal of 80 columns."""
    from rich.text import Text

    from services.reports.report import plain_table
    from services.text_output import one_line

    table = plain_table("History", ("recorded", "what", "by"))
    for row in rows:
        what = Text(one_line(row["what"]), style="strike" if row["corrected_by"] else "")
        about = [row["name"], row["session"] and f"{row['session']} on {row['session_day']}"]
        reason = row["reason"] and f"“{row['reason']}”"
        corrects = row["corrects"] and f"corrects {row['corrects']}"
        corrected = row["corrected_by"] and f"corrected by {row['corrected_by']}"
        for each in (", ".join(filter(None, about)), reason, corrects, corrected):
            if each:
                what.append(f"\n{one_line(each)}", style="not strike")
        what.append(f"\n{row['event']}", style="not strike dim")
        table.add_row(f"{row['recorded_at']:%Y-%m-%d %H:%M}", what, one_line(row["author"]))
    return table
