"""What can happen to the rules that bind for a patient."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.policy import RuleName


class RuleWaived(Event):
    """The author decided that a rule does not bind for this patient, for a while and a reason."""

    TOPIC = "patient.rule-waived"
    class_version = 2

    rule: RuleName
    first_day: date
    last_day: date
    reason: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Keep what was said: there are more rules since."""


class WaiverWithdrawn(Event):
    """The waiver of this rule that began on `first_day` holds for no day any longer."""

    TOPIC = "patient.waiver-withdrawn"
    class_version = 2

    rule: RuleName
    first_day: date
    reason: str

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Keep what was said: there are more rules since."""
