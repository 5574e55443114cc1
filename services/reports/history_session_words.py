"""The events of sessions in words: who came and went, who is expected, what is on."""

from typing import Any

from domain.plurals import counted
from domain.session import (
    AbsenceAnnounced,
    AbsenceExcused,
    AttendanceCorrected,
    AttendanceRecorded,
    AttendanceWithdrawn,
    CheckInUndone,
    CheckOutCorrected,
    DepartureHeld,
    ExcuseWithdrawn,
    GroupNoteSigned,
    IndividualNoteSigned,
    LateCheckOutEntered,
    LateSignInEntered,
    MakeUpLinked,
    MakeUpRedirected,
    MakeUpUnlinked,
    Meeting,
    NoteCosigned,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientPassedOver,
    PatientReleased,
    PatientRostered,
    PatientTurnedAway,
    PatientWaitlisted,
    RoomSubstituted,
    SessionCalledOff,
    SessionClosed,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionStarted,
    SessionWithdrawn,
    SheetSigned,
    SignInReassigned,
    StaffSubstituted,
    SupporterCheckedIn,
    SupporterCheckedOut,
    SupporterExpected,
    SupporterReleased,
    WaitlistLeft,
)
from services.reports.history_wording import Names, Wording, Words, hours, listed
from services.reports.verdict_words import visit_words


def _makes_up(event: Any, names: Names) -> str:
    return f", to make up {names.session(event.makes_up)}" if event.makes_up else ""


def _late_line(event: LateSignInEntered, names: Names) -> str:
    left = f" to {names.clock(event.left_at)}" if event.left_at else ""
    there = f"There from {names.clock(event.arrived_at)}{left}"
    return f"{there}, entered after the session was closed{_makes_up(event, names)}"


def _note(event: IndividualNoteSigned) -> str:
    about = f" about {listed(event.services)}" if event.services else ""
    return f"Individual note{about} signed, {event.credential}"


def _departure(event: CheckOutCorrected, names: Names) -> str:
    first = names.clock(event.recorded_as)
    if event.left_at is None:
        return f"Did not leave at {first}: when is not known"
    return f"Left at {names.clock(event.left_at)}, not at {first}"


def _attendance(event: AttendanceRecorded | AttendanceCorrected) -> str:
    came = event.attendance
    odd = [each for each, is_so in (("late", came.late), ("left early", came.left_early)) if is_so]
    counts = f"{hours(came.credited_minutes)} of {hours(came.scheduled_minutes)} count"
    return ", ".join([visit_words(came.status), *odd, counts])


def _meeting(meeting: Meeting, names: Names) -> str:
    when = f"{names.moment(meeting.starts_at)} to {names.clock(meeting.ends_at)}"
    led = names.person(meeting.staff_id)
    places = counted(meeting.places, "place")
    return f"{when}, {names.room(meeting.room_id)}, led by {led}, {places}"


