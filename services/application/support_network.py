"""Commands about who and what helps a patient outside, and about reaching out to them.

The commands about a patient's network. No meeting of others is an hour of treatment.
"""

from datetime import date, datetime

from domain.errors import NotMissed
from domain.patient import Outreach, ResourceReferral, SupportMeeting
from domain.patient.support import OutreachResult, ResourceOutcome, Way
from services.application.command import command
from services.application.unit_of_work import UnitOfWork
from services.vault import Contact


@command("patient.name-supporter")
def name_supporter(
    work: UnitOfWork,
    patient_id: str,
    supporter_id: str,
    relation: str,
    who: Contact | None = None,
) -> None:
    """Name somebody close to the patient, a sponsor, a peer or one of the family.

    `supporter_id` is a random id; `who` is kept with the patient's identity, encrypted.
    """
    work.patient(patient_id).name_supporter(work.context, supporter_id, relation)
    if who is None:
        return
    work.check_known(patient_id)
    identity = work.identity(patient_id)
    known = identity.contacts.get(supporter_id)
    if known is None or work.vault.open_contact(patient_id, known) != who:
        sealed = work.vault.seal_contact(patient_id, who)
        identity.keep_contact(work.context, supporter_id, sealed)


@command("patient.remove-supporter")
def remove_supporter(work: UnitOfWork, patient_id: str, supporter_id: str) -> None:
    """Remove a supporter."""
    work.patient(patient_id).remove_supporter(work.context, supporter_id)


@command("patient.report-support-meeting")
def report_support_meeting(work: UnitOfWork, patient_id: str, meeting: SupportMeeting) -> None:
    """Record that the patient says they went to a meeting of others."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, meeting.day)
    patient.report_support_meeting(work.context, meeting)


@command("patient.verify-support-meeting")
def verify_support_meeting(work: UnitOfWork, patient_id: str, meeting_id: str) -> None:
    """Record that there is a proof of it."""
    work.patient(patient_id).verify_support_meeting(work.context, meeting_id)


@command("patient.refer-to-resource")
def refer_to_resource(work: UnitOfWork, patient_id: str, referral: ResourceReferral) -> None:
    """Record that the patient was told of a community resource."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, referral.day)
    patient.refer_to_resource(work.context, referral)


@command("patient.record-resource-outcome")
def record_resource_outcome(
    work: UnitOfWork,
    patient_id: str,
    referral_id: str,
    outcome: ResourceOutcome,
    day: date,
) -> None:
    """Record what became of a referral to a resource."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, day)
    patient.record_resource_outcome(work.context, referral_id, outcome, day)


@command("patient.attempt-outreach")
def attempt_outreach(
    work: UnitOfWork,
    patient_id: str,
    session_id: str,
    *,
    way: Way,
    result: OutreachResult,
    at: datetime | None = None,
) -> None:
    """Record an attempt to reach a patient who missed a session: now, or at an earlier time."""
    session, moment = work.session(session_id), at or work.context.at
    visit = session.visits.get(patient_id)
    missed = visit is not None and visit.missed and session.takes_place
    if not missed or moment < session.meeting.starts_at:
        raise NotMissed
    outreach = Outreach(session_id, moment, way, result)
    work.patient(patient_id).attempt_outreach(work.context, outreach)
