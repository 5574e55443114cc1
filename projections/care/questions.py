"""What is asked of care: by the report of one patient."""

from typing import LiteralString

FACILITY_OF: LiteralString = """
    SELECT p.facility_id, f.timezone FROM care.patients p JOIN care.facilities f USING (facility_id)
    WHERE p.patient_id = %(patient_id)s
"""
"""Where a patient is treated, or was referred to."""

CANDIDACY: LiteralString = "SELECT * FROM care.candidates WHERE patient_id = %(patient_id)s"

SCREENING: LiteralString = """
    SELECT * FROM care.screenings WHERE patient_id = %(patient_id)s ORDER BY screened_on DESC
"""

EPISODES: LiteralString = """
    SELECT * FROM care.episodes WHERE patient_id = %(patient_id)s
    ORDER BY recorded_as = patient_id DESC, admitted_on DESC, recorded_as
"""

PLAN: LiteralString = """
    SELECT * FROM care.plans WHERE patient_id = %(patient_id)s
    ORDER BY recorded_as = patient_id DESC, effective_from DESC, recorded_as
"""

SERVICES: LiteralString = """
    SELECT s.* FROM care.planned_services s JOIN care.plans USING (recorded_as, effective_from)
    WHERE patient_id = %(patient_id)s ORDER BY s.effective_from DESC, s.service
"""

REVIEWS_DUE: LiteralString = """
    SELECT * FROM care.reviews_due WHERE patient_id = %(patient_id)s ORDER BY due, what
"""

REVIEWED: LiteralString = """
    SELECT recorded_as AS patient_id, plan_reviewed_on, plan_review_due, certified_on, recertify_by
    FROM care.reviews
    WHERE recorded_as = %(patient_id)s
"""
"""When a patient's plan was reviewed and the care certified last, and by when again."""

ASSESSMENTS: LiteralString = """
    SELECT a.*, s.scale, s.score, s.band, s.verified
    FROM care.assessments a JOIN care.scales s USING (assessment_id)
    WHERE patient_id = %(patient_id)s ORDER BY taken_at DESC, instrument, scale
"""

CONCERNS: LiteralString = """
    SELECT * FROM care.concerns WHERE patient_id = %(patient_id)s
    ORDER BY acknowledged_at IS NOT NULL, raised_at DESC
"""

DRUG_TESTS: LiteralString = """
    SELECT * FROM care.drug_tests WHERE patient_id = %(patient_id)s ORDER BY day DESC, test_id
"""

INCIDENTS: LiteralString = """
    SELECT DISTINCT patient_id, kind, learned_on FROM care.incidents
    WHERE patient_id = %(patient_id)s ORDER BY learned_on DESC, kind
"""
"""What the program learned of a patient and may have to report, the latest first."""

SUMMARIES: LiteralString = """
    SELECT patient_id, recorded_as, discharged_on, signed_on, credential, author
    FROM care.discharge_summaries
    WHERE patient_id = %(patient_id)s ORDER BY signed_on, event_id
"""
"""Who signed the summaries of a patient's treatments, the first signature of each first."""

STABLE: LiteralString = """
    SELECT patient_id, stable_from FROM care.testing
    WHERE patient_id = %(patient_id)s AND stable_from IS NOT NULL ORDER BY stable_from DESC
"""
"""Since when a patient is stable, as decided last: in whichever treatment that was."""

SUPPORTERS: LiteralString = """
    SELECT * FROM care.supporters WHERE patient_id = %(patient_id)s
    ORDER BY relation, supporter_id
"""

SUPPORT_MEETINGS: LiteralString = """
    SELECT * FROM care.support_meetings WHERE patient_id = %(patient_id)s
    ORDER BY day DESC, meeting_id
"""

RESOURCES: LiteralString = """
    SELECT * FROM care.resources WHERE patient_id = %(patient_id)s
    ORDER BY day DESC, referral_id
"""

OUTREACH: LiteralString = """
    SELECT * FROM care.outreach WHERE patient_id = %(patient_id)s ORDER BY at DESC, event_id
"""

CONSENTS: LiteralString = """
    SELECT * FROM care.consents WHERE patient_id = %(patient_id)s
    ORDER BY given_on DESC, consent_id
"""

DISCLOSURES: LiteralString = """
    SELECT * FROM care.disclosures WHERE patient_id = %(patient_id)s
    ORDER BY day DESC, disclosure_id
"""

ASSIGNED: LiteralString = """
    SELECT c.patient_id FROM care.counselors c JOIN care.patients p USING (patient_id)
    WHERE c.staff_id = %(staff_id)s AND p.facility_id = %(facility_id)s
        AND p.merged_into IS NULL
        AND NOT EXISTS (SELECT FROM care.counselors later
            WHERE later.patient_id = c.patient_id
                AND later.from_day > c.from_day AND later.from_day <= %(today)s)
"""
"""Whose counselor somebody is on a day, or will be; of a treatment that has ended, was last."""

CANDIDATES: LiteralString = """
    SELECT c.patient_id FROM care.candidates c JOIN care.patients p USING (patient_id)
    WHERE p.facility_id = %(facility_id)s AND p.merged_into IS NULL AND c.state = 'open'
"""
"""Who was referred, and is not treated yet."""

KNOWN: LiteralString = """
    SELECT p.patient_id, p.facility_id,
        c.state AS candidacy, c.program_id AS referred_to, c.referred_on,
        e.program_id, e.admitted_on, e.discharged_on, counselor.staff_id
    FROM care.patients p
    LEFT JOIN care.candidates c USING (patient_id)
    LEFT JOIN LATERAL (
        SELECT program_id, admitted_on, discharged_on FROM care.episodes
        WHERE recorded_as = p.patient_id ORDER BY episode DESC LIMIT 1
    ) e ON true
    LEFT JOIN LATERAL (
        SELECT staff_id FROM care.counselors
        WHERE counselors.patient_id = p.patient_id AND from_day <= %(today)s
        ORDER BY from_day DESC LIMIT 1
    ) counselor ON true
    WHERE p.facility_id = %(facility_id)s AND p.merged_into IS NULL
        AND (%(only)s::text[] IS NULL OR p.patient_id = ANY(%(only)s))
    ORDER BY greatest(c.referred_on, e.admitted_on) DESC NULLS LAST, p.patient_id
"""
"""Everybody whom a facility knows, who came last at the top: or (`only`) some of them."""

TESTED_ON: LiteralString = """
    SELECT DISTINCT patient_id FROM care.drug_tests
    WHERE facility_id = %(facility_id)s AND day = %(day)s AND state IN ('ordered', 'notified')
"""
"""Whose drug test of a day is still to be taken."""

PAYERS: LiteralString = """
    SELECT DISTINCT payer FROM care.episodes WHERE facility_id = %(facility_id)s ORDER BY payer
"""
"""Who pays for somebody at a facility, or did."""

ADMITTED_WITH: LiteralString = """
    SELECT DISTINCT ON (recorded_as) recorded_as AS patient_id, payer FROM care.episodes
    WHERE facility_id = %(facility_id)s AND admitted_on <= %(last)s
    ORDER BY recorded_as, episode DESC
"""
"""Who paid when patients were admitted last, up to a day."""
