"""Compliance: where everybody stands by which rule, and why.

Here is what readers ask. Who evaluates imports `recompute` or `repair_options` besides.
"""

from projections.compliance.questions import (
    ABSENCE_REVIEWS,
    AT_RISK,
    AUTHORIZATIONS,
    DAYS,
    DEADLINES,
    FINDING,
    FINDINGS,
    LAST_PAYERS,
    OPEN,
    REVISIONS,
    TO_DO,
    TURNED,
    UNJUDGED,
    WAIVERS,
    WHOLE_WEEKS,
)
from projections.compliance.view import Compliance

__all__ = [
    "ABSENCE_REVIEWS",
    "AT_RISK",
    "AUTHORIZATIONS",
    "DAYS",
    "DEADLINES",
    "FINDING",
    "FINDINGS",
    "LAST_PAYERS",
    "OPEN",
    "REVISIONS",
    "TO_DO",
    "TURNED",
    "UNJUDGED",
    "WAIVERS",
    "WHOLE_WEEKS",
    "Compliance",
]
