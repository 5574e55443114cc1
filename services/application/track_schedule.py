"""What a series asks for, brought about: sessions, rooms, staff and the rosters of one track."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from domain.calendar import ResourceKind
from domain.errors import NoSuchMeeting, RecordClosed, Refusal
from domain.patient import Patient
from domain.program import Occurrence, Program
from domain.session import Meeting, Session, meeting_of
from domain.times import clock_change
from services.application import booking, sessions
from services.application.track_preview import SingleDay
from services.application.unit_of_work import UnitOfWork


class TrackScheduler:
    """Brings the sessions of one track to what its series says.

    Of the patients `taking_off` those who cannot come to a session then are not expected there.
    """

    def __init__(
        self, work: UnitOfWork, program: Program, track_id: str, taking_off: Sequence[str] = ()
    ) -> None:
        self._work = work
        self._taking_off = tuple(work.patient(each).id for each in taking_off)
        self._context = work.context
        self._program = program
        self._series = program.series(track_id)
        self._facility = work.facility(program.facility_id)
        self._zone = work.zone(program.facility_id)
        self._through = work.horizon(program.facility_id)
        self.track_id = track_id

    # A change of the series

    def bring_about(
        self, before: Mapping[date, Meeting], single: SingleDay | None = None
    ) -> list[str]:
        """Withdraw, move and schedule sessions; return a sentence for each that cannot be.

        `before` are the meetings that the series had, by the days of its rule. What is closed stays
        as it was, and is in the way where nothing else changes; of a `single` day it is put right.
        """
        wanted = self.wanted()
        changed = {day for day in {*before, *wanted} if before.get(day) != wanted.get(day)}
        amended = self._days_of(single) if single else set()
        conflicts = list(self._make_room(wanted, before, amended))
        for day in sorted(set(self._program.blocked.get(self.track_id, {})) - set(wanted)):
            self._program.unblock_meeting(self._context, self.track_id, day)
        for day, meeting in wanted.items():
            try:
                for patient, refusal in self._place(day, meeting, amend=day in amended):
                    conflicts.append(f"{day}: {refusal}")
                    self._work.note_not_booked(self._id_of(day), patient.id, refusal)
            except Refusal as refusal:
                conflicts.append(f"{day}: {refusal}")
        for day in sorted(amended):
            if single and (session := self._session(day)):
                self._work.reconcile_attendance(session, single.amendment)
        if changed and not single and all(map(self._is_closed, changed)):
            conflicts += [f"{day}: {RecordClosed()}" for day in changed]
        return sorted(conflicts)

    def _make_room(
        self, wanted: Mapping[date, Meeting], before: Mapping[date, Meeting], amended: set[date]
    ) -> Iterator[str]:
        """Give back what will not be taken any longer, before others take it."""
        for day in sorted({*before, *wanted, *amended}):
            session = self._session(day)
            if session is None or not session.takes_place:
                continue
            if session.closed and day not in amended:
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

    def _place(
        self, day: date, meeting: Meeting, *, amend: bool
    ) -> Iterator[tuple[Patient, Refusal]]:
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
        elif session.takes_place and session.meeting != meeting and (amend or not session.closed):
            yield from self._move(session, meeting)

    def _move(self, session: Session, meeting: Meeting) -> Iterator[tuple[Patient, Refusal]]:
        """Move a session with its roster: who is enrolled on the one day alone comes, or goes."""
        before = session.meeting
        if before.day != meeting.day:
            for patient in self._enrolled:
                visit = session.visits.get(patient.id)
                goes = self._expects(patient, before) and not self._expects(patient, meeting)
                if goes and visit and not visit.sign_ins:
                    booking.take_off(self._work, session, patient, "the meeting was moved")
        sessions.take_off_who_cannot_come(self._work, session, meeting, self._taking_off)
        sessions.move(self._work, session, meeting)
        if before.day != meeting.day:
            yield from self._fill(session, moved_from=before)
        booking.offer_places(self._work, session)

    def _days_of(self, single: SingleDay) -> set[date]:
        """Return the rule's days of the meetings that a change of a single day is about."""
        if single.held:
            held = self._series.meetings({}, single.day, single.day)
            return {each.occurrence for each in held}
        return {single.day}

    def _is_closed(self, day: date) -> bool:
        session = self._session(day)
        return session is not None and session.closed

    # A session that was called off

    def restore(self, session: Session, reason: str) -> None:
        """Restore a session that was called off, as its series has it now, with its roster.

        Who has left since is not expected; who has joined since is, if they can come.
        """
        occurrence = session.meeting.occurrence
        wanted = self.wanted().get(occurrence) if occurrence else None
        if wanted is None:
            raise NoSuchMeeting(day=session.meeting.day)
        session.restore(self._context, reason)
        for patient_id, visit in list(session.visits.items()):
            has_left = self._has_left(self._work.patient(patient_id), wanted.day)
            if has_left and not visit.made_up_by:
                session.release(self._context, patient_id)
        session.reschedule(self._context, wanted.led_as(session.meeting))
        sessions.take_time_again(self._work, session)
        self._fill_as_far_as_possible(session)

    def _has_left(self, patient: Patient, day: date) -> bool:
        of_track = [each for each in patient.enrolments.values() if each.track_id == self.track_id]
        ended = [each.last_day is not None and each.last_day < day for each in of_track]
        return not patient.admitted_at(day) or (bool(ended) and all(ended))

    # As time goes by

    def extend(self, today: date) -> None:
        """Schedule what is not on the schedule yet; note what cannot be, and try that again.

        What is no longer where the series has it by the site's clocks, since the rules of its zone
        changed, is put there.
        """
        for occurrence in self._occurrences():
            if occurrence.day < today:
                continue
            day, meeting = occurrence.occurrence, self._meeting(occurrence)
            session = self._session(day)
            if session and not session.is_out_of_place(self._context, meeting):
                self._fill_as_far_as_possible(session)
            elif taken := self._make_way(meeting, frozenset()):
                self._program.block_meeting(self._context, self.track_id, day, *taken)
            elif session:
                self._put_in_place(session, meeting)
            else:
                self._program.unblock_meeting(self._context, self.track_id, day)
                self._fill_as_far_as_possible(self._schedule(meeting))

    def _make_way(
        self, meeting: Meeting, moving: frozenset[str]
    ) -> tuple[ResourceKind, str] | None:
        """Return the kind and id of the room or facilitator that is not free; None if both are.

        A session that is in the way and out of place itself is put in place first, unless it is one
        of those `moving` already.
        """
        session_id = self._id_of(meeting.occurrence)
        moving |= {session_id}
        for calendar in self._work.calendars_around(self._program.facility_id, meeting):
            for other_id in calendar.in_the_way(session_id, meeting.span):
                if other_id in moving or not self._move_away(other_id, moving):
                    return calendar.kind, calendar.resource_id
        return None

    def _move_away(self, session_id: str, moving: frozenset[str]) -> bool:
        """Put another session in place, if it is out of place; tell whether it was."""
        session = self._work.session(session_id)
        track_id, day = session.meeting.track_id, session.meeting.occurrence
        if track_id is None or day is None:
            return False
        program = self._work.program(session.facility_id, session.meeting.program_id)
        other = TrackScheduler(self._work, program, track_id)
        meeting = other.wanted().get(day)
        if meeting is None or not session.is_out_of_place(self._context, meeting):
            return False
        if other._make_way(meeting, moving):
            return False
        other._put_in_place(session, meeting)
        return True

    def _put_in_place(self, session: Session, meeting: Meeting) -> None:
        """Move a session to its time, with its roster; note who has no time then."""
        sessions.give_time_back(self._work, session, "the rules of the time zone changed")
        session.reschedule(self._context, meeting.led_as(session.meeting))
        if meeting.occurrence:
            self._program.unblock_meeting(self._context, self.track_id, meeting.occurrence)
        sessions.take_time(self._work, session)
        for patient in booking.book_again(self._work, session):
            patient.find_collisions(self._context, self._zone)
        self._fill_as_far_as_possible(session)

    # What both do

    def wanted(self) -> dict[date, Meeting]:
        """Return the meetings that the series asks for, up to the horizon, by its rule's days."""
        return {each.occurrence: self._meeting(each) for each in self._occurrences()}

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

    def _expects(self, patient: Patient, meeting: Meeting) -> bool:
        """Tell whether a patient's enrolments ask them to a meeting of the track."""
        return patient.admitted_at(meeting.day) and any(
            each.track_id == self.track_id and each.covers(meeting.day, meeting.occurrence)
            for each in patient.enrolments.values()
        )

    def _fill(
        self, session: Session, moved_from: Meeting | None = None
    ) -> Iterator[tuple[Patient, Refusal]]:
        """Expect each patient who is enrolled; yield whom that is refused.

        Who was released from this session, by hand or in a discharge, stays so; not who was not
        to come to where it was `moved_from`.
        """
        for patient in self._enrolled:
            released = patient.id in session.released and not (
                moved_from and not self._expects(patient, moved_from)
            )
            if patient.id in session.visits or released:
                continue
            if self._expects(patient, session.meeting):
                try:
                    booking.book(self._work, session, patient)
                except Refusal as refusal:
                    if patient.id in self._taking_off:
                        patient.block(self._context, session.id, str(refusal))
                    else:
                        yield patient, refusal

    def _fill_as_far_as_possible(self, session: Session) -> None:
        """Expect each patient who is enrolled, and note of each other one why they cannot come."""
        if session.takes_place and not session.closed:
            for patient, refusal in self._fill(session):
                patient.block(self._context, session.id, str(refusal))
                self._work.note_not_booked(session.id, patient.id, refusal)

    @cached_property
    def _enrolled(self) -> list[Patient]:
        facility_id = self._program.facility_id
        found = map(self._work.patient, self._work.enrolled(facility_id, self.track_id))
        return [each for each in found if not each.merged_into]
