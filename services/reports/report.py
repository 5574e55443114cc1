"""A report as it is printed: for a terminal, as CSV or as JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from services.text_output import csv_cell, json_text, one_line, word

Asked = Sequence[Mapping[str, object]]
"""What is asked of each site: its id, up to which day, of which patient and rule."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its columns, and rows of the same length."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def csv(self) -> str:
        """Return the report as a clinic's files are written: yes and no, line feeds."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(map(csv_cell, row) for row in self.rows)
        return out.getvalue()

    def json(self) -> str:
        """Return the report as a list of objects."""
        objects = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return json_text(objects) + "\n"

    def table(self) -> Table:
        """Return the report for a terminal of 80 columns."""
        table = Table(
            title=Text(one_line(self.title)),
            title_justify="left",
            box=SIMPLE_HEAD,
            show_edge=False,
            padding=0,
        )
        for index, name in enumerate(self.columns):
            number = bool(self.rows) and type(self.rows[0][index]) is int
            justify: JustifyMethod = "right" if number else "left"
            table.add_column(_heading(name), justify=justify, overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(one_line(word(value))) for value in row))
        return table


def _heading(column: str) -> str:
    """Return a column's name in short words, for a terminal."""
    for long, short in (("scheduled", "sched."), ("credited", "cred."), ("required", "req.")):
        column = column.replace(long, short)
    return column.replace("minutes", "min").replace("_", "\n", 1).replace("_", " ")


def plain_table(title: str, headings: Sequence[str]) -> Table:
    """Return an empty table that fits a terminal of 80 columns."""
    table = Table(
        title=Text(title),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        min_width=len(title),
    )
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
