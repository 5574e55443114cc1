"""What is told besides the journal: messages drawn from views, each kind on a stream of its own.

They prove nothing: the journal's events do. Whoever reads them learns in time what Daybook has
worked out, and need not work it out again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from domain.compliance.billing import Reason
from domain.compliance.finding import RuleName, State


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTurned:
    """A finding came to say something else, by a command or because time passed."""

    TOPIC: ClassVar[str] = "finding.turned"
    CLASS: ClassVar[str] = "findings"
    class_version: ClassVar[int] = 1

    finding_id: str
    at: datetime
    command_id: str
    facility_id: str
    rule: RuleName
    policy_id: str
    patient_id: str | None
    about: str | None
    from_day: date
    was: State | None
    state: State | Literal["gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayJudged:
    """A day on which a patient came: what it is to who pays, in place of what was told before.

    `units` is 1 where it can be billed, else 0 and `reasons` say why not; minutes are whole.
    """

    TOPIC: ClassVar[str] = "day.judged"
    CLASS: ClassVar[str] = "billable"
    class_version: ClassVar[int] = 1

    facility_id: str
    patient_id: str
    day: date
    payer: str | None
    policy_id: str | None
    version: int | None
    code: str | None
    minutes: int
    services: int
    units: int
    tier: int | None
    exceptional: bool
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWithdrawn:
    """A day that was told of is none: the patient did not come, or is known by another record."""

    TOPIC: ClassVar[str] = "day.withdrawn"
    CLASS: ClassVar[str] = "billable"
    class_version: ClassVar[int] = 1

    facility_id: str
    patient_id: str
    day: date


DERIVED = (FindingTurned, DayJudged, DayWithdrawn)
"""Every kind of message that is derived."""
