"""The plan of care, what prompts a change of it, and what a payer has authorized."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

PlannedKind = Literal[
    "group",
    "individual",
    "family",
    "education",
    "skills",
    "holistic",
    "medication",
    "peer-support",
    "occupational-therapy",
    "case-management",
    "assessment",
    "drug-test",
]

Per = Literal["week", "month"]

PromptKind = Literal["assessment", "drug-test", "attendance", "review", "request"]

RECERTIFIED_WITHIN = 60
"""Days in which a physician certifies anew, unless another day is said.

Medicare: no less often than every other month (2024 OPPS final rule,
https://coronishealth.blogspot.com/2023/11/2024-opps-final-rule-what-hospitals.html), in the
regulation's words every 60 days (42 CFR 424.24(d)(3), unverified).
"""

MINUTES_PER_UNIT = 180
"""Minutes of a day that make a unit, unless an authorization says otherwise.

Payers differ (120, 121, 150, 165, 175); New York's Medicaid asks for three hours
(https://wchsb.com/wch-news/intensive-outpatient-service-ios).
"""


@dataclass(frozen=True, slots=True)
class PlannedService:
    """A service that the plan asks for: `times` a week or month, `minutes` each time."""

    service: PlannedKind
    minutes: int
    times: int
    per: Per


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plan of care asks for in a week, by which services, and to what end.

    `goals` are names ("back to work"), never clinical text; `next_review` is the day by which
    somebody looks at the plan again.
    """

    weekly_minutes: int
    days_per_week: int
    services: tuple[PlannedService, ...] = ()
    goals: tuple[str, ...] = ()
    next_review: date | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What made somebody adjust a plan; `reference` is the id of an assessment, test or session."""

    kind: PromptKind
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a payer has agreed to pay for: `units` of a code on days from the first to the last.

    A unit is a day with at least `minutes_per_unit` of credited presence; a shorter day takes
    none. `units_per_week` is None where there is no such limit. The id is Daybook's own: a payer's
    number would tell who the patient is.
    """

    authorization_id: str
    payer: str
    code: str
    units: int
    first_day: date
    last_day: date
    units_per_week: int | None = None
    minutes_per_unit: int = MINUTES_PER_UNIT
