"""What attendance adds up to: SQL views beside its tables, one definition for each sum."""

from typing import LiteralString

COUNTED: LiteralString = """
    CREATE VIEW counted_visits AS
    SELECT s.facility_id, s.day, s.starts_at, v.session_id, v.patient_id, v.recorded_as, v.role,
        v.makes_up, v.status, v.late, v.left_early, s.scheduled_minutes, v.credited_minutes,
        v.credits, v.topics, v.corrections, s.called_off
    FROM visits v JOIN sessions s USING (session_id)
    WHERE NOT EXISTS (
        SELECT FROM visits better
        WHERE better.session_id = v.session_id AND better.patient_id = v.patient_id
            AND better.recorded_as <> v.recorded_as
            AND (
                coalesce(array_position('{absent,excused,turned_away,incomplete,attended}'::text[],
                    better.status), 0),
                better.credited_minutes, better.recorded_as = better.patient_id, better.recorded_as
            ) > (
                coalesce(array_position('{absent,excused,turned_away,incomplete,attended}'::text[],
                    v.status), 0),
                v.credited_minutes, v.recorded_as = v.patient_id, v.recorded_as
            )
    );
    COMMENT ON VIEW counted_visits IS
        'The visits, each person''s to a session once: of two that records of one person have,'
        ' the attended one, or the one with more minutes.';
    COMMENT ON COLUMN counted_visits.facility_id IS 'The site.';
    COMMENT ON COLUMN counted_visits.day IS 'The session''s day on the site''s clocks.';
    COMMENT ON COLUMN counted_visits.starts_at IS 'When the session starts (UTC).';
    COMMENT ON COLUMN counted_visits.session_id IS 'The session.';
    COMMENT ON COLUMN counted_visits.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN counted_visits.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN counted_visits.role IS 'rostered, or make_up: came for a missed visit.';
    COMMENT ON COLUMN counted_visits.makes_up IS 'The missed session that this visit makes up.';
    COMMENT ON COLUMN counted_visits.status IS 'As in visits.';
    COMMENT ON COLUMN counted_visits.late IS 'Came later than the site''s limit after the start.';
    COMMENT ON COLUMN counted_visits.left_early IS 'Left earlier than that limit before the end.';
    COMMENT ON COLUMN counted_visits.scheduled_minutes IS 'The session''s minutes that count.';
    COMMENT ON COLUMN counted_visits.credited_minutes IS 'Minutes of presence that count.';
    COMMENT ON COLUMN counted_visits.credits IS 'The same minutes by service.';
    COMMENT ON COLUMN counted_visits.topics IS 'Those of them that were about a topic, by topic.';
    COMMENT ON COLUMN counted_visits.corrections IS
        'How often the recorded attendance was corrected.';
    COMMENT ON COLUMN counted_visits.called_off IS 'Whether the program called the session off.';
"""

WEEKS: LiteralString = """
    CREATE VIEW weeks AS
    SELECT v.facility_id, v.patient_id, w.week_of,
        coalesce(sum(v.scheduled_minutes) FILTER (WHERE w.offered), 0)::integer
            AS scheduled_minutes,
        sum(v.credited_minutes)::integer AS credited_minutes,
        count(DISTINCT v.day) FILTER (WHERE w.offered)::integer AS scheduled_days,
        count(DISTINCT v.day) FILTER (WHERE v.credited_minutes > 0)::integer AS credited_days
    FROM counted_visits v JOIN facilities f USING (facility_id), LATERAL (
        SELECT v.role = 'rostered' AND NOT v.called_off AS offered,
            v.day - CASE f.week_starts_on WHEN 'sunday' THEN extract(dow FROM v.day)::integer
                ELSE extract(isodow FROM v.day)::integer - 1 END AS week_of
    ) w
    GROUP BY v.facility_id, v.patient_id, w.week_of;
    COMMENT ON VIEW weeks IS
        'What each week of a patient with a visit in it adds up to; the plan is in plans.';
    COMMENT ON COLUMN weeks.facility_id IS 'The site.';
    COMMENT ON COLUMN weeks.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN weeks.week_of IS 'The first day of the week, as the site counts.';
    COMMENT ON COLUMN weeks.scheduled_minutes IS
        'Minutes of the sessions that the patient was expected at and that were not called off.';
    COMMENT ON COLUMN weeks.credited_minutes IS 'Minutes of presence that count, make-ups too.';
    COMMENT ON COLUMN weeks.scheduled_days IS 'Days with a session of that kind.';
    COMMENT ON COLUMN weeks.credited_days IS 'Days with a minute of presence that counts.';
"""

