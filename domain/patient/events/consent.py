"""What can happen to a patient's consents."""

from datetime import date
from typing import Any

from domain.aggregate import Event
from domain.patient.consent import Consent, Disclosure


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

    disclosure: Disclosure
