"""Compliance: where everybody stands by which rule, and why."""

from projections.compliance.again import worked_out
from projections.compliance.mendings import finding_of, mendings
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
    "mendings",
    "worked_out",
]
