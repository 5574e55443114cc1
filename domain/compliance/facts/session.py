"""What is known of a session. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.care import Service
from domain.compliance.facts.done import Noted, VisitStatus
from domain.compliance.facts.note import OwnNote
from domain.program import Modality


@dataclass(frozen=True, slots=True)
class PaidBy:
    """Who pays for a patient on the day of a session, and the events that say so."""

    payer: str
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Place:
    """What a session knows of one patient: whether they were expected, what they came to.

    `rostered`, `announced` (that they will not come) and `recorded` are the events that say so,
    None where none does.
    """

    rostered: str | None = None
    announced: str | None = None
    recorded: str | None = None
    status: VisitStatus = "scheduled"
    credited: dict[Service, int] = field(default_factory=dict)
    makes_up: str | None = None
    paid_by: PaidBy | None = None
    """None where nobody has said, or where no payer of the site asks for anything of a session."""


@dataclass(slots=True)
class SessionFacts:
    """What is known of one session; `scheduled` are its minutes by service, without breaks."""

    session_id: str
    facility_id: str
    program_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    scheduled: dict[Service, int]
    meeting: str
    """The event that says when it is and what it is made of."""
    opening: str | None = None
    """The event that put it on the schedule, where `meeting` is a later one."""
    of_track: bool = False
    """Whether it is a meeting of a track, and none of its own."""
    for_many: tuple[Service, ...] = ()
    """The services of which each part is of several families, or with a speaker from outside."""
    capacity: int = 0
    """How many patients it has places for."""
    is_crisis: bool = False
    """Whether a part of it is about a crisis."""
    closed: bool = False
    called_off: str | None = None
    """The event by which it was."""
    withdrawn: bool = False
    places: dict[str, Place] = field(default_factory=dict)
    notes: dict[str, list[OwnNote]] = field(default_factory=dict)
    """The signed notes about single patients."""
    group_notes: list[Noted] = field(default_factory=list)
    sheets: list[Noted] = field(default_factory=list)
    modality: Modality = "in-person"

    @property
    def came(self) -> dict[str, Place]:
        """The places of those who signed in."""
        return {
            patient_id: place
            for patient_id, place in self.places.items()
            if place.status in {"attended", "incomplete"}
        }
