"""What judging comes to: findings, and what the tables for dashboards show. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from domain.compliance.billing import BillableDay
from domain.compliance.facts import Authorized
from domain.compliance.finding import Finding

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeekSum:
    """What a week of a stay adds up to, and the policies in force on its last day in treatment."""

    patient_id: str
    program_id: str
    first_day: date
    whole: bool
    offered_minutes: int
    attended_minutes: int
    offered_days: int
    attended_days: int
    incomplete_visits: int
    planned_minutes: int | None
    planned_days: int | None
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationLeft:
    """What is used and left of an authorization."""

    patient_id: str
    authorized: Authorized
    used: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged: what began on these days or later, and is over by `through`.

    Weeks and months are those in which `days` lies, and later ones. What is over only now may have
    begun long ago: that is why visits and what goes on for a stay have days of their own.
    """

    through: date
    days: date
    visits: date
    stays: date

    @classmethod
    def since(cls, day: date, through: date) -> Self:
        """Return the scope of everything that began on a day or later."""
        return cls(through, day, day, day)


@dataclass(slots=True)
class Judgement:
    """What is to be said of a patient; `next_day` is the first day on which there is more."""

    findings: list[Finding] = field(default_factory=list)
    weeks: list[WeekSum] = field(default_factory=list)
    days: list[BillableDay] = field(default_factory=list)
    authorizations: list[AuthorizationLeft] = field(default_factory=list)
    next_day: date | None = None

    def take(self, finding: Finding, through: date) -> None:
        """Take a finding in, or remember when it will be one."""
        if finding.last_day <= through:
            self.findings.append(finding)
        else:
            self.wait_for(finding.last_day + DAY)

    def wait_for(self, day: date) -> None:
        """Remember that there is more to say on a day."""
        self.next_day = min(self.next_day or day, day)
