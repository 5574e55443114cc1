"""What stands against the schedule, until it is resolved."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.patient import (
    BookingBlocked,
    BookingsReleased,
    CollisionAccepted,
    CollisionFound,
    EnrolmentRevised,
    PatientDischarged,
    PatientMerged,
    SessionsBooked,
)
from domain.program import MeetingBlocked, MeetingUnblocked
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE blocked_meetings (
        facility_id text,
        program_id text,
        track_id text,
        occurrence date,
        kind text NOT NULL,
        resource_id text NOT NULL,
        since timestamptz NOT NULL,
        PRIMARY KEY (facility_id, program_id, track_id, occurrence)
    );
    COMMENT ON TABLE blocked_meetings IS
        'Meetings that are not on the schedule because somebody else has their room or person.';
    COMMENT ON COLUMN blocked_meetings.facility_id IS 'The site.';
    COMMENT ON COLUMN blocked_meetings.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN blocked_meetings.track_id IS 'The track.';
    COMMENT ON COLUMN blocked_meetings.occurrence IS 'The day on which the rule has the meeting.';
    COMMENT ON COLUMN blocked_meetings.kind IS 'room or staff.';
    COMMENT ON COLUMN blocked_meetings.resource_id IS 'Which room, or which person of staff.';
    COMMENT ON COLUMN blocked_meetings.since IS 'When that was found (UTC).';

    CREATE TABLE blocked_bookings (
        session_id text,
        patient_id text,
        because text NOT NULL,
        since timestamptz NOT NULL,
        PRIMARY KEY (patient_id, session_id)
    );
    COMMENT ON TABLE blocked_bookings IS
        'Sessions of a patient''s track that could not be booked for them.';
    COMMENT ON COLUMN blocked_bookings.session_id IS 'The session.';
    COMMENT ON COLUMN blocked_bookings.patient_id IS 'The patient''s random id, as in the event.';
    COMMENT ON COLUMN blocked_bookings.because IS 'Why not.';
    COMMENT ON COLUMN blocked_bookings.since IS 'When that was found (UTC).';

    CREATE TABLE collisions (
        session_id text,
        patient_id text,
        commitment text,
        accepted boolean NOT NULL,
        reason text,
        since timestamptz NOT NULL,
        PRIMARY KEY (patient_id, session_id, commitment)
    );
    COMMENT ON TABLE collisions IS 'Booked sessions that collide with a duty elsewhere.';
    COMMENT ON COLUMN collisions.session_id IS 'The session.';
    COMMENT ON COLUMN collisions.patient_id IS 'The patient''s random id, as in the event.';
    COMMENT ON COLUMN collisions.commitment IS
        'Which duty: its kind, first day and start, as in work 2025-03-03 16:00.';
    COMMENT ON COLUMN collisions.accepted IS 'Whether somebody decided that the session stays.';
    COMMENT ON COLUMN collisions.reason IS 'Why it stays; empty while that is undecided.';
    COMMENT ON COLUMN collisions.since IS 'When that was recorded (UTC).';

    CREATE VIEW conflicts AS
    SELECT kind, facility_id, NULL AS session_id, program_id, track_id, occurrence AS day,
        NULL AS patient_id, resource_id AS what, since
    FROM blocked_meetings
    UNION ALL
    SELECT 'no_facilitator', facility_id, session_id, program_id, track_id, day, NULL,
        'nobody leads the session', led_since
    FROM sessions WHERE staff_id IS NULL AND state = 'scheduled'
    UNION ALL
    SELECT 'patient', s.facility_id, s.session_id, s.program_id, s.track_id, s.day, b.patient_id,
        b.because, b.since
    FROM blocked_bookings b JOIN sessions s USING (session_id)
    WHERE s.state IN ('scheduled', 'started')
    UNION ALL
    SELECT CASE WHEN c.accepted THEN 'duty_accepted' ELSE 'duty_undecided' END, s.facility_id,
        s.session_id, s.program_id, s.track_id, s.day, c.patient_id, c.commitment, c.since
    FROM collisions c JOIN sessions s USING (session_id)
    WHERE s.state IN ('scheduled', 'started');
    COMMENT ON VIEW conflicts IS
        'What stands against the schedule now; of sessions that are over there is nothing.';
    COMMENT ON COLUMN conflicts.kind IS
        'room, staff (taken by others), no_facilitator, patient (could not be booked),'
        ' duty_undecided or duty_accepted (collides with a duty elsewhere).';
    COMMENT ON COLUMN conflicts.facility_id IS 'The site.';
    COMMENT ON COLUMN conflicts.session_id IS
        'The session; empty for a meeting that is not on the schedule.';
    COMMENT ON COLUMN conflicts.program_id IS 'The program, by its id at the clinic.';
    COMMENT ON COLUMN conflicts.track_id IS 'The track; empty for a session of its own.';
    COMMENT ON COLUMN conflicts.day IS
        'The session''s day, or that on which the rule has the meeting.';
    COMMENT ON COLUMN conflicts.patient_id IS 'Whose booking it is, as in the event.';
    COMMENT ON COLUMN conflicts.what IS 'Which room, person or duty, or why.';
    COMMENT ON COLUMN conflicts.since IS 'Since when it stands (UTC).';
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep what is not resolved."""
    match event:
        case SessionsBooked():
            # Booked now, or at another time: either way what was known before is over.
            booked = (event.originator_id, [each.session_id for each in event.bookings])
            yield (
                "DELETE FROM blocked_bookings WHERE patient_id = %s AND session_id = ANY(%s)",
                booked,
            )
            yield "DELETE FROM collisions WHERE patient_id = %s AND session_id = ANY(%s)", booked
        case BookingsReleased():
            yield (
                "DELETE FROM collisions WHERE patient_id = %s AND session_id = ANY(%s)",
                (event.originator_id, list(event.session_ids)),
            )
        case BookingBlocked():
            yield (
                "INSERT INTO blocked_bookings VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (patient_id, session_id) DO UPDATE"
                " SET because = EXCLUDED.because, since = EXCLUDED.since",
                (event.session_id, event.originator_id, event.because, event.timestamp),
            )
        case CollisionFound() | CollisionAccepted():
            yield _collision(event)
        case MeetingBlocked() | MeetingUnblocked():
            yield _blocked(event)
        case PatientDischarged() | EnrolmentRevised() | PatientMerged():
            yield from _wants_no_longer(event)


