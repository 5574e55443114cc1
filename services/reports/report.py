"""A report as it is printed: for a terminal, as CSV or as JSON."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from operator import itemgetter
from typing import Any, Self

from rich.box import SIMPLE_HEAD
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from services.text_output import csv_cell, json_text, one_line, word

Asked = Sequence[Mapping[str, Any]]
"""What is asked of each site: its id, up to which day, of which patients and rule."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report; `key` is what rows are sorted by, and no other row's.

    `patient_id` is the random id of the patient it is about, `about` what only JSON has of it.
    """

    key: tuple[Any, ...]
    values: tuple[Any, ...]
    patient_id: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its columns, and rows of the same length.

    `about`, `keys` and `patient_ids` have as many elements as there are rows, or none.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    about: list[Mapping[str, Any]] = field(default_factory=list)
    keys: list[list[Any]] = field(default_factory=list)
    """What each row is sorted by, as JSON has it: see `in_order`."""
    patient_ids: list[str | None] = field(default_factory=list)

    @classmethod
    def of(cls, title: str, columns: tuple[str, ...], found: Iterable[Row]) -> Self:
        """Return a report of rows, sorted by their keys."""
        keyed = sorted(((in_order(row.key), row) for row in found), key=itemgetter(0))
        rows = [row for _, row in keyed]
        return cls(
            title,
            columns,
            [row.values for row in rows],
            [row.about for row in rows],
            [key for key, _ in keyed],
            [row.patient_id for row in rows],
        )

    @property
    def patients(self) -> frozenset[str]:
        """The random ids of the patients of whom anything is shown."""
        return frozenset(each for each in self.patient_ids if each)

    def without(self, hidden: frozenset[str]) -> "Report":
        """Return the report without some columns; as a table it is a plain one then."""
        if hidden.isdisjoint({*self.columns, *(self.about[0] if self.about else ())}):
            return self
        kept = [at for at, name in enumerate(self.columns) if name not in hidden]
        return Report(
            self.title,
            tuple(self.columns[at] for at in kept),
            [tuple(row[at] for at in kept) for row in self.rows],
            [{name: each[name] for name in each if name not in hidden} for each in self.about],
            self.keys,
            self.patient_ids,
        )

    def only(self, numbers: Iterable[int]) -> "Report":
        """Return the report of some of its rows, by their numbers from 0."""
        kept = list(numbers)

        def of(each: Sequence[Any]) -> list[Any]:
            return [each[at] for at in kept] if each else []

        return replace(
            self,
            rows=of(self.rows),
            about=of(self.about),
            keys=of(self.keys),
            patient_ids=of(self.patient_ids),
        )

    def objects(self) -> list[dict[str, Any]]:
        """Return the rows as objects, with all that is known of each."""
        about = self.about or [{}] * len(self.rows)
        return [
            {**dict(zip(self.columns, row, strict=True)), **more}
            for row, more in zip(self.rows, about, strict=True)
        ]

    def csv(self) -> str:
        """Return the report as a clinic's files are written: yes and no, line feeds."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(map(csv_cell, row) for row in self.rows)
        return out.getvalue()

    def json(self) -> str:
        """Return the report as a list of objects."""
        return json_text(self.objects()) + "\n"

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


_IN_ORDER: Mapping[type, Callable[[Any], list[Any]]] = {
    type(None): lambda _: [0],
    bool: lambda each: [1, each],
    int: lambda each: [1, each],
    float: lambda each: [1, each],
    Fraction: lambda each: [1, float(each)],
    datetime: lambda each: [2, each.timestamp()],
    date: lambda each: [3, each.toordinal()],
    tuple: lambda each: [4, *map(in_order, each)],
    str: lambda each: [5, each],
}


def in_order(value: Any) -> list[Any]:
    """Return a value, or a tuple of them, as JSON has it and in the same order; None comes first.

    So a page can begin after the last row of the one before, whatever was added meanwhile.
    """
    return _IN_ORDER[type(value)](value)


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