CAME_AND_WENT: Words = {
    PatientCheckedIn: Wording(
        "visits",
        lambda e, n: f"Checked in at {n.clock(e.arrived_at)}{_makes_up(e, n)}",
        lambda e: e.arrived_at,
    ),
    PatientCheckedOut: Wording(
        "visits", lambda e, n: f"Checked out at {n.clock(e.left_at)}", lambda e: e.left_at
    ),
    DepartureHeld: Wording(
        "visits",
        lambda e, n: f"Left at {n.clock(e.left_at)}; the arrival is not recorded yet",
        lambda e: e.left_at,
    ),
    PatientTurnedAway: Wording(
        "visits", lambda e, n: f"Turned away at {n.clock(e.came_at)}", lambda e: e.came_at
    ),
    CheckInUndone: Wording(
        "visits", lambda e, n: f"The check-in at {n.clock(e.arrived_at)} was undone"
    ),
    SignInReassigned: Wording(
        "visits", lambda e, n: f"The check-in at {n.clock(e.arrived_at)} was somebody else's"
    ),
    SupporterCheckedIn: Wording(
        "visits",
        lambda e, n: f"Somebody close to the patient came at {n.clock(e.arrived_at)}",
        lambda e: e.arrived_at,
    ),
    SupporterCheckedOut: Wording(
        "visits",
        lambda e, n: f"Somebody close to the patient left at {n.clock(e.left_at)}",
        lambda e: e.left_at,
    ),
    MakeUpLinked: Wording("visits", lambda e, n: f"Made up in {n.session(e.made_up_by)}"),
    MakeUpUnlinked: Wording("visits", lambda _, __: "Not made up after all"),
    MakeUpRedirected: Wording(
        "visits", lambda e, n: f"The visit makes up {n.session(e.makes_up)} instead"
    ),
    LateSignInEntered: Wording("visits", _late_line, lambda e: e.arrived_at),
    LateCheckOutEntered: Wording(
        "visits",
        lambda e, n: f"Left at {n.clock(e.left_at)}, entered after the session was closed",
        lambda e: e.left_at,
    ),
    CheckOutCorrected: Wording("visits", _departure, lambda e: e.left_at),
    AttendanceRecorded: Wording("visits", lambda e, _: f"Attendance: {_attendance(e)}"),
    AttendanceCorrected: Wording("visits", lambda e, _: f"Attendance corrected: {_attendance(e)}"),
    AttendanceWithdrawn: Wording("visits", lambda _, __: "Attendance taken back: it was no visit"),
    AbsenceAnnounced: Wording(
        "visits",
        lambda e, n: f"Said on {n.moment(e.notified_at)} that they will not come",
        lambda e: e.notified_at,
    ),
    AbsenceExcused: Wording("visits", lambda _, __: "Absence excused"),
    ExcuseWithdrawn: Wording("visits", lambda _, __: "Absence not excused after all"),
}

EXPECTED: Words = {
    PatientRostered: Wording("roster", lambda _, __: "Booked"),
    PatientReleased: Wording("roster", lambda _, __: "No longer booked"),
    PatientWaitlisted: Wording("roster", lambda _, __: "Put on the waiting list"),
    WaitlistLeft: Wording("roster", lambda _, __: "Left the waiting list"),
    PatientPassedOver: Wording("roster", lambda _, __: "A place came free and could not be taken"),
    SupporterExpected: Wording(
        "roster", lambda e, _: f"Somebody close to the patient is expected too: {e.relation}"
    ),
    SupporterReleased: Wording(
        "roster", lambda _, __: "Somebody close to the patient is no longer expected"
    ),
}

MEETINGS: Words = {
    SessionScheduled: Wording("schedule", lambda e, n: f"Scheduled: {_meeting(e.meeting, n)}"),
    SessionRescheduled: Wording("schedule", lambda e, n: f"Changed to {_meeting(e.meeting, n)}"),
    RoomSubstituted: Wording(
        "schedule",
        lambda e, n: f"Moved to {n.room(e.room_id)}, {counted(e.places, 'place')}",
    ),
    StaffSubstituted: Wording("schedule", lambda e, n: f"Led by {n.person(e.staff_id)} instead"),
    SessionStarted: Wording("schedule", lambda e, n: f"Started by {n.person(e.staff_id)}"),
    SessionCalledOff: Wording("schedule", lambda _, __: "Called off"),
    SessionRestored: Wording("schedule", lambda _, __: "Takes place after all"),
    SessionWithdrawn: Wording("schedule", lambda _, __: "Taken off the schedule"),
    SessionClosed: Wording("visits", lambda _, __: "Closed: attendance is recorded"),
    GroupNoteSigned: Wording("signatures", lambda e, _: f"Group note signed, {e.credential}"),
    IndividualNoteSigned: Wording("signatures", lambda e, _: _note(e)),
    NoteCosigned: Wording("signatures", lambda e, _: f"Individual note co-signed, {e.credential}"),
    SheetSigned: Wording("signatures", lambda e, _: f"Sign-in sheet signed, {e.credential}"),
}

SESSION_WORDS: Words = {**CAME_AND_WENT, **EXPECTED, **MEETINGS}
