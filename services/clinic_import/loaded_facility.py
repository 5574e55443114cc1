"""What is on record of one facility, loaded from the journal for an import to add to."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain import bounds
from domain.aggregate import Aggregate, CommandContext
from domain.calendar import Calendar, ResourceKind, weeks_around, weeks_of
from domain.errors import DaybookError
from domain.facility import Facility
from domain.identity import (
    Identity,
    RecordNumber,
)
from domain.patient import Patient
from domain.program import Program
from domain.session import (
    Meeting,
    Session,
)
from domain.times import instant
from services.clinic_import.before_import import PatientBefore, TrackBefore
from services.clinic_import.field_parsers import SessionRef
from services.vault import Person, VaultSession

BY_IMPORT = "recorded by import"
"""Why a patient of a clinic's files was admitted without a screening on record."""


class RecordedLater(DaybookError):
    """An import would be dated before what is on record."""


@dataclass(slots=True)
class LoadedFacility:
    """A facility's aggregates, by the names that the clinic's files use.

    Everything that an import decides is pending on these aggregates until it is saved.
    """

    facility_id: str
    vault: VaultSession
    only_imported: bool = False
    """Tells that it is what imports alone have said, without what people said since."""
    facility: Facility | None = None
    programs: dict[str, Program] = field(default_factory=dict)
    tracks_before: dict[str, TrackBefore] = field(default_factory=dict)
    sessions: dict[tuple[date, str], dict[str, Session]] = field(default_factory=dict)
    """By the day and what the clinic calls the track, each by its id."""
    own_sessions: dict[str, Session] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    """By record number; whoever cannot be read has their random id until a row names them."""
    people: dict[str, Person] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    numbers: dict[str, RecordNumber] = field(default_factory=dict)
    former_numbers: dict[str, str] = field(default_factory=dict)
    """The record number that a patient has, by one that they had before."""
    calendars: dict[str, Calendar] = field(default_factory=dict)
    visited: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The ids of the sessions to which a patient (by id) signed in."""
    by_id: dict[str, Session] = field(default_factory=dict)
    patients_before: dict[str, PatientBefore] = field(default_factory=dict)
    moved_by_hand: set[str] = field(default_factory=set)
    """The ids of the sessions of which a person said last when or where they are."""
    recorded_until: datetime = bounds.FIRST_INSTANT
    """When the last of all this was recorded."""

    @property
    def zone(self) -> ZoneInfo:
        """The facility's time zone. Raises LookupError before there is a facility."""
        if self.facility is None:
            raise LookupError("the facility is kept before anything else")
        return ZoneInfo(self.facility.timezone)

    def check_time(self, now: datetime) -> None:
        """Raise RecordedLater where something was recorded after a time to record more with."""
        if now < self.recorded_until:
            raise RecordedLater(
                f"--now is {now.isoformat()}, and the last that is on record of this clinic was"
                f" recorded at {self.recorded_until.isoformat()}: what is recorded next is not"
                " dated before it. Leave --now out, or give a later time; nothing was recorded"
            )

    def recognize(self, mrn: str) -> bool:
        """File a patient who cannot be read under their record number; tell whether it is one."""
        number = self.numbers.get(self._number_id(mrn))
        patient_id = number.patient_id if number else None
        if mrn in self.people or patient_id not in self.patients:
            return False
        self.patients[mrn] = self.patients.pop(patient_id)
        self.identities[mrn] = self.identities.pop(patient_id)
        return True

    def expected(self, patient: Patient, session: Session) -> bool:
        """Tell whether a patient was to come to a session of a track before the import."""
        before = self.patients_before.get(patient.id)
        return before is not None and before.expects(session.meeting)

    def keep_session(self, session: Session) -> None:
        """File a session under its names."""
        if session.meeting.track_id is None:
            self.own_sessions[session.label] = session
        else:
            place = (session.meeting.day, session.label)
            self.sessions.setdefault(place, {})[session.id] = session
        self.by_id[session.id] = session
        for patient_id, visit in session.visits.items():
            if visit.sign_ins:
                self.visited[patient_id].add(session.id)

    def sessions_at(self, day: date, label: str) -> list[Session]:
        """Return the sessions of that day and name that are on the schedule, the first one first.

        There are several where meetings of one track were moved to one day.
        """
        found = [*self.sessions.get((day, label), {}).values()]
        found += filter(None, [self.own_sessions.get(label)])
        found = [each for each in found if not each.withdrawn and each.meeting.day == day]
        return sorted(found, key=lambda each: each.meeting.starts_at)

    def session_called(self, ref: SessionRef, zone: ZoneInfo) -> list[Session]:
        """Return the sessions that are called so: several where the name does not tell enough."""
        found = self.sessions_at(ref.day, ref.label)
        if ref.starts is None:
            return found
        starts_at = instant(ref.day, ref.starts, zone)
        return [each for each in found if each.meeting.starts_at == starts_at]

    def visitor(self, mrn: str, session: Session | None) -> Patient | None:
        """Return a patient as a session knows them; None where nobody has the number.

        Of a record that was merged into another one a session keeps what it has; what is new
        belongs to the other.
        """
        patient = self.patients.get(mrn)
        while patient and patient.merged_into and not (session and patient.id in session.visits):
            patient = self.by_patient_id(patient.merged_into)
        return patient

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
        """Return the weeks of a meeting's room and, where it has one, those of its facilitator."""
        weeks = weeks_of(meeting.span, self.zone)
        return [
            self._calendar(context, *each, week) for each in meeting.resources for week in weeks
        ]

    def calendars_around(
        self, meeting: Meeting, resources: Iterable[tuple[ResourceKind, str]]
    ) -> list[Calendar]:
        """Return the weeks, as far as they are there, that may have what meets a meeting."""
        weeks = {*weeks_around(meeting.span, self.zone), meeting.day}
        ids = (
            Calendar.id_of(self.facility_id, *each, week) for each in resources for week in weeks
        )
        return [self.calendars[each] for each in dict.fromkeys(ids) if each in self.calendars]

    def release(
        self, context: CommandContext, session: Session, kind: ResourceKind, resource_id: str | None
    ) -> None:
        """Give the time that a session takes of a room or a staff member back."""
        if resource_id is None:
            return
        for calendar in self.calendars_around(session.meeting, [(kind, resource_id)]):
            calendar.release(context, session.id)

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
