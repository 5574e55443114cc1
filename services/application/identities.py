"""Commands about who a patient is: name, birth date and record number put right.

The patient's record stays the same.
"""

from dataclasses import replace
from datetime import date

from domain import bounds
from domain.errors import PersonUnnamed, RecordNumberSpaced
from domain.identity import Identity, RecordNumber
from services.application.command import command
from services.application.unit_of_work import UnitOfWork
from services.vault import Person


@command("patient.correct-identity")
def correct_identity(
    work: UnitOfWork, patient_id: str, given_name: str, family_name: str, born: date
) -> None:
    """Put a patient's name and birth date right; what was recorded first stays, encrypted."""
    check_named(given_name, family_name)
    work.patient(patient_id)
    work.check_known(patient_id)
    identity = work.identity(patient_id)
    known = work.vault.open(patient_id, identity.sealed)
    person = replace(known, given_name=given_name, family_name=family_name, born=born)
    if person != known:
        identity.correct(work.context, work.vault.seal(patient_id, person))


@command("patient.correct-record-number")
def correct_record_number(work: UnitOfWork, patient_id: str, mrn: str) -> None:
    """Put a patient's record number right; the mistyped one can be another patient's then."""
    if not mrn.strip():
        raise PersonUnnamed
    facility_id = work.patient(patient_id).facility_id
    work.check_known(patient_id)
    identity = work.identity(patient_id)
    known = work.vault.open(patient_id, identity.sealed)
    if known.mrn == mrn:
        return
    assign_number(work, facility_id, mrn, patient_id)
    if mistyped := _number(work, facility_id, known.mrn):
        mistyped.withdraw(work.context, patient_id)
    identity.correct(work.context, work.vault.seal(patient_id, replace(known, mrn=mrn)))


def check_named(*names: str) -> None:
    """Refuse a name that is empty, or has more than one line."""
    if not all(each.strip() for each in names):
        raise PersonUnnamed
    for each in names:
        bounds.check("a name or record number", bounds.line_problem(each))


def patient_with(work: UnitOfWork, facility_id: str, mrn: str) -> str | None:
    """Return the id of the patient who has a record number; None where nobody has it."""
    number = _number(work, facility_id, mrn)
    return number.patient_id if number else None


def last_with(work: UnitOfWork, facility_id: str, mrn: str) -> str | None:
    """Return who had a record number last that was withdrawn; None where none was, or it is used.

    See RecordNumber.
    """
    number = _number(work, facility_id, mrn)
    return number.withdrawn_from if number else None


def record_identity(work: UnitOfWork, facility_id: str, patient_id: str, person: Person) -> None:
    """Record who a new patient is, and give them their record number. Raises NumberTaken."""
    sealed = work.vault.seal_first(patient_id, person)
    facts = {"facility_id": facility_id, "patient_id": patient_id}
    work.keep(Identity.start(work.context, sealed=sealed, **facts))
    assign_number(work, facility_id, person.mrn, patient_id)


def assign_number(work: UnitOfWork, facility_id: str, mrn: str, patient_id: str) -> None:
    """Give a record number to a patient. Raises NumberTaken where it is another patient's."""
    if not bounds.is_one_word(mrn):
        raise RecordNumberSpaced
    if number := _number(work, facility_id, mrn):
        number.reassign(work.context, patient_id)
        return
    keyed_hash = work.vault.number_hash(facility_id, mrn)
    facts = {"facility_id": facility_id, "patient_id": patient_id}
    work.keep(RecordNumber.assign(work.context, keyed_hash=keyed_hash, **facts))


def _number(work: UnitOfWork, facility_id: str, mrn: str) -> RecordNumber | None:
    return work.find(RecordNumber.id_of(work.vault.number_hash(facility_id, mrn)), RecordNumber)
