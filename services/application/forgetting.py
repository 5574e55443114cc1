"""Forgetting: a patient's key is destroyed on purpose, on record, and nothing else is.

What was recorded of their care stays, under a random id.
"""

from collections.abc import Iterator

from domain import bounds
from domain.errors import IdentityUnreadable, ReasonMissing, ReasonNamesPatient
from domain.identity import Identity
from services.application.command import command
from services.application.kiosk import withdraw_kiosk_code
from services.application.monitoring import end_draws
from services.application.unit_of_work import UnitOfWork
from services.journal import imported_rows
from services.vault import Person

FORGOTTEN = "the patient was forgotten"


@command("identity.forget")
def forget_patient(work: UnitOfWork, patient_id: str, because: str) -> None:
    """Forget who a patient is, under all records of the person: their keys are destroyed.

    No more drug tests are drawn of them, since the seed of the draws is sealed under the same key.
    The reason stays on record: it must not say who they are. Raises ReasonNamesPatient.
    """
    if not because.strip():
        raise ReasonMissing
    bounds.check("a reason", bounds.line_problem(because))
    identities = [each for each in identities_of(work, patient_id) if not each.forgotten]
    people = {each.patient_id: _person(work, each) for each in identities}
    for person in people.values():
        if person and _names(because, person):
            raise ReasonNamesPatient
    for identity in identities:
        end_draws(work, identity.patient_id, FORGOTTEN)
        withdraw_kiosk_code(work, identity)
        identity.keep_kiosk_code(work.context, None)
        identity.forget(work.context, because)
        work.vault.forget(identity.patient_id)
        if person := people[identity.patient_id]:
            key = work.vault.row_hash_key(identity.facility_id)
            row = imported_rows.row_key(key, imported_rows.PATIENTS, person.mrn)
            work.forgotten_rows.append((identity.facility_id, row))


def identities_of(work: UnitOfWork, patient_id: str) -> Iterator[Identity]:
    """Yield who a person is under each of their records: the one that goes on comes first."""
    records = [work.person(patient_id).id]
    for record in records:
        yield work.identity(record)
        records += work.patient(record).absorbed


def _person(work: UnitOfWork, identity: Identity) -> Person | None:
    """Return who a patient is; None where that cannot be read, and is forgotten all the same."""
    try:
        return work.vault.open(identity.patient_id, identity.sealed)
    except IdentityUnreadable:
        return None


def _names(text: str, person: Person) -> bool:
    """Tell whether a text has a patient's name, birth date or record number in it.

    A name of one letter, an initial, says nothing.
    """
    words = {word.strip(".,;:!?()'\"").casefold() for word in text.split()}
    words = {each for each in words if len(each) > 1}
    names = f"{person.given_name} {person.family_name} {person.mrn}".casefold().split()
    return not words.isdisjoint({*names, person.born.isoformat()})
