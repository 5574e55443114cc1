"""The events of patients in words: from the referral to the discharge, and again."""

from typing import Any

from domain.identity import (
    ContactRecorded,
    IdentityCorrected,
    IdentityForgotten,
    IdentityRecorded,
    KioskCodeReplaced,
    RecordNumberAssigned,
    RecordNumberReassigned,
    RecordNumberWithdrawn,
)
from domain.kiosk_code import KioskCodeGiven, KioskCodeGivenAgain, KioskCodeWithdrawn
from domain.patient import Authorization, Commitment, Consent, Discharge, Enrolment, Plan
from domain.patient import events as on
from domain.plurals import counted
from services.reports.history_wording import (
    Names,
    Wording,
    Words,
    day,
    hours,
    listed,
    span,
    weekdays,
    words,
)
from services.reports.rule_names import rule_name
from services.reports.verdict_words import admission_words


def _override(event: Any) -> str:
    return (
        f", {admission_words(event.override).removeprefix('admitted ')}" if event.override else ""
    )


def _admitted(event: Any, names: Names) -> str:
    what = f"Admitted to {names.program(event.program_id)} on {day(event.admitted_on)}"
    return f"{what}, paid by {event.payer}{_override(event)}"


def _discharge(discharge: Discharge) -> str:
    why = listed([discharge.kind, *discharge.reasons])
    to = f", to level {discharge.to_level}" if discharge.to_level else ""
    return f"{day(discharge.day)}: {why}{to}"


def _plan(plan: Plan) -> str:
    return f"{hours(plan.weekly_minutes)} on {counted(plan.days_per_week, 'day')} a week"


def _authorization(of: Authorization) -> str:
    units = counted(of.units, "unit")
    return f"{of.payer}, {of.code}, {units}, {span(of.first_day, of.last_day)}"


def _enrolment(of: Enrolment, names: Names) -> str:
    return f"{names.track(of.track_id)}, {weekdays(of.weekdays)}, {span(of.first_day, of.last_day)}"


def _duty(of: Commitment) -> str:
    return f"{of.title} ({of.in_words}), {span(of.first_day, of.last_day)}"


def _signed(of: Consent) -> str:
    by = f", signed by {words(of.signed_by)}" if of.signed_by else ""
    return f"{by}, with an interpreter" if of.interpreter else by


def _booked(event: on.SessionsBooked, names: Names) -> str:
    booked = sorted(event.bookings, key=lambda each: each.starts_at)
    if len(booked) == 1:
        return f"Booked for {names.session(booked[0].session_id)}"
    first, last = (each.starts_at.astimezone(names.zone).date() for each in (booked[0], booked[-1]))
    return f"Booked for {counted(len(booked), 'session')}, {span(first, last)}"


def _released(event: on.BookingsReleased, names: Names) -> str:
    if len(event.session_ids) == 1:
        return f"No longer booked for {names.session(event.session_ids[0])}"
    return f"No longer booked for {counted(len(event.session_ids), 'session')}"


def _leave(event: on.LeaveRevised) -> str:
    if event.last_day is None:
        return f"The leave from {day(event.first_day)} never was"
    return f"The leave is {span(event.first_day, event.last_day)}"


def _rule(event: Any) -> str:
    return rule_name(event.rule)


WAY_IN: Words = {
    on.PatientReferred: Wording(
        "candidacy", lambda e, n: f"Referred to {n.program(e.program_id)} by {e.referral.by}"
    ),
    on.PatientReferredAgain: Wording(
        "candidacy",
        lambda e, n: f"Referred again to {n.program(e.referral.program_id)} by {e.referral.by}",
    ),
    on.PatientScreened: Wording(
        "candidacy",
        lambda e, _: f"Screened on {day(e.screened.day)}: level {e.screened.level} recommended",
    ),
    on.PatientReferredUp: Wording(
        "candidacy", lambda e, _: f"Referred up to level {e.level}: {listed(e.reasons)}"
    ),
    on.ReferralClosed: Wording("candidacy", lambda _, __: "Referral closed without treatment"),
    on.PatientAdmitted: Wording("episodes", _admitted),
    on.CandidateAdmitted: Wording("episodes", _admitted),
    on.AdmissionCorrected: Wording(
        "episodes",
        lambda e, n: (
            f"Admission corrected: {n.program(e.program_id)} on {day(e.admitted_on)},"
            f" paid by {e.payer}"
        ),
    ),
}

