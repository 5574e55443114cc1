"""Commands about the policies that programs, and the patients of a payer, are judged by."""

from datetime import date

from domain.aggregate import Cause
from domain.policy import Policy
from services.application.unit_of_work import Desk


class Policies(Desk):
    """The commands by which a program or a payer's patients come under a policy, and out of it."""

    def adopt_policy(
        self, cause: Cause, facility_id: str, program_id: str, policy: Policy, from_day: date
    ) -> None:
        """Let a program be judged by a policy from a day on, in place of an earlier version."""
        self.decide(
            cause,
            lambda work: work.program(facility_id, program_id).adopt_policy(
                cause, policy, from_day
            ),
        )

    def drop_policy(
        self, cause: Cause, facility_id: str, program_id: str, policy_id: str, from_day: date
    ) -> None:
        """Let a program be judged by no version of a policy from a day on."""
        self.decide(
            cause,
            lambda work: work.program(facility_id, program_id).drop_policy(
                cause, policy_id, from_day
            ),
        )

    def adopt_payer_policy(
        self, cause: Cause, facility_id: str, payer: str, policy: Policy, from_day: date
    ) -> None:
        """Let patients whom a payer pays for be judged by a policy too, from a day on."""
        self.decide(
            cause,
            lambda work: work.facility(facility_id).adopt_payer_policy(
                cause, payer, policy, from_day
            ),
        )

    def drop_payer_policy(
        self, cause: Cause, facility_id: str, payer: str, policy_id: str, from_day: date
    ) -> None:
        """Let a payer ask for no version of a policy from a day on."""
        self.decide(
            cause,
            lambda work: work.facility(facility_id).drop_payer_policy(
                cause, payer, policy_id, from_day
            ),
        )
