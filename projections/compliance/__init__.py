"""Compliance: where everybody stands by which rule, and why."""

from projections.compliance.again import worked_out
from projections.compliance.questions import DAYS, FINDING, FINDINGS, REVISIONS, TURNED, UNJUDGED
from projections.compliance.view import Compliance

__all__ = [
    "DAYS",
    "FINDING",
    "FINDINGS",
    "REVISIONS",
    "TURNED",
    "UNJUDGED",
    "Compliance",
    "worked_out",
]