COURSE: Words = {
    on.PayerChanged: Wording(
        "authorizations", lambda e, _: f"Paid by {e.payer} from {day(e.from_day)}"
    ),
    on.CounselorAssigned: Wording(
        "episodes",
        lambda e, n: f"Counselor from {day(e.from_day)}: {n.person(e.staff_id)}",
    ),
    on.StayJustified: Wording(
        "episodes",
        lambda e, _: f"The longer stay was justified on {day(e.justified_on)}, {e.credential}",
    ),
    on.LeaveGranted: Wording("episodes", lambda e, _: f"On leave, {span(e.first_day, e.last_day)}"),
    on.LeaveRevised: Wording("episodes", lambda e, _: _leave(e)),
    on.PartialHospitalizationRecorded: Wording(
        "episodes", lambda e, _: f"In partial hospitalization {span(e.first_day, e.last_day)}"
    ),
    on.PartialHospitalizationWithdrawn: Wording(
        "episodes", lambda e, _: f"Not in partial hospitalization from {day(e.first_day)} on"
    ),
    on.PatientDischarged: Wording(
        "episodes", lambda e, _: f"Discharged on {_discharge(e.discharge)}"
    ),
    on.DischargeCorrected: Wording(
        "episodes",
        lambda e, _: (
            f"Discharge corrected: {_discharge(e.discharge)}"
            if e.discharge
            else "Discharge taken back: the treatment goes on"
        ),
    ),
    on.DischargeSummarySigned: Wording(
        "episodes",
        lambda e, _: (
            f"Discharge summary of {day(e.discharged_on)} signed on {day(e.signed_on)},"
            f" {e.credential}"
        ),
    ),
    on.PatientMerged: Wording(
        "identity", lambda _, __: "This record is of the same person as another one, which goes on"
    ),
    on.PatientAbsorbed: Wording(
        "identity", lambda _, __: "Another record of the same person was merged into this one"
    ),
    on.RuleWaived: Wording(
        "waivers", lambda e, _: f"Excepted from a rule, {span(e.first_day, e.last_day)}: {_rule(e)}"
    ),
    on.WaiverWithdrawn: Wording("waivers", lambda e, _: f"Exception withdrawn: {_rule(e)}"),
}

PLANS: Words = {
    on.PlanSet: Wording("plan", lambda e, _: f"Plan from {day(e.effective_from)}: {_plan(e.plan)}"),
    on.PlanAdjusted: Wording(
        "plan", lambda e, _: f"Plan changed from {day(e.effective_from)}: {_plan(e.plan)}"
    ),
    on.PlanTapered: Wording(
        "plan",
        lambda e, _: (
            f"Plan tapered from {day(e.effective_from)}, to lead to level {e.to_level}:"
            f" {_plan(e.plan)}"
        ),
    ),
    on.PlanReviewed: Wording(
        "plan",
        lambda e, _: f"Plan reviewed on {day(e.reviewed_on)}, again by {day(e.next_review)}",
    ),
    on.CareCertified: Wording(
        "plan",
        lambda e, _: (
            f"Care certified on {day(e.certified_on)}, {e.credential}, again by {day(e.due_by)}"
        ),
    ),
    on.CareRecertified: Wording(
        "plan",
        lambda e, _: (
            f"Care certified again on {day(e.certified_on)}, {e.credential},"
            f" next by {day(e.due_by)}"
        ),
    ),
    on.AuthorizationRecorded: Wording(
        "authorizations", lambda e, _: f"Authorization: {_authorization(e.authorization)}"
    ),
    on.AuthorizationRevised: Wording(
        "authorizations", lambda e, _: f"Authorization changed: {_authorization(e.authorization)}"
    ),
}

BOOKINGS: Words = {
    on.PatientEnrolled: Wording("roster", lambda e, n: f"Joined {_enrolment(e.enrolment, n)}"),
    on.EnrolmentRevised: Wording(
        "roster", lambda e, n: f"Enrollment changed: {_enrolment(e.enrolment, n)}"
    ),
    on.SessionsBooked: Wording("roster", _booked),
    on.BookingsReleased: Wording("roster", _released),
    on.CommitmentNoted: Wording("roster", lambda e, _: f"Has a duty: {_duty(e.commitment)}"),
    on.CommitmentRevised: Wording("roster", lambda e, _: f"Duty changed: {_duty(e.commitment)}"),
    on.CollisionAccepted: Wording(
        "roster",
        lambda e, n: f"Booked for {n.session(e.session_id)} although it collides with a duty",
    ),
    on.CollisionFound: Wording(
        "roster", lambda e, n: f"A duty collides with {n.session(e.session_id)}"
    ),
    on.BookingBlocked: Wording(
        "roster", lambda e, n: f"Could not be booked for {n.session(e.session_id)}"
    ),
}

