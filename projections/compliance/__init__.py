"""Compliance: where everybody stands by which rule, and why."""

from projections.compliance.questions import (
    ABSENCE_REVIEWS,
    AT_RISK,
    AUTHORIZATIONS,
    DAYS,
    DEADLINES,
    FINDING,
    FINDINGS,
    LABELS,
    REVISIONS,
    TURNED,
    UNJUDGED,
)
from projections.compliance.recompute import worked_out
from projections.compliance.repair_options import finding_of, mendings
from projections.compliance.view import Compliance

__all__ = [
    "ABSENCE_REVIEWS",
    "AT_RISK",
    "AUTHORIZATIONS",
    "DAYS",
    "DEADLINES",
    "FINDING",
    "FINDINGS",
    "LABELS",
    "REVISIONS",
    "TURNED",
    "UNJUDGED",
    "Compliance",
    "finding_of",
    "mendings",
    "worked_out",
]
