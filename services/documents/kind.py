"""What a kind of document is: a function of the reports that draws up facts and a flat table.

The facts are one frozen data object. What a page shows, what JSON has and from what the document's
number is derived is that object alone, so that no figure stands on paper that a program could not
read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.errors import DaybookError
from domain.patient.consent import Scope
from services.reports.queries import ReportQueries, Unanswerable

About = Literal["patient", "session", "facility", "record"]
"""What a document is about, and which option of the command line names it.

A `record` is that of a patient, a session, a program or a staff member: of one of them.
"""


class Refused(DaybookError):
    """The document may not be made: the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a document is asked about: a patient or session by its id, and a span of days.

    `first` and `last` are both included; None where the question leaves it open. `position` is how
    far the journal is read, where something is asked of it. `asked_at` is the present moment, where
    the reports look back.

    A court is told under the consent `consent_id`, or under one to a `recipient`; `scope` are the
    parts that it is told, where these are not the usual ones, and an `emergency` has its own.

    A record may also be that of a program or of a staff member. An accounting goes back so many
    `years`, unless its first day is said.
    """

    patient_id: str | None = None
    session_id: str | None = None
    first: date | None = None
    last: date | None = None
    position: int | None = None
    asked_at: datetime | None = None
    consent_id: str | None = None
    recipient: str | None = None
    scope: tuple[Scope, ...] = ()
    emergency: bool = False
    program_id: str | None = None
    staff_id: str | None = None
    years: Literal[3, 6] = 3

    def __post_init__(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise Unanswerable(f"the span ends on {self.last}, before it begins on {self.first}")

    def span(self, last: date, days: int) -> tuple[date, date]:
        """Return the first and the last day; unless given `last`, and so many days up to it.

        Raises Unanswerable as `within` does.
        """
        until = self.last or last
        return self.within(until - timedelta(days=days - 1), until)

    def within(self, first: date, last: date) -> tuple[date, date]:
        """Return the first and the last day; unless given these.

        Raises Unanswerable where the first day, which was given, is after the last, which was not.
        """
        since, until = self.first or first, self.last or last
        if until < since:
            raise Unanswerable(f"the span begins on {since}, after its last day {until}")
        return since, until


@dataclass(frozen=True, slots=True)
class Site:
    """The site at whose head a document stands, and its clocks (an IANA zone)."""

    name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Table:
    """The flat table of a document, for CSV: columns, and rows of the same length."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


Order = tuple[str, Mapping[str, Any]]
"""A command by its name, with its arguments."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document before it is set: its facts, its table, and of whom it tells.

    `facts` is a frozen dataclass of text, whole numbers, truth values, None, dates, aware instants
    on the site's clocks, tuples, and other such dataclasses. `patients` are random ids. `orders`
    are recorded before the document leaves the machine, or it does not leave.
    """

    facts: Any
    table: Table
    site: Site
    patients: frozenset[str] = frozenset()
    orders: tuple[Order, ...] = field(default=())


Draws = Callable[[ReportQueries, Asked], Document]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its name, what it is about, its title, and the read models it reads.

    It may be about one of `also` alone, as a facility's about one patient. One that is
    `confidential` carries the line about 42 CFR Part 2; one without is for the
    patient, who may show it to whom they like. `tells` are the parts that one can have that tells
    somebody outside the program, which is a disclosure; no other has any.
    """

    name: str
    about: About
    title: str
    reads: tuple[str, ...]
    draws: Draws
    confidential: bool = True
    also: About | None = None
    tells: tuple[Scope, ...] = ()

    @property
    def action(self) -> str:
        """What making one is called, where it is said who may, and who did."""
        return f"document {self.name}"

    @property
    def says(self) -> str:
        """What it is, in a sentence."""
        return (self.draws.__doc__ or "").partition("\n")[0]


KINDS: dict[str, Kind] = {}
"""Each kind by its name; `services.documents.kinds` has all of them."""


def kind(
    name: str,
    *,
    about: About,
    title: str,
    reads: tuple[str, ...],
    confidential: bool = True,
    also: About | None = None,
    tells: tuple[Scope, ...] = (),
) -> Callable[[Draws], Draws]:
    """Return what registers a function as a kind, under a name that no other has."""

    def register(draws: Draws) -> Draws:
        if name in KINDS:
            raise ValueError(f"two kinds of document are called {name}")
        KINDS[name] = Kind(name, about, title, reads, draws, confidential, also, tells)
        return draws

    return register
