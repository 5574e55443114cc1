"""Patients: how each event changes what is known of one, and from which day on that matters."""

from dataclasses import replace
from datetime import date

from domain.aggregate import Event
from domain.compliance.facts import (
    Attempt,
    Authorized,
    Certified,
    Done,
    FacilityFacts,
    Hospitalized,
    InForce,
    Leave,
    PatientFacts,
    Phased,
    Since,
    Stay,
    Summarized,
    Waiver,
)
from domain.monitoring.events import (
    AssessmentTaken,
    DrugTestingOpened,
    PhaseSet,
    SpecimenCollected,
)
from domain.patient import (
    AdmissionCorrected,
    AuthorizationRecorded,
    AuthorizationRevised,
    CandidateAdmitted,
    CareCertified,
    CareRecertified,
    CommitmentNoted,
    CommitmentRevised,
    CounselorAssigned,
    DischargeCorrected,
    DischargeSummarySigned,
    LeaveGranted,
    LeaveRevised,
    OutreachAttempted,
    PartialHospitalizationRecorded,
    PartialHospitalizationWithdrawn,
    PatientAdmitted,
    PatientDischarged,
    PayerChanged,
    PlanAdjusted,
    PlanReviewed,
    PlanSet,
    PlanTapered,
    RuleWaived,
    StayJustified,
    WaiverWithdrawn,
)
from projections.compliance import court_facts
from projections.compliance.case_file import EVER


def take(facts: PatientFacts, event: Event, site: FacilityFacts) -> date | None:
    """Take an event in; return the first day of which anything may be otherwise then.

    None where it matters for nothing. Merging is elsewhere: it takes two.
    """
    match event:
        case PatientAdmitted() | CandidateAdmitted():
            return _admitted(facts, event)
        case AdmissionCorrected() if facts.stays:
            return _admission_corrected(facts, event)
        case PatientDischarged() | DischargeCorrected() if facts.stays:
            return _discharged(facts, event)
        case PlanSet() | PlanAdjusted() | PlanTapered():
            return _plan(facts, event)
        case PayerChanged():
            facts.payers.append(Since(event.from_day, event.payer, event.event_id))
            return event.from_day
        case CounselorAssigned():
            facts.counselors.append(Since(event.from_day, event.staff_id, event.event_id))
            return _admitted_on(facts, event.from_day)
        case AuthorizationRecorded() | AuthorizationRevised():
            return _authorization(facts, event, site)
        case RuleWaived() | WaiverWithdrawn():
            return _waiver(facts, event)
        case LeaveGranted() | LeaveRevised():
            return _leave(facts, event)
        case CommitmentNoted() | CommitmentRevised():
            facts.commitments[event.commitment.key] = event.commitment
            return site.day_of(event.timestamp)
        case _ if isinstance(event, court_facts.TAKEN):
            return court_facts.take(facts, event, site)
    return _done(facts, event, site)


def _admitted(facts: PatientFacts, event: PatientAdmitted | CandidateAdmitted) -> date:
    told = (event.event_id,)
    facts.stays.append(Stay(event.program_id, event.admitted_on, None, told))
    # What was said of days that the treatment before did not have is of no treatment.
    facts.payers = [each for each in facts.payers if each.from_day < event.admitted_on]
    facts.counselors = [each for each in facts.counselors if each.from_day < event.admitted_on]
    facts.leaves = [each for each in facts.leaves if each.first_day < event.admitted_on]
    facts.payers.append(Since(event.admitted_on, event.payer, event.event_id))
    return event.admitted_on


def _admission_corrected(facts: PatientFacts, event: AdmissionCorrected) -> date:
    stay = facts.stays[-1]
    admission = (stay.evidence[0], event.event_id)
    facts.stays[-1] = replace(
        stay,
        program_id=event.program_id,
        admitted_on=event.admitted_on,
        evidence=(*admission, *stay.evidence[stay.admission :]),
        admission=len(admission),
    )
    of_admission = set(stay.evidence[: stay.admission])
    payer = Since(event.admitted_on, event.payer, event.event_id)
    facts.payers = [payer if each.event_id in of_admission else each for each in facts.payers]
    return min(stay.admitted_on, event.admitted_on)


def _discharged(facts: PatientFacts, event: PatientDischarged | DischargeCorrected) -> date:
    stay, said = facts.stays[-1], event.discharge
    facts.stays[-1] = replace(
        stay,
        discharged_on=said.day if said else None,
        evidence=(*stay.evidence[: stay.admission], event.event_id),
        kind=said.kind if said else None,
        reasons=said.reasons if said else (),
    )
    return stay.admitted_on


def _plan(facts: PatientFacts, event: PlanSet | PlanAdjusted | PlanTapered) -> date:
    """Put a plan in force from its day on, whatever was to hold later."""
    earlier = [each for each in facts.plans if each.from_day < event.effective_from]
    began: date | None = None
    told: tuple[str, ...] = ()
    if isinstance(event, PlanTapered):
        before = earlier[-1] if earlier else None
        began = event.effective_from
        if before and before.taper_began:
            began, told = before.taper_began, (*before.taper_events, before.event_id)
    plan = InForce(
        event.effective_from,
        event.plan.weekly_minutes,
        event.plan.days_per_week,
        event.event_id,
        began,
        told,
    )
    facts.plans = [*earlier, plan]
    stay = facts.stay_on(event.effective_from)
    is_first = stay is not None and facts.plans_in(stay)[:1] == (plan,)
    # What is due from the first plan on, or waits for it, began with the admission.
    return stay.admitted_on if stay and is_first else event.effective_from


