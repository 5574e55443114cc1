"""A patient's stays: admission, plan and discharge, and each stay that followed another."""

from datetime import date

from domain.errors import EndsBeforeStart
from domain.patient import Discharge, Patient, Plan, Referral, Stay
from domain.patient.events.admission import BY_IMPORT
from services.application.admissions import admit_patient, admit_unreferred, correct_admission
from services.application.discharge import stop_waiting
from services.application.plans import set_plan
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import EpisodeRow, PatientRow
from services.vault import Person

StayRow = PatientRow | EpisodeRow


def keep_stays(import_run: ImportRun, person: Person, rows: list[StayRow]) -> None:
    """Bring a patient's stays to what the files say, in the order of their admissions."""
    rows = sorted(rows, key=lambda each: each.admitted_on)
    listed = {row.admitted_on for row in rows}
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        with import_run.faults.at(row.FILE, row.line):
            if following:
                _check_followed(row, following)
            _keep_stay(import_run, person, row, listed - {row.admitted_on})
        if row.place in import_run.faults.refused:
            # What follows it would be refused for no reason of its own.
            return


def _check_followed(row: StayRow, following: StayRow) -> None:
    if row.admitted_on == following.admitted_on:
        raise Refused("the patient has another stay from this day on", "admitted_on")
    if row.discharged_on is None:
        raise Refused(
            f"another stay begins on {following.admitted_on}, so this one has a last day",
            "discharged_on",
        )
    if row.discharged_on >= following.admitted_on:
        raise Refused(
            f"another stay begins on {following.admitted_on}, before this one has ended",
            "discharged_on",
        )


def _keep_stay(import_run: ImportRun, person: Person, row: StayRow, others: set[date]) -> None:
    discharge = _discharge_of(row)
    program = import_run.program(row.program_id)
    plan = Plan(
        row.weekly_hours or program.weekly_minutes, row.days_per_week or program.days_per_week
    )
    patient = import_run.loaded.patients.get(person.mrn)
    if patient is None:
        patient = _admit(import_run, person, row)
    elif earlier := [each for each in patient.earlier if each.admitted_on == row.admitted_on]:
        _check_earlier(import_run, row, earlier[0])
        return
    else:
        _keep_admission(import_run, patient, row, others)
    if "plan" not in patient.by_hand or import_run.changed(row, "weekly_hours", "days_per_week"):
        # A clinic's file has one plan for the whole stay.
        set_plan(import_run.work, patient.id, plan, row.admitted_on)
    if "discharge" not in patient.by_hand or import_run.changed(row, "discharged_on"):
        _keep_discharge(import_run, patient, discharge)


def _admit(import_run: ImportRun, person: Person, row: StayRow) -> Patient:
    """Admit somebody who is not on record: what was before the files began is not known."""
    loaded = import_run.loaded
    patient = admit_unreferred(
        import_run.work,
        loaded.facility_id,
        person,
        program_id=row.program_id,
        admitted_on=row.admitted_on,
        payer=row.payer,
        override=BY_IMPORT,
    )
    loaded.people[person.mrn] = person
    loaded.patients[person.mrn] = patient
    return patient


def _check_earlier(import_run: ImportRun, row: StayRow, stay: Stay) -> None:
    """Refuse to change a stay that another one followed; its plan is not on record any more."""
    columns = ("program_id", "payer", "discharged_on", "discharge_kind")
    said = (row.program_id, row.payer, row.discharged_on, row.discharge_kind)
    known = (stay.program_id, stay.payer, stay.discharge.day, stay.discharge.kind)
    for column, one, other in zip(columns, said, known, strict=True):
        if one != other and import_run.changed(row, column):
            raise Refused(
                f"the stay of {stay.admitted_on} to {stay.discharge.day} is over and another one"
                " has begun since: it stays as it is on record",
                column,
            )


def _keep_admission(
    import_run: ImportRun, patient: Patient, row: StayRow, others: set[date]
) -> None:
    """Bring an admission to what the files say: the present one, or another stay."""
    present, ended = patient.admitted_on, patient.discharge
    if present is None or (not patient.in_treatment and patient.referral):
        if ended is None or ended.day < row.admitted_on:
            _readmit(import_run, patient, row)
        return
    if present != row.admitted_on and (present in others or _has_ended(import_run, patient, row)):
        if ended is None or row.admitted_on <= ended.day:
            raise Refused(
                f"the stay of {present} is on record, and this one is before it or within it",
                "admitted_on",
            )
        _readmit(import_run, patient, row)
        return
    columns = ("program_id", "admitted_on", "payer")
    if "admission" in patient.by_hand and not import_run.changed(row, *columns):
        return
    if ended and ended.day < row.admitted_on:
        patient.end(import_run.context, _discharge_of(row))
    facts = {name: getattr(row, name) for name in columns}
    correct_admission(import_run.work, patient.id, **facts)


def _has_ended(import_run: ImportRun, patient: Patient, row: StayRow) -> bool:
    """Tell whether the present stay was over before a row's began, and really took place.

    Otherwise the row says that it was on other days.
    """
    admitted_on, ended = patient.admitted_on, patient.discharge
    if admitted_on is None or ended is None or row.admitted_on <= ended.day:
        return False
    return any(
        patient.id in session.visits and admitted_on <= session.meeting.day <= ended.day
        for session in import_run.loaded.all_sessions.values()
    )


def _readmit(import_run: ImportRun, patient: Patient, row: StayRow) -> None:
    """Begin a stay, which may be another one of the same patient."""
    referral = patient.referral
    so = (row.program_id, row.admitted_on)
    if referral is None or referral.program_id != so[0] or so[1] < referral.day:
        again = Referral(row.program_id, row.admitted_on, "a clinic's files", "community")
        patient.refer_again(import_run.context, again)
    admit_patient(
        import_run.work,
        patient.id,
        admitted_on=row.admitted_on,
        payer=row.payer,
        focus=import_run.program(row.program_id).focus,
        override=BY_IMPORT,
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
        sessions = import_run.loaded.all_sessions.values()
        stop_waiting(import_run.work, patient, sessions, discharge.day)


def _discharge_of(row: StayRow) -> Discharge | None:
    if row.discharged_on is None or row.discharge_kind is None:
        if row.discharged_on or row.discharge_kind:
            raise Refused("a discharge has a date and a kind, or neither", "discharge_kind")
        return None
    if row.discharged_on < row.admitted_on:
        raise EndsBeforeStart(start="admitted_on", end="discharged_on")
    return Discharge(row.discharged_on, row.discharge_kind)
