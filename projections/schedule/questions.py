"""What reports and those who keep the schedule ask of it."""

from typing import LiteralString

FACILITIES: LiteralString = """
    SELECT facility_id, name, timezone, week_starts_on FROM schedule.facilities
    ORDER BY facility_id
"""

ROOM_IDS: LiteralString = """
    SELECT room_id FROM schedule.rooms
    WHERE %(facility_id)s::text IS NULL OR facility_id = %(facility_id)s
"""

STAFF_IDS: LiteralString = """
    SELECT staff_id FROM schedule.staff
    WHERE %(facility_id)s::text IS NULL OR facility_id = %(facility_id)s
"""

PROGRAM_IDS: LiteralString = """
    SELECT program_id FROM schedule.programs
    WHERE %(facility_id)s::text IS NULL OR facility_id = %(facility_id)s
"""

AGENDA: LiteralString = """
    SELECT s.session_id, s.day, s.starts_at, s.ends_at, s.first_starts_at, s.label,
        s.program_id, s.track_id, s.occurrence, s.room_id, s.staff_id,
        t.name AS track, s.modality, s.state, s.called_off_because,
        coalesce(r.name, s.room_id) AS room, coalesce(f.name, s.staff_id) AS leader,
        CASE WHEN dated.credentials IS NULL THEN f.credential ELSE dated.credentials[1] END
            AS credential,
        p.places, p.taken, p.free, p.waiting,
        (SELECT coalesce(array_agg(service ORDER BY first), '{}') FROM (
            SELECT service, min(number) AS first FROM schedule.session_parts part
            WHERE part.session_id = s.session_id AND service <> 'break' GROUP BY service
        ) parts) AS services,
        (SELECT coalesce(array_agg(format ORDER BY first), '{}') FROM (
            SELECT format, min(number) AS first FROM schedule.session_parts part
            WHERE part.session_id = s.session_id AND format IS NOT NULL GROUP BY format
        ) parts) AS formats
    FROM schedule.sessions s JOIN schedule.free_places p USING (session_id)
    LEFT JOIN schedule.tracks t
        ON (t.facility_id, t.program_id, t.track_id) = (s.facility_id, s.program_id, s.track_id)
    LEFT JOIN schedule.rooms r ON (r.facility_id, r.room_id) = (s.facility_id, s.room_id)
    LEFT JOIN schedule.staff f ON (f.facility_id, f.staff_id) = (s.facility_id, s.staff_id)
    LEFT JOIN LATERAL (
        SELECT array_remove(array_agg(
            CASE WHEN s.day BETWEEN first_day AND coalesce(last_day, 'infinity') THEN name END
            ORDER BY number DESC), NULL) AS credentials
        FROM schedule.credentials c
        WHERE (c.facility_id, c.staff_id) = (s.facility_id, s.staff_id)
    ) dated ON true
    WHERE s.facility_id = %(facility_id)s AND s.day BETWEEN %(first)s AND %(last)s
        AND s.state <> 'withdrawn'
        AND (%(session_id)s::text IS NULL OR s.session_id = %(session_id)s)
        AND (%(room_id)s::text IS NULL OR s.room_id = %(room_id)s)
        AND (%(staff_id)s::text IS NULL OR s.staff_id = %(staff_id)s)
        AND (%(sessions)s::text[] IS NULL OR s.session_id = ANY(%(sessions)s))
        AND (%(only)s::text[] IS NULL OR %(sessions)s::text[] IS NOT NULL OR EXISTS (
            SELECT FROM schedule.expected e
            WHERE e.session_id = s.session_id AND e.patient_id = ANY(%(only)s)))
    ORDER BY s.starts_at, s.label
"""
"""The sessions of some days: all, or those in a room, under somebody, of (`only`) some patients,
or some of them."""

CONFLICTS: LiteralString = """
    SELECT session_id, kind, count(*) AS times FROM schedule.conflicts
    WHERE facility_id = %(facility_id)s AND day BETWEEN %(first)s AND %(last)s
        AND session_id IS NOT NULL
        AND (%(only)s::text[] IS NULL OR patient_id IS NULL OR patient_id = ANY(%(only)s))
    GROUP BY session_id, kind ORDER BY session_id, kind
"""
"""What stands against those sessions; for a patient nothing that is another's."""

