"""Policies that a payer brings: adopted and dropped, from a day on."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.policy import Policy, upcast_policy


class PayerPolicyAdopted(Event):
    """Patients whom this payer pays for are judged by this policy too, from `from_day` on."""

    TOPIC = "facility.payer-policy-adopted"
    class_version = 2

    payer: str
    policy: Policy
    from_day: date

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 told of no number when it was read or in force."""
        upcast_policy(state["policy"])


class PayerPolicyDropped(Event):
    """From `from_day` on this payer asks for no version of this policy."""

    TOPIC = "facility.payer-policy-dropped"

    payer: str
    policy_id: str
    from_day: date
