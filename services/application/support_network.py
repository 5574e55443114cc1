"""Commands about who and what helps a patient outside, and about reaching out to them."""

from datetime import date, datetime

from domain.aggregate import Cause
from domain.errors import NotMissed
from domain.patient import Outreach, ResourceReferral, SupportMeeting
from domain.patient.support import OutreachResult, ResourceOutcome, Way
from services.application.unit_of_work import Desk, Work
from services.vault import Contact


class Network(Desk):
    """The commands about a patient's network. No meeting of others is an hour of treatment."""

    def name_supporter(
        self,
        cause: Cause,
        patient_id: str,
        supporter_id: str,
        relation: str,
        who: Contact | None = None,
    ) -> None:
        """Name somebody close to the patient, a sponsor, a peer or one of the family.

        `supporter_id` is a random id; `who` is kept with the patient's identity, encrypted.
        """

        def decision(work: Work) -> None:
            work.patient(patient_id).name_supporter(cause, supporter_id, relation)
            if who is None:
                return
            identity = work.identity(patient_id)
            known = identity.contacts.get(supporter_id)
            if known is None or self.vault.open_contact(patient_id, known) != who:
                sealed = self.vault.seal_contact(patient_id, who)
                identity.keep_contact(cause, supporter_id, sealed)

        self.decide(cause, decision)

    def remove_supporter(self, cause: Cause, patient_id: str, supporter_id: str) -> None:
        """Let somebody be no supporter any longer."""
        self.decide(
            cause, lambda work: work.patient(patient_id).remove_supporter(cause, supporter_id)
        )

    def report_support_meeting(
        self, cause: Cause, patient_id: str, meeting: SupportMeeting
    ) -> None:
        """Record that the patient says they went to a meeting of others."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, meeting.day)
            patient.report_support_meeting(cause, meeting)

        self.decide(cause, decision)

    def verify_support_meeting(self, cause: Cause, patient_id: str, meeting_id: str) -> None:
        """Record that there is a proof of it."""
        self.decide(
            cause, lambda work: work.patient(patient_id).verify_support_meeting(cause, meeting_id)
        )

    def refer_to_resource(self, cause: Cause, patient_id: str, referral: ResourceReferral) -> None:
        """Record that the patient was told of a community resource."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, referral.day)
            patient.refer_to_resource(cause, referral)

        self.decide(cause, decision)

    def record_resource_outcome(
        self,
        cause: Cause,
        patient_id: str,
        referral_id: str,
        outcome: ResourceOutcome,
        day: date,
    ) -> None:
        """Record what became of a referral to a resource."""

        def decision(work: Work) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, day)
            patient.record_resource_outcome(cause, referral_id, outcome, day)

        self.decide(cause, decision)

    def attempt_outreach(
        self,
        cause: Cause,
        patient_id: str,
        session_id: str,
        *,
        way: Way,
        result: OutreachResult,
        at: datetime | None = None,
    ) -> None:
        """Record an attempt to reach a patient who missed a session: now, or at an earlier time."""

        def decision(work: Work) -> None:
            session, moment = work.session(session_id), at or cause.at
            visit = session.visits.get(patient_id)
            missed = visit is not None and visit.missed and session.takes_place
            if not missed or moment < session.meeting.starts_at:
                raise NotMissed
            outreach = Outreach(session_id, moment, way, result)
            work.patient(patient_id).attempt_outreach(cause, outreach)

        self.decide(cause, decision)