BLOCKED: LiteralString = """
    SELECT c.day, c.track_id AS label, t.name AS track, coalesce(r.name, f.name, c.what) AS what
    FROM schedule.conflicts c LEFT JOIN schedule.tracks t
        ON (t.facility_id, t.program_id, t.track_id) = (c.facility_id, c.program_id, c.track_id)
    LEFT JOIN schedule.rooms r
        ON (r.facility_id, r.room_id, c.kind) = (c.facility_id, c.what, 'room')
    LEFT JOIN schedule.staff f
        ON (f.facility_id, f.staff_id, c.kind) = (c.facility_id, c.what, 'staff')
    WHERE c.facility_id = %(facility_id)s AND c.day BETWEEN %(first)s AND %(last)s
        AND c.session_id IS NULL AND %(only)s::text[] IS NULL AND %(sessions)s::text[] IS NULL
        AND (%(room_id)s::text IS NULL OR (c.kind, c.what) = ('room', %(room_id)s))
        AND (%(staff_id)s::text IS NULL OR (c.kind, c.what) = ('staff', %(staff_id)s))
    ORDER BY c.day, c.track_id
"""
"""Meetings of those days that could not be scheduled."""

CLOSURES: LiteralString = """
    SELECT c.day, c.program_id, p.name AS program, c.reason FROM schedule.closures c
    JOIN schedule.programs p USING (facility_id, program_id)
    WHERE c.facility_id = %(facility_id)s AND c.day BETWEEN %(first)s AND %(last)s
    ORDER BY c.day, c.program_id
"""
"""The days of those on which a program is closed."""

EXCEPTION: LiteralString = """
    SELECT reason FROM schedule.exceptions
    WHERE (facility_id, program_id, track_id, occurrence)
        = (%(facility_id)s, %(program_id)s, %(track_id)s, %(occurrence)s)
"""
"""Why a meeting is otherwise than its series; nothing where it is not."""

NEXT_SESSIONS: LiteralString = """
    SELECT s.label, s.starts_at, s.ends_at
    FROM schedule.sessions s JOIN schedule.expected e USING (session_id)
    WHERE e.patient_id = %(patient_id)s AND s.ends_at > %(now)s
        AND s.state NOT IN ('called_off', 'withdrawn')
    ORDER BY s.starts_at LIMIT 3
"""
"""The next three sessions at which a patient is expected."""

LED: LiteralString = """
    SELECT session_id FROM schedule.sessions
    WHERE facility_id = %(facility_id)s AND staff_id = %(staff_id)s AND state <> 'withdrawn'
"""
"""The sessions that somebody leads, past and to come."""

EXPECTED_OF: LiteralString = """
    WITH led AS (
        SELECT session_id FROM schedule.sessions
        WHERE facility_id = %(facility_id)s AND staff_id = %(staff_id)s AND state <> 'withdrawn'
            AND day BETWEEN %(first)s AND %(last)s
    )
    SELECT e.patient_id FROM schedule.expected e JOIN led USING (session_id)
    UNION
    SELECT coalesce(m.merged_into, w.patient_id) FROM schedule.waiting w
    JOIN led USING (session_id) LEFT JOIN schedule.merges m USING (patient_id)
"""
"""Who is expected, came to make up a visit or waits in the sessions that somebody leads on some
days."""

DAY_OF: LiteralString = """
    SELECT facility_id, day FROM schedule.sessions
    WHERE session_id = %(session_id)s AND state <> 'withdrawn'
"""
"""Where and on which day a session is."""

WAITING: LiteralString = """
    SELECT w.session_id, coalesce(m.merged_into, w.patient_id) AS patient_id, w.turn,
        w.since, w.because
    FROM schedule.waiting w LEFT JOIN schedule.merges m USING (patient_id)
    WHERE w.session_id = ANY(%(sessions)s)
        AND (%(only)s::text[] IS NULL OR coalesce(m.merged_into, w.patient_id) = ANY(%(only)s))
"""
"""Who waits for a place in some sessions, since when, and what kept them from the last place."""

