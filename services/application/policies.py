"""Commands about the policies that a program is judged by."""

from datetime import date

from domain.aggregate import Cause
from domain.compliance.policy import Policy
from services.application.work import Desk


class Policies(Desk):
    """The commands by which a program comes under a policy, and out of it."""

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
