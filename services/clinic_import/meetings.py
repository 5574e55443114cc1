"""The meetings that the files ask for: those of the tracks, and the sessions of their own."""

from collections.abc import Iterator

from domain.program import HORIZON, Segment
from domain.session import Meeting, meeting_of, parts_on
from domain.times import span
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.rows import SessionRow


def meetings_of(import_run: ImportRun, planned: TrackPlan) -> Iterator[Meeting]:
    """Yield a track's meetings, to its last day or, while it runs, as far as it is scheduled."""
    series, facility = planned.series, import_run.facility
    through = max(import_run.today + HORIZON, import_run.loaded.scheduled_through)
    closures = planned.program.closures
    for occurrence in series.occurrences(closures, series.track.first_day, through):
        meeting = meeting_of(
            occurrence,
            program_id=planned.program.program_id,
            track_id=series.track.track_id,
            zone=import_run.zone,
            room_holds=facility.rooms[occurrence.room_id].capacity,
        )
        known = import_run.loaded.sessions.get((meeting.day, series.track.track_id))
        yield meeting.led_as(known.meeting) if known else meeting


def own_meeting(import_run: ImportRun, row: SessionRow) -> Meeting | None:
    """Return the meeting of a session of its own; None in a room that is not there."""
    room = import_run.facility.rooms.get(row.room_id)
    if room is None:
        return None
    when = span(row.date, row.starts, row.ends, import_run.zone)
    segment = Segment(row.starts, row.ends, row.service, row.title)
    return Meeting(
        program_id=row.program_id,
        track_id=None,
        day=row.date,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        parts=parts_on(row.date, [segment], import_run.zone, when),
        room_id=row.room_id,
        staff_id=row.staff_id,
        places=room.capacity,
    )