LATENESS: LiteralString = """
    CREATE VIEW lateness AS
    SELECT v.session_id, v.patient_id, v.recorded_as, v.day, l.arrived_at, l.left_at,
        greatest(floor(extract(epoch FROM l.arrived_at - s.starts_at) / 60), 0)::integer
            AS minutes_late,
        greatest(floor(extract(epoch FROM s.ends_at - l.left_at) / 60), 0)::integer
            AS minutes_left_early
    FROM counted_visits v JOIN sessions s USING (session_id), LATERAL (
        SELECT min(arrived_at) AS arrived_at,
            CASE WHEN bool_and(left_at IS NOT NULL) THEN max(left_at) END AS left_at
        FROM sign_ins
        WHERE sign_ins.session_id = v.session_id AND sign_ins.recorded_as = v.recorded_as
    ) l
    WHERE l.arrived_at IS NOT NULL;
    COMMENT ON VIEW lateness IS 'Of each visit with a sign-in: by how much too late, too early.';
    COMMENT ON COLUMN lateness.session_id IS 'The session.';
    COMMENT ON COLUMN lateness.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN lateness.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN lateness.day IS 'The session''s day on the site''s clocks.';
    COMMENT ON COLUMN lateness.arrived_at IS 'When the patient first came (UTC).';
    COMMENT ON COLUMN lateness.left_at IS
        'When they left at last (UTC); empty while nobody said so.';
    COMMENT ON COLUMN lateness.minutes_late IS 'Whole minutes after the start; never below 0.';
    COMMENT ON COLUMN lateness.minutes_left_early IS
        'Whole minutes before the end; 0 where a departure is not known.';
"""

RUNS: LiteralString = """
    CREATE VIEW absence_runs AS
    WITH told AS (
        SELECT facility_id, patient_id, day, status IN ('absent', 'no_show') AS missed,
            count(*) FILTER (WHERE status NOT IN ('absent', 'no_show')) OVER (
                PARTITION BY facility_id, patient_id ORDER BY starts_at, session_id
            ) AS seen_before
        FROM counted_visits
        WHERE role = 'rostered'
            AND status IN ('absent', 'no_show', 'attended', 'incomplete', 'turned_away')
    )
    SELECT facility_id, patient_id, min(day) AS first_day, max(day) AS last_day,
        count(*)::integer AS sessions
    FROM told WHERE missed GROUP BY facility_id, patient_id, seen_before;
    COMMENT ON VIEW absence_runs IS
        'Sessions missed one after the other without an excuse. Who was there, or came and was'
        ' turned away, ends a run; what was excused or cancelled neither counts nor ends it.';
    COMMENT ON COLUMN absence_runs.facility_id IS 'The site.';
    COMMENT ON COLUMN absence_runs.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN absence_runs.first_day IS 'The day of the first missed session.';
    COMMENT ON COLUMN absence_runs.last_day IS 'The day of the last one.';
    COMMENT ON COLUMN absence_runs.sessions IS 'How many sessions were missed.';

    CREATE VIEW coverage AS
    SELECT v.facility_id, v.patient_id, t.topic, sum(t.minutes::integer)::integer AS minutes,
        count(*)::integer AS sessions
    FROM counted_visits v, jsonb_each_text(v.topics) AS t (topic, minutes)
    GROUP BY v.facility_id, v.patient_id, t.topic;
    COMMENT ON VIEW coverage IS 'Which topics a patient was there for.';
    COMMENT ON COLUMN coverage.facility_id IS 'The site.';
    COMMENT ON COLUMN coverage.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN coverage.topic IS 'The topic of an education, or the practice.';
    COMMENT ON COLUMN coverage.minutes IS 'Minutes of presence that count.';
    COMMENT ON COLUMN coverage.sessions IS 'In how many sessions.';
"""

SUMS: LiteralString = COUNTED + WEEKS + LATENESS + RUNS
