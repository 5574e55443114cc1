"""What a series asks for, brought about: sessions, rooms, staff and the rosters of one track."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from domain.calendar import ResourceKind
from domain.errors import Refusal
from domain.patient import Patient
from domain.program import Occurrence, Program, Series
from domain.session import Meeting, Session, meeting_of
from domain.times import clock_change
from services.application import places, sessions
from services.application.work import Work


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of a series brings, up to the horizon; each a sentence with its day.

    `meetings` are the days on which the track meets. `closures` are days of its rule on which the
    program is closed, `clock_changes` those on which a change of clocks moves, lengthens or
    shortens the meeting. With `conflicts` nothing is saved.
    """

    meetings: tuple[date, ...]
    closures: tuple[str, ...]
    clock_changes: tuple[str, ...]
    conflicts: tuple[str, ...]


class Settling:
    """Brings the sessions of one track to what its series says."""

    def __init__(self, work: Work, program: Program, track_id: str) -> None:
        self._work = work
        self._cause = work.cause
        self._program = program
        self._series = program.series(track_id)
        self._facility = work.facility(program.facility_id)
        self._zone = work.zone(program.facility_id)
        self._through = work.horizon(program.facility_id)
        self._id = track_id

    # A change of the series

    def bring_about(self, before: Series | None) -> list[str]:
        """Withdraw, move and schedule sessions; return a sentence for each that cannot be."""
        wanted = {each.occurrence: self._meeting(each) for each in self._occurrences(self._series)}
        known = {each.occurrence for each in self._occurrences(before)} if before else set()
        conflicts = list(self._make_room(wanted, known))
        for day, meeting in wanted.items():
            try:
                conflicts += [f"{day}: {refusal}" for _, refusal in self._place(day, meeting)]
            except Refusal as refusal:
                conflicts.append(f"{day}: {refusal}")
        return sorted(conflicts)

    def _make_room(self, wanted: dict[date, Meeting], known: set[date]) -> Iterator[str]:
        """Give back what will not be taken any longer, before others take it."""
        for day in sorted(known | set(wanted)):
            session = self._session(day)
            if session is None or session.closed or not session.takes_place:
                continue
            meeting = wanted.get(day)
            if meeting is None:
                sessions.give_time_back(self._work, session, "the series changed")
                try:
                    session.withdraw(self._cause, "the series changed")
                except Refusal as refusal:
                    yield f"{day}: {refusal}"
            elif meeting.span != session.meeting.span:
                sessions.give_time_back(self._work, session, "rescheduled")

    def _place(self, day: date, meeting: Meeting) -> Iterator[tuple[Patient, Refusal]]:
        """Schedule or move a session; yield which of the enrolled cannot come, and why."""
        session = self._session(day)
        if session is None:
            session = self._schedule(meeting)
            yield from self._fill(session)
        elif session.withdrawn:
            sessions.move(self._work, session, meeting)
            yield from self._fill(session)
        elif session.meeting != meeting and not (session.closed or session.called_off):
            sessions.move(self._work, session, meeting)
            places.offer_places(self._work, session)
        self._program.unblock_meeting(self._cause, self._id, day)

    # The horizon

    def extend(self, today: date) -> None:
        """Schedule what is not on the schedule yet; note what cannot be, and try that again."""
        for occurrence in self._occurrences(self._series):
            if occurrence.day < today:
                continue
            day, meeting = occurrence.occurrence, self._meeting(occurrence)
            session = self._session(day)
            if session is None and (taken := self._taken(meeting)):
                self._program.block_meeting(self._cause, self._id, day, *taken)
                continue
            if session is None:
                session = self._schedule(meeting)
                self._program.unblock_meeting(self._cause, self._id, day)
            if session.takes_place:
                for patient, refusal in self._fill(session):
                    patient.block(self._cause, session.id, str(refusal))

    # What both do

    def preview(self, conflicts: list[str]) -> Preview:
        """Return what the series is like up to the horizon."""
        today = self._work.today(self._program.facility_id)
        meetings = [each for each in self._occurrences(self._series) if each.day >= today]
        days = {each.day for each in meetings}
        closed = [
            f"{day}: {reason}"
            for day, reason in sorted(self._program.closures.items())
            if day not in days and today <= day <= self._through and self._series.falls_on(day)
        ]
        changed = [
            f"{each.day}: {change}"
            for each in meetings
            if (change := clock_change(each.day, each.starts, each.ends, self._zone))
        ]
        return Preview(
            tuple(each.day for each in meetings), tuple(closed), tuple(changed), tuple(conflicts)
        )

    def _occurrences(self, series: Series) -> Iterator[Occurrence]:
        return series.occurrences(self._program.closures, series.track.first_day, self._through)

    def _meeting(self, occurrence: Occurrence) -> Meeting:
        return meeting_of(
            occurrence,
            program_id=self._program.program_id,
            track_id=self._id,
            zone=self._zone,
            room_holds=self._facility.room(occurrence.room_id).capacity,
        )

    def _session(self, day: date) -> Session | None:
        session_id = Session.id_of(self._program.facility_id, self._id, day)
        return self._work.find_session(session_id)

    def _schedule(self, meeting: Meeting) -> Session:
        session = Session.schedule(
            self._cause,
            facility_id=self._program.facility_id,
            label=self._id,
            meeting=meeting,
        )
        sessions.take_time(self._work, session)
        return self._work.keep(session)

    def _taken(self, meeting: Meeting) -> tuple[ResourceKind, str] | None:
        """Return the kind and id of the room or facilitator that is not free; None if both are."""
        session_id = Session.id_of(self._program.facility_id, self._id, meeting.occurrence)
        for calendar in self._work.calendars(self._program.facility_id, meeting):
            if not calendar.is_free(session_id, meeting.span):
                return calendar.kind, calendar.resource_id
        return None

    def _fill(self, session: Session) -> Iterator[tuple[Patient, Refusal]]:
        """Expect each patient who is enrolled; yield whom that is refused."""
        day = session.meeting.occurrence or session.meeting.day
        for patient in self._enrolled():
            if patient.id in session.visits or not patient.admitted_at(session.meeting.day):
                continue
            if any(
                each.track_id == self._id and each.covers(day)
                for each in patient.enrolments.values()
            ):
                try:
                    places.book(self._work, session, patient)
                except Refusal as refusal:
                    yield patient, refusal

    def _enrolled(self) -> list[Patient]:
        facility_id = self._program.facility_id
        found = map(self._work.patient, self._work.enrolled(facility_id, self._id))
        return [each for each in found if not each.merged_into]
