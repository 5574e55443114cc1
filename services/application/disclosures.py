"""Commands about consents and what is disclosed under them (42 CFR Part 2).

The commands about what a patient lets be told to whom.
"""

from datetime import date

from domain.patient import Consent, Disclosure, EmergencyDisclosure, UnconsentedDisclosure
from services.application.command import command
from services.application.unit_of_work import UnitOfWork


@command("patient.give-consent")
def give_consent(work: UnitOfWork, patient_id: str, consent: Consent) -> None:
    """Record what a patient agreed to."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, consent.given_on)
    patient.give_consent(work.context, consent)


@command("patient.revoke-consent")
def revoke_consent(work: UnitOfWork, patient_id: str, consent_id: str, day: date) -> None:
    """Take a consent back; what was disclosed before stays lawful."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, day)
    patient.revoke_consent(work.context, consent_id, day)


@command("patient.disclose")
def disclose(work: UnitOfWork, patient_id: str, disclosure: Disclosure) -> None:
    """Record that something was told to a consent's recipient, relying on it."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, disclosure.day)
    patient.disclose(work.context, disclosure)


@command("patient.disclose-in-emergency")
def disclose_in_emergency(
    work: UnitOfWork, patient_id: str, disclosure: EmergencyDisclosure
) -> None:
    """Record what medical personnel were told in an emergency, without a consent."""
    work.patient(patient_id).disclose_in_emergency(work.context, disclosure)


@command("patient.disclose-without-consent")
def disclose_without_consent(
    work: UnitOfWork, patient_id: str, disclosure: UnconsentedDisclosure
) -> None:
    """Record what was told by a rule that asks for no consent, as a court's order."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, disclosure.day)
    patient.disclose_without_consent(work.context, disclosure)
