"""The rules that do not bind for a patient for a while, each with its reason."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import EndsBeforeStart, NotOnRecord, ReasonMissing
from domain.patient import events as on
from domain.patient.state import PatientState
from domain.policy import RuleName


class Waivers(PatientState):
    """Guards that no rule is waived without a reason and an end."""

    def waive_rule(
        self,
        context: CommandContext,
        rule: RuleName,
        *,
        first_day: date,
        last_day: date,
        reason: str,
    ) -> None:
        """Waive a rule on these days. A waiver that began on the same day gets another end."""
        if not reason.strip():
            raise ReasonMissing
        if last_day < first_day:
            raise EndsBeforeStart(start="first_day", end="last_day")
        if self.waivers.get(rule, {}).get(first_day) != (last_day, reason):
            self.record(
                on.RuleWaived,
                context,
                rule=rule,
                first_day=first_day,
                last_day=last_day,
                reason=reason,
            )

    def withdraw_waiver(
        self, context: CommandContext, rule: RuleName, first_day: date, reason: str
    ) -> None:
        """Withdraw a waiver: the rule binds on each of its days."""
        if not reason.strip():
            raise ReasonMissing
        if first_day not in self.waivers.get(rule, {}):
            raise NotOnRecord(what="waiver")
        self.record(on.WaiverWithdrawn, context, rule=rule, first_day=first_day, reason=reason)
