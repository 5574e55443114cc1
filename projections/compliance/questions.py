"""What reports ask of compliance: of a facility, or (`only`) of some of its patients.

`abouts` are the sessions and staff of whom it is asked, too, where it is asked of some.
"""

from typing import LiteralString

FINDINGS: LiteralString = """
    SELECT f.*, EXISTS (
        SELECT FROM compliance.revisions r WHERE r.finding_id = f.finding_id) AS revised
    FROM compliance.findings f
    WHERE f.facility_id = %(facility_id)s
        AND (%(running)s OR (to_day <= %(through)s AND until IS NULL))
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s)
            OR (patient_id IS NULL AND about = ANY(%(abouts)s)))
        AND (%(rule)s::text IS NULL OR rule = %(rule)s)
        AND (%(state)s::text IS NULL OR state = %(state)s)
        AND (%(first)s::date IS NULL OR (from_day <= %(last)s AND to_day >= %(first)s))
"""
"""The findings that stand for days up to one, or all: or of a patient, rule, state or some days."""

DEADLINES: LiteralString = """
    SELECT * FROM compliance.findings
    WHERE facility_id = %(facility_id)s AND to_day <= %(through)s AND rule = ANY(%(rules)s)
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s)
            OR (patient_id IS NULL AND about = ANY(%(abouts)s)))
        AND (%(rule)s::text IS NULL OR rule = %(rule)s)
        AND (state = 'on_track' OR (state = 'at_risk' AND rule = ANY(%(added_up)s))
            OR (state = 'breached' AND measured IS NULL AND (
            rule = ANY(%(owed_afterwards)s)
            OR patient_id = ANY(%(in_treatment)s))))
"""
"""What has to be done by a day and was not yet; what is late of who is not treated any more only
where somebody has to sign or to report."""

AT_RISK: LiteralString = """
    SELECT * FROM compliance.findings
    WHERE facility_id = %(facility_id)s AND state IN ('at_risk', 'impossible')
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s)
            OR (patient_id IS NULL AND about = ANY(%(abouts)s)))
        AND (%(rule)s::text IS NULL OR rule = %(rule)s)
"""
"""What will not be met as it is scheduled."""

OPEN: LiteralString = """
    WITH found AS (
        SELECT *, CASE WHEN state <> 'breached' THEN state
            WHEN measured IS NULL AND rule = ANY(%(rules)s)
                AND (rule = ANY(%(owed_afterwards)s)
                    OR patient_id = ANY(%(in_treatment)s)) THEN 'late'
            ELSE 'missed' END AS standing
        FROM compliance.findings
        WHERE facility_id = %(facility_id)s
            AND state IN ('at_risk', 'impossible', 'breached', 'unknown')
            AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s)
                OR (patient_id IS NULL AND about = ANY(%(abouts)s)))
    )
    SELECT * FROM found
    WHERE standing IN ('at_risk', 'impossible', 'late') OR to_day >= %(since)s
"""
"""What is late or will not be met as it is scheduled, and what was missed since a day."""

TO_DO: LiteralString = (
    "SELECT count(DISTINCT (patient_id, rule, about, from_day, to_day, standing, measured,"  # noqa: S608 - our own
    " required, unit)) AS count FROM (" + OPEN + ") open WHERE standing IN ('late', 'at_risk')"
)
"""How many of those are late or at risk; what several policies ask for alike counts once."""

WAIVERS: LiteralString = """
    SELECT f.id AS patient_id, w.rule, w.first_day, w.last_day, w.event_id
    FROM compliance.files f, jsonb_to_recordset(f.body::jsonb -> 'waivers')
        AS w (rule text, first_day date, last_day date, event_id text)
    WHERE f.kind = 'patient' AND f.facility_id = %(facility_id)s
        AND (%(only)s::text[] IS NULL OR f.id = ANY(%(only)s))
        AND w.last_day >= %(since)s
"""
"""The rules that do not bind for some patients, on days since one."""

