"""What is on record of one facility, loaded from the journal for an import to add to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain import bounds
from domain.aggregate import Aggregate
from domain.calendar import Calendar
from domain.facility import Facility
from domain.identity import Identity, RecordNumber
from domain.patient import Patient
from domain.program import Program
from domain.session import Session
from domain.times import instant
from services.application.identities import last_with, patient_with
from services.application.unit_of_work import UnitOfWork
from services.clinic_import.before_import import PatientBefore, TrackFacts
from services.clinic_import.field_parsers import SessionRef
from services.vault import Person


@dataclass(slots=True)
class LoadedFacility:
    """A facility's aggregates, by the names that the clinic's files use.

    The unit of work begins with all of them, and everything that an import decides is in it.
    """

    facility_id: str
    work: UnitOfWork
    only_imported: bool = False
    """Tells that it is what imports alone have said, without what people said since."""
    programs: dict[str, Program] = field(default_factory=dict)
    tracks_before: dict[str, TrackFacts] = field(default_factory=dict)
    sessions: dict[tuple[date, str], dict[str, Session]] = field(default_factory=dict)
    """By the day and what the clinic calls the track, each by its id."""
    own_sessions: dict[str, Session] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    """By record number; whoever cannot be read has their random id until a row names them."""
    people: dict[str, Person] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """The random ids of those who were forgotten on purpose."""
    former_numbers: dict[str, str] = field(default_factory=dict)
    """The record number that a patient has, by one that they had before."""
    visited: dict[str, dict[str, Session]] = field(default_factory=lambda: defaultdict(dict))
    """The sessions to which a patient (by id) signed in, by their ids."""
    all_sessions: dict[str, Session] = field(default_factory=dict)
    patients_before: dict[str, PatientBefore] = field(default_factory=dict)
    moved_by_hand: set[str] = field(default_factory=set)
    """The ids of the sessions of which a person said last when or where they are."""

    @property
    def facility(self) -> Facility | None:
        """The facility, if it is there."""
        return self.work.find(Facility.id_of(self.facility_id), Facility)

    def recognize(self, mrn: str) -> bool:
        """File a patient who cannot be read under their record number; tell whether it is one."""
        return self._file(mrn, patient_with(self.work, self.facility_id, mrn))

    def recognize_former(self, mrn: str) -> bool:
        """File a forgotten patient under a number that they had once and nobody has now.

        Under which one they went on cannot be read any more.
        """
        last = last_with(self.work, self.facility_id, mrn)
        return last in self.forgotten and self._file(mrn, last)

    def _file(self, mrn: str, patient_id: str | None) -> bool:
        if mrn in self.people or patient_id not in self.patients:
            return False
        self.patients[mrn] = self.patients.pop(patient_id)
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
        self.all_sessions[session.id] = session
        for patient_id, visit in session.visits.items():
            if visit.sign_ins:
                self.visited[patient_id][session.id] = session

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
            patient = self.work.patient(patient.merged_into)
        return patient

    @property
    def scheduled_through(self) -> date:
        """The last day on which a track has a session on the schedule."""
        return max((day for day, _ in self.sessions), default=date.min)

    def numbers_of(self, patient: Patient) -> set[str]:
        """Return a patient's record number, and those of records merged into theirs."""
        return {
            mrn
            for mrn, each in self.patients.items()
            if each.id == patient.id or each.id in patient.absorbed
        }


_ORDER = (Facility, Program, RecordNumber, Identity, Patient, Calendar, Session)


def in_order(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """Return aggregates in the order in which they are saved: what others refer to first."""
    return sorted(aggregates, key=_place)


def _place(aggregate: Aggregate) -> tuple[int, datetime]:
    starts_at = bounds.FIRST_INSTANT
    if isinstance(aggregate, Session):
        starts_at = aggregate.meeting.starts_at
    return _ORDER.index(type(aggregate)), starts_at
