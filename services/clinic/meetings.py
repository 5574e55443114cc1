"""The meetings that the files ask for: a track's on each of its days, and those of their own."""

from collections.abc import Iterator

from domain.program import HORIZON, Segment
from domain.session import Meeting
from domain.session.attendance import parts_on
from domain.times import span
from services.clinic.intake import Intake, PlannedTrack
from services.clinic.rows import SessionRow


def meetings_of(intake: Intake, planned: PlannedTrack) -> Iterator[Meeting]:
    """Yield a track's meetings, to its last day or, while it runs, as far as the horizon."""
    track = planned.track
    room = intake.facility.rooms[track.room_id]
    for day in planned.program.meeting_days(track, intake.today + HORIZON):
        when = span(day, track.starts, track.ends, intake.zone)
        yield Meeting(
            program_id=planned.program.program_id,
            track_id=track.track_id,
            day=day,
            starts_at=when.starts_at,
            ends_at=when.ends_at,
            parts=parts_on(day, track.segments, intake.zone),
            room_id=track.room_id,
            staff_id=track.staff_id,
            places=min(track.capacity, room.capacity),
        )


def own_meeting(intake: Intake, row: SessionRow) -> Meeting | None:
    """Return the meeting of a session of its own; None in a room that is not there."""
    room = intake.facility.rooms.get(row.room_id)
    if room is None:
        return None
    when = span(row.date, row.starts, row.ends, intake.zone)
    segment = Segment(row.starts, row.ends, row.service, row.title)
    return Meeting(
        program_id=row.program_id,
        track_id=None,
        day=row.date,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        parts=parts_on(row.date, [segment], intake.zone),
        room_id=row.room_id,
        staff_id=row.staff_id,
        places=room.capacity,
    )
