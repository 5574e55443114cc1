"""Whose counselor a staff member is. Pure."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Client:
    """A patient of a counselor's from a day to another, both included; None while it goes on."""

    patient_id: str
    program_id: str
    first_day: date
    last_day: date | None
    evidence: tuple[str, ...]


@dataclass(slots=True)
class CounselorFacts:
    """Whose counselor a staff member was, and when; by patient."""

    facility_id: str
    staff_id: str
    clients: dict[str, list[Client]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the counselor is called among those of all sites."""
        return f"{self.facility_id} {self.staff_id}"
