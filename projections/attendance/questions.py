"""What reports ask of attendance: of a facility, or (`only`) of some of its patients."""

from typing import LiteralString

FACILITIES: LiteralString = """
    SELECT facility_id, name, timezone, week_starts_on FROM attendance.facilities
    ORDER BY facility_id
"""

VISITS: LiteralString = """
    SELECT v.day, s.label, v.session_id, v.patient_id, v.role, v.status, v.late, v.left_early,
        v.scheduled_minutes, v.credited_minutes, v.called_off,
        EXISTS (
            SELECT FROM attendance.counted_visits m
            WHERE m.makes_up = v.session_id AND m.patient_id = v.patient_id
                AND m.status = 'attended' AND m.day <= %(through)s
        ) AS made_up
    FROM attendance.counted_visits v JOIN attendance.sessions s USING (session_id)
    WHERE v.facility_id = %(facility_id)s AND v.day <= %(through)s
        AND (%(only)s::text[] IS NULL OR v.patient_id = ANY(%(only)s))
"""
"""The visits of a facility up to a day, and what was made up by then."""

WEEKS: LiteralString = """
    SELECT patient_id, week_of, scheduled_minutes, credited_minutes, scheduled_days, credited_days
    FROM attendance.weeks WHERE facility_id = %(facility_id)s
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s))
"""
"""What each week of each patient adds up to, whether it has ended or not."""

TREATMENTS: LiteralString = """
    SELECT t.patient_id, t.episode, t.program_id, t.discharge_kind,
        CASE WHEN t.episode = 1 THEN least(t.admitted_on, (
            SELECT min(other.admitted_on) FROM attendance.merges m
            JOIN attendance.treatments other USING (patient_id)
            WHERE m.merged_into = t.patient_id
        )) ELSE t.admitted_on END AS admitted_on,
        t.discharged_on,
        lag(t.discharged_on) OVER (PARTITION BY t.patient_id ORDER BY t.episode) AS left_before
    FROM attendance.treatments t
    WHERE t.facility_id = %(facility_id)s
        AND (%(only)s::text[] IS NULL OR t.patient_id = ANY(%(only)s))
        AND NOT EXISTS (SELECT FROM attendance.merges m WHERE m.patient_id = t.patient_id)
    ORDER BY t.patient_id, t.episode
"""
"""Each person's stays, the first from the first day of any record of theirs; `left_before` is the
last day of the stay before."""

MERGES: LiteralString = """
    SELECT patient_id, merged_into FROM attendance.merges
"""
"""Of each record that was merged, the one that goes on."""

PLANS: LiteralString = """
    SELECT patient_id, effective_from, weekly_minutes, days_per_week
    FROM attendance.plans
    WHERE patient_id IN (
        SELECT patient_id FROM attendance.treatments WHERE facility_id = %(facility_id)s
            AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s))
    )
    ORDER BY effective_from
"""

LABELS: LiteralString = """
    SELECT session_id, label FROM attendance.sessions WHERE session_id = ANY(%(session_ids)s)
"""
"""What sessions are called."""

IN_TREATMENT: LiteralString = """
    SELECT DISTINCT patient_id FROM attendance.treatments
    WHERE facility_id = %(facility_id)s AND (discharged_on IS NULL OR discharged_on >= %(today)s)
"""
"""Who is in treatment at a facility on a day, or will be."""

ON_THE_ROSTER: LiteralString = """
    SELECT v.session_id, v.patient_id, v.role, v.makes_up, v.status, v.credited_minutes,
        l.arrived_at, l.left_at, a.reason AS absence, a.excused,
        EXISTS (SELECT FROM attendance.turned_away t
            WHERE t.session_id = v.session_id AND t.recorded_as = v.recorded_as) AS turned_away
    FROM attendance.counted_visits v
    LEFT JOIN attendance.absences a
        ON (a.session_id, a.recorded_as) = (v.session_id, v.recorded_as),
    LATERAL (
        SELECT min(arrived_at) AS arrived_at,
            CASE WHEN bool_and(left_at IS NOT NULL) THEN max(left_at) END AS left_at
        FROM attendance.sign_ins s
        WHERE s.session_id = v.session_id AND s.recorded_as = v.recorded_as
    ) l
    WHERE v.session_id = ANY(%(sessions)s)
        AND (%(only)s::text[] IS NULL OR v.patient_id = ANY(%(only)s))
"""
"""Who is expected in some sessions, or came to make up a visit, and what is known of it."""

