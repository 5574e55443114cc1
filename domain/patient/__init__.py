"""One person's treatment: admission, plan, enrolments, bookings, commitments and discharge."""

from domain.patient.events import (
    AdmissionCorrected,
    BookingsReleased,
    CollisionAccepted,
    CommitmentNoted,
    CommitmentRevised,
    DischargeCorrected,
    EnrolmentRevised,
    PatientAdmitted,
    PatientDischarged,
    PatientEnrolled,
    PlanAdjusted,
    PlanSet,
    SessionsBooked,
)
from domain.patient.patient import Patient
from domain.patient.treatment import (
    Booking,
    Commitment,
    Discharge,
    Enrolment,
    Plan,
    discharge_kinds,
)

__all__ = [
    "AdmissionCorrected",
    "Booking",
    "BookingsReleased",
    "CollisionAccepted",
    "Commitment",
    "CommitmentNoted",
    "CommitmentRevised",
    "Discharge",
    "DischargeCorrected",
    "Enrolment",
    "EnrolmentRevised",
    "Patient",
    "PatientAdmitted",
    "PatientDischarged",
    "PatientEnrolled",
    "Plan",
    "PlanAdjusted",
    "PlanSet",
    "SessionsBooked",
    "discharge_kinds",
]
