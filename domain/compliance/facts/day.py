"""What a program offers on a day: the sessions that a patient might still be booked for. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.care import Service
from domain.program import Modality
from domain.times import Span


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session on the schedule.

    `scheduled` are its minutes by service, `free` is how many places are left, `evidence` are the
    events that put it there.
    """

    session_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    scheduled: dict[Service, int]
    free: int
    evidence: tuple[str, ...]
    modality: Modality = "in-person"

    @property
    def span(self) -> Span:
        """Its time."""
        return Span(self.starts_at, self.ends_at)


@dataclass(slots=True)
class DayFacts:
    """The sessions of a program on a day that take place, by their ids."""

    facility_id: str
    sessions: dict[str, OpenSession] = field(default_factory=dict)