def _blocked(event: MeetingBlocked | MeetingUnblocked) -> Change:
    if isinstance(event, MeetingUnblocked):
        return (
            "DELETE FROM blocked_meetings WHERE (facility_id, program_id) = (SELECT facility_id,"
            " program_id FROM programs WHERE aggregate_id = %s)"
            " AND track_id = %s AND occurrence = %s",
            (event.originator_id, event.track_id, event.occurrence),
        )
    return (
        "INSERT INTO blocked_meetings SELECT facility_id, program_id, %s, %s, %s, %s, %s"
        " FROM programs WHERE aggregate_id = %s"
        " ON CONFLICT (facility_id, program_id, track_id, occurrence) DO UPDATE"
        " SET kind = EXCLUDED.kind, resource_id = EXCLUDED.resource_id, since = EXCLUDED.since",
        (
            event.track_id,
            event.occurrence,
            event.kind,
            event.resource_id,
            event.timestamp,
            event.originator_id,
        ),
    )


def _collision(event: CollisionFound | CollisionAccepted) -> Change:
    reason = event.reason if isinstance(event, CollisionAccepted) else None
    return (
        "INSERT INTO collisions VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (patient_id, session_id, commitment) DO UPDATE SET"
        " accepted = EXCLUDED.accepted, reason = EXCLUDED.reason, since = EXCLUDED.since",
        (
            event.session_id,
            event.originator_id,
            event.commitment,
            reason is not None,
            reason,
            event.timestamp,
        ),
    )


def _wants_no_longer(
    event: PatientDischarged | EnrolmentRevised | PatientMerged,
) -> Iterator[Change]:
    """Forget what could not be booked where nobody wants it any longer."""
    match event:
        case PatientMerged():
            patients = {"duplicate": event.originator_id, "into": event.into}
            yield (
                "INSERT INTO merges VALUES (%(duplicate)s, %(into)s) ON CONFLICT DO NOTHING",
                patients,
            )
            yield (
                "UPDATE merges SET merged_into = %(into)s WHERE merged_into = %(duplicate)s",
                patients,
            )
            yield (
                "UPDATE expected SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
                patients,
            )
            yield "DELETE FROM blocked_bookings WHERE patient_id = %(duplicate)s", patients
        case PatientDischarged() if event.discharge:
            yield (
                "DELETE FROM blocked_bookings b USING sessions s"
                " WHERE b.patient_id = %s AND s.session_id = b.session_id AND s.day > %s",
                (event.originator_id, event.discharge.day),
            )
        case EnrolmentRevised():
            enrolment = event.enrolment
            yield (
                "DELETE FROM blocked_bookings b USING sessions s"
                " WHERE b.patient_id = %s AND s.session_id = b.session_id"
                " AND s.facility_id = %s AND s.track_id = %s AND s.day > %s",
                (event.originator_id, event.facility_id, enrolment.track_id, enrolment.last_day),
            )
