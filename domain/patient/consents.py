"""The patient's consents: given, revoked, and relied on (42 CFR 2.31)."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import (
    ConsentNotInForce,
    EndMissing,
    EndsBeforeStart,
    NotOnRecord,
    NotPositive,
    SaidOtherwise,
)
from domain.patient import events as on
from domain.patient.consent import NEEDS_NO_END, Consent, Disclosure
from domain.patient.state import PatientState


class Consents(PatientState):
    """Guards that nothing is disclosed without a consent that covers it."""

    def give_consent(self, context: CommandContext, consent: Consent) -> None:
        """Record what the patient agreed to. What is signed once says the same for ever."""
        known = self.consents.get(consent.consent_id)
        if known == consent:
            return
        if known:
            raise SaidOtherwise(what="consent")
        if not consent.scope:
            raise NotPositive(what="the number of things that a consent covers")
        if consent.last_day is None and consent.purpose != NEEDS_NO_END:
            raise EndMissing(purpose=consent.purpose)
        if consent.last_day and consent.last_day < consent.given_on:
            raise EndsBeforeStart(start="given_on", end="last_day")
        self.record(on.ConsentGiven, context, consent=consent)

    def revoke_consent(self, context: CommandContext, consent_id: str, day: date) -> None:
        """Take a consent back as of a day; what was disclosed before stays lawful.

        Of several days the earliest holds: what is taken back is not given again by a later one.
        """
        consent = self._consent(consent_id)
        if day < consent.given_on:
            raise EndsBeforeStart(start="given_on", end="the revocation")
        if day < self.revoked.get(consent_id, date.max):
            self.record(on.ConsentRevoked, context, consent_id=consent_id, day=day)

    def disclose(self, context: CommandContext, disclosure: Disclosure) -> None:
        """Record a disclosure to a consent's recipient; refused where the consent covers it not."""
        known = self.disclosures.get(disclosure.disclosure_id)
        if known == disclosure:
            return
        if known:
            raise SaidOtherwise(what="disclosure")
        if not disclosure.scope:
            raise NotPositive(what="the number of things disclosed")
        consent, day = self._consent(disclosure.consent_id), disclosure.day
        if because := consent.why_not(day, self.revoked.get(consent.consent_id)):
            raise ConsentNotInForce(because=because)
        beyond = [each for each in disclosure.scope if each not in consent.scope]
        if beyond:
            because = f"covers {', '.join(consent.scope)}, not {', '.join(beyond)}"
            raise ConsentNotInForce(because=because)
        self.record(on.DisclosureMade, context, disclosure=disclosure)

    def _consent(self, consent_id: str) -> Consent:
        if consent_id not in self.consents:
            raise NotOnRecord(what="consent")
        return self.consents[consent_id]
