"""What helps a patient outside of the program, and how the program reaches out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

SupportMeetingKind = Literal["12-step", "mutual-aid", "peer-group", "other"]

ResourceKind = Literal[
    "housing", "employment", "education", "legal", "childcare", "transport", "food", "medical"
]

ResourceOutcome = Literal["connected", "waiting-list", "not-eligible", "declined", "no-answer"]

Way = Literal["call", "text", "email", "letter", "visit"]

OutreachResult = Literal["reached", "message-left", "no-answer", "not-reachable"]


@dataclass(frozen=True, slots=True)
class SupportMeeting:
    """A meeting of others, like those of the twelve steps, that the patient went to.

    It has no minutes, on purpose: such meetings are never treatment (9 CCR 10345; WAC
    246-341-0740 wants them in addition to the hours of treatment).
    """

    meeting_id: str
    kind: SupportMeetingKind
    day: date


@dataclass(frozen=True, slots=True)
class ResourceReferral:
    """The patient was told of a community resource: an organization's name, no person's."""

    referral_id: str
    kind: ResourceKind
    resource: str
    day: date


@dataclass(frozen=True, slots=True)
class Outreach:
    """An attempt to reach a patient after a missed session. It never reveals the program."""

    session_id: str
    at: datetime
    way: Way
    result: OutreachResult
