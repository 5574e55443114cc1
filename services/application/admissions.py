"""Commands about the way in: referral, screening, admission.

The commands that turn a referral into a treatment, or send it elsewhere.
"""

import uuid
from datetime import date

from domain.errors import IdentityDiffers
from domain.levels import Level
from domain.patient import Patient, Referral, Screened
from domain.patient.treatment import UpReason
from domain.program import Focus
from domain.screening import Finding, Screening
from services.application.command import command
from services.application.identities import check_named, patient_with, record_identity
from services.application.unit_of_work import UnitOfWork
from services.vault import Person


@command("patient.refer")
def refer_patient(work: UnitOfWork, facility_id: str, person: Person, referral: Referral) -> str:
    """Refer a candidate to a program; return their random id.

    Whoever has the record number is the same patient: another treatment is a new episode. Their
    name and birth date have to be those on record; a number of somebody who was forgotten is taken.
    """
    check_named(person.mrn, person.given_name, person.family_name)
    work.program(facility_id, referral.program_id)
    work.check_past(facility_id, referral.day)
    if known_id := patient_with(work, facility_id, person.mrn):
        work.check_known(known_id)
        if work.vault.open(known_id, work.identity(known_id).sealed) != person:
            raise IdentityDiffers
        patient = work.person(known_id)
        patient.refer_again(work.context, referral)
        return patient.id
    facts = {"id": _new_id(), "facility_id": facility_id}
    patient = work.keep(Patient.refer(work.context, referral=referral, **facts))
    record_identity(work, facility_id, patient.id, person)
    return patient.id


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
    """Close a candidate's referral without a treatment."""
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


def admit_unreferred(
    work: UnitOfWork,
    facility_id: str,
    person: Person,
    *,
    program_id: str,
    admitted_on: date,
    payer: str,
    override: str,
) -> Patient:
    """Admit somebody who is not on record, whom nobody referred; `override` says why."""
    patient = work.keep(
        Patient.admit(
            work.context,
            id=_new_id(),
            facility_id=facility_id,
            program_id=program_id,
            admitted_on=admitted_on,
            payer=payer,
            focus=work.program(facility_id, program_id).focus,
            override=override,
        )
    )
    record_identity(work, facility_id, patient.id, person)
    return patient


def _new_id() -> str:
    return f"patient-{uuid.uuid4().hex}"
