"""What a view is: tables that are drawn from events, and how each event changes them.

A view is pure: it yields SQL and never runs it, it reads no clock, and no table but by asking for
rows of its own. It can be thrown away and filled again from the first event at any time, beside the
one that serves, and that is why its SQL names its tables without their schema:

    class Attendance(View):
        name = "attendance"
        version = 1
        tables = "CREATE TABLE records (...); COMMENT ON TABLE records IS '...'"

        def changes(self, event: Event) -> Iterator[Change]:
            match event:
                case AttendanceRecorded():
                    yield "INSERT INTO records VALUES (%s, %s)", (event.session_id, event.status)

A view that has to know what its tables say already takes in whole batches, and asks in between:

        def take(self, events: Sequence[Event]) -> Steps:
            for event in events:
                [(count,)] = yield Question("SELECT count(*) FROM records WHERE ...", (...))
                yield "UPDATE weeks SET days = %s WHERE ...", (count, ...)

Readers (pages, reports, dashboards) do name it: `SELECT ... FROM attendance.records`.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any, ClassVar, LiteralString

from domain.aggregate import Event

Change = tuple[LiteralString, Sequence[Any] | Mapping[str, Any]]
"""One SQL statement with `%s` or `%(name)s` in it, and its parameters."""


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT over the view's own tables, named without a schema; its rows are the answer."""

    sql: LiteralString
    parameters: Sequence[Any] | Mapping[str, Any] = ()


Rows = Sequence[tuple[Any, ...]]
"""The answer to a question."""

Step = Change | Question
"""What a view yields: something to write, or something to find out."""

Steps = Generator[Step, Rows, None]
"""Steps in their order: each Question is sent its rows, each Change an empty sequence.

A Question sees what the Changes before it have written.
"""


class View:
    """A read model. An event is given to it once, in the order of the journal.

    It overrides either `changes` or, where it has to ask, `take`; it is written in no other way,
    but by `tick` where it keeps time. One table's name is taken: `position`, the row that says how
    far the view has read.
    """

    name: ClassVar[str]
    """Its name, which is also that of its PostgreSQL schema: lower case, a plain word."""

    version: ClassVar[int]
    """A positive number; a changed view has a new one and is filled again from the first event."""

    tables: ClassVar[LiteralString]
    """The DDL of its tables and indexes, with their comments; names without a schema."""

    warnings: ClassVar[LiteralString | None] = None
    """A question whose rows are sentences, for `status`: what it lacks though it has every event.

    It is asked from outside, and so names its tables with their schema.
    """

    takes: ClassVar[frozenset[type[Event]] | None] = None
    """The events that may matter to it, None where any may: it is given no others."""

    built_by: ClassVar[int] = 1
    """How many batches are taken in as one while it is built: what several events change of one row
    is written once."""

    keeps_time: ClassVar[bool] = False
    """Whether what it shows changes as time passes: then it is told the time by `tick`."""

    def share(self, facility_id: str) -> "View | None":  # noqa: ARG002 - here nobody shares
        """Return what is given one facility's events, while others are given those of theirs.

        None, as by default, where what is said of a facility depends on events of others. It is
        given all of them, in order, and at the end the time, and nobody else writes of them.
        """
        return None

    def changes(self, event: Event) -> Iterable[Change]:
        """Return the statements that take the event in; none where it does not matter here.

        Whatever it raises stops the view at this event.
        """
        raise NotImplementedError

    def take(self, events: Sequence[Event]) -> Steps:
        """Yield the steps that take events in: by default the changes of each, one after another.

        They come in batches, and one by one where a batch fails: what becomes of the tables must
        not depend on where a batch ends.
        """
        # What `changes` returns may be a list, which nothing can be sent to.
        yield from (change for event in events for change in self.changes(event))

    def tick(self, now: datetime) -> Steps:  # noqa: ARG002 - here nothing is due
        """Yield the steps that take the passing of time in, all that are due; by default none.

        Called now and then where the view keeps time, with the server's time, once the view has
        all events of the journal: on a view that is filled anew only after the last of them. So
        what a view shows has to be a function of the events and of the latest `now`, not of when
        or how often it was told; events that come after a `now` do not wait for the next one.
        """
        yield from ()


def named_in(*modules: ModuleType) -> frozenset[type[Event]]:
    """Return the events that modules name: no other can change anything by what stands there."""
    names = (each for module in modules for each in vars(module).values())
    return frozenset(each for each in names if isinstance(each, type) and _is_event(each))


def _is_event(each: type) -> bool:
    return issubclass(each, Event) and "TOPIC" in vars(each)
