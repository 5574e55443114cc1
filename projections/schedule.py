"""The schedule: which session is when and where, who leads it, who is expected, what is free."""

from collections.abc import Iterator
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from domain.facility import FacilityOpened, RoomOpened, RoomRevised, StaffJoined, StaffRevised
from domain.program import TrackOpened, TrackRevised
from domain.session import (
    LateSignInEntered,
    Meeting,
    PatientCheckedIn,
    PatientReleased,
    PatientRostered,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from projections.view import Change, View


class Schedule(View):
    """Rooms, staff, tracks, sessions and who is expected at each."""

    name: ClassVar[str] = "schedule"
    version: ClassVar[int] = 1
    tables: ClassVar[LiteralString] = """
        CREATE TABLE facilities (
            facility_id text PRIMARY KEY,
            timezone text NOT NULL
        );
        COMMENT ON TABLE facilities IS 'The sites.';
        COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
        COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone: wall times are on its clocks.';

        CREATE TABLE rooms (
            facility_id text,
            room_id text,
            name text NOT NULL,
            capacity integer NOT NULL,
            PRIMARY KEY (facility_id, room_id)
        );
        COMMENT ON TABLE rooms IS 'The rooms of each site.';
        COMMENT ON COLUMN rooms.facility_id IS 'The site.';
        COMMENT ON COLUMN rooms.room_id IS 'The room''s id at the site.';
        COMMENT ON COLUMN rooms.name IS 'What the room is called.';
        COMMENT ON COLUMN rooms.capacity IS 'How many patients it holds.';

        CREATE TABLE staff (
            facility_id text,
            staff_id text,
            name text NOT NULL,
            credential text NOT NULL,
            PRIMARY KEY (facility_id, staff_id)
        );
        COMMENT ON TABLE staff IS 'The people who lead sessions.';
        COMMENT ON COLUMN staff.facility_id IS 'The site.';
        COMMENT ON COLUMN staff.staff_id IS 'The person''s id at the site.';
        COMMENT ON COLUMN staff.name IS 'The person''s name.';
        COMMENT ON COLUMN staff.credential IS 'The credential that they have now.';

        CREATE TABLE tracks (
            program_id text,
            track_id text,
            name text NOT NULL,
            PRIMARY KEY (program_id, track_id)
        );
        COMMENT ON TABLE tracks IS 'The weekly groups.';
        COMMENT ON COLUMN tracks.program_id IS 'The program, by the id of its aggregate.';
        COMMENT ON COLUMN tracks.track_id IS 'The track''s id at the clinic.';
        COMMENT ON COLUMN tracks.name IS 'What the track is called.';

        CREATE TABLE sessions (
            session_id text PRIMARY KEY,
            facility_id text NOT NULL,
            label text NOT NULL,
            program_id text NOT NULL,
            track_id text,
            day date NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            room_id text NOT NULL,
            staff_id text NOT NULL,
            places integer NOT NULL,
            state text NOT NULL
        );
        CREATE INDEX ON sessions (facility_id, day);
        COMMENT ON TABLE sessions IS 'Every session on the schedule, past and to come.';
        COMMENT ON COLUMN sessions.session_id IS 'The session''s id.';
        COMMENT ON COLUMN sessions.facility_id IS 'The site.';
        COMMENT ON COLUMN sessions.label IS 'What the clinic calls the track, or the session.';
        COMMENT ON COLUMN sessions.program_id IS 'The program, by its id at the clinic.';
        COMMENT ON COLUMN sessions.track_id IS 'The track; empty for a session of its own.';
        COMMENT ON COLUMN sessions.day IS 'The day on the site''s clocks.';
        COMMENT ON COLUMN sessions.starts_at IS 'When it starts (UTC).';
        COMMENT ON COLUMN sessions.ends_at IS 'When it ends (UTC).';
        COMMENT ON COLUMN sessions.room_id IS 'Where it is.';
        COMMENT ON COLUMN sessions.staff_id IS 'Who leads it.';
        COMMENT ON COLUMN sessions.places IS 'How many patients it has places for.';
        COMMENT ON COLUMN sessions.state IS 'scheduled, called_off, closed (over) or withdrawn.';

        CREATE TABLE expected (
            session_id text,
            patient_id text,
            role text NOT NULL,
            PRIMARY KEY (session_id, patient_id)
        );
        CREATE INDEX ON expected (patient_id);
        COMMENT ON TABLE expected IS 'Who takes a place in which session.';
        COMMENT ON COLUMN expected.session_id IS 'The session.';
        COMMENT ON COLUMN expected.patient_id IS 'The patient''s random id.';
        COMMENT ON COLUMN expected.role IS 'rostered, or make_up: came for a missed visit.';
    """

    def changes(self, event: Event) -> Iterator[Change]:
        """Follow rooms, staff, tracks, sessions and rosters."""
        match event:
            case FacilityOpened():
                yield (
                    "INSERT INTO facilities VALUES (%s, %s)",
                    (event.facility_id, event.timezone),
                )
            case RoomOpened() | RoomRevised():
                yield (
                    "INSERT INTO rooms VALUES (%s, %s, %s, %s) ON CONFLICT (facility_id, room_id)"
                    " DO UPDATE SET name = EXCLUDED.name, capacity = EXCLUDED.capacity",
                    (event.facility_id, event.room_id, event.name, event.capacity),
                )
            case StaffJoined() | StaffRevised():
                yield (
                    "INSERT INTO staff VALUES (%s, %s, %s, %s) ON CONFLICT (facility_id, staff_id)"
                    " DO UPDATE SET name = EXCLUDED.name, credential = EXCLUDED.credential",
                    (event.facility_id, event.staff_id, event.name, event.credential),
                )
            case TrackOpened() | TrackRevised():
                yield (
                    "INSERT INTO tracks VALUES (%s, %s, %s) ON CONFLICT (program_id, track_id)"
                    " DO UPDATE SET name = EXCLUDED.name",
                    (event.originator_id, event.track.track_id, event.track.name),
                )
            case SessionScheduled():
                yield _scheduled(event.originator_id, event.facility_id, event.label, event.meeting)
            case SessionRescheduled():
                yield _rescheduled(event.originator_id, event.meeting)
            case SessionCalledOff():
                yield _state(event.originator_id, "called_off")
            case SessionClosed():
                yield _state(event.originator_id, "closed")
            case SessionWithdrawn():
                yield _state(event.originator_id, "withdrawn")
                yield "DELETE FROM expected WHERE session_id = %s", (event.originator_id,)
            case PatientRostered():
                yield _takes_place(event.originator_id, event.patient_id, "rostered")
            case PatientCheckedIn() | LateSignInEntered() if event.makes_up:
                yield _takes_place(event.originator_id, event.patient_id, "make_up")
            case PatientReleased():
                yield (
                    "DELETE FROM expected WHERE session_id = %s AND patient_id = %s",
                    (event.originator_id, event.patient_id),
                )


def _scheduled(session_id: str, facility_id: str, label: str, meeting: Meeting) -> Change:
    return (
        "INSERT INTO sessions VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'scheduled')",
        (session_id, facility_id, label, *_facts(meeting)),
    )


def _rescheduled(session_id: str, meeting: Meeting) -> Change:
    return (
        "UPDATE sessions SET (program_id, track_id, day, starts_at, ends_at, room_id, staff_id,"
        " places) = (%s, %s, %s, %s, %s, %s, %s, %s),"
        " state = CASE state WHEN 'withdrawn' THEN 'scheduled' ELSE state END"
        " WHERE session_id = %s",
        (*_facts(meeting), session_id),
    )


def _facts(meeting: Meeting) -> tuple[object, ...]:
    return (
        meeting.program_id,
        meeting.track_id,
        meeting.day,
        meeting.starts_at,
        meeting.ends_at,
        meeting.room_id,
        meeting.staff_id,
        meeting.places,
    )


def _state(session_id: str, state: str) -> Change:
    return "UPDATE sessions SET state = %s WHERE session_id = %s", (state, session_id)


def _takes_place(session_id: str, patient_id: str, role: str) -> Change:
    return (
        "INSERT INTO expected VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (session_id, patient_id, role),
    )
