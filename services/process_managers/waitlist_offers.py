"""A place that came free is offered to the waiting list."""

from collections.abc import Iterator
from datetime import datetime

from domain.aggregate import CommandContext, Event
from domain.patient import BookingsReleased, CommitmentRevised
from domain.program import SeriesChanged, TrackRevised
from domain.session import PatientReleased, RoomSubstituted, SessionRescheduled, SessionRestored
from services.application import CommandRunner
from services.application.rosters import offer_session, offer_to_patient, offer_track
from services.process_managers.process_manager import ProcessManager, Task


class Places(ProcessManager):
    """Offers places where somebody may be able to take one who was not before.

    The command that frees a place offers it at once. What is left to do here is to ask again once
    somebody who waits has time, and wherever a place came free otherwise.
    """

    name = "places"
    follows = (
        PatientReleased,
        RoomSubstituted,
        SessionRescheduled,
        SessionRestored,
        TrackRevised,
        SeriesChanged,
        BookingsReleased,
        CommitmentRevised,
    )

    def tasks(self, event: Event) -> Iterator[Task]:
        """Yield the offering of a session's or a track's places, or of any to one patient."""
        match event:
            case PatientReleased() | RoomSubstituted() | SessionRescheduled() | SessionRestored():
                yield Task(f"session {event.originator_id}", event.timestamp)
            case TrackRevised(track=track):
                yield Task(f"track {event.originator_id} {track.track_id}", event.timestamp)
            case SeriesChanged(track_id=track_id):
                yield Task(f"track {event.originator_id} {track_id}", event.timestamp)
            case BookingsReleased() | CommitmentRevised():
                yield Task(f"patient {event.originator_id}", event.timestamp)

    def do(self, daybook: CommandRunner, context: CommandContext, key: str) -> datetime | None:
        """Offer places; nothing is recorded where nobody gets one."""
        match key.split(" ", 2):
            case ["session", session_id]:
                daybook.handle(context, offer_session, session_id)
            case ["track", program_aggregate, track_id]:
                program = daybook.journal.load(program_aggregate)
                daybook.handle(
                    context, offer_track, program.facility_id, program.program_id, track_id
                )
            case ["patient", patient_id]:
                daybook.handle(context, offer_to_patient, patient_id)
        return None
