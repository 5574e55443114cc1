"""Whose counselor a staff member is, and who is in a program. Pure."""

from dataclasses import dataclass, field
from datetime import date

from domain.compliance.facts.patient import Since


@dataclass(frozen=True, slots=True)
class Client:
    """A patient of a counselor's, or of a program's, from a day to another, both included.

    The last day is None while it goes on. Of a program's `counselor` is whose they are on these
    days, by staff id; None says nothing of that.
    """

    patient_id: str
    program_id: str
    first_day: date
    last_day: date | None
    evidence: tuple[str, ...]
    counselor: str | None = None
    payers: tuple[Since, ...] = ()
    """Of a counselor's, who paid for them on these days, in the order of the days."""

    def is_there(self, first_day: date, last_day: date) -> bool:
        """Tell whether it is so on any of some days, both included."""
        return self.first_day <= last_day and (self.last_day is None or self.last_day >= first_day)


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


@dataclass(slots=True)
class CensusFacts:
    """Who was a patient of a program, when and whose; by patient.

    Of each patient there are the stays in it, and within them the days with each counselor.
    """

    facility_id: str
    program_id: str
    clients: dict[str, list[Client]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the program is called among those of all sites, and among their staff."""
        return f"{self.facility_id} program {self.program_id}"
