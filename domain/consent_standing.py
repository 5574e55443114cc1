"""Which consents stood at a place of the record, and so who could be told of what came next. Pure.

The order of the record decides: what was recorded before a consent, or after its revocation, is
told to nobody under it, whichever day either names. What is told later than it was recorded has to
be allowed then, too (42 CFR 2.31(a)(6): a revocation undoes only what was already relied on).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.aggregate import Event
from domain.identity import IdentityForgotten
from domain.patient.consent import Consent, Scope
from domain.patient.events import ConsentGiven, ConsentRevoked, PatientMerged
from domain.recipient import Recipient, recipient_meant

STANDING_EVENTS: tuple[type[Event], ...] = (
    ConsentGiven,
    ConsentRevoked,
    PatientMerged,
    IdentityForgotten,
)
"""What a patient's standing is made of."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the record, and the day on the facility's clocks that goes with it."""

    position: int
    day: date


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a recipient is told of an event: under which consent, or `why_not`."""

    recipient: Recipient
    consent: Consent
    scope: Scope
    why_not: str | None


@dataclass(slots=True)
class ConsentStanding:
    """The consents of one record of a patient, each with the positions of what was recorded."""

    given: dict[str, tuple[int, Consent]] = field(default_factory=dict)
    revoked: dict[str, list[tuple[int, date]]] = field(default_factory=dict)
    merged: tuple[int, str] | None = None
    forgotten: int | None = None

    def take(self, position: int, event: Event) -> None:
        """Take in an event of `STANDING_EVENTS`; each is taken in its order, once."""
        match event:
            case ConsentGiven():
                self.given[event.consent.consent_id] = position, event.consent
            case ConsentRevoked():
                self.revoked.setdefault(event.consent_id, []).append((position, event.day))
            case PatientMerged():
                self.merged = position, event.into
            case IdentityForgotten():
                self.forgotten = position

    def merged_into(self, position: int) -> str | None:
        """Return the record that goes on for this one at a place of the record; None for itself."""
        return self.merged[1] if self.merged and self.merged[0] <= position else None

    def why_not(self, consent: Consent, moment: Moment) -> str | None:
        """Say why nothing is told under a consent at a moment; None where it is in force."""
        if self.forgotten is not None and self.forgotten <= moment.position:
            return "is relied on no longer: the patient was forgotten"
        days = [
            day for at, day in self.revoked.get(consent.consent_id, ()) if at <= moment.position
        ]
        return consent.why_not(moment.day, min(days, default=None))

    def decisions(
        self,
        scopes: tuple[Scope, ...],
        recipients: Mapping[str, Recipient],
        recorded: Moment,
        told: Moment,
        by_now: "ConsentStanding",
    ) -> Iterator[Decision]:
        """Yield of each recipient whom a consent names for one of these scopes what is decided.

        `recorded` is where the event stands, `told` the moment of telling, at which `by_now` is the
        record that goes on for this one. Of several consents in force the first on record is relied
        on; of several that are not, the last says why.
        """
        found: dict[str, Decision] = {}
        for position, consent in self.given.values():
            recipient = recipient_meant(consent.recipient, recipients)
            scope = next((each for each in scopes if each in consent.scope), None)
            if position >= recorded.position or recipient is None or scope is None:
                continue
            known = found.get(recipient.recipient_id)
            if known is None or known.why_not:
                why = self.why_not(consent, recorded) or by_now.why_not(consent, told)
                found[recipient.recipient_id] = Decision(recipient, consent, scope, why)
        yield from found.values()