SUPPORTERS_EXPECTED: LiteralString = """
    SELECT session_id, patient_id, supporter_id, relation FROM schedule.supporters
    WHERE session_id = ANY(%(sessions)s)
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s))
"""
"""Who comes along with whom."""

ROOMS: LiteralString = """
    SELECT facility_id, room_id, name, capacity FROM schedule.rooms ORDER BY room_id
"""

STAFF: LiteralString = """
    SELECT f.facility_id, f.staff_id, f.name,
        CASE WHEN dated.credentials IS NULL THEN f.credential ELSE dated.credentials[1] END
            AS credential
    FROM schedule.staff f LEFT JOIN LATERAL (
        SELECT array_remove(array_agg(
            CASE WHEN %(today)s BETWEEN first_day AND coalesce(last_day, 'infinity') THEN name END
            ORDER BY number DESC), NULL) AS credentials
        FROM schedule.credentials c
        WHERE (c.facility_id, c.staff_id) = (f.facility_id, f.staff_id)
    ) dated ON true
    ORDER BY f.staff_id
"""
"""The staff, each with their credential on a day."""

PROGRAMS: LiteralString = """
    SELECT facility_id, program_id, name, population, focus, weekly_minutes, days_per_week
    FROM schedule.programs ORDER BY program_id
"""

TRACKS: LiteralString = """
    SELECT facility_id, program_id, track_id, name, first_day, last_day
    FROM schedule.tracks ORDER BY program_id, track_id
"""

SESSION_NAMES: LiteralString = """
    SELECT s.session_id, coalesce(t.name, s.label) AS label, s.day
    FROM schedule.sessions s LEFT JOIN schedule.tracks t
        ON (t.facility_id, t.program_id, t.track_id) = (s.facility_id, s.program_id, s.track_id)
    WHERE s.session_id = ANY(%(session_ids)s)
"""
"""What sessions are called, also those that left the schedule, and their days."""

AT_FACILITY: LiteralString = """
    SELECT FROM schedule.sessions
    WHERE facility_id = %(facility_id)s AND session_id = %(session_id)s
"""
"""Whether a session is or was on a facility's schedule."""

SIGNATURES: LiteralString = """
    SELECT session_id, kind, patient_id, author, credential, at, services
    FROM schedule.signatures
    WHERE session_id = ANY(%(sessions)s) ORDER BY at, event_id
"""
"""Who signed for some sessions."""

NEXT_START: LiteralString = """
    SELECT min(starts_at) AS starts_at FROM schedule.sessions
    WHERE facility_id = %(facility_id)s AND day > %(day)s
        AND state NOT IN ('called_off', 'withdrawn')
"""
"""When a site has its next session after a day."""

FREE_PLACES: LiteralString = """
    SELECT session_id, free FROM schedule.free_places WHERE session_id = ANY(%(sessions)s)
"""
"""How many places some sessions have left."""

TITLES: LiteralString = """
    SELECT session_id, title FROM schedule.session_parts
    WHERE session_id = ANY(%(sessions)s) AND number = 1
"""
"""What some sessions begin with."""

PARTS: LiteralString = """
    SELECT session_id, number, starts_at, ends_at, service, title, topic, format
    FROM schedule.session_parts WHERE session_id = ANY(%(sessions)s) ORDER BY session_id, number
"""
"""What some sessions are made of, breaks too, in order."""

WAITING_FOR_TRACKS: LiteralString = """
    SELECT w.program_id, count(DISTINCT coalesce(m.merged_into, w.patient_id))::integer AS waiting
    FROM schedule.waiting w LEFT JOIN schedule.merges m USING (patient_id)
    WHERE w.facility_id = %(facility_id)s AND w.waits_for = 'track' GROUP BY w.program_id
"""
"""How many wait for a place in a track of each program."""
