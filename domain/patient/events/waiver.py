"""What can happen to the rules that bind for a patient."""

from datetime import date

from domain.aggregate import Event
from domain.policy import RuleName


class RuleWaived(Event):
    """The author decided that a rule does not bind for this patient, for a while and a reason."""

    TOPIC = "patient.rule-waived"

    rule: RuleName
    first_day: date
    last_day: date
    reason: str


class WaiverWithdrawn(Event):
    """The waiver of this rule that began on `first_day` holds for no day any longer."""

    TOPIC = "patient.waiver-withdrawn"

    rule: RuleName
    first_day: date
    reason: str
