"""Care: what a patient's treatment is, from the referral to the discharge, beyond its hours."""

from projections.care.questions import (
    ASSESSMENTS,
    CANDIDACY,
    CONCERNS,
    CONSENTS,
    DISCLOSURES,
    DRUG_TESTS,
    EPISODES,
    FACILITY_OF,
    OUTREACH,
    PLAN,
    RESOURCES,
    REVIEWS_DUE,
    SCREENING,
    SERVICES,
    SUPPORT_MEETINGS,
    SUPPORTERS,
)
from projections.care.view import Care

__all__ = [
    "ASSESSMENTS",
    "CANDIDACY",
    "CONCERNS",
    "CONSENTS",
    "DISCLOSURES",
    "DRUG_TESTS",
    "EPISODES",
    "FACILITY_OF",
    "OUTREACH",
    "PLAN",
    "RESOURCES",
    "REVIEWS_DUE",
    "SCREENING",
    "SERVICES",
    "SUPPORTERS",
    "SUPPORT_MEETINGS",
    "Care",
]
