"""What is told besides the journal: drawn from views or events, each kind on a stream of its own.

They prove nothing: the journal's events do. Whoever reads them learns in time what Daybook has
worked out, and need not work it out again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal

import orjson

from domain.compliance.claim_lines import ClaimLine, Fallback, LeftOut
from domain.compliance.finding import Reason, State
from domain.patient.consent import Purpose, Scope
from domain.policy import RuleName


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTurned:
    """A finding came to say something else, by a command or because time passed."""

    TOPIC: ClassVar[str] = "finding.turned"
    CLASS: ClassVar[str] = "findings"
    class_version: ClassVar[int] = 2

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
    `lines` are what is billed, of a day that is too short as its `fallback` has it; `left_out` are
    the services that no line bills. `timestamp` is when it was told.
    """

    TOPIC: ClassVar[str] = "day.judged"
    CLASS: ClassVar[str] = "billable"
    class_version: ClassVar[int] = 2

    timestamp: datetime
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
    lines: tuple[ClaimLine, ...]
    fallback: Fallback | None
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWithdrawn:
    """A day that was told of is none: the patient did not come, or is known by another record."""

    TOPIC: ClassVar[str] = "day.withdrawn"
    CLASS: ClassVar[str] = "billable"
    class_version: ClassVar[int] = 1

    timestamp: datetime
    facility_id: str
    patient_id: str
    day: date


@dataclass(frozen=True, slots=True)
class Occasion:
    """The session or drug test that an event is about: its day, and when a session is."""

    day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDisclosed:
    """What an event of a patient says, as far as their consent lets a recipient be told of it.

    `timestamp` is when it was told. `recorded_as` is the patient's record in the event, where it
    was merged into `patient_id` by then. The consent is explained by its `purpose`, its
    `consent_scope` and its days (42 CFR 2.32(b)); `scope` is what of it covers this. `said` are the
    fields of the event that `domain/sharing.py` lets be told, as its schema has them.
    """

    TOPIC: ClassVar[str] = "event.disclosed"
    CLASS: ClassVar[str] = "shared"
    class_version: ClassVar[int] = 1

    timestamp: datetime
    facility_id: str
    recipient_id: str
    patient_id: str
    recorded_as: str | None
    consent_id: str
    purpose: Purpose
    consent_scope: tuple[Scope, ...]
    given_on: date
    last_day: date | None
    scope: Scope
    event_id: str
    event_topic: str
    event_version: int
    recorded_at: datetime
    occasion: Occasion | None
    said: Mapping[str, Any]


Derived = FindingTurned | DayJudged | DayWithdrawn | EventDisclosed

DERIVED: tuple[type[Derived], ...] = (FindingTurned, DayJudged, DayWithdrawn, EventDisclosed)
"""Every kind of message that is derived."""

CLASSES = {each.TOPIC: each.CLASS for each in DERIVED}
"""The class in the subject of each kind, by its topic."""


def turn_id(finding_id: str, at: datetime, command_id: str) -> str:
    """Return what a turn is called: the same whenever the view is made again."""
    when = at.astimezone(UTC).isoformat()
    return sha256(f"{finding_id} {when} {command_id}".encode()).hexdigest()[:32]


def payload_of(said: Derived) -> bytes:
    """Return a message's JSON, with the version of its shape."""
    body = {each.name: getattr(said, each.name) for each in fields(said)}
    return orjson.dumps({**body, "class_version": said.class_version}, option=orjson.OPT_UTC_Z)
