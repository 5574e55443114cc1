"""A session that ended is closed, a facility's delay later."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from domain.aggregate import CommandContext, Event
from domain.errors import NoFacilitator, NotTakingPlace
from domain.facility import Facility
from domain.session import (
    Session,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionWithdrawn,
    StaffSubstituted,
)
from services.application import CommandRunner
from services.application.sessions import close_session
from services.process_managers.process_manager import ProcessManager, Task


class Closing(ProcessManager):
    """Closes sessions. One that nobody leads waits until somebody is named."""

    name = "closing"
    follows = (
        SessionScheduled,
        SessionRescheduled,
        StaffSubstituted,
        SessionRestored,
        SessionClosed,
        SessionCalledOff,
        SessionWithdrawn,
    )

    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield the closing of the session that an event is about."""
        match event:
            case SessionScheduled(meeting=meeting) | SessionRescheduled(meeting=meeting):
                yield Task(event.originator_id, meeting.ends_at)
            case StaffSubstituted(staff_id=str()) | SessionRestored():
                yield Task(event.originator_id, event.timestamp)
            case SessionClosed() | SessionCalledOff() | SessionWithdrawn():
                yield Task(event.originator_id, None)

    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Close a session, or return when its time comes."""
        session: Session = daybook.journal.load(key)
        if session.closed or not session.takes_place:
            return None
        facility: Facility = daybook.journal.load(Facility.id_of(session.facility_id))
        due = session.meeting.ends_at + facility.closes_after
        if context.at < due:
            return due
        with suppress(NoFacilitator, NotTakingPlace):
            daybook.handle(context, close_session, key)
        return None
