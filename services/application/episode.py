"""Commands about the course of a treatment: payer, counselor, why it goes on, leaves, incidents.

The commands about what may change while a treatment goes on, and about other care beside it.
"""

from datetime import date

from domain.errors import NotOnRecord, RecordMerged
from domain.monitoring.incident import IncidentKind
from domain.monitoring.incidents import Incidents
from services.application.command import command
from services.application.unit_of_work import UnitOfWork


@command("patient.change-payer")
def change_payer(work: UnitOfWork, patient_id: str, payer: str, from_day: date) -> None:
    """Change a patient's payer from a day on."""
    work.patient(patient_id).change_payer(work.context, payer, from_day)


@command("patient.assign-counselor")
def assign_counselor(work: UnitOfWork, patient_id: str, staff_id: str, from_day: date) -> None:
    """Assign a staff member as a patient's counselor from a day on.

    Raises NoCredential for somebody who is not there, or has no credential on that day.
    """
    patient = work.patient(patient_id)
    work.facility(patient.facility_id).credential_on(staff_id, from_day)
    patient.assign_counselor(work.context, staff_id, from_day)


@command("patient.justify-stay")
def justify_stay(work: UnitOfWork, patient_id: str, justified_on: date) -> None:
    """Record that the author wrote down why a treatment goes on at this level."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, justified_on)
    credential = work.own_credential(patient.facility_id, justified_on)
    patient.justify_stay(work.context, justified_on, credential)


# Leaves


@command("patient.grant-leave")
def grant_leave(
    work: UnitOfWork, patient_id: str, first_day: date, last_day: date, reason: str
) -> None:
    """Grant a leave on these days, both included; the clocks of the stay stand still.

    What is booked stays booked: an absence on such a day is excused or released as any other.
    """
    work.patient(patient_id).grant_leave(work.context, first_day, last_day, reason)


@command("patient.revise-leave")
def revise_leave(
    work: UnitOfWork,
    patient_id: str,
    first_day: date,
    last_day: date | None,
    reason: str,
) -> None:
    """Change the last day of the leave that begins on `first_day`; None strikes it.

    What is booked stays booked.
    """
    work.patient(patient_id).revise_leave(work.context, first_day, last_day, reason)


# Incidents


@command("patient.record-incident")
def record_incident(
    work: UnitOfWork, patient_id: str, kind: IncidentKind, learned_on: date
) -> None:
    """Record what the program learned of a patient that it may have to report to a court."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, learned_on)
    patient.check_admitted(learned_on)
    if patient.merged_into:
        raise RecordMerged
    facts = {"facility_id": patient.facility_id, "patient_id": patient.id}
    known = _incidents(work, patient.id) or work.keep(Incidents.start(work.context, **facts))
    known.learn(work.context, kind, learned_on)


@command("patient.withdraw-incident")
def withdraw_incident(
    work: UnitOfWork, patient_id: str, kind: IncidentKind, learned_on: date, reason: str
) -> None:
    """Take an incident back that was recorded wrongly."""
    known = _incidents(work, work.patient(patient_id).id)
    if known is None:
        raise NotOnRecord(what="incident")
    known.withdraw(work.context, kind, learned_on, reason)


def _incidents(work: UnitOfWork, patient_id: str) -> Incidents | None:
    return work.find(Incidents.id_of(patient_id), Incidents)


# Partial hospitalization


@command("patient.record-partial-hospitalization")
def record_partial_hospitalization(
    work: UnitOfWork, patient_id: str, first_day: date, last_day: date | None
) -> None:
    """Record a patient's partial hospitalization, here or elsewhere; None: it goes on.

    The day of its beginning is no later than today.
    """
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, first_day)
    patient.record_partial_hospitalization(work.context, first_day, last_day)


@command("patient.withdraw-partial-hospitalization")
def withdraw_partial_hospitalization(
    work: UnitOfWork, patient_id: str, first_day: date, reason: str
) -> None:
    """Take back that a patient was in partial hospitalization from a day on."""
    work.patient(patient_id).withdraw_partial_hospitalization(work.context, first_day, reason)
