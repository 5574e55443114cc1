"""What the report of who is slipping away asks of compliance."""

from typing import LiteralString

WEEKS: LiteralString = """
    WITH stays AS (
        SELECT t.patient_id, t.episode, t.discharged_on,
            CASE WHEN t.episode = 1 THEN least(t.admitted_on, (
                SELECT min(other.admitted_on) FROM attendance.merges m
                JOIN attendance.treatments other USING (patient_id)
                WHERE m.merged_into = t.patient_id
            )) ELSE t.admitted_on END AS admitted_on
        FROM attendance.treatments t
        WHERE t.facility_id = %(facility_id)s
            AND NOT EXISTS (SELECT FROM attendance.merges m WHERE m.patient_id = t.patient_id)
    )
    SELECT s.patient_id, s.episode,
        1 + (w.week_of - min(w.week_of) OVER (PARTITION BY s.patient_id, s.episode)) / 7 AS week,
        w.offered_minutes, w.attended_minutes,
        (s.discharged_on IS NULL OR s.discharged_on > %(through)s)
            AND (%(patient_id)s::text IS NULL OR s.patient_id = %(patient_id)s) AS asked
    FROM stays s JOIN compliance.weeks w ON w.patient_id = s.patient_id
        AND w.week_of >= s.admitted_on
        AND (s.discharged_on IS NULL OR w.week_of + 6 <= s.discharged_on)
    WHERE w.facility_id = %(facility_id)s AND w.whole AND w.week_of + 6 <= %(through)s
    ORDER BY s.patient_id, s.episode, w.week_of
"""
"""The whole weeks of each stay that were over by a day, numbered from the stay's first; `asked`
are the present ones of who is in treatment after it, or of one patient. The others are there to
be compared with."""
