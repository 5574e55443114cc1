"""What can happen to a patient. Nothing here says who the patient is."""

from datetime import date

from domain.aggregate import Event, Opening
from domain.patient.treatment import Booking, Commitment, Discharge, Enrolment, Plan


class PatientAdmitted(Opening):
    """A treatment in a program began; `payer` is who pays for it."""

    TOPIC = "patient.admitted"

    program_id: str
    admitted_on: date
    payer: str


class AdmissionCorrected(Event):
    """The program, first day or payer of a treatment was recorded wrongly."""

    TOPIC = "patient.admission-corrected"

    program_id: str
    admitted_on: date
    payer: str


class PlanSet(Event):
    """The plan of care says how many minutes and days a week, from `effective_from` on."""

    TOPIC = "patient.plan-set"

    plan: Plan
    effective_from: date


class PlanAdjusted(Event):
    """The plan of care asks for another amount, from `effective_from` on."""

    TOPIC = "patient.plan-adjusted"

    plan: Plan
    effective_from: date


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


class SupporterNamed(Event):
    """Somebody close to the patient may take part; `relation` is what they are to the patient."""

    TOPIC = "patient.supporter-named"

    supporter_id: str
    relation: str


class SupporterRemoved(Event):
    """The person is no supporter of the patient any longer."""

    TOPIC = "patient.supporter-removed"

    supporter_id: str


class PatientMerged(Event):
    """The record is of the same person as `into`, which goes on; this one is closed."""

    TOPIC = "patient.merged"

    into: str


class PatientAbsorbed(Event):
    """The record `patient_id` was of the same person: its history belongs to this one."""

    TOPIC = "patient.absorbed"

    patient_id: str


class PatientDischarged(Event):
    """The treatment ended."""

    TOPIC = "patient.discharged"

    discharge: Discharge


class DischargeCorrected(Event):
    """The treatment ended otherwise, or (None) it has not ended."""

    TOPIC = "patient.discharge-corrected"

    discharge: Discharge | None
