"""Who was there on which day: what a payer's units are used by, and what asks for a review."""

from collections.abc import Iterator
from typing import LiteralString

from domain.aggregate import Event
from domain.facility import FacilityOpened, FacilityRevised
from domain.session import (
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    SessionRescheduled,
    SessionScheduled,
)
from projections.view import Change

TABLES: LiteralString = """
    CREATE TABLE facilities (
        facility_id text PRIMARY KEY,
        timezone text NOT NULL,
        week_starts_on text NOT NULL
    );
    COMMENT ON TABLE facilities IS 'The sites, and how they count weeks.';
    COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
    COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone.';
    COMMENT ON COLUMN facilities.week_starts_on IS 'monday or sunday.';

    CREATE TABLE sessions (
        session_id text PRIMARY KEY,
        day date NOT NULL,
        starts_at timestamptz NOT NULL
    );
    COMMENT ON TABLE sessions IS 'When the sessions are to which patients came, or did not.';
    COMMENT ON COLUMN sessions.session_id IS 'The session''s id.';
    COMMENT ON COLUMN sessions.day IS 'Its day on the site''s clocks.';
    COMMENT ON COLUMN sessions.starts_at IS 'When it starts (UTC).';

    CREATE TABLE attended (
        session_id text,
        recorded_as text,
        patient_id text NOT NULL,
        status text NOT NULL,
        minutes integer NOT NULL,
        PRIMARY KEY (session_id, recorded_as)
    );
    CREATE INDEX ON attended (patient_id);
    COMMENT ON TABLE attended IS 'What each visit came to, as it is on record now.';
    COMMENT ON COLUMN attended.session_id IS 'The session.';
    COMMENT ON COLUMN attended.recorded_as IS 'The patient''s random id in the events.';
    COMMENT ON COLUMN attended.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN attended.status IS
        'attended, incomplete, turned_away, excused, absent, no_show or cancelled.';
    COMMENT ON COLUMN attended.minutes IS 'Minutes of presence that count.';
"""

UNITS: LiteralString = """
    CREATE VIEW authorizations_left AS
    WITH visits AS (
        -- Of two that records of one person have of a session, the longer one counts.
        SELECT patient_id, session_id, max(minutes) AS minutes
        FROM attended GROUP BY patient_id, session_id
    ), days AS (
        SELECT v.patient_id, s.day, sum(v.minutes) AS minutes
        FROM visits v JOIN sessions s USING (session_id) GROUP BY v.patient_id, s.day
    ), weeks AS (
        SELECT a.authorization_id, a.units_per_week, count(*) AS units
        FROM authorizations a
        JOIN facilities f USING (facility_id)
        JOIN days d ON d.patient_id = a.patient_id AND d.minutes >= a.minutes_per_unit
            AND d.day BETWEEN a.first_day AND a.last_day
        GROUP BY a.authorization_id, a.units_per_week,
            d.day - CASE f.week_starts_on WHEN 'sunday' THEN extract(dow FROM d.day)::integer
                ELSE extract(isodow FROM d.day)::integer - 1 END
    ), used AS (
        SELECT authorization_id, sum(least(units, units_per_week))::integer AS units
        FROM weeks GROUP BY authorization_id
    )
    SELECT a.authorization_id, a.patient_id, a.facility_id, a.payer, a.code, a.units,
        coalesce(u.units, 0) AS used, a.units - coalesce(u.units, 0) AS units_left,
        a.first_day, a.last_day
    FROM authorizations a LEFT JOIN used u USING (authorization_id);
    COMMENT ON VIEW authorizations_left IS
        'What is used and left of each authorization: a unit a day with enough minutes, no more a'
        ' week than the payer allows. Below nothing, more was done than was agreed to.';
    COMMENT ON COLUMN authorizations_left.authorization_id IS 'The authorization''s random id.';
    COMMENT ON COLUMN authorizations_left.patient_id IS 'The patient''s random id now.';
    COMMENT ON COLUMN authorizations_left.facility_id IS 'The site.';
    COMMENT ON COLUMN authorizations_left.payer IS 'Who pays.';
    COMMENT ON COLUMN authorizations_left.code IS 'The code that is billed.';
    COMMENT ON COLUMN authorizations_left.units IS 'How many days were agreed to.';
    COMMENT ON COLUMN authorizations_left.used IS 'How many were used, as far as is recorded.';
    COMMENT ON COLUMN authorizations_left.units_left IS 'How many are left.';
    COMMENT ON COLUMN authorizations_left.first_day IS 'The first day, included.';
    COMMENT ON COLUMN authorizations_left.last_day IS 'The last day, included.';
"""

