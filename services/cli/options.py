"""The options that commands share: how each is read, and what it means."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from domain import bounds
from domain.compliance.finding import State
from domain.policy import RuleName
from services.cli.standard_input import record_number

VIEW_NAMES = ("directory", "schedule", "attendance", "care", "compliance")
"""The read models by name, for help and options: to import the views takes much longer."""

DOCUMENT_KINDS = (
    *("access-report", "attendance-letter", "attendance-record", "audit-trail", "census"),
    *("claim-worksheet", "court-report", "disclosure-accounting", "review-packet", "sign-in-sheet"),
)
"""The kinds of document by name, for the same reason."""


class PaperFormat(StrEnum):
    """How a report is printed that can be a document, too."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PDF = "pdf"


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class PageFormat(StrEnum):
    """How a page is printed, which is no table."""

    TABLE = "table"
    JSON = "json"


def day_of(raw: str) -> date:
    """Return the date that an option says."""
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        raise typer.BadParameter(f"{raw!r} is not a date, like 2026-11-22") from None
    if problem := bounds.day_problem(found):
        raise typer.BadParameter(f"{raw!r} is {problem}")
    return found


def instant_of(raw: str) -> datetime:
    """Return the instant that an option says, in UTC."""
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter(
            f"{raw!r} is not a date and time with its offset from UTC, like 2026-11-23T12:00:00Z"
        )
    if problem := bounds.instant_problem(found) or bounds.ahead_problem(found, datetime.now(UTC)):
        raise typer.BadParameter(f"{raw!r} is {problem}")
    return found.astimezone(UTC)


Data = Annotated[
    Path, typer.Option(help="Where the embedded engines keep their files.", metavar="DIR")
]
Through = Annotated[
    Any,
    typer.Option(parser=day_of, metavar="DATE", help="The last day; yesterday unless given."),
]
Mrn = Annotated[
    Any,
    typer.Option(
        "--patient",
        parser=record_number,
        metavar="MRN",
        help="Of one patient alone; -: the number is read from standard input.",
    ),
]
Facility = Annotated[
    str | None, typer.Option(metavar="ID", help="Of one facility alone, where there are several.")
]
Now = Annotated[
    Any,
    typer.Option("--now", parser=instant_of, metavar="INSTANT", help="The time to go by."),
]
AsOf = Annotated[
    Any,
    typer.Option(
        "--as-of",
        parser=instant_of,
        metavar="INSTANT",
        help="By what had been recorded by then, and as of then.",
    ),
]
As = Annotated[Format, typer.Option("--format", help="How to print it.")]
PaperAs = Annotated[PaperFormat, typer.Option("--format", help="How to print it.")]
PaperOut = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write a PDF; for that format alone."),
]
PageAs = Annotated[PageFormat, typer.Option("--format", help="How to print it.")]
DEFAULT_DATA = Path(".daybook")


def years_of(raw: Any) -> int:
    """Return how many years back an accounting goes."""
    return int(one_of(str(raw), ("3", "6"), "number of years that an accounting goes back"))


Years = Annotated[
    Any,
    typer.Option(
        parser=years_of,
        metavar="3|6",
        help="How far back an accounting goes: 42 CFR 2.25, or 45 CFR 164.528.",
    ),
]


def rule_of(raw: str) -> RuleName:
    """Return the rule that an option names."""
    return cast("RuleName", one_of(raw, get_args(RuleName), "rule"))


def state_of(raw: str) -> State:
    """Return the state that an option names, by its word in CSV or by that of tables."""
    from services.reports.verdict_words import STATES

    shown = {said: state for state, said in STATES.items()}
    return cast("State", one_of(shown.get(raw, raw), get_args(State), "state"))


def one_of(raw: str, known: tuple[str, ...], what: str) -> str:
    """Return the word that an option says, which has to be one of these."""
    if raw not in known:
        raise typer.BadParameter(f"{raw!r} is not a {what}; there are {', '.join(known)}")
    return raw


Week = Annotated[
    Any,
    typer.Option(parser=day_of, metavar="DATE", help="Of the week alone in which this day lies."),
]
Listening = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where the API listens; 127.0.0.1:8480 unless given, or a free port if it is taken.",
    ),
]
LocalTls = Annotated[
    bool,
    typer.Option("--local-tls", help="Use TLS, with a certificate by an authority of one's own."),
]
