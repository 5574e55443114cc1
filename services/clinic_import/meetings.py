"""The meetings that the files ask for: those of the tracks, and the one-off sessions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from domain.facility import Room
from domain.program import Segment
from domain.session import Meeting, Part, Session, meeting_of, parts_on
from domain.times import span
from services.clinic_import.before_import import TrackFacts
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.rows import SessionRow, facts_of

WHEN = ("date", "starts", "ends")
"""The columns that say when a one-off session is."""

WHERE = tuple(name for name in facts_of(SessionRow) if name != "mrns")
"""The columns that say when and where a one-off session is, and what it is made of."""


def meetings_of(import_run: ImportRun, planned: TrackPlan) -> Iterator[Meeting]:
    """Yield a track's meetings, to its last day or, while it runs, as far as it is scheduled."""
    track_id = planned.track.track_id
    for meeting in _asked_for(import_run, track_id, facts_now(import_run, planned)):
        known = import_run.work.find_session(session_id(import_run, meeting, track_id))
        yield meeting.led_as(known.meeting) if known else meeting


def meetings_before(import_run: ImportRun, track_id: str) -> dict[str, Meeting]:
    """Return what the record asked of a track's meetings before the import, by the session's id."""
    before = import_run.loaded.tracks_before.get(track_id)
    asked = _asked_for(import_run, track_id, before) if before else ()
    return {session_id(import_run, meeting, track_id): meeting for meeting in asked}


def facts_now(import_run: ImportRun, planned: TrackPlan) -> TrackFacts:
    """Return what decides when a track meets, and where, as it will be."""
    return TrackFacts(planned.series, planned.program.closures, import_run.facility.rooms)


def _asked_for(import_run: ImportRun, track_id: str, facts: TrackFacts) -> Iterator[Meeting]:
    horizon = import_run.work.horizon(import_run.loaded.facility_id)
    through = max(horizon, import_run.loaded.scheduled_through)
    first_day = facts.series.track.first_day
    for occurrence in facts.series.occurrences(facts.closures, first_day, through):
        yield meeting_of(
            occurrence,
            program_id=import_run.tracks[track_id].program.program_id,
            track_id=track_id,
            zone=import_run.zone,
            room_holds=facts.rooms[occurrence.room_id].capacity,
        )


def session_id(import_run: ImportRun, meeting: Meeting, label: str) -> str:
    """Return the id of a meeting's session."""
    return Session.id_of(import_run.loaded.facility_id, label, meeting.occurrence)


def own_meeting(import_run: ImportRun, row: SessionRow) -> Meeting | None:
    """Return the meeting of a one-off session; None in a room that is not there.

    Where the row says nothing anew it is as somebody moved it, or as it took place; where it says
    nothing anew of when, that stands.
    """
    known = import_run.loaded.own_sessions.get(row.session_id)
    stands = known and (known.closed or known.id in import_run.loaded.moved_by_hand)
    meeting = known.meeting if known and stands and not known.withdrawn else None
    if meeting and not import_run.changed(row, *WHERE):
        return meeting
    room = import_run.facility.rooms.get(row.room_id)
    if room is None:
        return None
    if meeting and not import_run.changed(row, *WHEN):
        return replace(meeting, parts=_parts_as_said(import_run, row, meeting), **_rest(row, room))
    when = span(row.date, row.starts, row.ends, import_run.zone)
    segment = Segment(row.starts, row.ends, row.service, row.title)
    return Meeting(
        track_id=None,
        day=row.date,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        parts=parts_on(row.date, [segment], import_run.zone, when),
        **_rest(row, room),
    )


def _parts_as_said(import_run: ImportRun, row: SessionRow, meeting: Meeting) -> tuple[Part, ...]:
    """Return a meeting's parts at their times, with what the row says anew of them."""
    said = {name: getattr(row, name) for name in ("service", "title")}
    anew = {name: value for name, value in said.items() if import_run.changed(row, name)}
    return tuple(replace(part, **anew) for part in meeting.parts)


def _rest(row: SessionRow, room: Room) -> dict[str, Any]:
    """Return what a row says of a meeting besides its times and parts."""
    return {
        "program_id": row.program_id,
        "room_id": row.room_id,
        "staff_id": row.staff_id,
        "places": room.capacity,
    }
