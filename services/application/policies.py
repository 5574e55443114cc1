"""Commands about the policies that programs, and the patients of a payer, are judged by.

The commands by which a program or a payer's patients come under a policy, and out of it.
"""

from datetime import date

from domain.policy import Policy
from services.application.command import command
from services.application.unit_of_work import UnitOfWork


@command("program.adopt-policy")
def adopt_policy(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    policy: Policy,
    from_day: date,
) -> None:
    """Adopt a policy for a program from a day on, in place of an earlier version."""
    work.program(facility_id, program_id).adopt_policy(work.context, policy, from_day)


@command("program.drop-policy")
def drop_policy(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    policy_id: str,
    from_day: date,
) -> None:
    """Drop a policy of a program, whatever its version, from a day on."""
    work.program(facility_id, program_id).drop_policy(work.context, policy_id, from_day)


@command("facility.adopt-payer-policy")
def adopt_payer_policy(
    work: UnitOfWork, facility_id: str, payer: str, policy: Policy, from_day: date
) -> None:
    """Adopt a policy for the patients of a payer, from a day on."""
    work.facility(facility_id).adopt_payer_policy(work.context, payer, policy, from_day)


@command("facility.drop-payer-policy")
def drop_payer_policy(
    work: UnitOfWork, facility_id: str, payer: str, policy_id: str, from_day: date
) -> None:
    """Drop a policy of a payer, whatever its version, from a day on."""
    work.facility(facility_id).drop_payer_policy(work.context, payer, policy_id, from_day)
