"""Refusals about consents, disclosures and supporters."""

from domain.errors.kinds import NotThere, Refusal, WrongState


class EndMissing(Refusal):
    """A consent for this purpose has to say when it ends."""

    says = "a consent for {purpose} needs a last day"


class ConsentNotInForce(WrongState):
    """A disclosure relies on a consent that does not cover it."""

    says = "the consent {because}"


class NotNamed(NotThere):
    """The patient has named no such supporter."""

    says = "no such supporter is on record for the patient"
