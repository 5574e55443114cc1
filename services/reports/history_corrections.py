"""Which event of an aggregate made which earlier one wrong."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from domain.aggregate import Event
from domain.identity import (
    IdentityCorrected,
    IdentityRecorded,
    RecordNumberAssigned,
    RecordNumberReassigned,
    RecordNumberWithdrawn,
)
from domain.monitoring.events import (
    AssessmentCorrected,
    AssessmentTaken,
    ResultCorrected,
    ResultReported,
)
from domain.patient import events as patient
from domain.program import events as program
from domain.screening import ScreeningCorrected, ScreeningRecorded
from domain.session import events as session
from domain.skipped_event import (
    SkippedEventDeclared,
    SkippedEventDeclaredAgain,
    SkippedEventWithdrawn,
)

Key = tuple[Any, ...]
KeyOf = Callable[[Any], Key]


def _arrival(event: Any) -> Key:
    return ("arrival", event.patient_id, event.arrived_at)


def _departure(event: Any) -> Key:
    return ("departure", event.patient_id, event.arrived_at)


def _make_up(event: Any) -> Key:
    return ("make-up", event.patient_id)


def _excuse(event: Any) -> Key:
    return ("excuse", event.patient_id)


def _version(event: Any) -> Key:
    return ("version", event.corrects)


def _own_version(event: Any) -> Key:
    return ("version", event.originator_version)


def _leave(event: Any) -> Key:
    return ("leave", event.first_day)


def _hospitalized(event: Any) -> Key:
    return ("partial hospitalization", event.first_day)


def _waiver(event: Any) -> Key:
    return ("waiver", event.rule, event.first_day)


def _result(event: Any) -> Key:
    return ("result", event.test_id)


def _closure(event: Any) -> Key:
    return ("closure", event.day)


def _exception(event: Any) -> Key:
    return ("exception", event.track_id, event.occurrence)


def _only(what: str) -> KeyOf:
    return lambda _: (what,)


SAYS: Mapping[type[Event], KeyOf] = {
    session.PatientCheckedIn: _arrival,
    session.LateSignInEntered: _arrival,
    session.PatientCheckedOut: _departure,
    session.LateCheckOutEntered: _departure,
    session.CheckOutCorrected: _departure,
    session.AttendanceRecorded: _own_version,
    session.AttendanceCorrected: _own_version,
    session.MakeUpLinked: _make_up,
    session.AbsenceExcused: _excuse,
    session.SessionScheduled: _only("schedule"),
    session.SessionCalledOff: _only("called off"),
    patient.PatientAdmitted: _only("admission"),
    patient.CandidateAdmitted: _only("admission"),
    patient.AdmissionCorrected: _only("admission"),
    patient.PatientDischarged: _only("discharge"),
    patient.DischargeCorrected: _only("discharge"),
    patient.LeaveGranted: _leave,
    patient.LeaveRevised: _leave,
    patient.PartialHospitalizationRecorded: _hospitalized,
    patient.RuleWaived: _waiver,
    ScreeningRecorded: _only("screening"),
    ScreeningCorrected: _only("screening"),
    AssessmentTaken: _only("answers"),
    AssessmentCorrected: _only("answers"),
    ResultReported: _result,
    ResultCorrected: _result,
    IdentityRecorded: _only("identity"),
    IdentityCorrected: _only("identity"),
    RecordNumberAssigned: _only("number"),
    RecordNumberReassigned: _only("number"),
    program.ClosureDeclared: _closure,
    program.ClosureRevised: _closure,
    program.MeetingExcepted: _exception,
    SkippedEventDeclared: _only("skip"),
    SkippedEventDeclaredAgain: _only("skip"),
}
"""What can turn out to be wrong, by what it says."""

CORRECTS: Mapping[type[Event], KeyOf] = {
    session.CheckInUndone: _arrival,
    session.SignInReassigned: _arrival,
    session.CheckOutCorrected: _departure,
    session.AttendanceCorrected: _version,
    session.AttendanceWithdrawn: _version,
    session.MakeUpUnlinked: _make_up,
    session.ExcuseWithdrawn: _excuse,
    session.SessionWithdrawn: _only("schedule"),
    session.SessionRestored: _only("called off"),
    patient.AdmissionCorrected: _only("admission"),
    patient.DischargeCorrected: _only("discharge"),
    patient.LeaveRevised: _leave,
    patient.PartialHospitalizationRecorded: _hospitalized,
    patient.PartialHospitalizationWithdrawn: _hospitalized,
    patient.WaiverWithdrawn: _waiver,
    ScreeningCorrected: _only("screening"),
    AssessmentCorrected: _only("answers"),
    ResultCorrected: _result,
    IdentityCorrected: _only("identity"),
    RecordNumberWithdrawn: _only("number"),
    program.ClosureRevised: _closure,
    program.ClosureLifted: _closure,
    program.ExceptionLifted: _exception,
    SkippedEventWithdrawn: _only("skip"),
}
"""What makes the last event wrong that says the same."""


def corrections(events: Iterable[Event]) -> dict[str, str]:
    """Return, by the id of each event that corrects one, the id of that.

    The events are those of whole aggregates that can be corrected, in the order of each.
    """
    said: dict[tuple[str, Key], str] = {}
    found: dict[str, str] = {}
    for event in events:
        where = event.originator_id
        if corrects := CORRECTS.get(type(event)):
            wrong = said.pop((where, corrects(event)), None)
            if wrong is not None:
                found[event.event_id] = wrong
        if says := SAYS.get(type(event)):
            said[where, says(event)] = event.event_id
    return found
