"""The steps about patients: who they are, their treatment, plan and duties elsewhere."""

from domain.errors import EndsBeforeStart
from domain.patient import Commitment, Discharge, Patient, Plan
from services.clinic.faults import Refused
from services.clinic.intake import Intake
from services.clinic.rows import PatientRow
from services.vault import Person


def keep_patients(intake: Intake) -> None:
    """Admit, correct and discharge patients, and set their plans."""
    for row in intake.unique(intake.files.patients, "mrn", column="mrn"):
        with intake.faults.at(row.FILE, row.line):
            _keep_patient(intake, row)


def _keep_patient(intake: Intake, row: PatientRow) -> None:
    program = intake.program(row.program_id)
    discharge = _discharge(row)
    plan = Plan(
        row.weekly_hours or program.weekly_minutes, row.days_per_week or program.days_per_week
    )
    person = Person(row.mrn, row.given_name, row.family_name, row.born)
    treatment = {
        "program_id": row.program_id,
        "admitted_on": row.admitted_on,
        "payer": row.payer,
    }
    books, cause = intake.books, intake.cause
    if row.mrn in books.patients:
        patient = books.patients[row.mrn]
        _correct_identity(intake, patient, person)
        if patient.discharge and patient.discharge.day < row.admitted_on:
            patient.end(cause, discharge)
        patient.correct_admission(cause, **treatment)  # type: ignore[arg-type]
    else:
        patient = books.admit(cause, person, **treatment)  # type: ignore[arg-type]
    # A clinic's file has one plan for the whole stay.
    patient.set_plan(cause, plan, effective_from=row.admitted_on)
    patient.end(cause, discharge)


def _discharge(row: PatientRow) -> Discharge | None:
    if row.discharged_on is None or row.discharge_kind is None:
        if row.discharged_on or row.discharge_kind:
            raise Refused("a discharge has a date and a kind, or neither", "discharge_kind")
        return None
    if row.discharged_on < row.admitted_on:
        raise EndsBeforeStart(start="admitted_on", end="discharged_on")
    return Discharge(row.discharged_on, row.discharge_kind)


def _correct_identity(intake: Intake, patient: Patient, person: Person) -> None:
    books = intake.books
    if books.people[person.mrn] != person:
        sealed = books.vault.seal(patient.id, person)
        books.identities[person.mrn].correct(intake.cause, sealed)
        books.people[person.mrn] = person


def keep_commitments(intake: Intake) -> None:
    """Note the patients' duties elsewhere."""
    rows = intake.unique(intake.files.commitments, "mrn", "kind", "first_day", "starts")
    for row in rows:
        with intake.faults.at(row.FILE, row.line):
            commitment = Commitment(
                kind=row.kind,
                title=row.title,
                weekdays=row.weekdays,
                starts=row.starts,
                ends=row.ends,
                first_day=row.first_day,
                last_day=row.last_day,
            )
            intake.patient(row.mrn).commit(intake.cause, commitment)


def accept_collisions(intake: Intake) -> None:
    """Record each collision of a session with a duty as accepted: the files are history."""
    for patient in intake.books.patients.values():
        patient.accept_collisions(intake.cause, intake.zone, "accepted on import")
