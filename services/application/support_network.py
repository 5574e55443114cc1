"""Commands about who and what helps a patient outside, and about reaching out to them."""

from datetime import date, datetime

from domain.aggregate import CommandContext
from domain.errors import NotMissed
from domain.patient import Outreach, ResourceReferral, SupportMeeting
from domain.patient.support import OutreachResult, ResourceOutcome, Way
from services.application.unit_of_work import CommandHandler, UnitOfWork
from services.vault import Contact


class Network(CommandHandler):
    """The commands about a patient's network. No meeting of others is an hour of treatment."""

    def name_supporter(
        self,
        context: CommandContext,
        patient_id: str,
        supporter_id: str,
        relation: str,
        who: Contact | None = None,
    ) -> None:
        """Name somebody close to the patient, a sponsor, a peer or one of the family.

        `supporter_id` is a random id; `who` is kept with the patient's identity, encrypted.
        """

        def decision(work: UnitOfWork) -> None:
            work.patient(patient_id).name_supporter(context, supporter_id, relation)
            if who is None:
                return
            identity = work.identity(patient_id)
            known = identity.contacts.get(supporter_id)
            if known is None or self.vault.open_contact(patient_id, known) != who:
                sealed = self.vault.seal_contact(patient_id, who)
                identity.keep_contact(context, supporter_id, sealed)

        self.decide(context, decision)

    def remove_supporter(self, context: CommandContext, patient_id: str, supporter_id: str) -> None:
        """Let somebody be no supporter any longer."""
        self.decide(
            context, lambda work: work.patient(patient_id).remove_supporter(context, supporter_id)
        )

    def report_support_meeting(
        self, context: CommandContext, patient_id: str, meeting: SupportMeeting
    ) -> None:
        """Record that the patient says they went to a meeting of others."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, meeting.day)
            patient.report_support_meeting(context, meeting)

        self.decide(context, decision)

    def verify_support_meeting(
        self, context: CommandContext, patient_id: str, meeting_id: str
    ) -> None:
        """Record that there is a proof of it."""
        self.decide(
            context,
            lambda work: work.patient(patient_id).verify_support_meeting(context, meeting_id),
        )

    def refer_to_resource(
        self, context: CommandContext, patient_id: str, referral: ResourceReferral
    ) -> None:
        """Record that the patient was told of a community resource."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, referral.day)
            patient.refer_to_resource(context, referral)

        self.decide(context, decision)

    def record_resource_outcome(
        self,
        context: CommandContext,
        patient_id: str,
        referral_id: str,
        outcome: ResourceOutcome,
        day: date,
    ) -> None:
        """Record what became of a referral to a resource."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            work.check_past(patient.facility_id, day)
            patient.record_resource_outcome(context, referral_id, outcome, day)

        self.decide(context, decision)

    def attempt_outreach(
        self,
        context: CommandContext,
        patient_id: str,
        session_id: str,
        *,
        way: Way,
        result: OutreachResult,
        at: datetime | None = None,
    ) -> None:
        """Record an attempt to reach a patient who missed a session: now, or at an earlier time."""

        def decision(work: UnitOfWork) -> None:
            session, moment = work.session(session_id), at or context.at
            visit = session.visits.get(patient_id)
            missed = visit is not None and visit.missed and session.takes_place
            if not missed or moment < session.meeting.starts_at:
                raise NotMissed
            outreach = Outreach(session_id, moment, way, result)
            work.patient(patient_id).attempt_outreach(context, outreach)

        self.decide(context, decision)
