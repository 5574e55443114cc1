"""The work of one command: each aggregate that it needs, loaded once and saved with the others."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import psycopg

from domain import bounds
from domain.aggregate import Aggregate, CommandContext
from domain.calendar import Calendar, ResourceKind, weeks_around, weeks_of
from domain.errors import NotOnStaff, NotYet, Refusal
from domain.facility import Facility
from domain.identity import Identity
from domain.patient import Booking, Patient, PatientEnrolled
from domain.program import HORIZON, Program
from domain.session import Amendment, Meeting, PatientWaitlisted, Session
from services.journal import Reads, Receipt, imported_rows
from services.journal.imported_rows import RowKey
from services.vault import VaultSession

AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate)


class NotKnown(Refusal):
    """The command is about something that is not there."""

    says = "there is no such {what}"


class Records(Protocol):
    """What is on record, as far as a decision needs it."""

    def position(self) -> int:
        """Return the position at which, or later, all that is read is so."""

    def load(self, aggregate_id: str) -> Aggregate | None:
        """Return an aggregate that nobody else uses; None where nothing has that id."""

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        """Return the ids of the patients who ever joined a track, in the order of their joining."""

    def waited(self, patient_id: str) -> list[str]:
        """Return the ids of the sessions for which a patient ever waited, in order."""


class UnitOfWork:
    """What one command reads and decides; whoever runs it saves all of it or nothing.

    With a `facility_id` there is nothing but what is of that facility. A `receipt` is saved with
    what is decided. `reads` says on what the decision rests.
    """

    def __init__(
        self,
        records: Records,
        vault: VaultSession,
        context: CommandContext,
        facility_id: str | None = None,
    ) -> None:
        self._records = records
        self.vault = vault
        self.context = context
        self.reads = Reads(records.position())
        self.receipt: Receipt | None = None
        self._facility_id = facility_id
        self._loaded: dict[str, Aggregate | None] = {}
        self._set_aside: dict[str, Aggregate | None] = {}
        self._is_complete = False
        self.is_preview = False
        self.forgotten_rows: list[tuple[str, RowKey]] = []
        """The rows of clinics' files that said who somebody is who is forgotten now."""
        self.not_booked: dict[str, dict[str, Refusal]] = {}
        """Who is enrolled and could not be booked for a session, and why, by its id and theirs."""

    def begun_anew(self) -> "UnitOfWork":
        """Return another one on the same records, in which nothing is decided yet."""
        return UnitOfWork(self._records, self.vault, self.context, self._facility_id)

    def begin_with(self, aggregates: Iterable[Aggregate]) -> None:
        """Begin with all that is on record, loaded at once: what is not among it is not there."""
        self._loaded = {each.id: each for each in aggregates}
        self.reads.versions = {each.id: each.version for each in self._loaded.values() if each}
        self._is_complete = True

    def set_aside(self) -> None:
        """Let what was only looked at so far be found anew, in the order of the decision.

        In that order events are saved.
        """
        self._set_aside, self._loaded = self._loaded, {}

    # Finding

    def facility(self, facility_id: str) -> Facility:
        """Return a site. Raises NotKnown."""
        return self._known(Facility.id_of(facility_id), Facility, "facility")

    def program(self, facility_id: str, program_id: str) -> Program:
        """Return a program by its id at the clinic. Raises NotKnown."""
        return self._known(Program.id_of(facility_id, program_id), Program, "program")

    def program_of(self, patient: Patient) -> Program:
        """Return the program in which a patient is treated. Raises NotKnown."""
        return self.program(patient.facility_id, patient.program_id)

    def session(self, session_id: str) -> Session:
        """Return a session. Raises NotKnown."""
        return self._known(session_id, Session, "session")

    def patient(self, patient_id: str) -> Patient:
        """Return a patient. Raises NotKnown."""
        return self._known(patient_id, Patient, "patient")

    def person(self, patient_id: str) -> Patient:
        """Return a patient: of a record that was merged, the one that goes on. Raises NotKnown."""
        patient = self.patient(patient_id)
        return self.person(patient.merged_into) if patient.merged_into else patient

    def identity(self, patient_id: str) -> Identity:
        """Return what is known, sealed, of who a patient is. Raises NotKnown."""
        return self._known(Identity.id_of(patient_id), Identity, "identity")

    def check_known(self, patient_id: str) -> None:
        """Raise PersonForgotten where it was forgotten who a patient is."""
        if identity := self.find(Identity.id_of(patient_id), Identity):
            identity.check_known()

    def find(self, aggregate_id: str, kind: type[AnyAggregate]) -> AnyAggregate | None:
        """Return an aggregate of a kind; None where there is none."""
        found = self._find(aggregate_id)
        return found if isinstance(found, kind) else None

    def find_session(self, session_id: str) -> Session | None:
        """Return a session; None where it was never scheduled."""
        return self.find(session_id, Session)

    def calendar(
        self, facility_id: str, kind: ResourceKind, resource_id: str, day: date
    ) -> Calendar:
        """Return the week of a room or a person in which a day lies, opened if it is not there."""
        found = self.find(Calendar.id_of(facility_id, kind, resource_id, day), Calendar)
        return found or self.keep(
            Calendar.start(
                self.context, facility_id=facility_id, kind=kind, resource_id=resource_id, day=day
            )
        )

    def calendars(self, facility_id: str, meeting: Meeting) -> list[Calendar]:
        """Return the weeks of a meeting's room and, where it has one, of its facilitator."""
        weeks = weeks_of(meeting.span, self.zone(facility_id))
        return [
            self.calendar(facility_id, *each, week) for each in meeting.resources for week in weeks
        ]

    def calendars_around(self, facility_id: str, meeting: Meeting) -> list[Calendar]:
        """Return the weeks, as far as they are there, that may have what meets a meeting."""
        weeks = {*weeks_around(meeting.span, self.zone(facility_id)), meeting.day}
        ids = (
            Calendar.id_of(facility_id, *each, week)
            for each in meeting.resources
            for week in sorted(weeks)
        )
        return [found for each in dict.fromkeys(ids) if (found := self.find(each, Calendar))]

    def enrolled(self, facility_id: str, track_id: str) -> list[str]:
        """Return the ids of the patients who ever joined a track."""
        self.reads.topics.add(PatientEnrolled.TOPIC)
        return self._records.enrolled(facility_id, track_id)

    def waits_for(self, patient_id: str) -> list[str]:
        """Return the ids of the sessions for which a patient ever waited."""
        self.reads.topics.add(PatientWaitlisted.TOPIC)
        return self._records.waited(patient_id)

    def zone(self, facility_id: str) -> ZoneInfo:
        """Return the zone of a site's clocks."""
        return ZoneInfo(self.facility(facility_id).timezone)

    def late_after(self, facility_id: str) -> timedelta:
        """Return how long after the start an arrival is late."""
        return timedelta(minutes=self.facility(facility_id).late_after_minutes)

    def today(self, facility_id: str) -> date:
        """Return the day on a site's clocks."""
        return self.context.at.astimezone(self.zone(facility_id)).date()

    def own_credential(self, facility_id: str, day: date) -> str:
        """Return the credential of the author, who signs with it, on a day.

        Raises NotOnStaff and NoCredential.
        """
        if self.context.staff_id is None:
            raise NotOnStaff
        return self.facility(facility_id).credential_on(self.context.staff_id, day)

    def horizon(self, facility_id: str) -> date:
        """Return the last day for which the sessions of running tracks are scheduled."""
        return self.today(facility_id) + HORIZON

    # Deciding

    def check_past(self, facility_id: str, day: date) -> None:
        """Raise NotYet for a day that has not come on a site's clocks."""
        if day > self.today(facility_id):
            raise NotYet

    def reconcile_attendance(self, session: Session, amendment: Amendment | None) -> None:
        """Bring the attendance of a session that is closed already up to date, with the reason."""
        if amendment:
            session.reconcile_attendance(
                self.context, self.late_after(session.facility_id), amendment
            )

    # Keeping

    def save_beside(self, conn: psycopg.Connection[Any]) -> None:
        """Write what belongs to the events and is none, in their transaction.

        Raises IdentityUnreadable: see VaultSession.
        """
        self.vault.save(conn)
        for facility_id, row in self.forgotten_rows:
            imported_rows.forget_who(conn, facility_id, row)

    def note_not_booked(self, session_id: str, patient_id: str, refusal: Refusal) -> None:
        """Note who is enrolled and cannot come to a session."""
        self.not_booked.setdefault(session_id, {})[patient_id] = refusal

    def keep(self, aggregate: AnyAggregate) -> AnyAggregate:
        """Add a new aggregate to what is saved; return it."""
        self._loaded[aggregate.id] = aggregate
        self._set_aside.pop(aggregate.id, None)
        self.reads.versions.setdefault(aggregate.id, 0)
        return aggregate

    def discard(self) -> None:
        """Discard what was decided: it was only to be looked at."""
        self.is_preview = True

    def decided(self) -> list[Aggregate]:
        """Return the aggregates with what is to be saved of them. Raises TooMuchAtOnce."""
        if self.is_preview:
            return []
        pending = self.pending()
        events = sum(len(each.pending_events) for each in pending)
        bounds.check_count("events of one command", events, bounds.MOST_EVENTS)
        return pending

    def pending(self) -> list[Aggregate]:
        """Return the aggregates about which something was decided."""
        return [each for each in self._loaded.values() if each and each.pending]

    def _known(self, aggregate_id: str, kind: type[AnyAggregate], what: str) -> AnyAggregate:
        found = self.find(aggregate_id, kind)
        if found is None:
            raise NotKnown(what=what)
        return found

    def _find(self, aggregate_id: str) -> Aggregate | None:
        if aggregate_id in self._set_aside:
            self._loaded[aggregate_id] = self._set_aside.pop(aggregate_id)
        elif aggregate_id not in self._loaded:
            found = None if self._is_complete else self._records.load(aggregate_id)
            self.reads.versions[aggregate_id] = found.version if found else 0
            elsewhere = found and self._facility_id not in {None, found.facility_id}
            self._loaded[aggregate_id] = None if elsewhere else found
        return self._loaded[aggregate_id]


def booking_of(session: Session) -> Booking:
    """Return what a session takes of a patient's time."""
    return Booking(session.id, session.meeting.starts_at, session.meeting.ends_at)
