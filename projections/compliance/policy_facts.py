"""Programs and sites: which policies are in force where, and when a program is closed."""

from collections.abc import Iterable
from datetime import date, timedelta

from domain.aggregate import Event
from domain.compliance.facts import FacilityFacts, ProgramFacts, Supervision, Treats, Version
from domain.facility import FacilityOpened, FacilityRevised
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.policy_parameters import PARAMETERS
from domain.program import (
    ClosureDeclared,
    ClosureLifted,
    PolicyAdopted,
    PolicyDropped,
    ProgramOpened,
    ProgramRevised,
)
from domain.supervision import CredentialSupervised, CredentialUnsupervised
from projections.compliance.case_file import EVER

IN_BUSINESS_DAYS = tuple(key for key, of in PARAMETERS.items() if of.unit == "business days")
"""The numbers by which a closure puts something off."""

CLOSURE_REACHES = timedelta(days=366)
"""How long before a closure something may have begun that is due by business days."""

SIGNED_WITHIN = timedelta(days=366)
"""How long before the day of its signature the session of a note may have been."""


def touched_from(event: Event) -> date:
    """Return the first day of which an event of a program or a site may change anything."""
    match event:
        case PolicyAdopted() | PolicyDropped() | PayerPolicyAdopted() | PayerPolicyDropped():
            return event.from_day
        case CredentialSupervised() | CredentialUnsupervised():
            # A note may be signed on a later day than that of its session.
            return event.from_day - SIGNED_WITHIN
        case ClosureDeclared() | ClosureLifted():
            return event.day - CLOSURE_REACHES
    return EVER


def asks_for(keys: Iterable[str], site: FacilityFacts, *programs: ProgramFacts | None) -> bool:
    """Tell whether any policy of programs, or of their site's payers, has any of some numbers."""
    known = [*site.payer_policies.values(), *(each.policies for each in programs if each)]
    return any(
        version.policy and version.policy.parameter(key)
        for policies in known
        for versions in policies.values()
        for version in versions.values()
        for key in keys
    )


def take_program(facts: ProgramFacts | None, event: Event) -> ProgramFacts:
    """Take an event of a program in."""
    facts = facts or ProgramFacts(event.facility_id)
    match event:
        case PolicyAdopted():
            versions = facts.policies.setdefault(event.policy.policy_id, {})
            versions[event.from_day] = Version(event.policy, event.event_id)
        case PolicyDropped():
            versions = facts.policies.setdefault(event.policy_id, {})
            versions[event.from_day] = Version(None, event.event_id)
        case ClosureDeclared():
            facts.closures[event.day] = event.event_id
        case ClosureLifted():
            facts.closures.pop(event.day, None)
        case ProgramOpened() | ProgramRevised():
            if facts.treats is None or facts.treats.focus != event.focus:
                facts.treats = Treats(event.focus, event.event_id)
    return facts


def take_facility(facts: FacilityFacts | None, event: Event) -> FacilityFacts:
    """Take an event of a site in. Raises SiteUnknown for one that was never opened."""
    match event:
        case FacilityOpened():
            opened = (event.event_id,)
            return FacilityFacts(event.facility_id, event.timezone, event.week_starts_on, opened)
        case FacilityRevised() if facts and facts.week_starts_on != event.week_starts_on:
            facts.week_starts_on = event.week_starts_on
            facts.evidence = (facts.evidence[0], event.event_id)
        case PayerPolicyAdopted() if facts:
            versions = facts.payer_policies.setdefault(event.payer, {})
            known = versions.setdefault(event.policy.policy_id, {})
            known[event.from_day] = Version(event.policy, event.event_id)
        case PayerPolicyDropped() if facts:
            versions = facts.payer_policies.setdefault(event.payer, {})
            known = versions.setdefault(event.policy_id, {})
            known[event.from_day] = Version(None, event.event_id)
        case CredentialSupervised() | CredentialUnsupervised() if facts:
            needed = isinstance(event, CredentialSupervised)
            days = facts.supervised.setdefault(event.credential, {})
            days[event.from_day] = Supervision(needed, event.event_id)
    if facts is None:
        raise SiteUnknown
    return facts


class SiteUnknown(LookupError):
    """Something happened at a site that was never opened."""
