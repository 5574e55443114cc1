"""A patient's place in one session, as it is on record. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.care import Service
from domain.compliance.facts.done import Noted, VisitStatus
from domain.compliance.facts.note import OwnNote
from domain.program import Modality
from domain.times import Span


@dataclass(frozen=True, slots=True)
class Visit:
    """A patient's place in one session, as it is on record now.

    `scheduled` and `credited` are minutes by service, without breaks. `makes_up` is the missed
    session that this visit makes up. `notes` are the signatures under the notes about it, the
    group's and the patient's own, in their order; `own_notes` are the patient's own alone.
    `stays_away` tells, of a session that is to come, that the patient said they would not;
    `is_crisis` that a part of it is about a crisis. `modality` is that of the session: of a hybrid
    one nobody knows who was in the room.
    """

    session_id: str
    program_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    scheduled: Mapping[Service, int]
    status: VisitStatus
    credited: Mapping[Service, int]
    evidence: tuple[str, ...]
    rostered: bool = True
    makes_up: str | None = None
    notes: tuple[Noted, ...] = ()
    stays_away: bool = False
    is_crisis: bool = False
    own_notes: tuple[OwnNote, ...] = ()
    modality: Modality = "in-person"

    @property
    def span(self) -> Span:
        """The session's time."""
        return Span(self.starts_at, self.ends_at)

    @property
    def expected(self) -> bool:
        """Tell whether the patient was rostered and the session was not called off."""
        return self.rostered and self.status != "cancelled"

    @property
    def offered(self) -> bool:
        """Tell whether the program offered the session to the patient, or let them in."""
        return self.expected or self.came

    @property
    def complete(self) -> bool:
        """Tell whether each line has a time out: a visit credits nothing until it has."""
        return self.status != "incomplete"

    @property
    def came(self) -> bool:
        """Tell whether the patient signed in."""
        return self.status in {"attended", "incomplete"}

    @property
    def missed(self) -> bool:
        """Tell whether the patient was expected and did not come, without an excuse."""
        return self.rostered and self.status in {"absent", "no_show"}

    @property
    def minutes(self) -> int:
        """The minutes of presence, of all services."""
        return sum(self.credited.values())
