"""The patient's consents: given, revoked, and relied on (42 CFR 2.31); what is told without one."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import (
    ConsentNotInForce,
    EndMissing,
    EndsBeforeStart,
    NotOnRecord,
    NotPositive,
    NotYet,
    OrderNotNamed,
    SaidOtherwise,
)
from domain.patient import events as on
from domain.patient.consent import NEEDS_NO_END, Consent
from domain.patient.disclosure import (
    OF_AN_ORDER,
    AnyDisclosure,
    Disclosure,
    EmergencyDisclosure,
    UnconsentedDisclosure,
)
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
        if self._is_on_record(disclosure):
            return
        consent, day = self._consent(disclosure.consent_id), disclosure.day
        if because := consent.why_not(day, self.revoked.get(consent.consent_id)):
            raise ConsentNotInForce(because=because)
        beyond = [each for each in disclosure.scope if each not in consent.scope]
        if beyond:
            because = f"covers {', '.join(consent.scope)}, not {', '.join(beyond)}"
            raise ConsentNotInForce(because=because)
        self.record(on.DisclosureMade, context, disclosure=disclosure)

    def disclose_in_emergency(
        self, context: CommandContext, disclosure: EmergencyDisclosure
    ) -> None:
        """Record what medical personnel were told in an emergency (42 CFR 2.51)."""
        if self._is_on_record(disclosure):
            return
        if disclosure.told_at > context.at:
            raise NotYet
        self.record(on.DisclosedInEmergency, context, disclosure=disclosure)

    def disclose_without_consent(
        self, context: CommandContext, disclosure: UnconsentedDisclosure
    ) -> None:
        """Record what was told by a rule that asks for no consent; a court's order is named."""
        if self._is_on_record(disclosure):
            return
        if disclosure.basis == OF_AN_ORDER and not disclosure.reference:
            raise OrderNotNamed
        self.record(on.DisclosedWithoutConsent, context, disclosure=disclosure)

    def _is_on_record(self, disclosure: AnyDisclosure) -> bool:
        """Tell whether the same is on record; raise where something else is under its id."""
        known = self.disclosures.get(disclosure.disclosure_id)
        if known not in (None, disclosure):
            raise SaidOtherwise(what="disclosure")
        if not disclosure.scope:
            raise NotPositive(what="the number of things disclosed")
        return known is not None

    def _consent(self, consent_id: str) -> Consent:
        if consent_id not in self.consents:
            raise NotOnRecord(what="consent")
        return self.consents[consent_id]
