"""What a view is: tables that are drawn from events, and how each event changes them.

A view is pure: it yields SQL and never runs it, and it reads neither a clock nor a table. It can
be thrown away and filled again from the first event at any time, beside the one that serves, and
that is why its SQL names its tables without their schema:

    class Attendance(View):
        name = "attendance"
        version = 1
        tables = "CREATE TABLE records (...); COMMENT ON TABLE records IS '...'"

        def changes(self, event: Event) -> Iterator[Change]:
            match event:
                case AttendanceRecorded():
                    yield "INSERT INTO records VALUES (%s, %s)", (event.session_id, event.status)

Readers (pages, reports, dashboards) do name it: `SELECT ... FROM attendance.records`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, LiteralString

from domain.aggregate import Event

Change = tuple[LiteralString, Sequence[Any] | Mapping[str, Any]]
"""One SQL statement with `%s` or `%(name)s` in it, and its parameters."""


class View:
    """A read model. An event is given to it once, in the order of the journal.

    It may be written only through `changes`. One table's name is taken: `position`, the row that
    says how far the view has read.
    """

    name: ClassVar[str]
    """Its name, which is also that of its PostgreSQL schema: lower case, a plain word."""

    version: ClassVar[int]
    """A positive number; a changed view has a new one and is filled again from the first event."""

    tables: ClassVar[LiteralString]
    """The DDL of its tables and indexes, with their comments; names without a schema."""

    def changes(self, event: Event) -> Iterable[Change]:
        """Return the statements that take the event in; none where it does not matter here.

        Whatever it raises stops the view at this event.
        """
        raise NotImplementedError
