"""How a field of a clinic's files is read: text in, a value out, or a ValueError that says why."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from domain import bounds
from domain.bounds import Range
from domain.times import WEEKDAYS, in_week_order
from services.clinic_import import spreadsheet_habits

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def text(raw: str) -> str:
    """Read a text within bounds, of one or more lines."""
    if problem := bounds.text_problem(raw):
        raise ValueError(problem)
    if raw in spreadsheet_habits.FORMULA_ERRORS:
        raise ValueError("what a spreadsheet shows where a formula failed")
    return raw


def line(raw: str) -> str:
    """Read a text of one line: a name or an id."""
    if problem := bounds.line_problem(raw):
        raise ValueError(problem)
    return text(raw)


def record_number(raw: str) -> str:
    """Read a patient's record number; `mrns` separates several by spaces."""
    if problem := bounds.record_number_problem(raw):
        raise ValueError(problem)
    if spreadsheet_habits.SHORTENED.fullmatch(raw):
        shortened = "a spreadsheet has shortened it; give the column the format Text"
        raise ValueError(f"not a record number: {shortened}")
    return line(raw)


def day(raw: str) -> date:
    """Read a date within bounds."""
    found = _date(raw)
    if found is None:
        raise ValueError(f"not a date (YYYY-MM-DD){spreadsheet_habits.of_a_date(raw)}")
    if problem := bounds.day_problem(found):
        raise ValueError(problem)
    return found


def _date(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw) if _DATE.fullmatch(raw) else None
    except ValueError:
        return None


def wall_time(raw: str) -> time:
    """Read a time of day."""
    found = _time(raw)
    if found is None:
        raise ValueError(f"not a time (HH:MM){spreadsheet_habits.of_a_time(raw)}")
    return found


def _time(raw: str) -> time | None:
    try:
        return time.fromisoformat(raw) if _TIME.fullmatch(raw) else None
    except ValueError:
        return None


def moment(raw: str) -> datetime:
    """Read a date and a time of day, by the facility's clocks (naive)."""
    first, _, second = raw.partition(" ")
    wall = _time(second)
    if _date(first) is None or wall is None:
        instead = "" if _date(first) else spreadsheet_habits.of_a_date(first)
        instead = instead or spreadsheet_habits.of_a_time(second)
        raise ValueError(f"not a date and time (YYYY-MM-DD HH:MM){instead}")
    return datetime.combine(day(first), wall)


def weekdays(raw: str) -> tuple[str, ...]:
    """Read days of the week, put in their order."""
    names = raw.split()
    if not names or any(name not in WEEKDAYS for name in names):
        raise ValueError(f"not weekdays ({' '.join(WEEKDAYS)}, separated by spaces)")
    if len(set(names)) != len(names):
        raise ValueError("the same weekday twice")
    return in_week_order(names)


def count(within: Range) -> Callable[[str], int]:
    """Return a reader of a whole number above nothing, within a range."""

    def read(raw: str) -> int:
        if not _WHOLE.fullmatch(raw):
            raise ValueError(f"not a whole number{spreadsheet_habits.of_a_number(raw)}")
        # A longer one is out of every range, and takes long to read.
        number = int(raw) if len(raw) < 20 else bounds.WIDEST
        if number <= 0:
            raise ValueError("not more than 0")
        if problem := within.problem(number):
            raise ValueError(problem)
        return number

    return read


def hours(raw: str) -> int:
    """Read hours, which may be a fraction, as whole minutes."""
    if not _NUMBER.fullmatch(raw):
        raise ValueError(f"not a number of hours{spreadsheet_habits.of_a_number(raw)}")
    try:
        minutes = Decimal(raw) * 60
    except InvalidOperation:
        raise ValueError("not a number of hours") from None
    if minutes <= 0:
        raise ValueError("not more than 0")
    if minutes > bounds.WEEKLY_MINUTES.greatest:
        raise ValueError(f"more than the {bounds.WEEKLY_MINUTES.greatest // 60} hours of a week")
    if minutes != minutes.to_integral_value():
        raise ValueError("not a whole number of minutes")
    return int(minutes)


def yes_or_no(raw: str) -> bool:
    """Read a decision."""
    if raw not in {"yes", "no"}:
        raise ValueError("neither yes nor no, in lowercase")
    return raw == "yes"


def one_of(*choices: str) -> Callable[[str], Any]:
    """Return a reader of one of these words."""

    def choice(raw: str) -> str:
        if raw not in choices:
            written = ": write it in lowercase" if raw.lower() in choices else ""
            raise ValueError(f"none of {', '.join(choices)}{written}")
        return raw

    return choice


def names(raw: str) -> tuple[str, ...]:
    """Read record numbers that are separated by spaces."""
    found = tuple(record_number(each) for each in raw.split())
    if not found:
        raise ValueError("empty")
    if len(set(found)) != len(found):
        raise ValueError("the same patient twice")
    return found


@dataclass(frozen=True, slots=True)
class SessionRef:
    """What a clinic's files call a session: its day and its own id or its track's.

    `starts` tells the meetings of one track on one day apart; None where the files do not say.
    """

    day: date
    label: str
    starts: time | None = None

    def __str__(self) -> str:
        starts = f" {self.starts:%H:%M}" if self.starts else ""
        return f"{self.day} {self.label}{starts}"


def visit(raw: str) -> SessionRef:
    """Read the missed visit that a make-up names: DATE SESSION, or DATE SESSION HH:MM."""
    first, _, session = raw.partition(" ")
    label, _, starts = session.strip().rpartition(" ")
    if _date(first) is None or not session.strip():
        raise ValueError("not a visit (DATE SESSION, or DATE SESSION HH:MM)")
    if label.strip() and _TIME.fullmatch(starts):
        return SessionRef(day(first), line(label.strip()), wall_time(starts))
    return SessionRef(day(first), line(session.strip()))
