"""What an aggregate's events make: all of them, or those alone that imports recorded."""

from typing import cast

from domain.aggregate import Aggregate, Event
from domain.patient.state import IMPORT
from domain.session import (
    PatientRostered,
    RoomSubstituted,
    Session,
    SessionRescheduled,
    SessionScheduled,
    StaffSubstituted,
)

SAYS_WHERE = (SessionScheduled, SessionRescheduled, RoomSubstituted, StaffSubstituted)
"""The events that say when and where a session is, and who leads it."""


def whole(history: list[Event]) -> Aggregate:
    """Return what all of the events make."""
    made: object = None
    for event in history:
        made = event.mutate(made)  # type: ignore[arg-type]
    return cast("Aggregate", made)


def imported_only(history: list[Event]) -> Aggregate:
    """Return what the events of imports make, without what people said since."""
    opening, *others = history
    made = whole([opening])
    for event in others:
        if event.author == IMPORT or _makes_room(made, event):
            made.apply(event)
    return made


def moved_by_hand(history: list[Event]) -> bool:
    """Tell whether a person said last when or where a session is."""
    return [each for each in history if isinstance(each, SAYS_WHERE)][-1].author != IMPORT


def _makes_room(made: Aggregate, event: Event) -> bool:
    """Tell whether what imports said later has its place by this event, whoever recorded it."""
    of_track = isinstance(made, Session) and made.meeting.track_id is not None
    return of_track and isinstance(event, PatientRostered)
