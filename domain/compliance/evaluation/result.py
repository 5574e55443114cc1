"""What judging comes to: findings, and what the tables for dashboards show. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Self

from domain.compliance.billing import BillableDay
from domain.compliance.facts import Authorized
from domain.compliance.finding import Finding

DAY = timedelta(days=1)

Part = Literal["weeks", "days", "visits", "stays"]
"""What is judged by itself: weeks and months, days, visits, what goes on for a stay."""

PARTS: tuple[Part, ...] = ("weeks", "days", "visits", "stays")


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
    """What is used and left of an authorization, and the last day that took a unit, if any did."""

    patient_id: str
    authorized: Authorized
    used: int
    last_used: date | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged: what began on these days or later, as it stands at the instant `now`.

    `through` is the last day that is over then. Weeks and months are those in which `weeks` lies
    (None: in which `days` does), and later ones. What is over only now may have begun long ago:
    that is why each part has a day of its own. A part whose day is `date.max` is left out.
    """

    now: datetime
    through: date
    days: date
    visits: date
    stays: date
    weeks: date | None = None

    @classmethod
    def running(cls, now: datetime, through: date) -> Self:
        """Return the scope of the week, the month and the day that are running."""
        return cls(now, through, through + DAY, date.max, date.max)

    @classmethod
    def since(cls, day: date, now: datetime, through: date) -> Self:
        """Return the scope of everything that began on a day or later."""
        return cls(now, through, day, day, day)

    def since_of(self, part: Part) -> date:
        """Return the day from which on a part is judged."""
        if part == "weeks":
            return self.days if self.weeks is None else self.weeks
        if part == "days":
            return self.days
        return self.visits if part == "visits" else self.stays

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are judged."""
        weeks = self.days if self.weeks is None else self.weeks
        since = zip(PARTS, (weeks, self.days, self.visits, self.stays), strict=True)
        return tuple([part for part, day in since if day < date.max])


@dataclass(slots=True)
class Judgement:
    """What is to be said of a patient, and when there is more.

    `next_of` is, of each part, the first instant at which there is more; `undecided` is the first
    day of what waits for its time and is of no week, month or day. `watched` are the programs
    (their aggregates' ids) and days whose open sessions decide what can still be done.
    """

    findings: list[Finding] = field(default_factory=list)
    weeks: list[WeekSum] = field(default_factory=list)
    days: list[BillableDay] = field(default_factory=list)
    authorizations: list[AuthorizationLeft] = field(default_factory=list)
    watched: dict[Part, set[tuple[str, date]]] = field(default_factory=dict)
    next_of: dict[Part, datetime] = field(default_factory=dict)
    undecided: dict[Part, date] = field(default_factory=dict)
    part: Part = "days"
    """The part that is being judged; all that is judged of sessions and counselors is one."""

    @property
    def next_at(self) -> datetime | None:
        """The first instant at which there is more to say."""
        return min(self.next_of.values(), default=None)

    def take(self, finding: Finding, now: datetime) -> None:
        """Take a new finding in as it stands now: what would be late later is on track so far."""
        if finding.until is None:
            self.findings.append(finding)
        elif finding.until <= now:
            finding.until = None
            self.findings.append(finding)
        else:
            if finding.state == "breached":
                finding.restate("on_track", f"{finding.because} yet", finding.until)
            since = self.undecided.get(self.part, finding.first_day)
            self.undecided[self.part] = min(since, finding.first_day)
            self.run(finding)

    def run(self, finding: Finding) -> None:
        """Take a finding in that has to be looked at again at the end of its time."""
        self.findings.append(finding)
        if finding.until:
            self.wait_for(finding.until)

    def wait_for(self, at: datetime) -> None:
        """Remember that there is more to say at an instant."""
        known = self.next_of.get(self.part)
        if known is None or at < known:
            self.next_of[self.part] = at

    def watch(self, program_id: str, on: date) -> None:
        """Remember that a day's open sessions decide what can still be done."""
        self.watched.setdefault(self.part, set()).add((program_id, on))
