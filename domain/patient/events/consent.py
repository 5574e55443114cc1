"""What can happen to a patient's consents."""

from datetime import date

from domain.aggregate import Event
from domain.patient.consent import Consent, Disclosure


class ConsentGiven(Event):
    """The patient agreed that something may be told to somebody (42 CFR 2.31)."""

    TOPIC = "patient.consent-given"

    consent: Consent


class ConsentRevoked(Event):
    """The patient took a consent back, as of this day: nothing more is disclosed under it."""

    TOPIC = "patient.consent-revoked"

    consent_id: str
    day: date


class DisclosureMade(Event):
    """Something was told to a consent's recipient, relying on that consent (42 CFR 2.25)."""

    TOPIC = "patient.disclosure-made"

    disclosure: Disclosure
