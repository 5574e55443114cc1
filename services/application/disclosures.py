"""Commands about consents and what is disclosed under them (42 CFR Part 2)."""

from datetime import date

from domain.aggregate import CommandContext
from domain.patient import Consent, Disclosure
from services.application.unit_of_work import CommandHandler, UnitOfWork


class Disclosures(CommandHandler):
    """The commands about what a patient lets be told to whom."""

    def give_consent(self, context: CommandContext, patient_id: str, consent: Consent) -> None:
        """Record what a patient agreed to."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, consent.given_on)
            patient.give_consent(context, consent)

        self.decide(context, decision)

    def revoke_consent(
        self, context: CommandContext, patient_id: str, consent_id: str, day: date
    ) -> None:
        """Take a consent back; what was disclosed before stays lawful."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, day)
            patient.revoke_consent(context, consent_id, day)

        self.decide(context, decision)

    def disclose(self, context: CommandContext, patient_id: str, disclosure: Disclosure) -> None:
        """Record that something was told to a consent's recipient, relying on it."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, disclosure.day)
            patient.disclose(context, disclosure)

        self.decide(context, decision)
