"""Attendance: each visit, what happened at the door, and what it came to."""

from projections.attendance.questions import (
    COUNTS,
    FACILITIES,
    IN_TREATMENT,
    LABELS,
    MERGES,
    ON_THE_ROSTER,
    PLANS,
    SESSIONS_OF,
    SUPPORTERS_HERE,
    TREATMENTS,
    VISITS,
    WEEKS,
)
from projections.attendance.view import Attendance

__all__ = [
    "COUNTS",
    "FACILITIES",
    "IN_TREATMENT",
    "LABELS",
    "MERGES",
    "ON_THE_ROSTER",
    "PLANS",
    "SESSIONS_OF",
    "SUPPORTERS_HERE",
    "TREATMENTS",
    "VISITS",
    "WEEKS",
    "Attendance",
]
