"""The commands: load, call one aggregate's method, save what belongs together at once."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from eventsourcing.persistence import IntegrityError

from domain.aggregate import Aggregate, Cause
from domain.calendar import Calendar, ResourceKind
from domain.errors import Refusal
from domain.facility import Facility
from domain.patient import Booking, Patient
from domain.session import Meeting, Session
from domain.times import Span
from services.journal import Journal

TRIES = 50
"""How often a command is decided anew because others saved first; each time one of them has won."""


class NotKnown(Refusal):
    """The command is about something that is not there."""

    says = "there is no such {what}"


class Daybook:
    """What can be asked of Daybook. A refusal changes nothing and says why.

    A command that meets somebody else's save is decided again on what is so then: of those who
    race for one place, one wins and the others are refused.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def schedule_session(
        self, cause: Cause, *, facility_id: str, label: str, meeting: Meeting
    ) -> str:
        """Put a session on the schedule, and take its room and facilitator; return its id."""
        day = meeting.day if meeting.track_id else None
        session_id = Session.id_of(facility_id, label, day)

        def decide() -> Sequence[Aggregate]:
            session = self._journal.load(session_id)
            if session is None:
                session = Session.schedule(
                    cause, facility_id=facility_id, label=label, meeting=meeting
                )
            room = self._calendar(cause, facility_id, "room", meeting.room_id, meeting.day)
            staff = self._calendar(cause, facility_id, "staff", meeting.staff_id, meeting.day)
            for calendar in (room, staff):
                calendar.book(cause, session_id, meeting.span)
            return session, room, staff

        self._save(decide)
        return session_id

    def book_patient(self, cause: Cause, session_id: str, patient_id: str) -> None:
        """Expect a patient at a session, and take their time for it."""

        def decide() -> Sequence[Aggregate]:
            session, patient = self._session(session_id), self._patient(patient_id)
            meeting = session.meeting
            patient.check_admitted(meeting.day)
            session.roster(cause, patient_id)
            patient.book(cause, [Booking(session_id, meeting.starts_at, meeting.ends_at)])
            return session, patient

        self._save(decide)

    def check_in(self, cause: Cause, session_id: str, patient_id: str) -> None:
        """Sign a patient in, now."""

        def decide() -> Sequence[Aggregate]:
            session = self._session(session_id)
            session.check_in(cause, patient_id, elsewhere=self._elsewhere(session, patient_id))
            return (session,)

        self._save(decide)

    def check_out(self, cause: Cause, session_id: str, patient_id: str) -> None:
        """Sign a patient out, now."""

        def decide() -> Sequence[Aggregate]:
            session = self._session(session_id)
            session.check_out(cause, patient_id)
            return (session,)

        self._save(decide)

    def close_session(self, cause: Cause, session_id: str) -> None:
        """Turn the presence in a session that is over into attendance."""

        def decide() -> Sequence[Aggregate]:
            session = self._session(session_id)
            facility = self._journal.load(Facility.id_of(session.facility_id))
            session.close(cause, timedelta(minutes=facility.late_after_minutes))
            return (session,)

        self._save(decide)

    def _save(self, decide: Callable[[], Sequence[Aggregate]]) -> None:
        for last in (*[False] * (TRIES - 1), True):
            try:
                self._journal.save(*decide())
            except IntegrityError:
                if last:
                    raise
            else:
                return

    def _session(self, session_id: str) -> Session:
        session = self._journal.load(session_id)
        if not isinstance(session, Session):
            raise NotKnown(what="session")
        return session

    def _patient(self, patient_id: str) -> Patient:
        patient = self._journal.load(patient_id)
        if not isinstance(patient, Patient):
            raise NotKnown(what="patient")
        return patient

    def _calendar(
        self, cause: Cause, facility_id: str, kind: ResourceKind, resource_id: str, day: date
    ) -> Calendar:
        found = self._journal.load(Calendar.id_of(facility_id, kind, resource_id, day))
        if isinstance(found, Calendar):
            return found
        return Calendar.start(
            cause, facility_id=facility_id, kind=kind, resource_id=resource_id, day=day
        )

    def _elsewhere(self, session: Session, patient_id: str) -> list[Span]:
        """Return when a patient is signed in to the other sessions booked for that day."""
        patient = self._patient(patient_id)
        day = timedelta(days=1)
        around = Span(session.meeting.starts_at - day, session.meeting.ends_at + day)
        return [
            stay
            for booking in patient.bookings.values()
            if booking.session_id != session.id and booking.span.overlaps(around)
            for stay in self._session(booking.session_id).presence(patient_id)
        ]
