"""Edits of a copy of `tests/clinics/base`, the places that they make faulty, and cases of them."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

BASE = Path(__file__).parents[2] / "clinics" / "base"
NOW = datetime(2026, 9, 17, 17, tzinfo=UTC)
THROUGH = date(2026, 9, 20)

Edit = Callable[[Path], None]
Place = tuple[str, int]


@dataclass(frozen=True)
class FaultCase:
    """An edit that an import refuses, and the places that it has to name."""

    name: str
    edit: Edit
    expected: set[Place]


@dataclass(frozen=True)
class SoundCase:
    """An edit that an import accepts; the oracle tells what the reports say then."""

    name: str
    edit: Edit


# --- Edits. A file is named without its ending, a line by its number in the file as it is then. ---


def append(file: str, *rows: str) -> Edit:
    """Add rows, as they would be written, at the end of a file."""

    def edit(folder: Path) -> None:
        with (folder / f"{file}.csv").open("a", encoding="utf-8", newline="") as stream:
            stream.writelines(f"{row}\n" for row in rows)

    return edit


def change(file: str, line: int, column: str, value: str) -> Edit:
    """Put another value into one field."""

    def edit(lines: list[str]) -> None:
        header, fields = (next(csv.reader([lines[n]])) for n in (0, line - 1))
        fields[header.index(column)] = value
        lines[line - 1] = written(fields)

    return on_lines(file, edit)


def remove(file: str, line: int) -> Edit:
    """Take one row out."""
    return on_lines(file, lambda lines: lines.__delitem__(line - 1))


def fields_of(line: int | None, file: str, edit_fields: Callable[[list[str]], object]) -> Edit:
    """Edit the list of one line's fields, or of every line's."""

    def edit(lines: list[str]) -> None:
        for n in range(len(lines)) if line is None else [line - 1]:
            fields = next(csv.reader([lines[n]]))
            edit_fields(fields)
            lines[n] = written(fields)

    return on_lines(file, edit)


def header(file: str, text: str) -> Edit:
    """Put another header line in place of the one there is."""
    return on_lines(file, lambda lines: lines.__setitem__(0, f"{text}\n"))


def replace(file_name: str, old: str, new: str) -> Edit:
    """Replace a text that stands exactly once in a file, which is named with its ending."""

    def edit(content: bytes) -> bytes:
        assert content.count(old.encode()) == 1, (file_name, old)
        return content.replace(old.encode(), new.encode())

    return on_bytes(file_name, edit)


def facility(old: str, new: str) -> Edit:
    return replace("facility.toml", old, new)


def on_bytes(file_name: str, edit_bytes: Callable[[bytes], bytes]) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / file_name
        path.write_bytes(edit_bytes(path.read_bytes()))

    return edit


def on_lines(file: str, edit_lines: Callable[[list[str]], object]) -> Edit:
    def edit(content: bytes) -> bytes:
        lines = content.decode().splitlines(keepends=True)
        edit_lines(lines)
        return "".join(lines).encode()

    return on_bytes(f"{file}.csv", edit)


def every(*edits: Edit) -> Edit:
    """All of these edits, one after the other."""

    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def in_quotes(lines: list[str]) -> None:
    rows = list(csv.reader(lines))
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    lines[:] = [stream.getvalue()]


def written(fields: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(fields)
    return stream.getvalue()


# --- Places. ---

COLUMNS = {path.stem: path.read_text().splitlines()[0].split(",") for path in BASE.glob("*.csv")}
LINES = {path.stem: len(path.read_text().splitlines()) for path in BASE.glob("*.csv")}
MAY_BE_EMPTY = {
    "tracks": {"last_day"},
    "patients": {"discharged_on", "discharge_kind", "weekly_hours", "days_per_week"},
    "enrolments": {"last_day"},
    "commitments": {"last_day"},
    "sign_ins": {"time_out", "makes_up"},
}


def at(file: str, *lines: int) -> set[Place]:
    return {(f"{file}.csv", line) for line in lines}


def added(file: str, nth: int = 1) -> set[Place]:
    """The place of the nth row that is appended to a file of the base clinic."""
    return at(file, LINES[file] + nth)


def in_facility(line: int) -> set[Place]:
    return {("facility.toml", line)}


# --- Rows that several cases need. ---

LATE_SEGMENT = append("segments", "late,19:00,21:00,group,Late group")
J07_YOUNG = "J07,Gus,Vega,2010-10-10,young,2026-09-07,,,,,medicaid"
J08_YOUNG = "J08,Hana,Wood,2011-11-11,young,2026-09-07,,,,,medicaid"
J07_ADULT = "J07,Gus,Vega,1986-10-10,adult,2026-09-14,,,,,medicaid"


def late_track(room: str, staff: str) -> Edit:
    """A track that meets while the evening group, in the hall with s-ash, is still there."""
    row = f"late,adult,Late group,TU,19:00,21:00,2026-09-07,2026-09-20,{room},{staff},3"
    return every(append("tracks", row), LATE_SEGMENT)


def own_session(when: str, room: str, staff: str, mrns: str) -> Edit:
    """A session of its own, on a date, from a time to a time."""
    row = f"one-5,adult,{','.join(when.split())},individual,Session,{room},{staff},{mrns}"
    return append("sessions", row)


def sign_in(*rows: str) -> Edit:
    return append("sign_ins", *rows)
