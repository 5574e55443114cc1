"""What can happen to a patient's consents, and what is told of the patient."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.patient.consent import Consent
from domain.patient.disclosure import Disclosure, EmergencyDisclosure, UnconsentedDisclosure


class ConsentGiven(Event):
    """The patient agreed that something may be told to somebody (42 CFR 2.31)."""

    TOPIC = "patient.consent-given"
    class_version = 2

    consent: Consent

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 named neither who may disclose nor who signed, nor how."""
        not_said = ("discloser", "redisclosure_told", "signed_by", "interpreter")
        state["consent"].update(dict.fromkeys(not_said))


class ConsentRevoked(Event):
    """The patient took a consent back, as of this day: nothing more is disclosed under it."""

    TOPIC = "patient.consent-revoked"

    consent_id: str
    day: date


class DisclosureMade(Event):
    """Something was told to a consent's recipient, relying on that consent (42 CFR 2.25)."""

    TOPIC = "patient.disclosure-made"
    class_version = 2

    disclosure: Disclosure

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Say that version 1 named nobody beside the consent's recipient, and no address."""
        state["disclosure"].update(dict.fromkeys(("recipient", "address", "purpose")))


class DisclosedInEmergency(Event):
    """Medical personnel were told something in an emergency, without a consent (42 CFR 2.51)."""

    TOPIC = "patient.disclosed-in-emergency"

    disclosure: EmergencyDisclosure


class DisclosedWithoutConsent(Event):
    """Something was told by a rule that asks for no consent, as a court's order."""

    TOPIC = "patient.disclosed-without-consent"

    disclosure: UnconsentedDisclosure
