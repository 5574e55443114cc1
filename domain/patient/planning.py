"""The plan of care: set, adjusted, reviewed, tapered, certified; and what a payer agreed to."""

import re
from datetime import date, timedelta

from domain import bounds
from domain.aggregate import CommandContext
from domain.errors import (
    EndsBeforeStart,
    NoPlan,
    NoSuchLevel,
    NotAdmitted,
    NotAPhysician,
    NotLess,
    NotPositive,
)
from domain.levels import BELOW, Level
from domain.patient import events as on
from domain.patient.plan import RECERTIFIED_WITHIN, Authorization, Plan, Prompt
from domain.patient.state import PatientState

PHYSICIANS = {"MD", "DO"}
"""The letters of a physician, with or without points; `LCPC-MD` are Maryland's of another."""


class Planning(PatientState):
    """Guards that a plan asks for something, and that what follows it follows a plan."""

    def set_plan(
        self,
        context: CommandContext,
        plan: Plan,
        effective_from: date,
        prompt: Prompt | None = None,
    ) -> None:
        """Set the plan of care, or adjust the one that is there, with what prompted it."""
        self._check_treated()
        _check(plan, effective_from)
        if (self.plan, self.plan_from, self.tapers_to) == (plan, effective_from, None):
            return
        if self.plan:
            facts = {"plan": plan, "effective_from": effective_from, "prompt": prompt}
            self.record(on.PlanAdjusted, context, **facts)
        else:
            self.record(on.PlanSet, context, plan=plan, effective_from=effective_from)

    def taper_plan(
        self, context: CommandContext, plan: Plan, effective_from: date, to_level: Level
    ) -> None:
        """Taper the plan, to lead over to a lighter level of care.

        ASAM allows for less than the level's hours for one or two weeks as a transition (Aetna's
        quotation of the third edition); whether a taper stays within that is a finding, no refusal.
        """
        _check(plan, effective_from)
        if to_level not in BELOW:
            raise NoSuchLevel(level=to_level, levels=", ".join(BELOW))
        before = self._plan()
        so = (before, self.plan_from, self.tapers_to)
        if so == (plan, effective_from, to_level):
            return
        amounts = (plan.weekly_minutes, plan.days_per_week)
        known = (before.weekly_minutes, before.days_per_week)
        same = amounts == known and self.tapers_to in {None, to_level}
        if same or amounts[0] > known[0] or amounts[1] > known[1]:
            raise NotLess
        self.record(
            on.PlanTapered, context, plan=plan, effective_from=effective_from, to_level=to_level
        )

    def review_plan(self, context: CommandContext, reviewed_on: date, next_review: date) -> None:
        """Record that somebody looked at the plan, and when that is due again."""
        plan = self._plan()
        if self.plan_from and reviewed_on < self.plan_from:
            raise EndsBeforeStart(start="the plan", end="its review")
        if next_review < reviewed_on:
            raise EndsBeforeStart(start="this review", end="the next review")
        if self.reviewed_on and reviewed_on < self.reviewed_on:
            raise EndsBeforeStart(start="the last one", end="this review")
        if (self.reviewed_on, plan.next_review) != (reviewed_on, next_review):
            self.record(on.PlanReviewed, context, reviewed_on=reviewed_on, next_review=next_review)

    def certify(
        self,
        context: CommandContext,
        certified_on: date,
        *,
        credential: str,
        due_by: date | None = None,
    ) -> None:
        """Record a physician's certification; `due_by` is the last day for the next one.

        Unless it is said otherwise that is so many days later: see RECERTIFIED_WITHIN.
        """
        letters = {each.replace(".", "") for each in re.split(r"[\s,;/]+", credential)}
        if not letters & PHYSICIANS:
            raise NotAPhysician(credential=credential)
        self._plan()
        due = due_by or certified_on + timedelta(days=RECERTIFIED_WITHIN)
        if due < certified_on:
            raise EndsBeforeStart(start="this certification", end="the next one")
        if (self.certified_on, self.recertify_by) == (certified_on, due):
            return
        if self.certified_on and certified_on < self.certified_on:
            raise EndsBeforeStart(start="the last one", end="this certification")
        event = on.CareRecertified if self.certified_on else on.CareCertified
        self.record(event, context, certified_on=certified_on, due_by=due, credential=credential)

    def authorize(self, context: CommandContext, authorization: Authorization) -> None:
        """Record what a payer agreed to, or put it right."""
        amounts = {
            "units": authorization.units,
            "units a week": authorization.units_per_week,
            "minutes of a unit": authorization.minutes_per_unit,
        }
        for what, amount in amounts.items():
            if amount is not None and amount <= 0:
                raise NotPositive(what=what)
        if authorization.last_day < authorization.first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        known = self.authorizations.get(authorization.authorization_id)
        if known != authorization:
            event = on.AuthorizationRevised if known else on.AuthorizationRecorded
            self.record(event, context, authorization=authorization)

    def _check_treated(self) -> None:
        """Raise NotAdmitted for a candidate: a plan is of a treatment."""
        if self.admitted_on is None:
            raise NotAdmitted

    def _plan(self) -> Plan:
        if self.plan is None:
            raise NoPlan
        return self.plan


def _check(plan: Plan, effective_from: date) -> None:
    """Raise the refusal that a plan would meet."""
    bounds.check_prescription(plan.weekly_minutes, plan.days_per_week)
    for service in plan.services:
        if service.minutes <= 0 or service.times <= 0:
            raise NotPositive(what=f"minutes and times of {service.service}")
    if plan.next_review and plan.next_review < effective_from:
        raise EndsBeforeStart(start="the plan", end="its next review")
