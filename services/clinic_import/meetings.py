"""The meetings that the files ask for: those of the tracks, and the one-off sessions."""

from collections.abc import Iterator

from domain.program import HORIZON, Segment
from domain.session import Meeting, Session, meeting_of, parts_on
from domain.times import span
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.rows import SessionRow, facts_of

WHERE = tuple(name for name in facts_of(SessionRow) if name != "mrns")
"""The columns that say when and where a one-off session is, and what it is made of."""


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
        known = import_run.work.find_session(session_id(import_run, meeting, series.track.track_id))
        yield meeting.led_as(known.meeting) if known else meeting


def meetings_before(import_run: ImportRun, track_id: str) -> dict[str, Meeting]:
    """Return what the record asked of a track's meetings before the import, by the session's id."""
    before, planned = import_run.loaded.tracks_before.get(track_id), import_run.tracks[track_id]
    if before is None:
        return {}
    through = max(import_run.today + HORIZON, import_run.loaded.scheduled_through)
    found = {}
    for occurrence in before.series.occurrences(
        before.closures, before.series.track.first_day, through
    ):
        meeting = meeting_of(
            occurrence,
            program_id=planned.program.program_id,
            track_id=track_id,
            zone=import_run.zone,
            room_holds=before.rooms[occurrence.room_id].capacity,
        )
        found[session_id(import_run, meeting, track_id)] = meeting
    return found


def session_id(import_run: ImportRun, meeting: Meeting, label: str) -> str:
    """Return the id of a meeting's session."""
    return Session.id_of(import_run.loaded.facility_id, label, meeting.occurrence)


def own_meeting(import_run: ImportRun, row: SessionRow) -> Meeting | None:
    """Return the meeting of a one-off session; None in a room that is not there.

    Where the row says nothing anew it is as somebody moved it, or as it took place.
    """
    known = import_run.loaded.own_sessions.get(row.session_id)
    stands = known and (known.closed or known.id in import_run.loaded.moved_by_hand)
    if known and stands and not known.withdrawn and not import_run.changed(row, *WHERE):
        return known.meeting
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
