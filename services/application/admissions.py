"""Commands about the way in: referral, screening, admission.

The commands that turn a referral into a treatment, or send it elsewhere.
"""

import uuid
from datetime import date

from domain.errors import PersonUnnamed
from domain.identity import Identity, RecordNumber
from domain.levels import Level
from domain.patient import Patient, Referral, Screened
from domain.patient.treatment import UpReason
from domain.program import Focus
from domain.screening import Finding, Screening
from services.application.command import command
from services.application.unit_of_work import UnitOfWork
from services.vault import Person


@command("patient.refer")
def refer_patient(work: UnitOfWork, facility_id: str, person: Person, referral: Referral) -> str:
    """Let somebody be a candidate for a program; return their random id.

    Whoever has the record number is the same patient: another treatment is a new episode.
    """
    if not all(each.strip() for each in (person.mrn, person.given_name, person.family_name)):
        raise PersonUnnamed
    new_id = f"patient-{uuid.uuid4().hex}"
    work.program(facility_id, referral.program_id)
    work.check_past(facility_id, referral.day)
    number_id = RecordNumber.id_of(work.vault.number_hash(facility_id, person.mrn))
    number = work.find(number_id, RecordNumber)
    if number:
        patient = work.person(number.patient_id)
        patient.refer_again(work.context, referral)
        _correct_identity(work, number.patient_id, person)
        return patient.id
    work.keep(Patient.refer(work.context, id=new_id, facility_id=facility_id, referral=referral))
    sealed = work.vault.seal(new_id, person)
    facts = {"facility_id": facility_id, "patient_id": new_id}
    work.keep(Identity.start(work.context, sealed=sealed, **facts))
    keyed_hash = work.vault.number_hash(facility_id, person.mrn)
    work.keep(RecordNumber.assign(work.context, keyed_hash=keyed_hash, **facts))
    return new_id


@command("screening.screen")
def screen_patient(
    work: UnitOfWork,
    patient_id: str,
    screened_on: date,
    finding: Finding,
    *,
    reason: str = "",
) -> None:
    """Record a screening, or with a `reason` put that day's right."""
    patient = work.patient(patient_id)
    work.check_past(patient.facility_id, screened_on)
    program_id = patient.referral.program_id if patient.referral else patient.program_id
    population = work.program(patient.facility_id, program_id).population
    screening_id = Screening.id_of(patient_id, screened_on)
    patient.take_screening(work.context, Screened(screening_id, screened_on, finding.level))
    known = work.find(screening_id, Screening)
    if known:
        known.correct(work.context, finding, population=population, reason=reason)
        return
    work.keep(
        Screening.start(
            work.context,
            facility_id=patient.facility_id,
            patient_id=patient_id,
            screened_on=screened_on,
            finding=finding,
            population=population,
        )
    )


@command("patient.refer-up")
def refer_up(
    work: UnitOfWork, patient_id: str, level: Level, reasons: tuple[UpReason, ...]
) -> None:
    """Send a candidate who needs more care than this level gives to one that gives it."""
    work.patient(patient_id).refer_up(work.context, level, reasons)


@command("patient.close-referral")
def close_referral(work: UnitOfWork, patient_id: str, reason: str) -> None:
    """Let a candidate be one no longer, without a treatment."""
    work.patient(patient_id).close_referral(work.context, reason)


@command("patient.admit")
def admit_patient(
    work: UnitOfWork,
    patient_id: str,
    *,
    admitted_on: date,
    payer: str,
    focus: Focus,
    override: str | None = None,
) -> None:
    """Begin a candidate's treatment; `override` says why, where no screening recommends it."""
    work.patient(patient_id).admit_candidate(
        work.context, admitted_on=admitted_on, payer=payer, focus=focus, override=override
    )


@command("patient.correct-admission")
def correct_admission(
    work: UnitOfWork,
    patient_id: str,
    *,
    program_id: str,
    admitted_on: date,
    payer: str,
) -> None:
    """Put right what was recorded of an admission."""
    patient = work.patient(patient_id)
    work.program(patient.facility_id, program_id)
    patient.correct_admission(
        work.context, program_id=program_id, admitted_on=admitted_on, payer=payer
    )


def _correct_identity(work: UnitOfWork, patient_id: str, person: Person) -> None:
    identity = work.identity(patient_id)
    if work.vault.open(patient_id, identity.sealed) != person:
        identity.correct(work.context, work.vault.seal(patient_id, person))
