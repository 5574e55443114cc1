"""The session aggregate: what may be done with a session. Its state is in `state`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Self

from domain.aggregate import Cause, derived_id
from domain.errors import (
    AlreadyMadeUp,
    EndsBeforeStart,
    HasAttended,
    MakeUpTooEarly,
    NotMissed,
    NotOnRoster,
    NotTakingPlace,
    OnRosterAnyway,
    SessionFull,
    SessionNotOver,
    SignedInElsewhere,
    SignedInTwice,
)
from domain.session.attendance import Absence, Meeting, SignIn, Visit, attendance_of, share_time
from domain.session.events import (
    AbsenceAnnounced,
    AbsenceExcused,
    AttendanceCorrected,
    AttendanceRecorded,
    CheckOutCorrected,
    ExcuseWithdrawn,
    LateCheckOutEntered,
    LateSignInEntered,
    MakeUpLinked,
    MakeUpRedirected,
    MakeUpUnlinked,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientReleased,
    PatientRostered,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from domain.session.state import SessionState
from domain.times import Span


class Session(SessionState):
    """Guards a meeting's places, its presence and what that presence counts.

    A session that was called off takes nobody's time but keeps its roster: who was expected is
    still a fact, and may still be recorded.
    """

    TOPIC = "session"

    @staticmethod
    def id_of(facility_id: str, label: str, day: date | None) -> str:
        """Return the aggregate's id: a track has one session a day, one of its own has no track.

        `label` is what the clinic calls the track or the session; `day` is None for a session of
        its own, which may move to another day.
        """
        return derived_id("session", facility_id, label, day.isoformat() if day else "")

    # Commands: the schedule

    @classmethod
    def schedule(cls, cause: Cause, *, facility_id: str, label: str, meeting: Meeting) -> Self:
        """Put a session on the schedule."""
        return cls.open(
            SessionScheduled,
            cause,
            id=cls.id_of(facility_id, label, meeting.day if meeting.track_id else None),
            facility_id=facility_id,
            label=label,
            meeting=meeting,
        )

    def reschedule(self, cause: Cause, meeting: Meeting) -> None:
        """Change time, place, people or content; brings a withdrawn session back."""
        if self.meeting == meeting and not self.withdrawn:
            return
        if meeting.places < len(self.visits):
            raise SessionFull(places=meeting.places)
        self.record(SessionRescheduled, cause, meeting=meeting)

    def call_off(self, cause: Cause, reason: str) -> None:
        """Let the session not take place; one that was called off may get another reason."""
        if self.withdrawn:
            raise NotTakingPlace
        if self.called_off_because == reason:
            return
        self._refuse_presence()
        self.record(SessionCalledOff, cause, reason=reason)

    def withdraw(self, cause: Cause, reason: str) -> None:
        """Take the session off the schedule."""
        if self.withdrawn:
            return
        self._refuse_presence()
        if any(visit.made_up_by for visit in self.visits.values()):
            raise AlreadyMadeUp
        self.record(SessionWithdrawn, cause, reason=reason)

    # Commands: who is expected

    def check_place(self, patient_id: str) -> None:
        """Raise the refusal that expecting this patient would meet."""
        if self.withdrawn:
            raise NotTakingPlace
        visit = self.visits.get(patient_id)
        if visit and visit.role == "make_up":
            raise OnRosterAnyway
        if visit is None and len(self.visits) >= self.meeting.places:
            raise SessionFull(places=self.meeting.places)

    def roster(self, cause: Cause, patient_id: str) -> None:
        """Expect a patient."""
        self.check_place(patient_id)
        if patient_id not in self.visits:
            self.record(PatientRostered, cause, patient_id=patient_id)

    def check_release(self, patient_id: str) -> None:
        """Raise the refusal that no longer expecting this patient would meet."""
        visit = self.visits[patient_id]
        if visit.sign_ins:
            raise HasAttended
        if visit.made_up_by:
            raise AlreadyMadeUp

    def release(self, cause: Cause, patient_id: str) -> None:
        """Expect a patient no longer."""
        if patient_id in self.visits:
            self.check_release(patient_id)
            self.record(PatientReleased, cause, patient_id=patient_id)

    def note_absence(self, cause: Cause, patient_id: str, absence: Absence) -> None:
        """Record that a patient said they would not come, and whether that is excused."""
        visit = self.visits.get(patient_id)
        if visit is None or visit.role != "rostered":
            raise NotOnRoster
        known = visit.absence
        if known is None or replace(known, excused=absence.excused) != absence:
            self.record(
                AbsenceAnnounced,
                cause,
                patient_id=patient_id,
                reason=absence.reason,
                notified_at=absence.notified_at,
            )
        if absence.excused != (known is not None and known.excused):
            event = AbsenceExcused if absence.excused else ExcuseWithdrawn
            self.record(event, cause, patient_id=patient_id)

    # Commands: at the door

    def sign_in(
        self,
        cause: Cause,
        patient_id: str,
        line: SignIn,
        *,
        makes_up: str | None = None,
        elsewhere: Iterable[Span] = (),
    ) -> None:
        """Record a line of the sign-in sheet, new or changed; its arrival tells which line it is.

        `makes_up` is the id of the missed session; `elsewhere` is when the patient is signed in
        to other sessions.
        """
        self._check_line(patient_id, line, makes_up, elsewhere)
        visit = self.visits.get(patient_id, Visit())
        if visit.makes_up and makes_up and visit.makes_up != makes_up:
            self.record(MakeUpRedirected, cause, patient_id=patient_id, makes_up=makes_up)
        known = next((each for each in visit.sign_ins if each.arrived_at == line.arrived_at), None)
        if known is None:
            self._arrive(cause, patient_id, line, makes_up)
        elif known.left_at != line.left_at:
            self._leave(cause, patient_id, known, line)

    def check_in(
        self,
        cause: Cause,
        patient_id: str,
        *,
        makes_up: str | None = None,
        elsewhere: Iterable[Span] = (),
    ) -> None:
        """Sign in a patient who arrives now; who is in already stays in."""
        if self._open_line(patient_id) is None:
            line = SignIn(cause.at)
            self.sign_in(cause, patient_id, line, makes_up=makes_up, elsewhere=elsewhere)

    def check_out(self, cause: Cause, patient_id: str) -> None:
        """Sign out a patient who leaves now; who is out already stays out."""
        if patient_id not in self.visits:
            raise NotOnRoster
        line = self._open_line(patient_id)
        if line is not None:
            left = replace(line, left_at=cause.at)
            self.sign_in(cause, patient_id, left, makes_up=self.visits[patient_id].makes_up)

    def presence(self, patient_id: str) -> Iterator[Span]:
        """Yield when a patient was here; who did not sign out stays to the session's end."""
        visit = self.visits.get(patient_id)
        for line in visit.sign_ins if visit else ():
            yield self._stay(line)

    # Commands: make-ups

    def check_make_up(self, patient_id: str, by: "Session") -> None:
        """Raise the refusal that making up this session by another one would meet."""
        visit = self.visits.get(patient_id)
        missed = visit and visit.role == "rostered" and (self.called_off or not visit.sign_ins)
        if visit is None or not missed:
            raise NotMissed
        if visit.made_up_by not in {None, by.id}:
            raise AlreadyMadeUp
        if self.meeting.starts_at >= by.meeting.starts_at:
            raise MakeUpTooEarly

    def link_make_up(self, cause: Cause, patient_id: str, by: "Session") -> None:
        """Let a visit to another session make up this one: once, and never twice."""
        self.check_make_up(patient_id, by)
        if self.visits[patient_id].made_up_by is None:
            self.record(MakeUpLinked, cause, patient_id=patient_id, made_up_by=by.id)

    def unlink_make_up(self, cause: Cause, patient_id: str) -> None:
        """Take a make-up of this session back."""
        visit = self.visits.get(patient_id)
        if visit and visit.made_up_by:
            self.record(MakeUpUnlinked, cause, patient_id=patient_id)

    # Commands: the record

    def close(self, cause: Cause, late_after: timedelta) -> None:
        """Turn presence into attendance, once the session is over."""
        if self.closed or self.called_off or self.withdrawn:
            return
        if cause.at < self.meeting.ends_at:
            raise SessionNotOver
        self.record(SessionClosed, cause)
        self.settle(cause, late_after, "closing")

    def settle(self, cause: Cause, late_after: timedelta, reason: str) -> None:
        """Bring the attendance of a closed session up to what is known now.

        A correction names the record that it corrects, its author, time and reason, and that
        record stays (Medicare Program Integrity Manual, chapter 3, section 3.3.2.5).
        """
        if not self.closed or self.withdrawn:
            return
        for patient_id, visit in list(self.visits.items()):
            attendance = attendance_of(
                self.meeting, visit, called_off=self.called_off, late_after=late_after
            )
            facts = {"patient_id": patient_id, "attendance": attendance, "makes_up": visit.makes_up}
            if visit.recorded_in is None:
                self.record(AttendanceRecorded, cause, **facts)
            elif (visit.recorded, visit.recorded_makes_up) != (attendance, visit.makes_up):
                self.record(
                    AttendanceCorrected, cause, corrects=visit.recorded_in, reason=reason, **facts
                )

    # Helpers

    def _refuse_presence(self) -> None:
        if any(visit.sign_ins for visit in self.visits.values()):
            raise HasAttended

    def _open_line(self, patient_id: str) -> SignIn | None:
        visit = self.visits.get(patient_id, Visit())
        return next((line for line in visit.sign_ins if line.left_at is None), None)

    def _stay(self, line: SignIn) -> Span:
        return Span(line.arrived_at, line.left_at or max(line.arrived_at, self.meeting.ends_at))

    def _check_line(
        self, patient_id: str, line: SignIn, makes_up: str | None, elsewhere: Iterable[Span]
    ) -> None:
        if self.called_off or self.withdrawn:
            raise NotTakingPlace
        if line.left_at and line.left_at < line.arrived_at:
            raise EndsBeforeStart(start="time_in", end="time_out")
        visit = self.visits.get(patient_id)
        if makes_up and visit and visit.role == "rostered":
            raise OnRosterAnyway
        if not makes_up and (visit is None or visit.role == "make_up"):
            raise NotOnRoster
        if visit and visit.made_up_by:
            raise AlreadyMadeUp
        if visit is None and len(self.visits) >= self.meeting.places:
            raise SessionFull(places=self.meeting.places)
        if visit and any(share_time(line, other) for other in visit.sign_ins):
            raise SignedInTwice
        if any(self._stay(line).overlaps(other) for other in elsewhere):
            raise SignedInElsewhere

    def _arrive(self, cause: Cause, patient_id: str, line: SignIn, makes_up: str | None) -> None:
        arrival = {
            "patient_id": patient_id,
            "arrived_at": line.arrived_at,
            "makes_up": makes_up,
        }
        if self.closed:
            self.record(LateSignInEntered, cause, left_at=line.left_at, **arrival)
            return
        self.record(PatientCheckedIn, cause, **arrival)
        if line.left_at:
            self._leave(cause, patient_id, SignIn(line.arrived_at), line)

    def _leave(self, cause: Cause, patient_id: str, known: SignIn, line: SignIn) -> None:
        departure = {
            "patient_id": patient_id,
            "arrived_at": line.arrived_at,
            "left_at": line.left_at,
        }
        if known.left_at:
            self.record(CheckOutCorrected, cause, recorded_as=known.left_at, **departure)
        else:
            event = LateCheckOutEntered if self.closed else PatientCheckedOut
            self.record(event, cause, **departure)
