"""What is on record of one facility, loaded from the journal for an import to add to."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from domain import bounds
from domain.aggregate import Aggregate, CommandContext, Opening
from domain.calendar import Calendar, CalendarOpened, ResourceKind
from domain.errors import DaybookError, IdentityUnreadable
from domain.facility import Facility
from domain.identity import Identity, IdentityRecorded, RecordNumber, RecordNumberAssigned
from domain.patient import Patient, PatientAdmitted, PatientReferred
from domain.program import Program, ProgramOpened
from domain.session import Meeting, Session, SessionScheduled
from services.journal import Journal
from services.vault import Person, Vault, VaultSession

AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate)

BY_IMPORT = "recorded by import"
"""Why a patient of a clinic's files was admitted without a screening on record."""

SessionRef = tuple[date, str]
"""A session's day and what the clinic calls its track, or the session of its own."""


class RecordedLater(DaybookError):
    """An import would be dated before what is on record."""


@dataclass(slots=True)
class LoadedFacility:
    """A facility's aggregates, by the names that the clinic's files use.

    Everything that an import decides is pending on these aggregates until it is saved.
    """

    facility_id: str
    vault: VaultSession
    facility: Facility | None = None
    programs: dict[str, Program] = field(default_factory=dict)
    sessions: dict[SessionRef, Session] = field(default_factory=dict)
    own_sessions: dict[str, Session] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    """By record number; whoever cannot be read has their random id until a row names them."""
    people: dict[str, Person] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    numbers: dict[str, RecordNumber] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    visited: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The ids of the sessions to which a patient (by id) signed in."""
    by_id: dict[str, Session] = field(default_factory=dict)
    recorded_until: datetime = bounds.FIRST_INSTANT
    """When the last of all this was recorded."""

    @classmethod
    def load(cls, journal: Journal, vault: Vault, facility_id: str) -> "LoadedFacility":
        """Load what the journal has of a facility; a new one has nothing."""
        loaded = cls(facility_id, vault.begin())
        loaded.facility = journal.load(Facility.id_of(facility_id))
        if loaded.facility is None:
            return loaded
        loaded.recorded_until = loaded.facility.modified_on
        for program in loaded._of(journal, ProgramOpened, Program):
            loaded.programs[program.program_id] = program
        for session in loaded._of(journal, SessionScheduled, Session):
            loaded.keep_session(session)
        for calendar in loaded._of(journal, CalendarOpened, Calendar):
            loaded.calendars[calendar.id] = calendar
        patients = {
            each.id: each
            for opening in (PatientAdmitted, PatientReferred)
            for each in loaded._of(journal, opening, Patient)
        }
        for number in loaded._of(journal, RecordNumberAssigned, RecordNumber):
            loaded.numbers[number.id] = number
        identities = list(loaded._of(journal, IdentityRecorded, Identity))
        loaded.vault.load(each.patient_id for each in identities)
        for identity in identities:
            mrn = loaded._keep_person(identity)
            loaded.patients[mrn] = patients[identity.patient_id]
            loaded.identities[mrn] = identity
        return loaded

    def check_time(self, now: datetime) -> None:
        """Raise RecordedLater where something was recorded after a time to record more with."""
        if now < self.recorded_until:
            raise RecordedLater(
                f"--now is {now.isoformat()}, and the last that is on record of this clinic was"
                f" recorded at {self.recorded_until.isoformat()}: what is recorded next is not"
                " dated before it. Leave --now out, or give a later time; nothing was recorded"
            )

    def _keep_person(self, identity: Identity) -> str:
        """Note who a patient is, if that can be read; return what they are filed under."""
        try:
            person = self.vault.open(identity.patient_id, identity.sealed)
        except IdentityUnreadable:
            return identity.patient_id
        self.people[person.mrn] = person
        return person.mrn

    def recognize(self, mrn: str) -> bool:
        """File a patient who cannot be read under their record number; tell whether it is one."""
        number = self.numbers.get(self._number_id(mrn))
        patient_id = number.patient_id if number else None
        if mrn in self.people or patient_id not in self.patients:
            return False
        self.patients[mrn] = self.patients.pop(patient_id)
        self.identities[mrn] = self.identities.pop(patient_id)
        return True

    def keep_session(self, session: Session) -> None:
        """File a session under its names."""
        if session.meeting.track_id is None:
            self.own_sessions[session.label] = session
        else:
            self.sessions[session.meeting.day, session.label] = session
        self.by_id[session.id] = session
        for patient_id, visit in session.visits.items():
            if visit.sign_ins:
                self.visited[patient_id].add(session.id)

    def session(self, place: SessionRef) -> Session | None:
        """Return the session of that day and name, if it is on the schedule."""
        day, label = place
        found = self.sessions.get(place) or self.own_sessions.get(label)
        if found is None or found.withdrawn or found.meeting.day != day:
            return None
        return found

    @property
    def scheduled_through(self) -> date:
        """The last day on which a track has a session on the schedule."""
        return max((day for day, _ in self.sessions), default=date.min)

    def by_patient_id(self, patient_id: str) -> Patient:
        """Return a patient by their random id."""
        return next(each for each in self.patients.values() if each.id == patient_id)

    def numbers_of(self, patient: Patient) -> set[str]:
        """Return a patient's record number, and those of records merged into theirs."""
        return {
            mrn
            for mrn, each in self.patients.items()
            if each.id == patient.id or each.id in patient.absorbed
        }

    def calendars_of(self, context: CommandContext, meeting: Meeting) -> list[Calendar]:
        """Return the week of a meeting's room and, where it has one, that of its facilitator."""
        return [self._calendar(context, *each, meeting.day) for each in meeting.resources]

    def release(
        self, context: CommandContext, session: Session, kind: ResourceKind, resource_id: str | None
    ) -> None:
        """Give the time that a session takes of a room or a person of staff back."""
        if resource_id is None:
            return
        key = Calendar.id_of(self.facility_id, kind, resource_id, session.meeting.day)
        if key in self.calendars:
            self.calendars[key].release(context, session.id)

    def admit(
        self,
        context: CommandContext,
        person: Person,
        program_id: str,
        admitted_on: date,
        payer: str,
    ) -> Patient:
        """Admit somebody who is not on record: what was before the files began is not known."""
        patient = Patient.admit(
            context,
            id=f"patient-{uuid.uuid4().hex}",
            facility_id=self.facility_id,
            program_id=program_id,
            admitted_on=admitted_on,
            payer=payer,
            focus=self.programs[program_id].focus,
            override=BY_IMPORT,
        )
        self._assign_number(context, person.mrn, patient.id)
        self.identities[person.mrn] = Identity.start(
            context,
            facility_id=self.facility_id,
            patient_id=patient.id,
            sealed=self.vault.seal_first(patient.id, person),
        )
        self.people[person.mrn] = person
        self.patients[person.mrn] = patient
        return patient

    def _assign_number(self, context: CommandContext, mrn: str, patient_id: str) -> None:
        number_id = self._number_id(mrn)
        if number_id in self.numbers:
            self.numbers[number_id].reassign(context, patient_id)
            return
        self.numbers[number_id] = RecordNumber.assign(
            context,
            facility_id=self.facility_id,
            keyed_hash=self.vault.number_hash(self.facility_id, mrn),
            patient_id=patient_id,
        )

    def _number_id(self, mrn: str) -> str:
        return RecordNumber.id_of(self.vault.number_hash(self.facility_id, mrn))

    def changed(self) -> list[Aggregate]:
        """Return the aggregates with something to save, what others refer to first."""
        sessions = sorted(self.by_id.values(), key=lambda each: each.meeting.starts_at)
        groups: list[Iterable[Aggregate]] = [
            [self.facility] if self.facility else [],
            self.programs.values(),
            self.numbers.values(),
            self.identities.values(),
            self.patients.values(),
            self.calendars.values(),
            sessions,
        ]
        return [each for group in groups for each in group if each.pending]

    def _of(
        self, journal: Journal, opening: type[Opening], kind: type[AnyAggregate]
    ) -> Iterator[AnyAggregate]:
        for each in journal.load_all(opening, self.facility_id):
            if isinstance(each, kind):
                self.recorded_until = max(self.recorded_until, each.modified_on)
                yield each

    def _calendar(
        self, context: CommandContext, kind: ResourceKind, resource_id: str, day: date
    ) -> Calendar:
        """Return the calendar in which a day of a resource lies, opened if it is not there."""
        key = Calendar.id_of(self.facility_id, kind, resource_id, day)
        if key not in self.calendars:
            self.calendars[key] = Calendar.start(
                context, facility_id=self.facility_id, kind=kind, resource_id=resource_id, day=day
            )
        return self.calendars[key]