SUPPORTERS_HERE: LiteralString = """
    SELECT DISTINCT session_id, supporter_id FROM attendance.supporter_sign_ins
    WHERE session_id = ANY(%(sessions)s) AND left_at IS NULL
"""
"""Those close to patients who came and did not leave yet."""

COUNTS: LiteralString = """
    SELECT v.session_id,
        count(*) FILTER (WHERE l.is_here AND v.status = 'scheduled')::integer AS here,
        count(*) FILTER (WHERE v.status IN ('attended', 'incomplete'))::integer AS attended
    FROM attendance.counted_visits v, LATERAL (
        SELECT EXISTS (SELECT FROM attendance.sign_ins s WHERE s.session_id = v.session_id
            AND s.recorded_as = v.recorded_as AND s.left_at IS NULL) AS is_here
    ) l
    WHERE v.session_id = ANY(%(sessions)s) GROUP BY v.session_id
"""
"""Of some sessions, how many patients are there, and how many were once it was closed."""

SHEETS: LiteralString = """
    SELECT v.session_id, v.patient_id, s.arrived_at, s.left_at, s.in_by_kiosk, s.out_by_kiosk
    FROM attendance.counted_visits v JOIN attendance.sign_ins s USING (session_id, recorded_as)
    WHERE v.session_id = ANY(%(sessions)s) ORDER BY s.arrived_at
"""
"""The lines of the sign-in sheets of some sessions."""

ABSENCES: LiteralString = """
    SELECT v.session_id, v.patient_id, a.reason, a.notified_at, a.excused
    FROM attendance.counted_visits v JOIN attendance.absences a USING (session_id, recorded_as)
    WHERE v.session_id = ANY(%(sessions)s) ORDER BY a.notified_at
"""
"""Who said that they would not come to some sessions, when and why."""

TURNED_AWAY: LiteralString = """
    SELECT v.session_id, v.patient_id, t.came_at, t.reason
    FROM attendance.counted_visits v JOIN attendance.turned_away t USING (session_id, recorded_as)
    WHERE v.session_id = ANY(%(sessions)s) ORDER BY t.came_at
"""
"""Who came to some sessions and was not let in, when and why."""

SESSION_FACTS: LiteralString = """
    SELECT session_id, label, day, scheduled_minutes FROM attendance.sessions
    WHERE session_id = ANY(%(sessions)s)
"""
"""Of some sessions the day, and the minutes that count."""


WEEK_SO_FAR: LiteralString = """
    SELECT p.patient_id, plan.weekly_minutes, coalesce(week.credited, 0)::integer AS credited,
        coalesce(week.ahead, 0)::integer AS ahead
    FROM unnest(%(patients)s::text[]) AS p (patient_id)
    CROSS JOIN LATERAL (
        SELECT weekly_minutes FROM attendance.plans
        WHERE plans.patient_id = p.patient_id AND effective_from <= %(last)s
        ORDER BY effective_from DESC LIMIT 1
    ) plan
    LEFT JOIN (
        SELECT v.patient_id, sum(v.credited_minutes) AS credited,
            sum(v.scheduled_minutes) FILTER (WHERE v.role = 'rostered'
                AND v.status = 'scheduled' AND a.session_id IS NULL) AS ahead
        FROM attendance.counted_visits v
        LEFT JOIN attendance.absences a
            ON (a.session_id, a.recorded_as) = (v.session_id, v.recorded_as)
        WHERE v.patient_id = ANY(%(patients)s) AND v.day BETWEEN %(first)s AND %(last)s
        GROUP BY v.patient_id
    ) week USING (patient_id)
"""
"""What the plans of some patients ask of a week, the minutes of it that are recorded, and those of
the sessions that still are to be, but for those of which a patient said that they will not come."""

MISSED: LiteralString = """
    SELECT v.session_id, v.day, s.label
    FROM attendance.counted_visits v JOIN attendance.sessions s USING (session_id)
    WHERE v.patient_id = %(patient_id)s AND v.role = 'rostered' AND v.day >= %(first)s
        AND v.starts_at < %(before)s
        AND v.status IN ('absent', 'no_show', 'excused', 'turned_away', 'cancelled')
        AND NOT EXISTS (SELECT FROM attendance.counted_visits m
            WHERE m.makes_up = v.session_id AND m.patient_id = v.patient_id)
    ORDER BY v.starts_at DESC
"""
"""The sessions of some weeks that a patient missed, and that nothing makes up."""

