"""What takes a patient's time: tracks, bookings, and duties elsewhere."""

from domain.aggregate import Event
from domain.patient.schedule import Booking, Commitment, Enrolment


class PatientEnrolled(Event):
    """The patient joined a track."""

    TOPIC = "patient.enrolled"

    enrolment: Enrolment


class EnrolmentRevised(Event):
    """The patient comes to the track on other days or until another one."""

    TOPIC = "patient.enrolment-revised"

    enrolment: Enrolment


class SessionsBooked(Event):
    """The patient's time is taken by these sessions."""

    TOPIC = "patient.sessions-booked"

    bookings: tuple[Booking, ...]


class BookingsReleased(Event):
    """The patient's time is no longer taken by these sessions."""

    TOPIC = "patient.bookings-released"

    session_ids: tuple[str, ...]
    reason: str


class CommitmentNoted(Event):
    """The patient has a duty elsewhere."""

    TOPIC = "patient.commitment-noted"

    commitment: Commitment


class CommitmentRevised(Event):
    """The duty is at other times or has another name."""

    TOPIC = "patient.commitment-revised"

    commitment: Commitment


class CollisionAccepted(Event):
    """The session is booked although it collides with the commitment; `reason` says why."""

    TOPIC = "patient.collision-accepted"

    session_id: str
    commitment: str
    reason: str


class CollisionFound(Event):
    """A duty elsewhere collides with a session that is booked: somebody has to decide."""

    TOPIC = "patient.collision-found"

    session_id: str
    commitment: str


class BookingBlocked(Event):
    """A session of the patient's track could not be booked for them; `because` says why."""

    TOPIC = "patient.booking-blocked"

    session_id: str
    because: str
