"""Attendance: each visit, what happened at the door, and what it came to."""

from projections.attendance.questions import (
    FACILITIES,
    IN_TREATMENT,
    LABELS,
    MERGES,
    PLANS,
    TREATMENTS,
    VISITS,
    WEEKS,
)
from projections.attendance.view import Attendance

__all__ = [
    "FACILITIES",
    "IN_TREATMENT",
    "LABELS",
    "MERGES",
    "PLANS",
    "TREATMENTS",
    "VISITS",
    "WEEKS",
    "Attendance",
]
