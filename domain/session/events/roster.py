"""What can happen to the roster: who is expected, who waits, who said that they will not come."""

from datetime import datetime

from domain.aggregate import Event


class PatientRostered(Event):
    """A patient is expected."""

    TOPIC = "session.patient-rostered"

    patient_id: str


class PatientReleased(Event):
    """A patient is no longer expected."""

    TOPIC = "session.patient-released"

    patient_id: str


class PatientWaitlisted(Event):
    """A patient waits for a place in the session, behind those who wait already."""

    TOPIC = "session.patient-waitlisted"

    patient_id: str


class WaitlistLeft(Event):
    """A patient waits no longer, without having got a place."""

    TOPIC = "session.waitlist-left"

    patient_id: str
    reason: str


class PatientPassedOver(Event):
    """A place came free that this patient, whose turn it was, could not take: `because`."""

    TOPIC = "session.patient-passed-over"

    patient_id: str
    because: str


class SupporterExpected(Event):
    """Somebody close to a patient is expected too: `relation` says as what. Never a patient."""

    TOPIC = "session.supporter-expected"

    supporter_id: str
    patient_id: str
    relation: str


class SupporterReleased(Event):
    """A supporter is no longer expected."""

    TOPIC = "session.supporter-released"

    supporter_id: str


class AbsenceAnnounced(Event):
    """A patient said that they would not come."""

    TOPIC = "session.absence-announced"

    patient_id: str
    reason: str
    notified_at: datetime


class AbsenceExcused(Event):
    """The staff excused an announced absence."""

    TOPIC = "session.absence-excused"

    patient_id: str


class ExcuseWithdrawn(Event):
    """An announced absence is not excused after all."""

    TOPIC = "session.excuse-withdrawn"

    patient_id: str
