"""What spreadsheets make of dates, times and numbers, each with how to write it instead.

Each function returns the end of an error's sentence, or nothing where none of these habits is seen.
"""

import re

FORMULA_ERRORS = {"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}
"""What stands in a cell where a formula failed."""

SHORTENED = re.compile(r"[+-]?\d+([.,]\d+)?E[+-]?\d+", re.ASCII)
"""A long number as a spreadsheet shortens it, so that its last digits are lost."""

Habits = tuple[tuple[re.Pattern[str], str], ...]

_OF_DATES: Habits = (
    (
        re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{2}|\d{4})", re.ASCII),
        "the year comes first: 11/9/2026 is written 2026-11-09",
    ),
    (
        re.compile(r"\d{4}[/.-]\d{1,2}[/.-]\d{1,2}", re.ASCII),
        "write it with hyphens, and months and days with two digits",
    ),
    (
        re.compile(r"\d{5}(\.\d+)?", re.ASCII),
        "a bare number is how Excel stores a date: give the column the format yyyy-mm-dd",
    ),
    (re.compile(r"\d{4}-\d{2}-\d{2}[ T].+", re.ASCII), "write the date without a time"),
    (
        re.compile(r".*[^\W\d].*\d.*|.*\d.*[^\W\d].*"),
        "months are numbers: 9-Nov-26 is written 2026-11-09",
    ),
)

_OF_TIMES: Habits = (
    (
        re.compile(r"\d{1,2}([:.]\d{2}){0,2}\s*[ap]\.?\s?m?\.?", re.ASCII | re.IGNORECASE),
        "it is on the 12-hour clock: 5:30 PM is written 17:30",
    ),
    (re.compile(r"24:00(:00)?", re.ASCII), "the last minute of a day is 23:59, the first is 00:00"),
    (re.compile(r"\d{1,2}:\d{2}:\d{2}(\.\d+)?", re.ASCII), "write it without seconds"),
    (re.compile(r"\d:\d{2}", re.ASCII), "hours have two digits: 9:00 is written 09:00"),
    (re.compile(r"\d{2}:\d{2}", re.ASCII), "there are 24 hours and 60 minutes"),
    (
        re.compile(r"[01]?\.\d+", re.ASCII),
        "a fraction is how Excel stores a time: give the column the format hh:mm",
    ),
    (
        re.compile(r"\d{4}-\d{2}-\d{2}[ T].+", re.ASCII),
        "write the time without a date",
    ),
)


def of_a_date(raw: str) -> str:
    """Say how a date is written instead."""
    return _found(_OF_DATES, raw)


def of_a_time(raw: str) -> str:
    """Say how a time of day is written instead."""
    return _found(_OF_TIMES, raw)


def of_a_number(raw: str) -> str:
    """Say how a number is written instead."""
    if re.fullmatch(r"\d+\.0+", raw, re.ASCII):
        return ": write it without a fraction"
    if re.fullmatch(r"\d+,\d+", raw, re.ASCII):
        return ": write it without a comma, a fraction with a point"
    return ""


LONGEST = 40
"""Characters of a value in which a habit is looked for."""


def _found(habits: Habits, raw: str) -> str:
    if len(raw) > LONGEST:
        return ""
    return next((f": {instead}" for pattern, instead in habits if pattern.fullmatch(raw)), "")
