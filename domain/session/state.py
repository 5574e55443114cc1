"""What a session's events add up to. Nothing here refuses: history loads whatever the rules are."""

from dataclasses import field, replace
from datetime import datetime

from domain.aggregate import Aggregate, Event
from domain.session.attendance import Absence, Meeting, SignIn, Visit
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
    SessionWithdrawn,
)


class SessionState(Aggregate):
    """A session's meeting, whether it takes place, and each patient's visit."""

    label: str
    meeting: Meeting
    called_off_because: str | None = None
    withdrawn: bool = False
    closed: bool = False
    visits: dict[str, Visit] = field(default_factory=dict)

    @property
    def called_off(self) -> bool:
        """Tell whether the program called the session off."""
        return self.called_off_because is not None

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case SessionRescheduled():
                self.meeting = event.meeting
                self.withdrawn = False
            case SessionCalledOff():
                self.called_off_because = event.reason
            case SessionWithdrawn():
                self.withdrawn = True
                self.visits.clear()
            case SessionClosed():
                self.closed = True
            case PatientRostered():
                self.visits[event.patient_id] = Visit()
            case PatientReleased():
                self.visits.pop(event.patient_id, None)
            case AttendanceRecorded() | AttendanceCorrected():
                self._revisit(
                    event.patient_id,
                    recorded=event.attendance,
                    recorded_makes_up=event.makes_up,
                    recorded_in=event.originator_version,
                )
            case MakeUpLinked():
                self._revisit(event.patient_id, made_up_by=event.made_up_by)
            case MakeUpUnlinked():
                self._revisit(event.patient_id, made_up_by=None)
            case MakeUpRedirected():
                self._revisit(event.patient_id, makes_up=event.makes_up)
            case AbsenceAnnounced() | AbsenceExcused() | ExcuseWithdrawn():
                self._apply_absence(event)
            case PatientCheckedIn():
                self._apply_arrival(event.patient_id, SignIn(event.arrived_at), event.makes_up)
            case LateSignInEntered():
                line = SignIn(event.arrived_at, event.left_at)
                self._apply_arrival(event.patient_id, line, event.makes_up)
            case PatientCheckedOut() | LateCheckOutEntered() | CheckOutCorrected():
                self._apply_departure(event.patient_id, event.arrived_at, event.left_at)

    def _apply_absence(self, event: AbsenceAnnounced | AbsenceExcused | ExcuseWithdrawn) -> None:
        known = self.visits[event.patient_id].absence
        if isinstance(event, AbsenceAnnounced):
            absence = Absence(event.reason, event.notified_at, bool(known and known.excused))
            self._revisit(event.patient_id, absence=absence)
        elif known:
            excused = isinstance(event, AbsenceExcused)
            self._revisit(event.patient_id, absence=replace(known, excused=excused))

    def _apply_arrival(self, patient_id: str, line: SignIn, makes_up: str | None) -> None:
        if makes_up and patient_id not in self.visits:
            self.visits[patient_id] = Visit(role="make_up", makes_up=makes_up)
        lines = (*self.visits[patient_id].sign_ins, line)
        ordered = tuple(sorted(lines, key=lambda each: each.arrived_at))
        self._revisit(patient_id, sign_ins=ordered)

    def _apply_departure(
        self, patient_id: str, arrived_at: datetime, left_at: datetime | None
    ) -> None:
        lines = tuple(
            replace(line, left_at=left_at) if line.arrived_at == arrived_at else line
            for line in self.visits[patient_id].sign_ins
        )
        self._revisit(patient_id, sign_ins=lines)

    def _revisit(self, patient_id: str, **changes: object) -> None:
        self.visits[patient_id] = replace(self.visits[patient_id], **changes)  # type: ignore[arg-type]
