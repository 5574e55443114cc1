"""What can happen to a patient's network: who is close, meetings of others, resources, outreach."""

from datetime import date

from domain.aggregate import Event
from domain.patient.support import (
    Outreach,
    ResourceOutcome,
    ResourceReferral,
    SupportMeeting,
)


class SupporterNamed(Event):
    """Somebody close to the patient may take part; `relation` is what they are to the patient."""

    TOPIC = "patient.supporter-named"

    supporter_id: str
    relation: str


class SupporterRemoved(Event):
    """The person is no supporter of the patient any longer."""

    TOPIC = "patient.supporter-removed"

    supporter_id: str


class SupportMeetingReported(Event):
    """The patient says that they went to a meeting of others; it is no hour of treatment."""

    TOPIC = "patient.support-meeting-reported"

    meeting: SupportMeeting


class SupportMeetingVerified(Event):
    """Somebody of the staff has seen a proof that the patient was at the meeting."""

    TOPIC = "patient.support-meeting-verified"

    meeting_id: str


class ReferredToResource(Event):
    """The patient was told of a community resource."""

    TOPIC = "patient.referred-to-resource"

    referral: ResourceReferral


class ResourceOutcomeRecorded(Event):
    """What became of a referral to a resource, as known on this day."""

    TOPIC = "patient.resource-outcome-recorded"

    referral_id: str
    outcome: ResourceOutcome
    day: date


class OutreachAttempted(Event):
    """Somebody tried to reach the patient after a session that they missed."""

    TOPIC = "patient.outreach-attempted"

    outreach: Outreach
