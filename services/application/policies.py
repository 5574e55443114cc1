"""Commands about the policies that programs, and the patients of a payer, are judged by."""

from datetime import date

from domain.aggregate import CommandContext
from domain.policy import Policy
from services.application.unit_of_work import CommandHandler


class Policies(CommandHandler):
    """The commands by which a program or a payer's patients come under a policy, and out of it."""

    def adopt_policy(
        self,
        context: CommandContext,
        facility_id: str,
        program_id: str,
        policy: Policy,
        from_day: date,
    ) -> None:
        """Let a program be judged by a policy from a day on, in place of an earlier version."""
        self.decide(
            context,
            lambda work: work.program(facility_id, program_id).adopt_policy(
                context, policy, from_day
            ),
        )

    def drop_policy(
        self,
        context: CommandContext,
        facility_id: str,
        program_id: str,
        policy_id: str,
        from_day: date,
    ) -> None:
        """Let a program be judged by no version of a policy from a day on."""
        self.decide(
            context,
            lambda work: work.program(facility_id, program_id).drop_policy(
                context, policy_id, from_day
            ),
        )

    def adopt_payer_policy(
        self, context: CommandContext, facility_id: str, payer: str, policy: Policy, from_day: date
    ) -> None:
        """Let patients whom a payer pays for be judged by a policy too, from a day on."""
        self.decide(
            context,
            lambda work: work.facility(facility_id).adopt_payer_policy(
                context, payer, policy, from_day
            ),
        )

    def drop_payer_policy(
        self, context: CommandContext, facility_id: str, payer: str, policy_id: str, from_day: date
    ) -> None:
        """Let a payer ask for no version of a policy from a day on."""
        self.decide(
            context,
            lambda work: work.facility(facility_id).drop_payer_policy(
                context, payer, policy_id, from_day
            ),
        )
