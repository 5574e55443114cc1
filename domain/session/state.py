"""What a session's events add up to. Nothing here refuses: history loads whatever the rules are."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from domain.aggregate import Aggregate, CommandContext, Event
from domain.session import events as on
from domain.session.attendance import Absence, Record, SignIn, TurnedAway, Visit
from domain.session.meeting import Meeting
from domain.session.note import SignedNote

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Supporter:
    """Somebody close to a patient who takes part; counts neither as a patient nor as a place."""

    patient_id: str
    relation: str
    sign_ins: tuple[SignIn, ...] = ()


class SessionState(Aggregate):
    """A session's meeting, whether it takes place, and each patient's visit."""

    label: str
    meeting: Meeting
    called_off_because: str | None = None
    restored_from: str | None = None
    """The reason for which it was called off, where somebody has taken that back since."""
    withdrawn: bool = False
    started: bool = False
    closed: bool = False
    visits: dict[str, Visit] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    """Who waits for a place, in their order."""
    released: tuple[str, ...] = ()
    """Who was expected and is no longer: nobody expects them again without being told to."""
    struck: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    """The arrivals that were taken off each patient's visit, since they were none of theirs."""
    supporters: dict[str, Supporter] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    """The attendance on record of each patient, also of one who was released since."""
    group_note_by: tuple[str, ...] = ()
    individual_notes: dict[str, tuple[SignedNote, ...]] = field(default_factory=dict)
    sheet_by: tuple[str, ...] = ()

    @property
    def called_off(self) -> bool:
        """Tell whether the program called the session off."""
        return self.called_off_because is not None

    @property
    def takes_place(self) -> bool:
        """Tell whether the session is on the schedule and was not called off."""
        return not (self.called_off or self.withdrawn)

    def has_begun(self, context: CommandContext) -> bool:
        """Tell whether the session's time has come."""
        return self.meeting.starts_at <= context.at

    @property
    def free_places(self) -> int:
        """How many more patients can be expected; supporters take no place."""
        return max(self.meeting.places - len(self.visits), 0)

    def supporters_of(self, patient_id: str) -> dict[str, Supporter]:
        """Return who is expected to come along with a patient, by their ids."""
        return {
            supporter_id: supporter
            for supporter_id, supporter in self.supporters.items()
            if supporter.patient_id == patient_id
        }

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            # What happens most often comes first.
            case on.PatientRostered():
                self.visits[event.patient_id] = Visit()
                self.released = tuple(each for each in self.released if each != event.patient_id)
                self._stop_waiting(event.patient_id)
            case on.PatientCheckedIn():
                self._take_arrival(event.patient_id, SignIn(event.arrived_at), event.makes_up)
            case on.PatientCheckedOut() | on.LateCheckOutEntered() | on.CheckOutCorrected():
                self._take_departure(event.patient_id, event.arrived_at, event.left_at)
            case on.AttendanceRecorded() | on.AttendanceCorrected():
                self.records[event.patient_id] = Record(
                    event.originator_version, event.attendance, event.makes_up
                )
            case on.SessionRescheduled():
                self._apply_meeting(event.meeting, event.timestamp)
            case on.RoomSubstituted():
                self.meeting = replace(self.meeting, room_id=event.room_id, places=event.places)
            case on.StaffSubstituted():
                self.meeting = replace(self.meeting, staff_id=event.staff_id)
            case on.SessionStarted():
                self.started = True
            case on.SessionCalledOff() | on.SessionRestored() | on.SessionWithdrawn():
                self._apply_taking_place(event)
            case on.SessionClosed():
                self.closed = True
            case on.AttendanceWithdrawn():
                self.records[event.patient_id] = Record(event.originator_version, None, None)
            case on.GroupNoteSigned():
                self.group_note_by = (*self.group_note_by, event.signer)
            case on.IndividualNoteSigned():
                self._take_note(event)
            case on.NoteCosigned():
                known = self.individual_notes.get(event.patient_id, ())
                self.individual_notes[event.patient_id] = tuple(
                    replace(each, cosigned=each.cosigned or each.version == event.note)
                    for each in known
                )
            case on.SheetSigned():
                self.sheet_by = (*self.sheet_by, event.signer)
            case on.MakeUpLinked():
                self._revisit(event.patient_id, made_up_by=event.made_up_by)
            case on.MakeUpUnlinked():
                self._revisit(event.patient_id, made_up_by=None)
            case on.MakeUpRedirected():
                self._revisit(event.patient_id, makes_up=event.makes_up)
            case _:
                self._apply_roster(event)
                self._apply_door(event)
                self._apply_supporter(event)

    def _apply_taking_place(self, event: Event) -> None:
        match event:
            case on.SessionCalledOff():
                self.called_off_because = event.reason
            case on.SessionRestored():
                self.restored_from, self.called_off_because = self.called_off_because, None
            case on.SessionWithdrawn():
                self.withdrawn = True
                self.started = False
                self.waiting = ()
                self.visits.clear()
                self.supporters.clear()

    def _apply_meeting(self, meeting: Meeting, recorded_at: datetime) -> None:
        """Move the session; one that is to take place again will be closed again."""
        self.meeting = meeting
        self.withdrawn = False
        if meeting.starts_at > recorded_at:
            self.started = False
        if self.closed and meeting.ends_at > recorded_at:
            self.closed = False
            self.group_note_by = self.sheet_by = ()
            self.individual_notes.clear()
            for patient_id, known in self.records.items():
                self.records[patient_id] = replace(known, outdated=True)

    def _apply_roster(self, event: Event) -> None:
        match event:
            case on.PatientReleased():
                self.visits.pop(event.patient_id, None)
                self.released = (*self.released, event.patient_id)
            case on.PatientWaitlisted():
                self.waiting = (*self.waiting, event.patient_id)
            case on.WaitlistLeft():
                self._stop_waiting(event.patient_id)
            case on.AbsenceAnnounced():
                known = self._visit(event.patient_id).absence
                excused = bool(known and known.excused)
                absence = Absence(event.reason, event.notified_at, excused)
                self._revisit(event.patient_id, absence=absence)
            case on.AbsenceExcused() | on.ExcuseWithdrawn():
                if known := self._visit(event.patient_id).absence:
                    excused = isinstance(event, on.AbsenceExcused)
                    self._revisit(event.patient_id, absence=replace(known, excused=excused))

    def _apply_door(self, event: Event) -> None:
        match event:
            case on.LateSignInEntered():
                line = SignIn(event.arrived_at, event.left_at)
                self._take_arrival(event.patient_id, line, event.makes_up)
            case on.DepartureHeld():
                held = (*self._visit(event.patient_id).departures, event.left_at)
                self._revisit(event.patient_id, departures=tuple(sorted(held)))
            case on.PatientTurnedAway():
                known = self._visit(event.patient_id).turned_away
                turned_away = (*known, TurnedAway(event.came_at, event.reason))
                self._revisit(event.patient_id, turned_away=turned_away)
            case on.CheckInUndone():
                self._take_line_off(event.patient_id, event.arrived_at)
            case on.SignInReassigned():
                struck = self._take_line_off(event.patient_id, event.arrived_at)
                self._take_arrival(event.to_patient_id, struck or SignIn(event.arrived_at), None)

    def _apply_supporter(self, event: Event) -> None:
        match event:
            case on.SupporterExpected():
                known = self.supporters.get(event.supporter_id)
                lines = known.sign_ins if known else ()
                self.supporters[event.supporter_id] = Supporter(
                    event.patient_id, event.relation, lines
                )
            case on.SupporterReleased():
                self.supporters.pop(event.supporter_id, None)
            case on.SupporterCheckedIn() if known := self.supporters.get(event.supporter_id):
                lines = (*known.sign_ins, SignIn(event.arrived_at))
                self.supporters[event.supporter_id] = replace(known, sign_ins=lines)
            case on.SupporterCheckedOut() if known := self.supporters.get(event.supporter_id):
                lines = _left(known.sign_ins, event.arrived_at, event.left_at)
                self.supporters[event.supporter_id] = replace(known, sign_ins=lines)

    def _take_arrival(self, patient_id: str, line: SignIn, makes_up: str | None) -> None:
        known = self.visits.get(patient_id)
        if known is None:
            known = Visit(role="make_up" if makes_up else "rostered", makes_up=makes_up)
            self._stop_waiting(patient_id)
        lines = sorted((*known.sign_ins, line), key=lambda each: each.arrived_at)
        held = _outside(known.departures, line.arrived_at, line.left_at)
        self.visits[patient_id] = replace(known, sign_ins=tuple(lines), departures=held)

    def _take_departure(
        self, patient_id: str, arrived_at: datetime, left_at: datetime | None
    ) -> None:
        known = self._visit(patient_id)
        self._revisit(
            patient_id,
            sign_ins=_left(known.sign_ins, arrived_at, left_at),
            departures=_outside(known.departures, arrived_at, left_at),
        )

    def _take_line_off(self, patient_id: str, arrived_at: datetime) -> SignIn | None:
        """Take a line off a visit, and a make-up visit with its last one; return the line."""
        visit = self._visit(patient_id)
        self.struck[patient_id] = (*self.struck.get(patient_id, ()), arrived_at)
        struck = next((line for line in visit.sign_ins if line.arrived_at == arrived_at), None)
        rest = tuple(line for line in visit.sign_ins if line != struck)
        following = [line.arrived_at for line in rest if line.arrived_at > arrived_at]
        held = _outside(visit.departures, arrived_at, min([*following, _END_OF_TIME]))
        if visit.role == "make_up" and not rest:
            self.visits.pop(patient_id, None)
        else:
            self._revisit(patient_id, sign_ins=rest, departures=held)
        return struck

    def _take_note(self, event: on.IndividualNoteSigned) -> None:
        note = SignedNote(
            event.originator_version,
            event.timestamp,
            event.signer,
            event.credential,
            event.services,
        )
        known = self.individual_notes.get(event.patient_id, ())
        self.individual_notes[event.patient_id] = (*known, note)

    def _stop_waiting(self, patient_id: str) -> None:
        if patient_id in self.waiting:
            self.waiting = tuple(each for each in self.waiting if each != patient_id)

    def _visit(self, patient_id: str) -> Visit:
        return self.visits.get(patient_id, Visit())

    def _revisit(self, patient_id: str, **changes: object) -> None:
        if patient_id in self.visits:
            known = self.visits[patient_id]
            self.visits[patient_id] = replace(known, **changes)  # type: ignore[arg-type]


def _outside(
    held: tuple[datetime, ...], arrived_at: datetime, left_at: datetime | None
) -> tuple[datetime, ...]:
    """Return the departures that no stay between these two explains."""
    if left_at is None:
        return held
    return tuple(each for each in held if not arrived_at <= each <= left_at)


def _left(
    lines: tuple[SignIn, ...], arrived_at: datetime, left_at: datetime | None
) -> tuple[SignIn, ...]:
    """Return the lines with the departure of the one who arrived then."""
    return tuple(
        replace(line, left_at=left_at) if line.arrived_at == arrived_at else line for line in lines
    )
