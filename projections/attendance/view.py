"""How each event changes attendance. What happens at the door is in `door`."""

import sys
from collections.abc import Iterator, Sequence
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from domain.facility import FacilityOpened, FacilityRevised
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    DischargeCorrected,
    PatientAdmitted,
    PatientDischarged,
    PatientMerged,
    PlanAdjusted,
    PlanSet,
    PlanTapered,
)
from domain.session import (
    AbsenceAnnounced,
    AbsenceExcused,
    AttendanceCorrected,
    AttendanceWithdrawn,
    ExcuseWithdrawn,
    Meeting,
    PatientReleased,
    SessionCalledOff,
    SessionRescheduled,
    SessionRestored,
    SessionScheduled,
    SessionWithdrawn,
)
from projections.attendance import check_in, gathering, tables
from projections.attendance.corrections import correction
from projections.attendance.gathering import BESIDE, Gathered, minutes_of
from projections.attendance.totals import SUMS
from projections.view import Change, Steps, View, named_in


class Attendance(View):
    """A row for each visit, with the session, the treatment and the plan that it belongs to."""

    name: ClassVar[str] = "attendance"
    version: ClassVar[int] = 4
    takes: ClassVar[frozenset[type[Event]] | None] = named_in(
        sys.modules[__name__], check_in, gathering
    )
    tables: ClassVar[LiteralString] = tables.TREATMENTS + tables.VISITS + tables.DOOR + SUMS

    def take(self, events: Sequence[Event]) -> Steps:
        """Take events in: what is told most often is gathered, and written in sets."""
        gathered = Gathered()
        for event in events:
            if gathered.take(event):
                continue
            if not isinstance(event, BESIDE):
                yield from gathered.changes()
            if not gathered.take(event):
                yield from _rare(event)
        yield from gathered.changes()


def _rare(event: Event) -> Iterator[Change]:
    """Follow treatments, sessions and the sheets."""
    match event.TOPIC.partition(".")[0]:
        case "session":
            if isinstance(event, check_in.AT_THE_DOOR):
                yield from check_in.changes(event)
            else:
                yield from _session(event)
        case "patient":
            yield from _treatment(event)
        case "facility":
            yield from _facility(event)


# Sites and treatments


def _facility(event: Event) -> Iterator[Change]:
    match event:
        case FacilityOpened():
            yield (
                "INSERT INTO facilities VALUES (%s, %s, %s, %s)",
                (event.facility_id, event.name, event.timezone, event.week_starts_on),
            )
        case FacilityRevised():
            yield (
                "UPDATE facilities SET name = %s, week_starts_on = %s WHERE facility_id = %s",
                (event.name, event.week_starts_on, event.facility_id),
            )


def _treatment(event: Event) -> Iterator[Change]:
    match event:
        case PatientAdmitted() | CandidateAdmitted():
            yield (
                "INSERT INTO treatments VALUES (%s, %s, %s, %s, %s)",
                (
                    event.originator_id,
                    event.episode if isinstance(event, CandidateAdmitted) else 1,
                    event.facility_id,
                    event.program_id,
                    event.admitted_on,
                ),
            )
        case AdmissionCorrected():
            yield (
                "UPDATE treatments t SET program_id = %s, admitted_on = %s WHERE patient_id = %s"
                " AND episode = (SELECT max(episode) FROM treatments"
                " WHERE patient_id = t.patient_id)",
                (event.program_id, event.admitted_on, event.originator_id),
            )
        case PlanSet() | PlanAdjusted() | PlanTapered():
            yield from _plan(event)
        case PatientDischarged() | DischargeCorrected():
            ended = event.discharge
            yield (
                "UPDATE treatments t SET discharged_on = %s, discharge_kind = %s"
                " WHERE patient_id = %s AND episode = (SELECT max(episode) FROM treatments"
                " WHERE patient_id = t.patient_id)",
                (ended and ended.day, ended and ended.kind, event.originator_id),
            )
        case PatientMerged():
            yield from _merged(event)


def _plan(event: PlanSet | PlanAdjusted | PlanTapered) -> Iterator[Change]:
    """Put a plan in force from its day on, whatever was to hold later."""
    yield (
        "DELETE FROM plans WHERE patient_id = %s AND effective_from >= %s",
        (event.originator_id, event.effective_from),
    )
    plan = event.plan
    yield (
        "INSERT INTO plans VALUES (%s, %s, %s, %s)",
        (event.originator_id, event.effective_from, plan.weekly_minutes, plan.days_per_week),
    )


def _merged(event: PatientMerged) -> Iterator[Change]:
    """Move the visits of a record, and of those merged into it before, to another."""
    patients = {"duplicate": event.originator_id, "into": event.into}
    yield (
        "UPDATE merges SET merged_into = %(into)s WHERE merged_into = %(duplicate)s",
        patients,
    )
    yield "INSERT INTO merges VALUES (%(duplicate)s, %(into)s)", patients
    yield (
        "UPDATE visits SET patient_id = %(into)s WHERE patient_id = %(duplicate)s",
        patients,
    )


