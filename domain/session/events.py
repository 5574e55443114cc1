"""What can happen to a session. Times are in UTC; `patient_id` is a patient's random id."""

from datetime import datetime

from domain.aggregate import Event, Opening
from domain.session.attendance import Attendance, Meeting


class SessionScheduled(Opening):
    """A session was put on the schedule; `label` is what the clinic calls it."""

    TOPIC = "session.scheduled"

    label: str
    meeting: Meeting


class SessionRescheduled(Event):
    """A session has another time, room, facilitator, content or number of places."""

    TOPIC = "session.rescheduled"

    meeting: Meeting


class SessionCalledOff(Event):
    """The program called the session off: nobody is booked for it any longer."""

    TOPIC = "session.called-off"

    reason: str


class SessionWithdrawn(Event):
    """The session left the schedule, as if it had never been on it."""

    TOPIC = "session.withdrawn"

    reason: str


class PatientRostered(Event):
    """A patient is expected."""

    TOPIC = "session.patient-rostered"

    patient_id: str


class PatientReleased(Event):
    """A patient is no longer expected."""

    TOPIC = "session.patient-released"

    patient_id: str


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


class LateSignInEntered(Event):
    """A line of the sign-in sheet reached the record after the session was closed."""

    TOPIC = "session.late-sign-in-entered"

    patient_id: str
    arrived_at: datetime
    left_at: datetime | None
    makes_up: str | None


class LateCheckOutEntered(Event):
    """A forgotten departure reached the record after the session was closed."""

    TOPIC = "session.late-check-out-entered"

    patient_id: str
    arrived_at: datetime
    left_at: datetime


class CheckOutCorrected(Event):
    """The recorded departure was wrong; `left_at` is None where it is unknown after all."""

    TOPIC = "session.check-out-corrected"

    patient_id: str
    arrived_at: datetime
    left_at: datetime | None
    recorded_as: datetime


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


class SessionClosed(Event):
    """The session is over and its attendance recorded; what follows is a correction."""

    TOPIC = "session.closed"


class AttendanceRecorded(Event):
    """What a patient's visit came to, for good: compliance and billing read this."""

    TOPIC = "session.attendance-recorded"

    patient_id: str
    attendance: Attendance
    makes_up: str | None


class AttendanceCorrected(Event):
    """The attendance recorded by event `corrects` (its version) was wrong; that record stays."""

    TOPIC = "session.attendance-corrected"

    patient_id: str
    attendance: Attendance
    makes_up: str | None
    corrects: int
    reason: str
