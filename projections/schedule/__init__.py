"""The schedule: what is when and where, who leads it, who is expected, what stands against it."""

from projections.schedule.questions import (
    AGENDA,
    BLOCKED,
    CONFLICTS,
    DAY_OF,
    EXPECTED_OF,
    FACILITIES,
    LED,
    NEXT_SESSIONS,
    PROGRAMS,
    ROOM_IDS,
    ROOMS,
    STAFF,
    STAFF_IDS,
    SUPPORTERS_EXPECTED,
    TRACKS,
    WAITING,
)
from projections.schedule.view import Schedule

__all__ = [
    "AGENDA",
    "BLOCKED",
    "CONFLICTS",
    "DAY_OF",
    "EXPECTED_OF",
    "FACILITIES",
    "LED",
    "NEXT_SESSIONS",
    "PROGRAMS",
    "ROOMS",
    "ROOM_IDS",
    "STAFF",
    "STAFF_IDS",
    "SUPPORTERS_EXPECTED",
    "TRACKS",
    "WAITING",
    "Schedule",
]
