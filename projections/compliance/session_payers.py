"""Who pays for those at a session, known with it where a payer asks for anything of sessions."""

from collections.abc import Callable
from datetime import date

from domain.aggregate import Event
from domain.compliance.facts import FacilityFacts, PaidBy, PatientFacts, SessionFacts
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from projections.compliance.case_file import CaseFile, Key
from projections.compliance.case_files import Asking
from projections.compliance.evaluation import Evaluator
from projections.compliance.policy_facts import asks_for
from projections.view import Steps

OF_SESSIONS = ("group_max", "education_max")
"""The numbers of a payer by which the sessions of its patients are judged."""

Files = list[CaseFile]


def ask(site: FacilityFacts) -> bool:
    """Tell whether any payer of a site asks for anything of sessions, whenever that is."""
    return bool(site.payer_policies) and asks_for(OF_SESSIONS, site)


def concerns_sessions(event: Event, site: FacilityFacts) -> bool:
    """Tell whether an event changes what payers ask of sessions, or may."""
    match event:
        case PayerPolicyAdopted():
            asks = any(event.policy.parameter(key) for key in OF_SESSIONS)
            return asks or ask(site)
        case PayerPolicyDropped():
            return ask(site)
    return False


def pay(site: FacilityFacts, session: SessionFacts, patient: PatientFacts) -> None:
    """Let a session know who pays for a patient on its day, where any payer asks for anything."""
    if not ask(site):
        return
    known = patient.payer_on(session.day)
    paid_by = PaidBy(known.who, (known.event_id, *patient.merges)) if known else None
    for record in (patient.patient_id, *patient.records):
        if place := session.places.get(record):
            place.paid_by = paid_by


def sessions_of(evaluator: Evaluator, home: CaseFile, since: date, event: Event) -> Asking[Files]:
    """Return the files of a patient's sessions of a day or later, judged by what was known so far.

    Whatever an event changes of how they are judged is changed after that.
    """
    visits = home.facts.visits.values()
    keys: list[Key] = [("session", each.session_id) for each in visits if each.day >= since]
    yield from evaluator.files.open(keys)
    found = [file for key in sorted(keys) if (file := evaluator.files.find(*key))]
    yield from evaluator.catch_up(found, evaluator.at(event))
    return found


def pay_all(
    evaluator: Evaluator,
    home: CaseFile,
    since: date,
    event: Event,
    touch: Callable[[CaseFile, date, Event], None],
) -> Steps:
    """Let a patient's sessions of a day or later know who pays, and have them judged anew."""
    site = evaluator.site(home.facts.facility_id)
    for file in (yield from sessions_of(evaluator, home, since, event)):
        pay(site, file.facts, home.facts)
        evaluator.files.keep("session", file.id, file.facts)
        yield from evaluator.open_ground([file])
        touch(file, file.facts.day, event)
