"""Compliance: where everybody stands by which rule, and why."""

from projections.compliance.questions import (
    AT_RISK,
    DAYS,
    DEADLINES,
    FINDING,
    FINDINGS,
    LABELS,
    REVISIONS,
    TURNED,
    UNJUDGED,
)
from projections.compliance.recompute import recompute
from projections.compliance.repair_options import finding_of, repair_options
from projections.compliance.view import Compliance

__all__ = [
    "AT_RISK",
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
    "recompute",
    "repair_options",
]
