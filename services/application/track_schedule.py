"""What a series asks for, brought about: sessions, rooms, staff and the rosters of one track."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

from domain.calendar import ResourceKind
from domain.errors import Refusal
from domain.patient import Patient
from domain.program import Occurrence, Program
from domain.session import Meeting, Session, meeting_of
from domain.times import clock_change
from services.application import booking, sessions
from services.application.unit_of_work import UnitOfWork


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

    @classmethod
    def of(cls, settled: Sequence["Settling"], conflicts: Iterable[str]) -> Self:
        """Return what is so of these tracks once they were brought about."""
        return cls(
            tuple(sorted(each.day for track in settled for each in track.meetings)),
            tuple(sorted({day for track in settled for day in track.closed_days()})),
            tuple(sorted({change for track in settled for change in track.clock_changes()})),
            tuple(sorted(conflicts)),
        )


class Settling:
    """Brings the sessions of one track to what its series says."""

    def __init__(self, work: UnitOfWork, program: Program, track_id: str) -> None:
        self._work = work
        self._context = work.context
        self._program = program
        self._series = program.series(track_id)
        self._facility = work.facility(program.facility_id)
        self._zone = work.zone(program.facility_id)
        self._through = work.horizon(program.facility_id)
        self.track_id = track_id

    # A change of the series

    def bring_about(self, before: set[date]) -> list[str]:
        """Withdraw, move and schedule sessions; return a sentence for each that cannot be.

        `before` are the days that the series had.
        """
        wanted = {each.occurrence: self._meeting(each) for each in self._occurrences()}
        conflicts = list(self._make_room(wanted, before))
        for day in sorted(set(self._program.blocked.get(self.track_id, {})) - set(wanted)):
            self._program.unblock_meeting(self._context, self.track_id, day)
        for day, meeting in wanted.items():
            try:
                conflicts += [f"{day}: {refusal}" for _, refusal in self._place(day, meeting)]
            except Refusal as refusal:
                conflicts.append(f"{day}: {refusal}")
        return sorted(conflicts)

    def _make_room(self, wanted: dict[date, Meeting], before: set[date]) -> Iterator[str]:
        """Give back what will not be taken any longer, before others take it."""
        for day in sorted(before | set(wanted)):
            session = self._session(day)
            if session is None or session.closed or not session.takes_place:
                continue
            meeting = wanted.get(day)
            if meeting is None:
                sessions.give_time_back(self._work, session, "the series changed")
                try:
                    session.withdraw(self._context, "the series changed")
                except Refusal as refusal:
                    yield f"{day}: {refusal}"
            elif meeting.span != session.meeting.span:
                sessions.give_time_back(self._work, session, "rescheduled")

    def _place(self, day: date, meeting: Meeting) -> Iterator[tuple[Patient, Refusal]]:
        """Schedule or move a session; yield which of the enrolled cannot come, and why."""
        self._program.unblock_meeting(self._context, self.track_id, day)
        session = self._session(day)
        if session is None:
            yield from self._fill(self._schedule(meeting))
            return
        meeting = meeting.led_as(session.meeting)
        if session.withdrawn:
            sessions.move(self._work, session, meeting)
            yield from self._fill(session)
        elif session.meeting != meeting and not (session.closed or session.called_off):
            sessions.move(self._work, session, meeting)
            booking.offer_places(self._work, session)

    # The horizon

    def extend(self, today: date) -> None:
        """Schedule what is not on the schedule yet; note what cannot be, and try that again."""
        for occurrence in self._occurrences():
            if occurrence.day < today:
                continue
            day, meeting = occurrence.occurrence, self._meeting(occurrence)
            session = self._session(day)
            if session is None and (taken := self._taken(meeting)):
                self._program.block_meeting(self._context, self.track_id, day, *taken)
                continue
            if session is None:
                session = self._schedule(meeting)
                self._program.unblock_meeting(self._context, self.track_id, day)
            if session.takes_place and not session.closed:
                for patient, refusal in self._fill(session):
                    patient.block(self._context, session.id, str(refusal))

    # What both do

    def days(self) -> set[date]:
        """Return the days on which the series has meetings, up to the horizon."""
        return {each.occurrence for each in self._occurrences()}

    @cached_property
    def meetings(self) -> list[Occurrence]:
        """The meetings from today to the horizon."""
        today = self._work.today(self._program.facility_id)
        return [each for each in self._occurrences() if each.day >= today]

    def closed_days(self) -> Iterator[str]:
        """Yield the days of the rule on which the program is closed."""
        today = self._work.today(self._program.facility_id)
        met = {each.day for each in self.meetings}
        for day, reason in self._program.closures.items():
            if day not in met and today <= day <= self._through and self._series.falls_on(day):
                yield f"{day}: {reason}"

    def clock_changes(self) -> Iterator[str]:
        """Yield the days on which a change of clocks touches a meeting."""
        for each in self.meetings:
            if change := clock_change(each.day, each.starts, each.ends, self._zone):
                yield f"{each.day}: {change}"

    def _occurrences(self) -> Iterator[Occurrence]:
        first = self._series.track.first_day
        return self._series.occurrences(self._program.closures, first, self._through)

    def _meeting(self, occurrence: Occurrence) -> Meeting:
        return meeting_of(
            occurrence,
            program_id=self._program.program_id,
            track_id=self.track_id,
            zone=self._zone,
            room_holds=self._facility.room(occurrence.room_id).capacity,
        )

    def _session(self, day: date) -> Session | None:
        return self._work.find_session(self._id_of(day))

    def _id_of(self, day: date | None) -> str:
        return Session.id_of(self._program.facility_id, self.track_id, day)

    def _schedule(self, meeting: Meeting) -> Session:
        session = Session.schedule(
            self._context,
            facility_id=self._program.facility_id,
            label=self.track_id,
            meeting=meeting,
        )
        sessions.take_time(self._work, session)
        return self._work.keep(session)

    def _taken(self, meeting: Meeting) -> tuple[ResourceKind, str] | None:
        """Return the kind and id of the room or facilitator that is not free; None if both are."""
        session_id = self._id_of(meeting.occurrence)
        for calendar in self._work.calendars(self._program.facility_id, meeting):
            if not calendar.is_free(session_id, meeting.span):
                return calendar.kind, calendar.resource_id
        return None

    def _fill(self, session: Session) -> Iterator[tuple[Patient, Refusal]]:
        """Expect each patient who is enrolled; yield whom that is refused.

        Who was released from this session, by hand or in a discharge, stays so.
        """
        day = session.meeting.enrolled_day
        for patient in self._enrolled:
            if patient.id in session.visits or patient.id in session.released:
                continue
            if not patient.admitted_at(session.meeting.day):
                continue
            if any(
                each.track_id == self.track_id and each.covers(day)
                for each in patient.enrolments.values()
            ):
                try:
                    booking.book(self._work, session, patient)
                except Refusal as refusal:
                    yield patient, refusal

    @cached_property
    def _enrolled(self) -> list[Patient]:
        facility_id = self._program.facility_id
        found = map(self._work.patient, self._work.enrolled(facility_id, self.track_id))
        return [each for each in found if not each.merged_into]
