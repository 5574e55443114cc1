"""What can happen at the door. Times are in UTC; `patient_id` is a patient's random id."""

from datetime import datetime

from domain.aggregate import Event


class PatientCheckedIn(Event):
    """A patient arrived; `makes_up` is the id of the missed session that this visit makes up."""

    TOPIC = "session.patient-checked-in"

    patient_id: str
    arrived_at: datetime
    makes_up: str | None


class PatientCheckedOut(Event):
    """The patient who arrived at `arrived_at` left."""

    TOPIC = "session.patient-checked-out"

    patient_id: str
    arrived_at: datetime
    left_at: datetime


class DepartureHeld(Event):
    """A departure reached the record before the arrival that it belongs to."""

    TOPIC = "session.departure-held"

    patient_id: str
    left_at: datetime


class PatientTurnedAway(Event):
    """A patient came and was not let in."""

    TOPIC = "session.patient-turned-away"

    patient_id: str
    came_at: datetime
    reason: str


class CheckInUndone(Event):
    """The arrival was recorded by mistake: nobody came at `arrived_at`."""

    TOPIC = "session.check-in-undone"

    patient_id: str
    arrived_at: datetime
    reason: str
    credential: str | None


class SignInReassigned(Event):
    """The line of the sheet was another patient's: it is `to_patient_id` who came."""

    TOPIC = "session.sign-in-reassigned"

    patient_id: str
    to_patient_id: str
    arrived_at: datetime
    reason: str
    credential: str | None


class SupporterCheckedIn(Event):
    """A supporter arrived."""

    TOPIC = "session.supporter-checked-in"

    supporter_id: str
    arrived_at: datetime


class SupporterCheckedOut(Event):
    """The supporter who arrived at `arrived_at` left."""

    TOPIC = "session.supporter-checked-out"

    supporter_id: str
    arrived_at: datetime
    left_at: datetime


# Make-ups


class MakeUpLinked(Event):
    """The patient, who missed this session, makes it up in the session `made_up_by`."""

    TOPIC = "session.make-up-linked"

    patient_id: str
    made_up_by: str


class MakeUpUnlinked(Event):
    """The patient's make-up of this session was a mistake."""

    TOPIC = "session.make-up-unlinked"

    patient_id: str


class MakeUpRedirected(Event):
    """A visit to this session makes up another missed session than was recorded."""

    TOPIC = "session.make-up-redirected"

    patient_id: str
    makes_up: str