FINDING: LiteralString = """
    SELECT * FROM compliance.findings WHERE starts_with(finding_id, %(finding_id)s)
        AND (%(facility_id)s::text IS NULL OR facility_id = %(facility_id)s)
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s)
            OR (patient_id IS NULL AND about = ANY(%(abouts)s)))
    LIMIT 2
"""
"""The findings whose name begins so; two where it could be either."""

REVISIONS: LiteralString = """
    SELECT * FROM compliance.revisions WHERE finding_id = %(finding_id)s ORDER BY at
"""
"""What a finding was before, and what changed it."""

TURNED: LiteralString = """
    SELECT * FROM compliance.turns WHERE at > %(after)s AND at <= %(until)s
        AND NOT (was IS NULL AND state IN ('on_track', 'met', 'waived', 'not_applicable'))
        AND NOT (state IS NULL AND was IN ('on_track', 'met', 'waived', 'not_applicable'))
    ORDER BY at, finding_id, command_id
"""
"""The turns that are news: what is new and asks nothing of anybody is none, nor is its end."""

DAYS: LiteralString = """
    SELECT d.*, EXISTS (
        SELECT FROM compliance.authorizations a
        WHERE a.patient_id = d.patient_id AND a.payer = d.payer
            AND d.day BETWEEN a.first_day AND a.last_day) AS authorized
    FROM compliance.days d
    WHERE facility_id = %(facility_id)s AND day <= %(through)s
        AND (%(only)s::text[] IS NULL OR patient_id = ANY(%(only)s))
        AND (%(first)s::date IS NULL OR day BETWEEN %(first)s AND %(last)s)
"""
"""The days on which patients came, up to a day; whether an authorization covers each."""

UNJUDGED: LiteralString = """
    SELECT 'no policy says what makes a day of payer ' || coalesce(payer, 'unknown') || ' at '
        || facility_id || ': ' || count(*) || ' of their days'
    FROM compliance.days WHERE policy_id IS NULL GROUP BY facility_id, payer
    UNION ALL
    SELECT 'no policy is in force for program ' || program_id || ' at ' || facility_id || ': '
        || count(*) || ' weeks of patients'
    FROM compliance.weeks WHERE policies = '{}' GROUP BY facility_id, program_id
    ORDER BY 1
"""
"""A sentence for each program and payer of which nothing is judged, since a policy is missing."""

AUTHORIZATIONS: LiteralString = """
    SELECT * FROM compliance.authorizations WHERE patient_id = %(patient_id)s
    ORDER BY last_day DESC, first_day DESC, authorization_id
"""
"""What payers agreed to for a patient, and what is used and left of it."""

ABSENCE_REVIEWS: LiteralString = """
    SELECT from_day, min(to_day) AS due, array_agg(policy_id ORDER BY policy_id) AS policies
    FROM compliance.findings
    WHERE patient_id = %(patient_id)s AND rule = 'absence-review'
        AND state IN ('on_track', 'breached') AND measured IS NULL
    GROUP BY from_day ORDER BY due, from_day
"""
"""The reviews that a patient's absences ask for, by which policies, and that nobody made yet."""

WHOLE_WEEKS: LiteralString = """
    SELECT patient_id, week_of, offered_minutes, attended_minutes FROM compliance.weeks
    WHERE facility_id = %(facility_id)s AND whole AND week_of + 6 <= %(through)s
    ORDER BY patient_id, week_of
"""
"""The weeks that were over by a day, of which patients were in treatment on each day."""

LAST_PAYERS: LiteralString = """
    SELECT DISTINCT ON (patient_id) patient_id, day, payer FROM compliance.days
    WHERE facility_id = %(facility_id)s AND day <= %(last)s AND payer IS NOT NULL
    ORDER BY patient_id, day DESC
"""
"""Who paid for the last day on which each patient came, up to a day."""