REVIEWS_DUE: LiteralString = """
    CREATE VIEW reviews_due AS
    WITH treated AS (
        SELECT DISTINCT ON (e.recorded_as) e.recorded_as, e.patient_id, e.facility_id,
            e.admitted_on, e.discharged_on
        FROM episodes e ORDER BY e.recorded_as, e.episode DESC
    ), open AS (
        SELECT * FROM treated WHERE discharged_on IS NULL AND recorded_as = patient_id
    ), visits AS (
        SELECT a.patient_id, s.day, s.starts_at, s.session_id,
            bool_and(a.status IN ('absent', 'no_show')) AS missed
        FROM attended a JOIN sessions s USING (session_id) JOIN open o USING (patient_id)
        WHERE s.day >= o.admitted_on
        GROUP BY a.patient_id, s.session_id
        -- Of two records of one person an excuse on either holds, unless they came.
        HAVING NOT bool_or(a.status IN ('excused', 'cancelled'))
            OR bool_or(a.status IN ('attended', 'incomplete', 'turned_away'))
    ), runs AS (
        SELECT patient_id, day, missed,
            lag(missed) OVER (PARTITION BY patient_id ORDER BY starts_at, session_id) AS before,
            count(*) FILTER (WHERE missed) OVER (PARTITION BY patient_id ORDER BY day
                RANGE BETWEEN '29 days' PRECEDING AND CURRENT ROW) AS within_30_days
        FROM visits
    ), absences AS (
        SELECT patient_id, day,
            CASE WHEN before THEN 'two sessions in a row were missed'
                ELSE 'three sessions were missed within 30 days' END AS because
        FROM runs WHERE missed AND (before OR within_30_days >= 3)
    ), latest AS (
        SELECT DISTINCT ON (patient_id) patient_id, day, because
        FROM absences ORDER BY patient_id, day DESC
    )
    SELECT o.patient_id, o.facility_id, 'plan review' AS what, r.plan_review_due AS due,
        'the plan says so' AS because
    FROM open o JOIN reviews r USING (recorded_as) WHERE r.plan_review_due IS NOT NULL
    UNION ALL
    SELECT o.patient_id, o.facility_id, 'recertification', r.recertify_by,
        'a physician certifies anew by then'
    FROM open o JOIN reviews r USING (recorded_as) WHERE r.recertify_by IS NOT NULL
    UNION ALL
    SELECT o.patient_id, o.facility_id, 'absences', l.day, l.because
    FROM open o JOIN latest l USING (patient_id) LEFT JOIN reviews r USING (recorded_as)
    WHERE r.plan_reviewed_on IS NULL OR r.plan_reviewed_on < l.day;
    COMMENT ON VIEW reviews_due IS
        'What somebody has to look at, of patients in treatment: each with its day, past or to'
        ' come. Absences recommend a review and never end a treatment.';
    COMMENT ON COLUMN reviews_due.patient_id IS 'The patient''s random id.';
    COMMENT ON COLUMN reviews_due.facility_id IS 'The site.';
    COMMENT ON COLUMN reviews_due.what IS 'plan review, recertification or absences.';
    COMMENT ON COLUMN reviews_due.due IS
        'The last day for it; of absences the day of the missed session that asks for it.';
    COMMENT ON COLUMN reviews_due.because IS 'Why, in words.';
"""
"""Two missed sessions in a row, or three within 30 days, recommend a review.

The numbers are usual practice that nobody has read in a rule (unverified); programs differ: three
days in a row after a reevaluation (N.H. He-A 304.28), two weeks without notice (9 CCR 10300).
"""


def changes(event: Event) -> Iterator[Change]:
    """Keep who was there, by what attendance is on record."""
    match event:
        case FacilityOpened():
            yield (
                "INSERT INTO facilities VALUES (%s, %s, %s)",
                (event.facility_id, event.timezone, event.week_starts_on),
            )
        case FacilityRevised():
            yield (
                "UPDATE facilities SET week_starts_on = %s WHERE facility_id = %s",
                (event.week_starts_on, event.facility_id),
            )
        case SessionScheduled():
            yield (
                "INSERT INTO sessions VALUES (%s, %s, %s)",
                (event.originator_id, event.meeting.day, event.meeting.starts_at),
            )
        case SessionRescheduled():
            yield (
                "UPDATE sessions SET (day, starts_at) = (%s, %s) WHERE session_id = %s",
                (event.meeting.day, event.meeting.starts_at, event.originator_id),
            )
            if event.meeting.ends_at > event.timestamp:
                # It takes place again: what was recorded is corrected when it closes anew.
                yield "DELETE FROM attended WHERE session_id = %s", (event.originator_id,)
        case AttendanceRecorded() | AttendanceCorrected():
            yield _came_to(event)
        case AttendanceWithdrawn():
            yield (
                "DELETE FROM attended WHERE session_id = %s AND recorded_as = %s",
                (event.originator_id, event.patient_id),
            )


def _came_to(event: AttendanceRecorded | AttendanceCorrected) -> Change:
    return (
        "INSERT INTO attended VALUES (%(session_id)s, %(patient_id)s, coalesce("
        "(SELECT merged_into FROM patients WHERE patient_id = %(patient_id)s), %(patient_id)s),"
        " %(status)s, %(minutes)s) ON CONFLICT (session_id, recorded_as) DO UPDATE"
        " SET (status, minutes) = (EXCLUDED.status, EXCLUDED.minutes)",
        {
            "session_id": event.originator_id,
            "patient_id": event.patient_id,
            "status": event.attendance.status,
            "minutes": event.attendance.credited_minutes,
        },
    )