# Sessions


def _session(event: Event) -> Iterator[Change]:
    match event:
        case AttendanceCorrected():
            yield _corrected(event)
            yield correction(event, "attendance_corrected", event.patient_id, event.corrects)
        case AttendanceWithdrawn():
            yield _withdrawn(event)
            yield correction(event, "attendance_withdrawn", event.patient_id, event.corrects)
        case PatientReleased():
            yield from _released(event)
        case AbsenceAnnounced() | AbsenceExcused() | ExcuseWithdrawn():
            yield _absence(event)
        case SessionScheduled() | SessionRescheduled():
            yield from _meeting(event)
        case SessionCalledOff():
            session = (event.originator_id,)
            yield "UPDATE sessions SET called_off = true WHERE session_id = %s", session
            yield "UPDATE visits SET status = 'cancelled' WHERE session_id = %s", session
        case SessionRestored():
            session = (event.originator_id,)
            yield "UPDATE sessions SET called_off = false WHERE session_id = %s", session
            yield (
                "UPDATE visits SET status = 'scheduled'"
                " WHERE session_id = %s AND status = 'cancelled'",
                session,
            )
        case SessionWithdrawn():
            session = (event.originator_id,)
            yield "DELETE FROM visits WHERE session_id = %s", session
            yield "DELETE FROM absences WHERE session_id = %s", session


def _meeting(event: SessionScheduled | SessionRescheduled) -> Iterator[Change]:
    session_id, meeting = event.originator_id, event.meeting
    if isinstance(event, SessionScheduled):
        yield (
            "INSERT INTO sessions (session_id, facility_id, label, program_id, track_id, day,"
            " starts_at, ends_at, scheduled_minutes)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (session_id, event.facility_id, event.label, *_facts(meeting)),
        )
        return
    yield (
        "UPDATE sessions SET (program_id, track_id, day, starts_at, ends_at,"
        " scheduled_minutes) = (%s, %s, %s, %s, %s, %s) WHERE session_id = %s",
        (*_facts(meeting), session_id),
    )
    if meeting.ends_at > event.timestamp:
        yield _to_take_place(session_id)


def _facts(meeting: Meeting) -> tuple[object, ...]:
    return (
        meeting.program_id,
        meeting.track_id,
        meeting.day,
        meeting.starts_at,
        meeting.ends_at,
        meeting.scheduled_minutes,
    )


def _to_take_place(session_id: str) -> Change:
    """Take recorded attendance back, for a session that is to take place again."""
    return (
        "UPDATE visits SET status = 'scheduled', late = false, left_early = false,"
        " credited_minutes = 0, credits = '{}', topics = '{}'"
        " WHERE session_id = %s AND status NOT IN ('scheduled', 'cancelled')",
        (session_id,),
    )


# Visits


def _released(event: PatientReleased) -> Iterator[Change]:
    visit = (event.originator_id, event.patient_id)
    yield "DELETE FROM visits WHERE session_id = %s AND recorded_as = %s", visit
    yield "DELETE FROM absences WHERE session_id = %s AND recorded_as = %s", visit


def _corrected(event: AttendanceCorrected) -> Change:
    came_to = event.attendance
    return (
        "UPDATE visits SET status = %s, late = %s, left_early = %s, credited_minutes = %s,"
        " credits = %s::jsonb, topics = %s::jsonb, makes_up = %s, corrections = corrections + 1"
        " WHERE session_id = %s AND recorded_as = %s",
        (
            came_to.status,
            came_to.late,
            came_to.left_early,
            came_to.credited_minutes,
            *minutes_of(came_to),
            event.makes_up,
            event.originator_id,
            event.patient_id,
        ),
    )


def _withdrawn(event: AttendanceWithdrawn) -> Change:
    """Take recorded attendance back; where nobody is expected any longer there is no row."""
    return (
        "UPDATE visits SET status = 'scheduled', late = false, left_early = false,"
        " credited_minutes = 0, credits = '{}', topics = '{}', corrections = corrections + 1"
        " WHERE session_id = %s AND recorded_as = %s",
        (event.originator_id, event.patient_id),
    )


def _absence(event: AbsenceAnnounced | AbsenceExcused | ExcuseWithdrawn) -> Change:
    visit = (event.originator_id, event.patient_id)
    match event:
        case AbsenceAnnounced():
            return (
                "INSERT INTO absences VALUES (%s, %s, %s, %s) ON CONFLICT (session_id, recorded_as)"
                " DO UPDATE SET reason = EXCLUDED.reason, notified_at = EXCLUDED.notified_at",
                (*visit, event.reason, event.notified_at),
            )
        case AbsenceExcused() | ExcuseWithdrawn():
            return (
                "UPDATE absences SET excused = %s WHERE session_id = %s AND recorded_as = %s",
                (isinstance(event, AbsenceExcused), *visit),
            )
