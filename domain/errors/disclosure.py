"""Refusals about consents, disclosures and supporters."""

from domain.errors.kinds import NotThere, Refusal, WrongState


class EndMissing(Refusal):
    """A consent for this purpose has to say when it ends."""

    says = "a consent for {purpose} needs a last day"


class ConsentNotInForce(WrongState):
    """A disclosure relies on a consent that does not cover it."""

    says = "the consent {because}"


class OrderNotNamed(Refusal):
    """Something was told by a court's order, and nothing says by which."""

    says = "a disclosure by a court's order names the order: its number, court and day"


class NotNamed(NotThere):
    """The patient has named no such supporter."""

    says = "no such supporter is on record for the patient"
