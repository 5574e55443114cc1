"""What was done, when, and what a visit can come to. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

VisitStatus = Literal[
    "scheduled",
    "cancelled",
    "attended",
    "incomplete",
    "turned_away",
    "excused",
    "absent",
    "no_show",
]
"""What a visit came to, as it is on record; `scheduled` while nothing is."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done on a day."""

    day: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that was done at an instant: a signature, an attempt to reach somebody."""

    at: datetime
    event_id: str