def _authorization(
    facts: PatientFacts, event: AuthorizationRecorded | AuthorizationRevised, site: FacilityFacts
) -> date:
    said = event.authorization
    known = facts.authorized.get(said.authorization_id)
    facts.authorized[said.authorization_id] = Authorized(
        authorization_id=said.authorization_id,
        payer=said.payer,
        code=said.code,
        units=said.units,
        first_day=said.first_day,
        last_day=said.last_day,
        units_per_week=said.units_per_week,
        minutes_per_unit=said.minutes_per_unit,
        event_id=event.event_id,
    )
    known_days = [(each.first_day, each.last_day) for each in (known, said) if each]
    touched = [
        stay.admitted_on
        for stay in facts.stays
        for first, last in known_days
        if stay.admitted_on <= last and (stay.discharged_on is None or first <= stay.discharged_on)
    ]
    return min([site.day_of(event.timestamp), *touched])


def _waiver(facts: PatientFacts, event: RuleWaived | WaiverWithdrawn) -> date:
    others = [
        each
        for each in facts.waivers
        if (each.rule, each.first_day) != (event.rule, event.first_day)
    ]
    if isinstance(event, RuleWaived):
        others.append(
            Waiver(event.rule, event.first_day, event.last_day, event.event_id, event.author)
        )
    facts.waivers = others
    return _admitted_on(facts, event.first_day)


def _leave(facts: PatientFacts, event: LeaveGranted | LeaveRevised) -> date:
    """Set the last day of the leave that begins on a day to what was said last."""
    before = [each for each in facts.leaves if each.first_day == event.first_day]
    facts.leaves = [each for each in facts.leaves if each.first_day != event.first_day]
    if event.last_day is not None:
        granted = before[0].evidence[:1] if isinstance(event, LeaveRevised) and before else ()
        told = (*granted, event.event_id)
        facts.leaves.append(Leave(event.first_day, event.last_day, told))
    return _admitted_on(facts, event.first_day)


def _done(facts: PatientFacts, event: Event, site: FacilityFacts) -> date | None:
    match event:
        case PlanReviewed():
            facts.reviews.append(Done(event.reviewed_on, event.event_id))
            return _admitted_on(facts, event.reviewed_on)
        case CareCertified() | CareRecertified():
            certified = Certified(event.certified_on, event.due_by, event.event_id)
            facts.certified.append(certified)
            return _admitted_on(facts, event.certified_on)
        case StayJustified():
            facts.justified.append(Done(event.justified_on, event.event_id))
            return event.justified_on
        case OutreachAttempted():
            return _tried(facts, event, site)
        case AssessmentTaken():
            known = facts.assessments.setdefault(event.instrument, [])
            return _again(facts, known, Done(site.day_of(event.taken_at), event.event_id))
        case SpecimenCollected():
            return _again(facts, facts.tests, Done(site.day_of(event.at), event.event_id))
        case PhaseSet():
            facts.phases.append(Phased(event.from_day, event.phase, event.event_id))
            before = (each.day for each in facts.tests if each.day < event.from_day)
            return max(max(before, default=EVER), _admitted_on(facts, event.from_day))
        case DischargeSummarySigned():
            signed = Summarized(event.signed_on, event.discharged_on, event.event_id)
            facts.summaries.append(signed)
            return _admitted_on(facts, event.discharged_on)
        case PartialHospitalizationRecorded():
            told = Hospitalized(event.first_day, event.last_day, event.event_id)
            facts.hospitalized[event.first_day] = told
            return event.first_day
        case PartialHospitalizationWithdrawn():
            facts.hospitalized.pop(event.first_day, None)
            return event.first_day
        case DrugTestingOpened():
            facts.testing.append(event.event_id)
    return None


def _tried(facts: PatientFacts, event: OutreachAttempted, site: FacilityFacts) -> date | None:
    tried, missed = event.outreach, facts.visits.get(event.outreach.session_id)
    reached = tried.result == "reached"
    facts.attempts.append(Attempt(tried.session_id, tried.at, event.event_id, reached))
    days = [missed.day] if missed else []
    if reached:
        days.append(_admitted_on(facts, site.day_of(tried.at)))
    return min(days, default=None)


def _again(facts: PatientFacts, known: list[Done], done: Done) -> date:
    """Note what is done again and again; return when it was done before, or the admission."""
    before = max((each.day for each in known if each.day < done.day), default=EVER)
    known.append(done)
    return max(before, _admitted_on(facts, done.day))


def _admitted_on(facts: PatientFacts, day: date) -> date:
    """Return the first day of the stay in which a day lies; the day itself where none does."""
    stay = facts.stay_on(day)
    return stay.admitted_on if stay else day
