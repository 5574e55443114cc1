"""`daybook audit disclosures`: what of a patient was told to whom, and by which consent or rule."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.audit_paper import asks_for_paper, file_of, form_of
from services.cli.console import err, out
from services.cli.options import (
    DEFAULT_DATA,
    Data,
    Facility,
    PaperAs,
    PaperFormat,
    PaperOut,
    Years,
    day_of,
)
from services.cli.report_scope import ReportScope
from services.cli.reports import ask, show
from services.cli.standard_input import record_number

if TYPE_CHECKING:
    from rich.table import Table

NOTES = {
    "document": "that a document was handed to somebody outside the program is not on record",
    "to the patient": "what is told to the patient is no part of an accounting"
    " (45 CFR 164.528(a)(1)(ii))",
}
"""What is said of rows that do not count."""


def disclosures(
    *,
    patient: Annotated[
        Any,
        typer.Option(
            "--patient",
            parser=record_number,
            metavar="MRN",
            help="Whose; -: the number is read from standard input.",
        ),
    ],
    first: Annotated[
        Any, typer.Option("--from", parser=day_of, metavar="DATE", help="The first day.")
    ] = None,
    last: Annotated[
        Any, typer.Option("--through", parser=day_of, metavar="DATE", help="The last day.")
    ] = None,
    years: Years = 3,
    facility: Facility = None,
    format: PaperAs = PaperFormat.TABLE,
    to: PaperOut = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print the accounting of a patient's disclosures (42 CFR 2.25, 45 CFR 164.528)."""
    of = ReportScope(data, facility)
    if asks_for_paper(format, to):
        file_of("disclosure-accounting", patient, of, to, first=first, last=last, years=years)
        return
    days = {"first_day": first, "last_day": last, "years": years}
    (found,) = ask(of, ["disclosures"], patient, **days)
    if format is not PaperFormat.TABLE:
        show(found, form_of(format))
        return
    rows = found.objects()
    out.print(_table(rows), highlight=False)
    for part, note in NOTES.items():
        if any(each["part"] == part for each in rows):
            err.print(f"Note: {note}.")


def _table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Return the accounting for a terminal of 80 columns."""
    from services.reports.report import plain_table
    from services.text_output import one_line

    table = plain_table("Accounting of disclosures", ("when", "to whom", "what", "by which rule"))
    for row in rows:
        when = [
            f"{row['told_at']:%Y-%m-%d %H:%M}" if row["told_at"] else str(row["first"]),
            row["frequency"] and f"{row['frequency']}; last {row['last']}",
        ]
        whom = [row["recipient"], row["address"]]
        if row["address"] is None and row["part"] == "disclosure":
            whom.append("address not known")
        if row["part"] != "disclosure":
            whom.insert(0, f"({row['part']})")
        sealed = None if row["head_size"] is None else f"head {row['head_size']}"
        basis = [row["basis"], row["relies_on"], row["because"], row["told_by"], sealed]
        what = [row["what"], f"for {row['purpose']}", row["how"]]
        cells = (when, whom, what, basis)
        table.add_row(*("\n".join(one_line(each) for each in cell if each) for cell in cells))
    return table
