"""The schedule: what is when and where, who leads it, who is expected, what stands against it."""

from projections.schedule.questions import (
    AGENDA,
    BLOCKED,
    CONFLICTS,
    FACILITIES,
    NEXT_SESSIONS,
    ROOM_IDS,
    STAFF_IDS,
)
from projections.schedule.view import Schedule

__all__ = [
    "AGENDA",
    "BLOCKED",
    "CONFLICTS",
    "FACILITIES",
    "NEXT_SESSIONS",
    "ROOM_IDS",
    "STAFF_IDS",
    "Schedule",
]
