"""Reading a clinic's CSV files into rows, every faulty value named."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from domain import bounds
from services.clinic_import.faults import Faults
from services.clinic_import.rows import Row, columns_of

AnyRow = TypeVar("AnyRow", bound=Row)


LONGEST_SHOWN = 100
"""Characters of a faulty value that a fault repeats, at most."""


@dataclass(frozen=True, slots=True)
class Record:
    """A line of a file as it stands: its number and its fields."""

    line: int
    fields: list[str]


def read_rows(
    folder: Path,
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
    records = list(_records(folder / kind.FILE, kind.FILE, faults))
    if not records:
        return []
    header, *lines = records
    if not _header_fits(header, kind, faults):
        return []
    rows = (_row(record, header.fields, kind, faults, now) for record in lines)
    return [row for row in rows if row is not None]


def _records(path: Path, name: str, faults: Faults) -> Iterator[Record]:
    """Yield the records with the line at which each begins; blank lines are passed over."""
    try:
        raw = path.read_bytes()
    except OSError:
        faults.add(name, 1, "", "the file is missing or cannot be read")
        return
    text = _decode(raw, name, faults)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            faults.add(name, line, "", f"not comma-separated values: {error}")
            return
        if fields is None:
            break
        if fields:
            yield Record(line, fields)
        line = reader.line_num + 1
    if line == 1:
        faults.add(name, 1, "", "the file is empty; its header line is missing")


def _decode(raw: bytes, name: str, faults: Faults) -> str:
    """Decode a file; name each line that is not UTF-8, and leave it out."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        sound = []
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                sound.append(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError:
                faults.add(name, number, "", "not UTF-8")
                sound.append("")
        return "\n".join(sound)


def _header_fits(header: Record, kind: type[Row], faults: Faults) -> bool:
    known = columns_of(kind)
    needed = [name for name, column in known.items() if not column["may_lack"]]
    problems = [f"the column {name} is missing" for name in needed if name not in header.fields]
    problems += [f"the column {name!r} is unknown" for name in header.fields if name not in known]
    twice = {name for name in header.fields if header.fields.count(name) > 1}
    problems += [f"the column {name} is there twice" for name in sorted(twice)]
    for problem in problems:
        faults.add(kind.FILE, header.line, "", problem)
    return not problems


def _row(
    record: Record, header: list[str], kind: type[AnyRow], faults: Faults, now: datetime
) -> AnyRow | None:
    if len(record.fields) != len(header):
        problem = f"{len(record.fields)} fields instead of {len(header)}"
        faults.add(kind.FILE, record.line, "", problem)
        return None
    found = dict(zip(header, record.fields, strict=True))
    values = {}
    sound = True
    for name, column in columns_of(kind).items():
        raw = found.get(name, "").strip()
        try:
            if not raw and not column["optional"]:
                raise ValueError("empty")
            values[name] = _read(column, raw, now) if raw else None
        except ValueError as error:
            shown = "the value" if column["secret"] or len(raw) > LONGEST_SHOWN else f"{raw!r}"
            faults.add(
                kind.FILE, record.line, name, f"{shown} is {error}" if raw else "empty, but needed"
            )
            sound = False
    if not sound:
        faults.named.setdefault(
            (kind.FILE, found[next(iter(columns_of(kind)))].strip()), record.line
        )
        return None
    return kind(line=record.line, **values)


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
