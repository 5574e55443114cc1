"""Reading a clinic's CSV files into rows, every faulty value named."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from domain import bounds
from services.clinic_import.csv_header import header_problems
from services.clinic_import.csv_text import SAVE_AS, Record, read_records
from services.clinic_import.faults import Faults
from services.clinic_import.folder import Folder
from services.clinic_import.rows import Row, columns_of, tells_of_patients

AnyRow = TypeVar("AnyRow", bound=Row)


LONGEST_SHOWN = 100
"""Characters of a faulty value that a fault repeats, at most."""


def read_rows(
    folder: Folder,
    kind: type[AnyRow],
    faults: Faults,
    now: datetime,
    *,
    optional: bool = False,
) -> list[AnyRow]:
    """Return the rows of a file that can be read; note a fault for each value that cannot.

    Days are held to how far back and ahead of `now` (aware, UTC) they may be. An `optional` file
    need not be there.
    """
    if optional and not (folder / kind.FILE).exists():
        return []
    records = read_records(folder / kind.FILE, faults)
    if not records:
        return []
    header, *lines = records
    names = [each.strip() for each in header.fields]
    columns = columns_of(kind)
    problems = list(header_problems(header, names, columns))
    for problem in problems:
        faults.cannot_read(kind.FILE, header.line, problem)
    if problems:
        return []
    rows = (_row(record, names, columns, kind, faults=faults, now=now) for record in lines)
    return [row for row in rows if row is not None]


def _row(
    record: Record,
    header: list[str],
    columns: Mapping[str, Any],
    kind: type[AnyRow],
    *,
    faults: Faults,
    now: datetime,
) -> AnyRow | None:
    found = dict(zip(header, record.fields, strict=False))
    problem = _shape_problem(record, header)
    if problem:
        faults.add(kind.FILE, record.line, "", problem)
    values = {}
    sound = not problem
    for name, column in columns.items() if sound else ():
        raw = found.get(name, "").strip()
        try:
            if not raw and not column["optional"]:
                raise ValueError("empty")
            values[name] = _read(column, raw, now) if raw else None
        except ValueError as error:
            shown = _shown(raw, kind)
            faults.add(
                kind.FILE, record.line, name, f"{shown} is {error}" if raw else "empty, but needed"
            )
            sound = False
    if not sound:
        name = found.get(next(iter(columns)), "").strip()
        faults.named.setdefault((kind.FILE, name), record.line)
        return None
    return kind(line=record.line, **values)


def _shape_problem(record: Record, header: list[str]) -> str | None:
    """Say what is wrong with a row as a whole."""
    found, wanted = len(record.fields), len(header)
    if not record.decodable:
        return f"not UTF-8, perhaps Windows-1252: open the file again and {SAVE_AS}"
    if record.empty:
        return "the row is empty: delete it"
    if found > wanted:
        in_quotes = "put a text with a comma in it in quotation marks"
        return f"{found} fields instead of {wanted}: {in_quotes}"
    return f"{found} fields instead of {wanted}" if found < wanted else None


def _shown(raw: str, kind: type[Row]) -> str:
    """Return a faulty value as its fault repeats it.

    In a file about patients none is repeated: whatever is wrong with a file, a name can stand in
    the place of another value.
    """
    return "the value" if tells_of_patients(kind) or len(raw) > LONGEST_SHOWN else f"{raw!r}"


def _read(column: Mapping[str, Any], raw: str, now: datetime) -> object:
    """Return a field's value. Raises ValueError."""
    value = column["read"](raw)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        checks = {"treatment": bounds.reach_problem, "past": bounds.future_problem}
        check = checks.get(column["when"])
        if problem := check and check(day, now):
            raise ValueError(problem)
    return value
