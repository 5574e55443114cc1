"""`daybook audit trail`: all that was recorded of somebody or something, in order."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.audit_paper import asks_for_paper, file_of, form_of
from services.cli.console import out
from services.cli.options import (
    DEFAULT_DATA,
    Data,
    Facility,
    Mrn,
    PaperAs,
    PaperFormat,
    PaperOut,
    day_of,
)
from services.cli.report_scope import ReportScope
from services.cli.reports import ask, show

if TYPE_CHECKING:
    from rich.table import Table


def trail(
    *,
    patient: Mrn = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Of one session.")] = None,
    program: Annotated[str | None, typer.Option(metavar="ID", help="Of one program.")] = None,
    staff: Annotated[
        str | None, typer.Option(metavar="ID", help="Of one staff member, and by them.")
    ] = None,
    first: Annotated[
        Any, typer.Option("--from", parser=day_of, metavar="DATE", help="First day of recording.")
    ] = None,
    last: Annotated[
        Any, typer.Option("--through", parser=day_of, metavar="DATE", help="Last day of recording.")
    ] = None,
    facility: Facility = None,
    format: PaperAs = PaperFormat.TABLE,
    to: PaperOut = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print every event of a record in words: who, when, what corrected it, and its signed head."""
    if sum(each is not None for each in (patient, session, program, staff)) != 1:
        raise typer.BadParameter("say of what: one of --patient, --session, --program, --staff")
    subject = {"session_id": session, "program_id": program, "staff_id": staff}
    if asks_for_paper(format, to):
        days = {"first": first, "last": last}
        file_of("audit-trail", patient, ReportScope(data, facility), to, **subject, **days)
        return
    days = {"first_day": first, "last_day": last}
    (found,) = ask(ReportScope(data, facility), ["trail"], patient, **subject, **days)
    if format is PaperFormat.TABLE:
        out.print(_table(found.objects()), highlight=False)
    else:
        show(found, form_of(format))


def _table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Return the entries for a terminal of 80 columns."""
    from rich.text import Text

    from services.reports.report import plain_table
    from services.text_output import one_line

    table = plain_table("Audit trail", ("no.", "recorded", "what", "by", "head"))
    for row in rows:
        what = Text(one_line(row["what"]), style="strike" if row["corrected_by"] else "")
        happened = row["happened_at"]
        about = [row["name"], row["session"] and f"{row['session']} on {row['session_day']}"]
        for each in (
            None if row["mark"] == "original" else row["mark"],
            ", ".join(filter(None, about)),
            happened and f"happened {happened:%Y-%m-%d %H:%M}",
            row["reason"] and f"“{row['reason']}”",
            row["corrects"] and f"corrects {row['corrects']}",
            row["corrected_by"] and f"corrected by {row['corrected_by']}",
        ):
            if each:
                what.append(f"\n{one_line(each)}", style="not strike")
        what.append(f"\n{row['event']}", style="not strike dim")
        recorded = f"{row['recorded_at']:%Y-%m-%d %H:%M}"
        head = "not sealed" if row["head_size"] is None else f"{row['head_size']}"
        table.add_row(str(row["number"]), recorded, what, one_line(row["author"]), head)
    return table
