"""Commands about the way out: a discharge gives back, at once, all that was to come.

The commands that end a treatment. Nothing else does: no absence, and no test's result.
"""

from collections.abc import Iterable
from datetime import date

from domain.errors import ConflictsMet, ReasonMissing
from domain.patient import Discharge, Patient
from domain.session import Session
from services.application import booking
from services.application.command import command
from services.application.monitoring import end_draws
from services.application.unit_of_work import UnitOfWork

DISCHARGED = "the patient was discharged"


@command("patient.discharge")
def discharge_patient(work: UnitOfWork, patient_id: str, discharge: Discharge) -> None:
    """End a treatment, or put right how it ended.

    Every booking after its last day is released and the places offered to who waits; the
    patient waits for nothing any longer, comes to no track, and no more tests are drawn. Raises
    ConflictsMet where the patient was at a session after that day.
    """
    if not discharge.reasons:
        raise ReasonMissing
    patient = work.patient(patient_id)
    patient.end(work.context, discharge)
    _give_back(work, patient, discharge.day)


@command()
def follow_discharge_through(work: UnitOfWork, patient_id: str) -> None:
    """Give back what a discharged patient was booked for, or waits for, all the same.

    Raises ConflictsMet where the patient was at a session after their last day.
    """
    patient = work.patient(patient_id)
    if patient.discharge:
        _give_back(work, patient, patient.discharge.day)


@command("patient.take-discharge-back")
def take_discharge_back(work: UnitOfWork, patient_id: str) -> None:
    """Put right that the treatment has not ended. Somebody books anew what was given back."""
    work.patient(patient_id).end(work.context, None)


@command("patient.sign-discharge-summary")
def sign_discharge_summary(
    work: UnitOfWork, patient_id: str, signed_on: date, discharged_on: date | None = None
) -> None:
    """Record that the author signed the summary of a treatment, the last one unless it is named."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, signed_on)
    credential = work.own_credential(patient.facility_id, signed_on)
    patient.sign_summary(
        work.context, signed_on, credential=credential, discharged_on=discharged_on
    )


def stop_waiting(
    work: UnitOfWork, patient: Patient, sessions: Iterable[Session], last_day: date
) -> None:
    """Take a patient off the waiting lists of those sessions after a day, and of all tracks."""
    for session in sessions:
        if session.meeting.day > last_day:
            session.leave_waitlist(work.context, patient.id, DISCHARGED)
    program = work.program_of(patient)
    for track_id in program.waiting:
        program.leave_waitlist(work.context, track_id, patient.id, DISCHARGED)


def _give_back(work: UnitOfWork, patient: Patient, last_day: date) -> None:
    """Release what a patient has after a day: bookings, places, waiting, tracks, draws."""
    later = [work.session(session_id) for session_id in patient.bookings]
    later = [session for session in later if session.meeting.day > last_day]
    attended = [
        session.meeting.day
        for session in later
        if patient.id in session.visits and session.visits[patient.id].sign_ins
    ]
    if attended:
        raise ConflictsMet.all_of([f"{day}: the patient has signed in" for day in attended])
    for session in later:
        booking.release(work, session, patient, DISCHARGED)
    stop_waiting(work, patient, map(work.session, work.waits_for(patient.id)), last_day)
    program = work.program_of(patient)
    for track_id in patient.end_enrolments(work.context, last_day):
        booking.offer_track(work, program, track_id, work.today(patient.facility_id))
    end_draws(work, patient.id, DISCHARGED)
