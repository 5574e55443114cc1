"""The view itself: its tables are those of the modules beside this one, and so are the changes."""

from collections.abc import Iterator
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from projections.schedule import (
    commitments,
    conflicts,
    resources,
    roster,
    series,
    sessions,
    waitlists,
)
from projections.view import Change, View, named_in


class Schedule(View):
    """Rooms, staff, tracks, sessions, who is expected at each, and every change of it."""

    name: ClassVar[str] = "schedule"
    version: ClassVar[int] = 4
    takes: ClassVar[frozenset[type[Event]] | None] = named_in(
        commitments, conflicts, resources, roster, series, sessions, waitlists
    )
    tables: ClassVar[LiteralString] = (
        resources.TABLES
        + series.TABLES
        + sessions.TABLES
        + roster.TABLES
        + conflicts.TABLES
        + commitments.TABLES
    )

    def changes(self, event: Event) -> Iterator[Change]:
        """Follow the site, its programs, its sessions and what patients have booked."""
        match event.TOPIC.partition(".")[0]:
            case "session":
                yield from roster.changes(event)
                yield from sessions.changes(event)
                yield from waitlists.of_session(event)
            case "patient":
                yield from conflicts.changes(event)
                yield from commitments.changes(event)
            case "program":
                yield from series.changes(event)
                yield from conflicts.changes(event)
                yield from waitlists.of_track(event)
            case "facility":
                yield from resources.changes(event)
