"""The steps about patients: who they are, their treatment, plan and duties elsewhere."""

from domain.errors import EndsBeforeStart
from domain.patient import Commitment, Discharge, Patient, Plan, Referral
from services.application.discharge import DISCHARGED
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun
from services.clinic_import.loaded_facility import BY_IMPORT
from services.clinic_import.rows import PatientRow
from services.vault import Person

NOT_COMPARED = (
    "name and birth date were not compared with what is on record, which cannot be read: this"
    " patient's key is missing from the vault, or is another patient's"
)


def keep_patients(import_run: ImportRun) -> None:
    """Admit, correct and discharge patients, and set their plans."""
    for row in import_run.unique(import_run.files.patients, "mrn", column="mrn"):
        with import_run.faults.at(row.FILE, row.line):
            _keep_patient(import_run, row)


def _keep_patient(import_run: ImportRun, row: PatientRow) -> None:
    program = import_run.program(row.program_id)
    discharge = _discharge(row)
    plan = Plan(
        row.weekly_hours or program.weekly_minutes, row.days_per_week or program.days_per_week
    )
    person = Person(row.mrn, row.given_name, row.family_name, row.born)
    loaded, context = import_run.loaded, import_run.context
    if loaded.recognize(row.mrn):
        import_run.warnings.append(f"{row.FILE}:{row.line}: {NOT_COMPARED}")
    if row.mrn in loaded.patients:
        patient = loaded.patients[row.mrn]
        _correct_identity(import_run, patient, person)
        if any(stay.admitted_on == row.admitted_on for stay in patient.earlier):
            # The files have not heard of the treatment that followed.
            return
        _keep_admission(import_run, patient, row, discharge)
    else:
        facts = (row.program_id, row.admitted_on, row.payer)
        patient = loaded.admit(context, person, *facts)
    if "plan" not in patient.by_hand:
        # A clinic's file has one plan for the whole stay.
        patient.set_plan(context, plan, effective_from=row.admitted_on)
    if "discharge" not in patient.by_hand:
        _keep_discharge(import_run, patient, discharge)


def _keep_admission(
    import_run: ImportRun, patient: Patient, row: PatientRow, discharge: Discharge | None
) -> None:
    """Bring an admission to what the files say, unless somebody said otherwise by hand."""
    context, program = import_run.context, import_run.program(row.program_id)
    ended = patient.discharge
    if not patient.in_treatment and (patient.admitted_on is None or patient.referral):
        if ended is None or ended.day < row.admitted_on:
            if patient.referral is None or row.admitted_on < patient.referral.day:
                referral = Referral(
                    row.program_id, row.admitted_on, "a clinic's files", "community"
                )
                patient.refer_again(context, referral)
            patient.admit_candidate(
                context,
                admitted_on=row.admitted_on,
                payer=row.payer,
                focus=program.focus,
                override=BY_IMPORT,
            )
        return
    if "admission" in patient.by_hand:
        return
    if ended and ended.day < row.admitted_on and "discharge" not in patient.by_hand:
        patient.end(context, discharge)
    patient.correct_admission(
        context, program_id=row.program_id, admitted_on=row.admitted_on, payer=row.payer
    )


def _keep_discharge(import_run: ImportRun, patient: Patient, discharge: Discharge | None) -> None:
    """Bring a discharge to what the files say; who has left waits for nothing any longer."""
    if discharge is None and patient.referral:
        return
    known = patient.discharge
    if known and discharge and (known.day, known.kind) == (discharge.day, discharge.kind):
        return
    patient.end(import_run.context, discharge)
    if discharge:
        for session in import_run.loaded.by_id.values():
            if session.meeting.day > discharge.day:
                session.leave_waitlist(import_run.context, patient.id, DISCHARGED)
        program = import_run.program(patient.program_id)
        for track_id in program.waiting:
            program.leave_waitlist(import_run.context, track_id, patient.id, DISCHARGED)


def _discharge(row: PatientRow) -> Discharge | None:
    if row.discharged_on is None or row.discharge_kind is None:
        if row.discharged_on or row.discharge_kind:
            raise Refused("a discharge has a date and a kind, or neither", "discharge_kind")
        return None
    if row.discharged_on < row.admitted_on:
        raise EndsBeforeStart(start="admitted_on", end="discharged_on")
    return Discharge(row.discharged_on, row.discharge_kind)


def _correct_identity(import_run: ImportRun, patient: Patient, person: Person) -> None:
    loaded = import_run.loaded
    known = loaded.people.get(person.mrn)
    if known and known != person:
        sealed = loaded.vault.seal(patient.id, person)
        loaded.identities[person.mrn].correct(import_run.context, sealed)
        loaded.people[person.mrn] = person


def keep_commitments(import_run: ImportRun) -> None:
    """Note the patients' duties elsewhere."""
    rows = import_run.unique(import_run.files.commitments, "mrn", "kind", "first_day", "starts")
    for row in rows:
        with import_run.faults.at(row.FILE, row.line):
            commitment = Commitment(
                kind=row.kind,
                title=row.title,
                weekdays=row.weekdays,
                starts=row.starts,
                ends=row.ends,
                first_day=row.first_day,
                last_day=row.last_day,
            )
            import_run.patient(row.mrn).commit(import_run.context, commitment)


def accept_collisions(import_run: ImportRun) -> None:
    """Record each collision of a session with a duty as accepted: the files are history."""
    for patient in import_run.loaded.patients.values():
        patient.accept_collisions(import_run.context, import_run.zone, "accepted on import")