SUPPORT: Words = {
    on.SupporterNamed: Wording("supporters", lambda e, _: f"Named a supporter: {e.relation}"),
    on.SupporterRemoved: Wording("supporters", lambda _, __: "A supporter was removed"),
    on.SupportMeetingReported: Wording(
        "meetings_of_others",
        lambda e, _: (
            f"Went to a meeting of others ({words(e.meeting.kind)}) on {day(e.meeting.day)}"
        ),
    ),
    on.SupportMeetingVerified: Wording(
        "meetings_of_others", lambda _, __: "Proof of a meeting of others was seen"
    ),
    on.ReferredToResource: Wording(
        "resources",
        lambda e, _: (
            f"Referred to {e.referral.resource} ({words(e.referral.kind)}) on {day(e.referral.day)}"
        ),
    ),
    on.ResourceOutcomeRecorded: Wording(
        "resources", lambda e, _: f"Outcome of a referral on {day(e.day)}: {words(e.outcome)}"
    ),
    on.OutreachAttempted: Wording(
        "outreach",
        lambda e, n: (
            f"Outreach after {n.session(e.outreach.session_id)}:"
            f" {words(e.outreach.way)}, {words(e.outreach.result)}"
        ),
        lambda e: e.outreach.at,
    ),
    on.ConsentGiven: Wording(
        "consents",
        lambda e, _: (
            f"Consent given for {words(e.consent.purpose)}: {listed(e.consent.scope)},"
            f" {span(e.consent.given_on, e.consent.last_day)}{_signed(e.consent)}"
        ),
    ),
    on.ConsentRevoked: Wording("consents", lambda e, _: f"Consent revoked as of {day(e.day)}"),
    on.DisclosureMade: Wording(
        "disclosures",
        lambda e, _: (
            f"Disclosed under a consent on {day(e.disclosure.day)}: {listed(e.disclosure.scope)}"
            + (f", to {e.disclosure.recipient}" if e.disclosure.recipient else "")
        ),
    ),
    on.DisclosedInEmergency: Wording(
        "disclosures",
        lambda e, _: (
            f"Disclosed in an emergency ({e.disclosure.nature}) to {e.disclosure.personnel}"
            + (f", {e.disclosure.affiliation}" if e.disclosure.affiliation else "")
            + f", by {e.disclosure.discloser}: {listed(e.disclosure.scope)}"
        ),
        lambda e: e.disclosure.told_at,
    ),
    on.DisclosedWithoutConsent: Wording(
        "disclosures",
        lambda e, _: (
            f"Disclosed without a consent ({words(e.disclosure.basis)}) on"
            f" {day(e.disclosure.day)} to {e.disclosure.recipient}: {listed(e.disclosure.scope)}"
        ),
    ),
}

IDENTITIES: Words = {
    IdentityRecorded: Wording("identity", lambda _, __: "Name and birth date recorded"),
    IdentityCorrected: Wording("identity", lambda _, __: "Name, birth date or number put right"),
    ContactRecorded: Wording(
        "supporters", lambda _, __: "Name of somebody close to the patient recorded"
    ),
    IdentityForgotten: Wording(
        "identity", lambda e, _: f"Forgotten who the patient is: {e.because}"
    ),
    KioskCodeReplaced: Wording(
        "identity",
        lambda e, _: "Kiosk code given" if e.kiosk_code_id else "Kiosk code taken away",
    ),
    KioskCodeGiven: Wording("identity", lambda _, __: "A kiosk code is this patient's"),
    KioskCodeGivenAgain: Wording(
        "identity", lambda _, __: "A kiosk code that was free again is this patient's"
    ),
    KioskCodeWithdrawn: Wording(
        "identity", lambda _, __: "An earlier kiosk code is good no longer"
    ),
    RecordNumberAssigned: Wording("identity", lambda _, __: "Record number given"),
    RecordNumberWithdrawn: Wording(
        "identity", lambda _, __: "A mistyped record number was taken away"
    ),
    RecordNumberReassigned: Wording(
        "identity", lambda _, __: "Record number given that somebody else had by mistake"
    ),
}

PATIENT_WORDS: Words = {**WAY_IN, **COURSE, **PLANS, **BOOKINGS, **SUPPORT, **IDENTITIES}
