"""Attendance: each visit and what it came to. What that makes of a week is in `weeks`."""

from collections.abc import Iterator
from typing import ClassVar, LiteralString

from domain.aggregate import Event
from domain.facility import FacilityOpened, FacilityRevised
from domain.patient import (
    AdmissionCorrected,
    DischargeCorrected,
    PatientAdmitted,
    PatientDischarged,
    PlanAdjusted,
    PlanSet,
)
from domain.session import (
    AttendanceCorrected,
    AttendanceRecorded,
    LateSignInEntered,
    MakeUpRedirected,
    PatientCheckedIn,
    PatientReleased,
    PatientRostered,
    SessionCalledOff,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from projections.view import Change, View


class Attendance(View):
    """A row for each visit, with the session, the treatment and the plan that it belongs to."""

    name: ClassVar[str] = "attendance"
    version: ClassVar[int] = 1
    tables: ClassVar[LiteralString] = """
        CREATE TABLE facilities (
            facility_id text PRIMARY KEY,
            name text NOT NULL,
            timezone text NOT NULL,
            week_starts_on text NOT NULL
        );
        COMMENT ON TABLE facilities IS 'The sites, and how they count weeks.';
        COMMENT ON COLUMN facilities.facility_id IS 'The site''s id.';
        COMMENT ON COLUMN facilities.name IS 'What the site is called.';
        COMMENT ON COLUMN facilities.timezone IS 'Its IANA zone.';
        COMMENT ON COLUMN facilities.week_starts_on IS 'monday or sunday.';

        CREATE TABLE treatments (
            patient_id text PRIMARY KEY,
            facility_id text NOT NULL,
            program_id text NOT NULL,
            admitted_on date NOT NULL,
            discharged_on date,
            discharge_kind text
        );
        COMMENT ON TABLE treatments IS 'Each patient''s stay; both of its days are included.';
        COMMENT ON COLUMN treatments.patient_id IS 'The patient''s random id.';
        COMMENT ON COLUMN treatments.facility_id IS 'The site.';
        COMMENT ON COLUMN treatments.program_id IS 'The program, by its id at the clinic.';
        COMMENT ON COLUMN treatments.admitted_on IS 'The first day.';
        COMMENT ON COLUMN treatments.discharged_on IS 'The last day; empty while it goes on.';
        COMMENT ON COLUMN treatments.discharge_kind IS 'How the treatment ended.';

        CREATE TABLE plans (
            patient_id text,
            effective_from date,
            weekly_minutes integer NOT NULL,
            days_per_week integer NOT NULL,
            PRIMARY KEY (patient_id, effective_from)
        );
        COMMENT ON TABLE plans IS 'What a patient''s plan of care asks for, from a day on.';
        COMMENT ON COLUMN plans.patient_id IS 'The patient''s random id.';
        COMMENT ON COLUMN plans.effective_from IS 'The day from which it holds.';
        COMMENT ON COLUMN plans.weekly_minutes IS 'Minutes a week.';
        COMMENT ON COLUMN plans.days_per_week IS 'Days a week.';

        CREATE TABLE sessions (
            session_id text PRIMARY KEY,
            facility_id text NOT NULL,
            label text NOT NULL,
            day date NOT NULL,
            scheduled_minutes integer NOT NULL,
            called_off boolean NOT NULL DEFAULT false
        );
        COMMENT ON TABLE sessions IS 'The sessions to which the visits belong.';
        COMMENT ON COLUMN sessions.session_id IS 'The session''s id.';
        COMMENT ON COLUMN sessions.facility_id IS 'The site.';
        COMMENT ON COLUMN sessions.label IS 'What the clinic calls the track, or the session.';
        COMMENT ON COLUMN sessions.day IS 'The day on the site''s clocks.';
        COMMENT ON COLUMN sessions.scheduled_minutes IS 'Minutes that count: no breaks.';
        COMMENT ON COLUMN sessions.called_off IS 'Whether the program called it off.';

        CREATE TABLE visits (
            session_id text,
            patient_id text,
            role text NOT NULL,
            makes_up text,
            status text NOT NULL,
            late boolean NOT NULL DEFAULT false,
            left_early boolean NOT NULL DEFAULT false,
            credited_minutes integer NOT NULL DEFAULT 0,
            credits jsonb NOT NULL DEFAULT '{}',
            corrections integer NOT NULL DEFAULT 0,
            PRIMARY KEY (session_id, patient_id)
        );
        CREATE INDEX ON visits (patient_id);
        CREATE INDEX ON visits (makes_up, patient_id) WHERE makes_up IS NOT NULL;
        COMMENT ON TABLE visits IS 'Who was expected, or came to make up a visit: what came of it.';
        COMMENT ON COLUMN visits.session_id IS 'The session.';
        COMMENT ON COLUMN visits.patient_id IS 'The patient''s random id.';
        COMMENT ON COLUMN visits.role IS 'rostered, or make_up: came for a missed visit.';
        COMMENT ON COLUMN visits.makes_up IS 'The missed session that this visit makes up.';
        COMMENT ON COLUMN visits.status IS
            'scheduled, cancelled, attended, incomplete, excused, absent or no_show.';
        COMMENT ON COLUMN visits.late IS 'Came later than the site''s limit after the start.';
        COMMENT ON COLUMN visits.left_early IS 'Left earlier than that limit before the end.';
        COMMENT ON COLUMN visits.credited_minutes IS 'Minutes of presence that count.';
        COMMENT ON COLUMN visits.credits IS 'The same minutes by service.';
        COMMENT ON COLUMN visits.corrections IS 'How often the recorded attendance was corrected.';
    """

    def changes(self, event: Event) -> Iterator[Change]:
        """Follow treatments and sessions; take attendance as it was recorded."""
        match event:
            case FacilityOpened() | FacilityRevised() | PatientAdmitted() | AdmissionCorrected():
                yield _setting(event)
            case PatientDischarged() | DischargeCorrected():
                ended = event.discharge
                yield (
                    "UPDATE treatments SET discharged_on = %s, discharge_kind = %s"
                    " WHERE patient_id = %s",
                    (ended and ended.day, ended and ended.kind, event.originator_id),
                )
            case PlanSet() | PlanAdjusted():
                yield from _plan(event)
            case SessionScheduled() | SessionRescheduled() | SessionCalledOff():
                yield from _session(event)
            case SessionWithdrawn():
                yield "DELETE FROM visits WHERE session_id = %s", (event.originator_id,)
            case PatientRostered():
                yield (
                    "INSERT INTO visits (session_id, patient_id, role, status)"
                    " SELECT session_id, %s, 'rostered',"
                    " CASE WHEN called_off THEN 'cancelled' ELSE 'scheduled' END"
                    " FROM sessions WHERE session_id = %s",
                    (event.patient_id, event.originator_id),
                )
            case PatientReleased():
                yield (
                    "DELETE FROM visits WHERE session_id = %s AND patient_id = %s",
                    (event.originator_id, event.patient_id),
                )
            case PatientCheckedIn() | LateSignInEntered() if event.makes_up:
                yield (
                    "INSERT INTO visits (session_id, patient_id, role, makes_up, status)"
                    " VALUES (%s, %s, 'make_up', %s, 'scheduled') ON CONFLICT DO NOTHING",
                    (event.originator_id, event.patient_id, event.makes_up),
                )
            case MakeUpRedirected():
                yield (
                    "UPDATE visits SET makes_up = %s WHERE session_id = %s AND patient_id = %s",
                    (event.makes_up, event.originator_id, event.patient_id),
                )
            case AttendanceRecorded() | AttendanceCorrected():
                yield _attendance(event)


def _setting(
    event: FacilityOpened | FacilityRevised | PatientAdmitted | AdmissionCorrected,
) -> Change:
    match event:
        case FacilityOpened():
            return (
                "INSERT INTO facilities VALUES (%s, %s, %s, %s)",
                (event.facility_id, event.name, event.timezone, event.week_starts_on),
            )
        case FacilityRevised():
            return (
                "UPDATE facilities SET name = %s, week_starts_on = %s WHERE facility_id = %s",
                (event.name, event.week_starts_on, event.facility_id),
            )
        case PatientAdmitted():
            return (
                "INSERT INTO treatments VALUES (%s, %s, %s, %s)",
                (event.originator_id, event.facility_id, event.program_id, event.admitted_on),
            )
        case AdmissionCorrected():
            return (
                "UPDATE treatments SET program_id = %s, admitted_on = %s WHERE patient_id = %s",
                (event.program_id, event.admitted_on, event.originator_id),
            )


def _plan(event: PlanSet | PlanAdjusted) -> Iterator[Change]:
    """Let a plan hold from its day on, whatever was to hold later."""
    yield (
        "DELETE FROM plans WHERE patient_id = %s AND effective_from >= %s",
        (event.originator_id, event.effective_from),
    )
    plan = event.plan
    yield (
        "INSERT INTO plans VALUES (%s, %s, %s, %s)",
        (event.originator_id, event.effective_from, plan.weekly_minutes, plan.days_per_week),
    )


def _session(event: SessionScheduled | SessionRescheduled | SessionCalledOff) -> Iterator[Change]:
    session_id = event.originator_id
    match event:
        case SessionScheduled():
            minutes = event.meeting.scheduled_minutes
            yield (
                "INSERT INTO sessions VALUES (%s, %s, %s, %s, %s)",
                (session_id, event.facility_id, event.label, event.meeting.day, minutes),
            )
        case SessionRescheduled():
            yield (
                "UPDATE sessions SET day = %s, scheduled_minutes = %s WHERE session_id = %s",
                (event.meeting.day, event.meeting.scheduled_minutes, session_id),
            )
        case SessionCalledOff():
            yield "UPDATE sessions SET called_off = true WHERE session_id = %s", (session_id,)
            yield "UPDATE visits SET status = 'cancelled' WHERE session_id = %s", (session_id,)


def _attendance(event: AttendanceRecorded | AttendanceCorrected) -> Change:
    came_to = event.attendance
    credits = ", ".join(f'"{each.service}": {each.minutes}' for each in came_to.credits)
    return (
        "UPDATE visits SET status = %s, late = %s, left_early = %s, credited_minutes = %s,"
        " credits = %s::jsonb, makes_up = %s, corrections = corrections + %s"
        " WHERE session_id = %s AND patient_id = %s",
        (
            came_to.status,
            came_to.late,
            came_to.left_early,
            came_to.credited_minutes,
            f"{{{credits}}}",
            event.makes_up,
            int(isinstance(event, AttendanceCorrected)),
            event.originator_id,
            event.patient_id,
        ),
    )


# Questions

FACILITIES: LiteralString = """
    SELECT facility_id, name, timezone, week_starts_on FROM attendance.facilities
    ORDER BY facility_id
"""

VISITS: LiteralString = """
    SELECT s.day, s.label, v.patient_id, v.role, v.status, v.late, v.left_early,
        s.scheduled_minutes, v.credited_minutes, s.called_off,
        EXISTS (
            SELECT FROM attendance.visits m JOIN attendance.sessions w USING (session_id)
            WHERE m.makes_up = v.session_id AND m.patient_id = v.patient_id
                AND m.status = 'attended' AND w.day <= %(through)s
        ) AS made_up
    FROM attendance.visits v JOIN attendance.sessions s USING (session_id)
    WHERE s.facility_id = %(facility_id)s AND s.day <= %(through)s
"""
"""The visits of a facility up to a day, and what was made up by then."""

TREATMENTS: LiteralString = """
    SELECT patient_id, admitted_on, discharged_on FROM attendance.treatments
    WHERE facility_id = %(facility_id)s
"""

PLANS: LiteralString = """
    SELECT patient_id, effective_from, weekly_minutes, days_per_week
    FROM attendance.plans JOIN attendance.treatments USING (patient_id)
    WHERE facility_id = %(facility_id)s ORDER BY effective_from
"""
