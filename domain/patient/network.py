"""The patient's network: who is close, meetings of others, resources, and reaching out."""

from datetime import date

from domain.aggregate import CommandContext
from domain.errors import EndsBeforeStart, NotNamed, NotOnRecord, NotYet
from domain.patient import events as on
from domain.patient.state import PatientState
from domain.patient.support import (
    Outreach,
    ResourceOutcome,
    ResourceReferral,
    SupportMeeting,
)


class Network(PatientState):
    """Guards that what is said of the network is said of something known."""

    # Commands: who is close

    def name_supporter(self, context: CommandContext, supporter_id: str, relation: str) -> None:
        """Name somebody close to the patient, or change what they are to the patient."""
        if self.supporters.get(supporter_id) != relation:
            self.record(on.SupporterNamed, context, supporter_id=supporter_id, relation=relation)

    def remove_supporter(self, context: CommandContext, supporter_id: str) -> None:
        """Remove a supporter of the patient."""
        if supporter_id in self.supporters:
            self.record(on.SupporterRemoved, context, supporter_id=supporter_id)

    def relation_of(self, supporter_id: str) -> str:
        """Return what a supporter is to the patient. Raises NotNamed."""
        if supporter_id not in self.supporters:
            raise NotNamed
        return self.supporters[supporter_id]

    # Commands: meetings of others

    def report_support_meeting(self, context: CommandContext, meeting: SupportMeeting) -> None:
        """Record that the patient says they went to a meeting of others."""
        if self.support_meetings.get(meeting.meeting_id) != meeting:
            self.record(on.SupportMeetingReported, context, meeting=meeting)

    def verify_support_meeting(self, context: CommandContext, meeting_id: str) -> None:
        """Record that there is a proof of it."""
        if meeting_id not in self.support_meetings:
            raise NotOnRecord(what="support meeting")
        if meeting_id not in self.verified_meetings:
            self.record(on.SupportMeetingVerified, context, meeting_id=meeting_id)

    # Commands: resources

    def refer_to_resource(self, context: CommandContext, referral: ResourceReferral) -> None:
        """Record that the patient was told of a community resource."""
        _, known_on = self.resource_outcomes.get(referral.referral_id, (None, None))
        if known_on and known_on < referral.day:
            raise EndsBeforeStart(start="the referral", end="its outcome")
        if self.resources.get(referral.referral_id) != referral:
            self.record(on.ReferredToResource, context, referral=referral)

    def record_resource_outcome(
        self, context: CommandContext, referral_id: str, outcome: ResourceOutcome, day: date
    ) -> None:
        """Record what became of it, as known on a day."""
        referral = self.resources.get(referral_id)
        if referral is None:
            raise NotOnRecord(what="referral to a resource")
        if day < referral.day:
            raise EndsBeforeStart(start="the referral", end="its outcome")
        if self.resource_outcomes.get(referral_id) != (outcome, day):
            self.record(
                on.ResourceOutcomeRecorded,
                context,
                referral_id=referral_id,
                outcome=outcome,
                day=day,
            )

    # Commands: reaching out

    def attempt_outreach(self, context: CommandContext, outreach: Outreach) -> None:
        """Record an attempt to reach the patient; whoever asks has seen the missed session."""
        if outreach.at > context.at:
            raise NotYet
        if outreach not in self.outreach:
            self.record(on.OutreachAttempted, context, outreach=outreach)
