"""Loading what the journal has of a facility, for an import to add to."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

from domain.aggregate import Aggregate, CommandContext, Event, Opening
from domain.calendar import Calendar, CalendarOpened
from domain.errors import IdentityUnreadable
from domain.facility import Facility, FacilityOpened
from domain.identity import (
    Identity,
    IdentityCorrected,
    IdentityRecorded,
    RecordNumber,
    RecordNumberAssigned,
)
from domain.patient import Patient, PatientAdmitted, PatientReferred
from domain.program import Program, ProgramOpened
from domain.session import Session, SessionScheduled
from services.application.unit_of_work import UnitOfWork
from services.clinic_import.before_import import PatientBefore, TrackFacts
from services.clinic_import.histories import imported_only, moved_by_hand, whole
from services.clinic_import.loaded_facility import LoadedFacility
from services.journal import Journal
from services.vault import Vault

AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate)

SAYS_WHO = (IdentityRecorded, IdentityCorrected)
"""The events that say who a patient is."""


def load_facility(
    journal: Journal,
    vault: Vault,
    context: CommandContext,
    facility_id: str,
    *,
    only_imported: bool = False,
) -> LoadedFacility:
    """Return what the journal has of a facility; a new one has nothing.

    With `only_imported` it is what imports alone have said, without what people said since.
    """
    work = UnitOfWork(journal, vault.begin(), context)
    loaded = LoadedFacility(facility_id, work, only_imported)
    work.begin_with(_Loader(journal, loaded).load())
    return loaded


class _Loader:
    """Files what is on record of one facility under the clinic's names."""

    def __init__(self, journal: Journal, loaded: LoadedFacility) -> None:
        self._journal = journal
        self.loaded = loaded

    def load(self) -> Iterator[Aggregate]:
        """Yield each aggregate once it is filed."""
        for facility in self._of(FacilityOpened, Facility):
            yield facility
            yield from self._load_all_of(facility)

    def _load_all_of(self, facility: Facility) -> Iterator[Aggregate]:
        loaded = self.loaded
        for program in self._of(ProgramOpened, Program):
            loaded.programs[program.program_id] = program
            for track_id, series in program.tracks.items():
                loaded.tracks_before[track_id] = TrackFacts(
                    series, dict(program.closures), dict(facility.rooms)
                )
            yield program
        for session, history in self._histories(SessionScheduled, Session):
            loaded.keep_session(session)
            if moved_by_hand(history):
                loaded.moved_by_hand.add(session.id)
            yield session
        yield from self._of(CalendarOpened, Calendar)
        yield from self._load_people()

    def _load_people(self) -> Iterator[Aggregate]:
        """Yield who is on record; what is saved together is there together.

        Others may save meanwhile: so of a number that is there the identity is loaded after it, and
        of an identity the patient.
        """
        loaded = self.loaded
        yield from self._of(RecordNumberAssigned, RecordNumber)
        identities = list(self._histories(IdentityRecorded, Identity))
        patients = {
            each.id: each
            for opening in (PatientAdmitted, PatientReferred)
            for each in self._of(opening, Patient)
        }
        loaded.work.vault.load(each.patient_id for each, _ in identities)
        for identity, history in identities:
            patient = patients[identity.patient_id]
            loaded.patients_before[patient.id] = PatientBefore.of(patient)
            mrn = self._keep_person(identity)
            loaded.patients[mrn] = patient
            self._keep_former_numbers(mrn, identity.patient_id, history)
            yield identity
            yield patient

    def _keep_person(self, identity: Identity) -> str:
        """Note who a patient is, if that can be read; return what they are filed under."""
        if identity.forgotten:
            self.loaded.forgotten.add(identity.patient_id)
            return identity.patient_id
        try:
            person = self.loaded.work.vault.open(identity.patient_id, identity.sealed)
        except IdentityUnreadable:
            return identity.patient_id
        self.loaded.people[person.mrn] = person
        return person.mrn

    def _keep_former_numbers(self, mrn: str, patient_id: str, history: list[Event]) -> None:
        """Note the record numbers that a patient had before theirs was put right."""
        sealed = [each.sealed for each in history if isinstance(each, SAYS_WHO)]
        for each in sealed if mrn in self.loaded.people and len(sealed) > 1 else ():
            with suppress(IdentityUnreadable):
                former = self.loaded.work.vault.open(patient_id, each).mrn
                if former != mrn:
                    self.loaded.former_numbers[former] = mrn

    def _of(self, opening: type[Opening], kind: type[AnyAggregate]) -> Iterator[AnyAggregate]:
        return (made for made, _ in self._histories(opening, kind))

    def _histories(
        self, opening: type[Opening], kind: type[AnyAggregate]
    ) -> Iterator[tuple[AnyAggregate, list[Event]]]:
        loaded = self.loaded
        for history in self._journal.histories(opening, loaded.facility_id):
            made = imported_only(history) if loaded.only_imported else whole(history)
            if isinstance(made, kind):
                yield made, history
