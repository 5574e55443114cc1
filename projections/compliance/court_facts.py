"""What may have to be reported to a court, and what was: how each event changes that. Pure."""

from dataclasses import replace
from datetime import date

from domain.aggregate import Event
from domain.compliance.facts import (
    Agreed,
    Disclosed,
    Done,
    FacilityFacts,
    Incident,
    PatientFacts,
)
from domain.monitoring.events import (
    IncidentRecorded,
    IncidentWithdrawn,
    ResultCorrected,
    ResultReported,
)
from domain.monitoring.incident import IncidentKind
from domain.patient import (
    ConsentGiven,
    ConsentRevoked,
    DisclosureMade,
)
from domain.patient.consent import OF_A_COURT

TAKEN = (
    ConsentGiven,
    ConsentRevoked,
    DisclosureMade,
    IncidentRecorded,
    IncidentWithdrawn,
    ResultCorrected,
    ResultReported,
)
"""The events that matter here."""


def take(facts: PatientFacts, event: Event, site: FacilityFacts) -> date | None:
    """Take an event in; return the first day of which anything may be otherwise then.

    None where it matters for nothing.
    """
    match event:
        case ConsentGiven() | ConsentRevoked() | DisclosureMade():
            return _consent(facts, event)
        case IncidentRecorded():
            facts.incidents.append(Incident(event.kind, event.learned_on, event.event_id))
            return event.learned_on
        case IncidentWithdrawn():
            said = (event.originator_id, event.kind, event.learned_on)
            facts.incidents = [each for each in facts.incidents if _said(each) != said]
            return event.learned_on
        case ResultReported() | ResultCorrected():
            return _result(facts, event, site)
    return None


def _said(incident: Incident) -> tuple[str, IncidentKind, date]:
    """Return of which record an incident is, what it is and of which day."""
    return incident.event_id.rpartition(":")[0], incident.kind, incident.day


def _result(
    facts: PatientFacts, event: ResultReported | ResultCorrected, site: FacilityFacts
) -> date | None:
    """Take in whether a test is confirmed as positive, and on which day that was reported."""
    key = f"{event.originator_id} {event.test_id}"
    known, result = facts.positives.pop(key, None), event.result
    days = [known.day] if known else []
    if (result.kind, result.outcome) == ("definitive", "positive"):
        facts.positives[key] = Done(site.day_of(result.reported_at), event.event_id)
        days.append(facts.positives[key].day)
    return min(days, default=None)


def _consent(
    facts: PatientFacts, event: ConsentGiven | ConsentRevoked | DisclosureMade
) -> date | None:
    """Take in what is for a legal purpose; it matters for all that the consent was there for."""
    record = event.originator_id
    match event:
        case ConsentGiven() if event.consent.purpose in OF_A_COURT:
            said = event.consent
            key = f"{record} {said.consent_id}"
            facts.consents[key] = Agreed(said.given_on, said.last_day, (event.event_id,))
        case ConsentRevoked():
            key = f"{record} {event.consent_id}"
            if known := facts.consents.get(key):
                told = (known.evidence[0], event.event_id)
                facts.consents[key] = replace(known, evidence=told, taken_back_on=event.day)
        case DisclosureMade():
            key = f"{record} {event.disclosure.consent_id}"
            made = Disclosed(key, event.disclosure.day, event.event_id)
            if key in facts.consents:
                facts.disclosed.append(made)
        case _:
            return None
    if key not in facts.consents:
        return None
    given_on = facts.consents[key].given_on
    lasting = (each for each in facts.stays if (each.discharged_on or date.max) >= given_on)
    return min((each.admitted_on for each in lasting), default=None)
