"""Compliance: where everybody stands by which rule, and why."""

from projections.compliance.questions import (
    ABSENCE_REVIEWS,
    AT_RISK,
    AUTHORIZATIONS,
    DAYS,
    DEADLINES,
    FINDING,
    FINDINGS,
    REVISIONS,
    TURNED,
    UNJUDGED,
    WHOLE_WEEKS,
)
from projections.compliance.recompute import recompute
from projections.compliance.repair_options import finding_of, repair_options
from projections.compliance.view import Compliance

__all__ = [
    "ABSENCE_REVIEWS",
    "AT_RISK",
    "AUTHORIZATIONS",
    "DAYS",
    "DEADLINES",
    "FINDING",
    "FINDINGS",
    "REVISIONS",
    "TURNED",
    "UNJUDGED",
    "WHOLE_WEEKS",
    "Compliance",
    "finding_of",
    "recompute",
    "repair_options",
]
