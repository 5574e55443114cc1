"""Commands about tracks: a change of a series brings all of its sessions along, or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.aggregate import Cause
from domain.calendar import ResourceKind
from domain.errors import ConflictsMet, Refusal
from domain.patient import Patient
from domain.program import Deviation, Occurrence, Pattern, Program, Series, Track
from domain.session import Meeting, Session, meeting_of
from domain.times import clock_change
from services.application import places, sessions
from services.application.work import Desk, Work


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


class TrackChanges(Desk):
    """The commands that change a series. Each previews what it brings with `dry_run`.

    Otherwise it saves all of it, or raises ConflictsMet, which names each conflict. What is closed
    stays as it was.
    """

    def keep_track(
        self,
        cause: Cause,
        facility_id: str,
        program_id: str,
        track: Track,
        *,
        dry_run: bool = False,
    ) -> Preview:
        """Set a track up, or change its name, days or first pattern."""
        return self._change(
            cause,
            facility_id,
            program_id,
            track.track_id,
            lambda program: program.keep_track(cause, track),
            dry_run=dry_run,
        )

    def change_following(
        self,
        cause: Cause,
        facility_id: str,
        program_id: str,
        track_id: str,
        *,
        from_day: date,
        pattern: Pattern,
        reason: str,
        dry_run: bool = False,
    ) -> Preview:
        """Change the meeting of a day and all that follow; what was changed singly stays so."""
        return self._change(
            cause,
            facility_id,
            program_id,
            track_id,
            lambda program: program.change_following(cause, track_id, from_day, pattern, reason),
            dry_run=dry_run,
        )

    def change_meeting(
        self,
        cause: Cause,
        facility_id: str,
        program_id: str,
        track_id: str,
        *,
        occurrence: date,
        deviation: Deviation,
        dry_run: bool = False,
    ) -> Preview:
        """Change one meeting, known by the day on which the track's rule has it."""
        return self._change(
            cause,
            facility_id,
            program_id,
            track_id,
            lambda program: program.except_meeting(cause, track_id, occurrence, deviation),
            dry_run=dry_run,
        )

    def restore_meeting(
        self,
        cause: Cause,
        facility_id: str,
        program_id: str,
        track_id: str,
        *,
        occurrence: date,
        dry_run: bool = False,
    ) -> Preview:
        """Let a meeting that was changed follow its series again."""
        return self._change(
            cause,
            facility_id,
            program_id,
            track_id,
            lambda program: program.lift_exception(cause, track_id, occurrence),
            dry_run=dry_run,
        )

    def substitute_room(self, cause: Cause, session_id: str, room_id: str, reason: str) -> None:
        """Let a session take place in another room that is free."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            sessions.substitute_room(work, session, room_id, reason)
            _note_exception(work, session, Deviation(room_id=room_id, reason=reason))
            places.offer_places(work, session)

        self.decide(cause, decision)

    def substitute_staff(
        self, cause: Cause, session_id: str, staff_id: str | None, reason: str
    ) -> None:
        """Let somebody who is free lead a session; None takes the facilitator away for now."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            sessions.substitute_staff(work, session, staff_id, reason)
            if staff_id is not None:
                _note_exception(work, session, Deviation(staff_id=staff_id, reason=reason))

        self.decide(cause, decision)

    def extend_track(self, cause: Cause, facility_id: str, program_id: str, track_id: str) -> None:
        """Schedule a track as far as the horizon, with its rosters, as time goes by.

        What cannot be is left out and noted: a meeting whose room or facilitator is taken, a
        patient who has no time or place.
        """

        def decision(work: Work) -> None:
            program = work.program(facility_id, program_id)
            today = work.today(facility_id)
            _Settling(work, program, track_id).extend(today)

        self.decide(cause, decision)

    def _change(
        self,
        cause: Cause,
        facility_id: str,
        program_id: str,
        track_id: str,
        change: Callable[[Program], None],
        *,
        dry_run: bool,
    ) -> Preview:
        def decision(work: Work) -> Preview:
            program = work.program(facility_id, program_id)
            known = program.tracks.get(track_id)
            change(program)
            settling = _Settling(work, program, track_id)
            conflicts = settling.bring_about(known)
            if dry_run:
                raise _OnlyLooked(settling.preview(conflicts))
            if conflicts:
                raise ConflictsMet.all_of(conflicts)
            return settling.preview(conflicts)

        try:
            return self.decide(cause, decision)
        except _OnlyLooked as looked:
            return looked.preview


class _OnlyLooked(Exception):
    """Ends a decision that is not to be saved."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview


class _Settling:
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
                try:
                    session.withdraw(self._cause, "the series changed")
                except Refusal as refusal:
                    yield f"{day}: {refusal}"
                sessions.give_time_back(self._work, session, "the series changed")
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


def _note_exception(work: Work, session: Session, deviation: Deviation) -> None:
    """Let the series of a track know that one of its meetings is changed."""
    meeting = session.meeting
    if meeting.track_id is not None and meeting.occurrence is not None:
        program = work.program(session.facility_id, meeting.program_id)
        program.except_meeting(work.cause, meeting.track_id, meeting.occurrence, deviation)
