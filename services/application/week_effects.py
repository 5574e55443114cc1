"""Whose week would be short of the plan of care after a command, and which sessions would mend it.

A session that is closed counts with what was credited, one to come with what is scheduled.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import Calendar, weeks_of
from domain.patient import Patient
from domain.session import Session
from domain.times import Span, instant, week_of
from services.application.booking import conflicts_of
from services.application.unit_of_work import UnitOfWork

Pair = tuple[Session | None, Session]
"""A session before and after."""

Away = Collection[tuple[str, str]]
"""The patients who would be kept from a session: their ids, each with the session's."""

MOST_MENDS = 3
"""Sessions that are named for one week, at most."""

MOST_LOOKED_AT = 25
"""Sessions of a week that are looked at to mend it, at most."""

PRIVATE = frozenset({"individual", "family"})
"""What nobody else joins, unless it is a part of a track's meeting."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A session with a free place that a patient could be booked for, and what it would add."""

    session_id: str
    label: str
    day: date
    starts_at: datetime
    ends_at: datetime
    minutes: int
    free: int


@dataclass(frozen=True, slots=True)
class ShortWeek:
    """A patient's week with fewer minutes than before, and than the plan asks for.

    `mends` are sessions of that week to come, those first that would make it whole by themselves.
    """

    patient_id: str
    week_of: date
    minutes_before: int
    minutes_after: int
    plan_minutes: int
    mends: tuple[Mend, ...]


def short_weeks(
    before: UnitOfWork, after: UnitOfWork, pairs: Sequence[Pair], away: Away
) -> Iterator[ShortWeek]:
    """Yield each week that is shorter after than before, and short of its patient's plan."""
    lost: Counter[tuple[str, date]] = Counter()
    for was, now in pairs:
        if was:
            lost.update(_given(before, was, ()))
        lost.subtract(_given(after, now, away))
    for (patient_id, week), minutes in sorted(lost.items()):
        patient = after.find(patient_id, Patient)
        if minutes <= 0 or patient is None or patient.plan is None or patient.merged_into:
            continue
        has = _minutes_in(after, patient, week, away)
        if has >= patient.plan.weekly_minutes or not patient.admitted_at(week + timedelta(days=6)):
            continue
        yield ShortWeek(
            patient_id,
            week,
            has + minutes,
            has,
            patient.plan.weekly_minutes,
            _mends(after, patient, week, patient.plan.weekly_minutes - has),
        )


def _given(work: UnitOfWork, session: Session, away: Away) -> dict[tuple[str, date], int]:
    """Return the minutes that a session gives to each patient's week."""
    if not session.takes_place:
        return {}
    week = _week_of(work, session)
    return {
        (patient_id, week): _minutes(session, patient_id)
        for patient_id in session.visits
        if (patient_id, session.id) not in away
    }


def _minutes(session: Session, patient_id: str) -> int:
    record = session.records.get(patient_id)
    if session.closed and record:
        return record.attendance.credited_minutes if record.attendance else 0
    return session.meeting.scheduled_minutes


def _minutes_in(work: UnitOfWork, patient: Patient, week: date, away: Away) -> int:
    """Return the minutes of a patient's sessions in a week."""
    span = _span_of(work, patient.facility_id, week)
    found = (
        work.find_session(each.session_id)
        for each in list(patient.bookings.values())
        if each.span.overlaps(span)
    )
    return sum(
        minutes
        for session in found
        if session
        for (who, when), minutes in _given(work, session, away).items()
        if (who, when) == (patient.id, week)
    )


def _mends(work: UnitOfWork, patient: Patient, week: date, missing: int) -> tuple[Mend, ...]:
    found = []
    for session_id in _looked_at(work, patient, week, missing):
        session = work.find_session(session_id)
        if session and _is_open_to(work, session, patient) and _week_of(work, session) == week:
            found.append(_mend(session))
            if len(found) == MOST_MENDS:
                break
    found.sort(key=lambda each: (each.minutes < missing, each.starts_at, each.label))
    return tuple(found)


def _mend(session: Session) -> Mend:
    meeting = session.meeting
    return Mend(
        *(session.id, session.label, meeting.day, meeting.starts_at, meeting.ends_at),
        *(meeting.scheduled_minutes, session.free_places),
    )


def _looked_at(work: UnitOfWork, patient: Patient, week: date, missing: int) -> list[str]:
    """Return the ids of sessions for which a patient has time, those that last long enough first.

    A week may have hundreds of sessions, and each takes time to load.
    """
    taken = [each.span for each in patient.bookings.values()]
    spans = [
        (span.minutes < missing, span.starts_at, session_id)
        for session_id, span in _spans_in(work, patient.facility_id, week).items()
        if span.starts_at > work.context.at and not any(each.overlaps(span) for each in taken)
    ]
    return [session_id for *_, session_id in sorted(spans)[:MOST_LOOKED_AT]]


def _is_open_to(work: UnitOfWork, session: Session, patient: Patient) -> bool:
    """Tell whether a patient could be booked for a session to come that is not theirs yet."""
    meeting = session.meeting
    services = {part.service for part in meeting.parts}
    return (
        session.takes_place
        and not session.has_begun(work.context)
        and meeting.program_id == patient.program_id
        and meeting.scheduled_minutes > 0
        and patient.id not in session.visits
        and (meeting.track_id is not None or PRIVATE.isdisjoint(services))
        and not any(conflicts_of(work, patient, [session]))
    )


def _spans_in(work: UnitOfWork, facility_id: str, week: date) -> dict[str, Span]:
    """Return when the sessions of a facility's week are, by the calendars of its rooms."""
    whole = _span_of(work, facility_id, week)
    mondays = weeks_of(whole, work.zone(facility_id))
    ids = (
        Calendar.id_of(facility_id, "room", room_id, monday)
        for room_id in work.facility(facility_id).rooms
        for monday in mondays
    )
    return {
        session_id: span
        for each in ids
        if (calendar := work.find(each, Calendar))
        for session_id, span in calendar.bookings.items()
        if span.overlaps(whole)
    }


def _week_of(work: UnitOfWork, session: Session) -> date:
    return week_of(session.meeting.day, work.facility(session.facility_id).week_starts_on)


def _span_of(work: UnitOfWork, facility_id: str, week: date) -> Span:
    """Return a week from its first midnight to its last, by a site's clocks."""
    zone, midnight = work.zone(facility_id), datetime.min.time()
    return Span(instant(week, midnight, zone), instant(week + timedelta(days=7), midnight, zone))