CORRECTIONS: LiteralString = """
    SELECT c.kind, coalesce(v.patient_id, c.recorded_as) AS patient_id, c.author, c.credential,
        c.at, c.reason
    FROM attendance.corrections c LEFT JOIN attendance.visits v USING (session_id, recorded_as)
    WHERE c.session_id = %(session_id)s ORDER BY c.at, c.event_id
"""
"""What was entered late or put right in a session's record."""

VISITS_OF: LiteralString = """
    SELECT v.session_id, v.day, v.starts_at, s.ends_at, s.program_id, s.track_id, s.label, v.role,
        v.status, v.late, v.left_early, v.scheduled_minutes, v.credited_minutes, v.called_off,
        l.arrived_at, l.left_at, EXISTS (
            SELECT FROM attendance.counted_visits m
            WHERE m.makes_up = v.session_id AND m.patient_id = v.patient_id
                AND m.status = 'attended'
        ) AS made_up, v.status = 'scheduled' AND EXISTS (
            SELECT FROM attendance.absences a
            WHERE (a.session_id, a.recorded_as) = (v.session_id, v.recorded_as)
        ) AS stays_away
    FROM attendance.counted_visits v JOIN attendance.sessions s USING (session_id), LATERAL (
        SELECT min(arrived_at) AS arrived_at,
            CASE WHEN bool_and(left_at IS NOT NULL) THEN max(left_at) END AS left_at
        FROM attendance.sign_ins i
        WHERE i.session_id = v.session_id AND i.recorded_as = v.recorded_as
    ) l
    WHERE v.patient_id = %(patient_id)s AND v.day BETWEEN %(first)s AND %(last)s
    ORDER BY v.starts_at, v.session_id
"""
"""The visits of a patient on some days, to come and past, with when they came and left, and whether
they said that they will not come."""

RECORD_OF: LiteralString = """
    SELECT v.session_id, v.recorded_as, v.day, v.starts_at, s.ends_at, s.label, s.program_id,
        v.role, v.status, v.late, v.left_early, v.scheduled_minutes, v.credited_minutes,
        v.credits, v.called_off, missed.day AS makes_up, a.reason, a.notified_at, a.excused,
        (SELECT min(later.day) FROM attendance.counted_visits later
            WHERE later.makes_up = v.session_id AND later.patient_id = v.patient_id
                AND later.status = 'attended') AS made_up_on
    FROM attendance.counted_visits v JOIN attendance.sessions s USING (session_id)
    LEFT JOIN attendance.sessions missed ON missed.session_id = v.makes_up
    LEFT JOIN attendance.absences a
        ON (a.session_id, a.recorded_as) = (v.session_id, v.recorded_as)
    WHERE v.patient_id = %(patient_id)s AND v.day BETWEEN %(first)s AND %(last)s
    ORDER BY v.starts_at, v.session_id
"""
"""A patient's visits on some days as they are recorded: minutes by service, excuse, make-up."""

BY_PROGRAM: LiteralString = """
    SELECT s.program_id,
        count(*) FILTER (WHERE v.status IN ('attended', 'incomplete'))::integer AS attended,
        count(*) FILTER (WHERE v.status = 'excused')::integer AS excused,
        count(*) FILTER (WHERE v.status IN ('absent', 'no_show'))::integer AS unexcused,
        count(*) FILTER (WHERE v.status = 'turned_away')::integer AS turned_away,
        count(*) FILTER (WHERE v.status = 'cancelled')::integer AS called_off,
        coalesce(sum(v.scheduled_minutes) FILTER (WHERE v.status <> 'cancelled'), 0)::integer
            AS offered_minutes,
        coalesce(sum(v.credited_minutes), 0)::integer AS attended_minutes
    FROM attendance.counted_visits v JOIN attendance.sessions s USING (session_id)
    WHERE v.facility_id = %(facility_id)s AND v.day BETWEEN %(first)s AND %(last)s
        AND v.role = 'rostered' AND v.status <> 'scheduled'
    GROUP BY s.program_id
"""
"""What came of the visits of a facility's rosters on some days, by program; make-ups apart."""
