"""What judging comes to: findings, and what the tables for dashboards show. Pure."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
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
    """What is judged: what began on these days or later, as it stands at the instant `now`.

    `through` is the last day that is over then. Weeks and months are those in which `days` lies,
    and later ones. What is over only now may have begun long ago: that is why visits and what goes
    on for a stay have days of their own.
    """

    now: datetime
    through: date
    days: date
    visits: date
    stays: date

    @classmethod
    def running(cls, now: datetime, through: date) -> Self:
        """Return the scope of the week, the month and the day that are running."""
        return cls(now, through, through + DAY, date.max, date.max)

    @classmethod
    def since(cls, day: date, now: datetime, through: date) -> Self:
        """Return the scope of everything that began on a day or later."""
        return cls(now, through, day, day, day)


@dataclass(slots=True)
class Judgement:
    """What is to be said of a patient; `next_at` is the first instant at which there is more.

    `watched` are the programs (their aggregates' ids) and days whose open sessions decide what can
    still be done.
    """

    findings: list[Finding] = field(default_factory=list)
    weeks: list[WeekSum] = field(default_factory=list)
    days: list[BillableDay] = field(default_factory=list)
    authorizations: list[AuthorizationLeft] = field(default_factory=list)
    watched: set[tuple[str, date]] = field(default_factory=set)
    next_at: datetime | None = None

    def take(self, finding: Finding, now: datetime) -> None:
        """Take a finding in as it stands now: what would be late later is on track until then."""
        if finding.until is None:
            self.findings.append(finding)
        elif finding.until <= now:
            self.findings.append(replace(finding, until=None))
        elif finding.state == "breached":
            self.run(replace(finding, state="on_track", because=f"{finding.because} yet"))
        else:
            self.run(finding)

    def run(self, finding: Finding) -> None:
        """Take a finding in that has to be looked at again at the end of its time."""
        self.findings.append(finding)
        if finding.until:
            self.wait_for(finding.until)

    def wait_for(self, at: datetime) -> None:
        """Remember that there is more to say at an instant."""
        self.next_at = min(self.next_at or at, at)
