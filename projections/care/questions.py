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
