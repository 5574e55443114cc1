"""The bounds of values: what every writer keeps to, and why. Pure.

Commands, a clinic's files, policies, options of the command line and the journal itself refuse what
lies outside. What is recorded once has to fit every read model that there will ever be: a value
that a table cannot hold, or a day from which there is no end to what has to be worked out, would
stop them all.

Each function returns what is wrong, as the end of a sentence ("the reason is ..."), or None. None
of them repeats a text: it may tell who a patient is.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.errors import NotPositive, OutOfBounds, TooMuchAtOnce

# Texts

LONGEST_TEXT = 500
"""Characters, and bytes in UTF-8, of one text, at most: an index of PostgreSQL's holds about 2,700
bytes, and several texts may be its key."""

LONGEST_CIPHERTEXT = 16_000
"""Characters of an encrypted identity, at most: four texts of the greatest length fit, escaped."""

UNWANTED = (
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
)
"""The characters that no text has, as a regular expression's class: control characters other than
tab and line breaks, which PostgreSQL or a terminal would obey, and those that turn the direction
in which a text is read, so that it seems to say something else."""

_UNWANTED = re.compile(f"[{UNWANTED}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_problem(text: str) -> str | None:
    """Say what is wrong with a text."""
    plain = text.isascii()
    if len(text if plain else text.encode(errors="surrogatepass")) > LONGEST_TEXT:
        return f"longer than {LONGEST_TEXT} characters, or {LONGEST_TEXT} bytes in UTF-8"
    if found := _UNWANTED.search(text) or (not plain and _SURROGATE.search(text)):
        name = "NUL" if found[0] == "\0" else f"U+{ord(found[0]):04X}"
        return f"not plain text: it has the character {name}"
    return None


def line_problem(text: str) -> str | None:
    """Say what is wrong with a text of one line: a name, for example."""
    return "more than one line" if len(text.splitlines()) > 1 else text_problem(text)


def is_one_word(number: str) -> bool:
    """Tell whether a record number has no space in it, which separates several in files."""
    return number.split() == [number]


def record_number_problem(number: str) -> str | None:
    """Say what is wrong with a record number."""
    if not is_one_word(number):
        return "not a record number: it has a space in it"
    return line_problem(number)


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)


def id_problem(name: str) -> str | None:
    """Say what is wrong with the id of a facility, program, room or staff member."""
    if _ID.fullmatch(name):
        return None
    return "not an id: 1 to 100 letters, digits, - or _, the first a letter or digit"


_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)


def account_problem(name: str) -> str | None:
    """Say what is wrong with the name of an account or a token."""
    if _ACCOUNT.fullmatch(name):
        return None
    return (
        "not a name for it: 1 to 63 small letters, digits, ., - or _, the first a letter or digit"
    )


# Whole numbers


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from the least to the greatest, both included."""

    least: int
    greatest: int

    def problem(self, number: int) -> str | None:
        """Say what is wrong with a number."""
        if self.least <= number <= self.greatest:
            return None
        return f"not within {self.least:,} to {self.greatest:,}"


WIDEST = 2**31 - 1
"""The widest whole number, as in the tables of the read models."""

PLACES = Range(1, 10_000)
"""Places in a room, a track or a session."""

WEEKLY_MINUTES = Range(1, 7 * 24 * 60)
"""Minutes of treatment a week."""

DAYS_PER_WEEK = Range(1, 7)

LATE_AFTER_MINUTES = Range(0, 24 * 60)
"""Minutes after the start of a session until an arrival is late."""

CLOSING_DELAY_MINUTES = Range(1, 7 * 24 * 60)
"""Minutes after its end until a session is closed by itself."""

POLICY_VERSION = Range(1, WIDEST)

PASSWORD_CHARACTERS = Range(12, 200)
"""Characters of a password: fewer are guessed, more are hashed for nothing."""

TOKEN_DAYS = Range(1, 400)
"""Days until a token expires: a year, and a month to replace it."""

# Days and instants

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""The days of which anything can be recorded. Whoever is in treatment was born after the first."""

FIRST_INSTANT = datetime.combine(EARLIEST, time(), UTC)
LAST_INSTANT = datetime.combine(LATEST, time(), UTC)

REACH_BACK = timedelta(days=3653)
"""How far back treatment may be dated, ten years: payers ask for records that old, and every week
since then is evaluated."""

REACH_AHEAD = timedelta(days=731)
"""How far ahead treatment may be dated, two years: beyond that a date is a slip of the hand, and
a session there would only block its room."""


def day_problem(day: date) -> str | None:
    """Say what is wrong with a day, whatever it is about."""
    if EARLIEST <= day <= LATEST:
        return None
    return f"not within {EARLIEST} to {LATEST}"


def instant_problem(instant: datetime) -> str | None:
    """Say what is wrong with an instant, aware or on a facility's clocks, whatever it is about."""
    return day_problem(instant.date())


def reach_problem(day: date, now: datetime) -> str | None:
    """Say what is wrong with a day of treatment, as seen from now."""
    if day < now.date() - REACH_BACK:
        return f"more than {REACH_BACK.days // 365} years ago"
    if day > now.date() + REACH_AHEAD:
        return f"more than {REACH_AHEAD.days // 365} years ahead"
    return None


def ahead_problem(instant: datetime, now: datetime) -> str | None:
    """Say what is wrong with an aware instant to go by, as seen from the server's clock."""
    if instant - now > REACH_AHEAD:
        return f"more than {REACH_AHEAD.days // 365} years ahead of this machine's clock"
    return None


def future_problem(day: date, now: datetime) -> str | None:
    """Say what is wrong with a day that should have come somewhere on earth."""
    return "in the future" if day > (now + timedelta(hours=14)).date() else None


# How much one decision may be about

MOST_MEETINGS = 4_000
"""Meetings of one track, at most: ten years of each day. Each is several events, and all are
scheduled, moved or taken away in one decision."""

MOST_SEGMENTS = 50
"""Segments of one meeting, at most."""

MOST_ADOPTIONS = 100
"""Days from which a program, or a payer's patients, are judged by another policy, at most: every
week since the first of them is evaluated by each."""

MOST_LOOKS_BACK = 4
"""Answers as of another time that are worked out at once, at most: each fills every read model, in
a database of its own."""

MOST_EVENTS = 50_000
"""Events of one command, at most: one transaction, held in memory as a whole."""

# Guards


def check(what: str, problem: str | None) -> None:
    """Raise OutOfBounds where something is wrong with a value that is called so."""
    if problem:
        raise OutOfBounds(what=what, problem=problem)


def check_count(what: str, number: int, most: int) -> None:
    """Raise TooMuchAtOnce where there are more of something than the most."""
    if number > most:
        raise TooMuchAtOnce(what=what, number=number, most=most)


def check_prescription(weekly_minutes: int, days_per_week: int) -> None:
    """Raise the refusal that so many minutes and days of treatment a week call for."""
    for what, number in (("weekly hours", weekly_minutes), ("days per week", days_per_week)):
        if number <= 0:
            raise NotPositive(what=what)
    check("the number of minutes a week", WEEKLY_MINUTES.problem(weekly_minutes))
    check("the number of days a week", DAYS_PER_WEEK.problem(days_per_week))
