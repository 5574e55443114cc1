"""A finding: what one rule of one policy comes to, and what proves it. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.compliance.policy import Unit

RuleName = Literal[
    "prescribed-hours",
    "offered-hours",
    "attended-hours",
    "too-many-hours",
    "days-a-week",
    "taper-weeks",
    "individual-a-week",
]
"""What the rules are called, wherever a finding or a waiver speaks of one."""

State = Literal["met", "breached", "waived", "not_applicable", "unknown"]
"""Whether a rule is kept; `unknown` where a fact is missing that would decide it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a patient and a period, once its last day is over.

    `measured` is None where nothing could be, `because` says in one sentence why the state is
    what it is. `evidence` names the events from which each number can be worked out again, the
    adoption of the policy among them (aggregate:version, sorted). `mends` names the sessions whose
    record would change the verdict if it were completed.
    """

    rule: RuleName
    policy_id: str
    version: int
    patient_id: str
    first_day: date
    last_day: date
    state: State
    measured: int | None
    required: int
    unit: Unit
    because: str
    evidence: tuple[str, ...]
    mends: tuple[str, ...] = ()
