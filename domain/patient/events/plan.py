"""What can happen to a plan of care, and to what a payer has agreed to."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.levels import Level
from domain.patient.plan import Authorization, Plan, Prompt


class PlanSet(Event):
    """The plan of care says how many minutes and days a week, from `effective_from` on."""

    TOPIC = "patient.plan-set"
    class_version = 3

    plan: Plan
    effective_from: date

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 knew neither services nor goals nor a next review."""
        _upcast_plan(state["plan"])

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Keep what was said: there are more services since."""


class PlanAdjusted(Event):
    """The plan of care asks for another amount, from `effective_from` on."""

    TOPIC = "patient.plan-adjusted"
    class_version = 3

    plan: Plan
    effective_from: date
    prompt: Prompt | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 did not tell what prompted it."""
        _upcast_plan(state["plan"])
        state["prompt"] = None

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        """Keep what was said: there are more services since."""


class PlanTapered(Event):
    """The plan asks for less from `effective_from` on, to lead over to the level `to_level`."""

    TOPIC = "patient.plan-tapered"
    class_version = 2

    plan: Plan
    effective_from: date
    to_level: Level

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Keep what was said: there are more services since."""


class PlanReviewed(Event):
    """Somebody looked at the plan and at how it goes; the next time is due by `next_review`."""

    TOPIC = "patient.plan-reviewed"

    reviewed_on: date
    next_review: date


class CareCertified(Event):
    """A physician certified that the patient needs this care; anew by `due_by`."""

    TOPIC = "patient.care-certified"

    certified_on: date
    due_by: date
    credential: str


class CareRecertified(Event):
    """A physician certified anew that the patient needs this care; the next time by `due_by`."""

    TOPIC = "patient.care-recertified"

    certified_on: date
    due_by: date
    credential: str


class AuthorizationRecorded(Event):
    """A payer agreed to pay for so many units."""

    TOPIC = "patient.authorization-recorded"

    authorization: Authorization


class AuthorizationRevised(Event):
    """What a payer agreed to is otherwise than it was recorded, or was extended or cut."""

    TOPIC = "patient.authorization-revised"

    authorization: Authorization


def _upcast_plan(plan: dict[str, Any]) -> None:
    plan |= {"services": [], "goals": [], "next_review": None}
