"""Commands about consents and what is disclosed under them (42 CFR Part 2)."""

from datetime import date

from domain.aggregate import Cause
from domain.patient import Consent, Disclosure
from services.application.unit_of_work import Desk, Work


class Disclosures(Desk):
    """The commands about what a patient lets be told to whom."""

    def give_consent(self, cause: Cause, patient_id: str, consent: Consent) -> None:
        """Record what a patient agreed to."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, consent.given_on)
            patient.give_consent(cause, consent)

        self.decide(cause, decision)

    def revoke_consent(self, cause: Cause, patient_id: str, consent_id: str, day: date) -> None:
        """Take a consent back; what was disclosed before stays lawful."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, day)
            patient.revoke_consent(cause, consent_id, day)

        self.decide(cause, decision)

    def disclose(self, cause: Cause, patient_id: str, disclosure: Disclosure) -> None:
        """Record that something was told to a consent's recipient, relying on it."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, disclosure.day)
            patient.disclose(cause, disclosure)

        self.decide(cause, decision)
