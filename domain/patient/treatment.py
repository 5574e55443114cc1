"""How a treatment begins and ends. Days are both included."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.levels import Level

Origin = Literal["inpatient", "residential", "partial-hospitalization", "community"]
"""From which level of care somebody comes: a step down from the first three, or from life."""

UpReason = Literal["too-severe", "no-safe-home", "needs-24-hour-supervision"]
"""Why somebody needs more care than an intensive outpatient program gives."""

DischargeKind = Literal[
    "completed",
    "transferred",
    "dropped-out",
    "administrative",
    "step-up",
    "step-down",
    "against-advice",
]

DischargeReason = Literal[
    "goals-met",
    "needs-more-care",
    "needs-less-care",
    "own-wish",
    "no-contact",
    "attendance",
    "conduct",
    "payment",
    "insurance-exhausted",
    "moved",
    "incarcerated",
    "hospitalized",
    "died",
    "other",
]
"""Why a treatment ended. A test's result is none of them: it never ends one."""


@dataclass(frozen=True, slots=True)
class Referral:
    """Who asks for a treatment: an organization or office, or `self`; never a private person."""

    program_id: str
    day: date
    by: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Screened:
    """What a screening came to: the level of care that it recommends."""

    screening_id: str
    day: date
    level: Level


@dataclass(frozen=True, slots=True)
class Discharge:
    """The last day of a treatment, how it ended and why; `to_level` is where the patient went."""

    day: date
    kind: DischargeKind
    reasons: tuple[DischargeReason, ...] = ()
    to_level: Level | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A treatment that has ended, where another one followed."""

    program_id: str
    admitted_on: date
    payer: str
    discharge: Discharge

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.admitted_on <= day <= self.discharge.day
