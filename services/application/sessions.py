"""Commands about one session: when and where it is, who leads it, whether it takes place.

The schedule's commands about one session.

What changes one meeting of a track is a command of the series: see `change_meeting`.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from domain.calendar import Calendar
from domain.errors import CalledOff, MeetingUnsound
from domain.patient import Booking
from domain.session import Amendment, Meeting, Session, deviation_of
from services.application.booking import kept_from, offer_places, take_off
from services.application.command import command
from services.application.unit_of_work import UnitOfWork, booking_of

RESCHEDULED = Amendment("the session was rescheduled")


@command("session.schedule")
def schedule_session(work: UnitOfWork, *, facility_id: str, label: str, meeting: Meeting) -> str:
    """Put a session on the schedule, and take its room and facilitator; return its id."""
    _check(work, facility_id, meeting, of=(None, None))
    session_id = Session.id_of(facility_id, label, meeting.occurrence)
    session = work.find_session(session_id)
    if session is None:
        session = work.keep(
            Session.schedule(work.context, facility_id=facility_id, label=label, meeting=meeting)
        )
        take_time(work, session)
    elif session.called_off:
        raise CalledOff(day=session.meeting.day)
    elif session.meeting != meeting or session.withdrawn:
        move(work, session, meeting)
        work.reconcile_attendance(session, RESCHEDULED)
        offer_places(work, session)
    return session_id


@command("session.reschedule")
def reschedule_session(
    work: UnitOfWork, session_id: str, meeting: Meeting, taking_off: Sequence[str] = ()
) -> None:
    """Move a session, with its room, its facilitator and all who are expected.

    Of the patients `taking_off` those who cannot come then are taken off the roster.
    """
    session = work.session(session_id)
    known = session.meeting
    _check(work, session.facility_id, meeting, of=(known.track_id, known.occurrence))
    take_off_who_cannot_come(work, session, meeting, taking_off)
    move(work, session, meeting)
    _note_in_series(work, session)
    work.reconcile_attendance(session, RESCHEDULED)
    offer_places(work, session)


@command("session.call-off")
def call_off_session(work: UnitOfWork, session_id: str, reason: str) -> None:
    """Call a session off; its roster stays, and everybody's time is given back."""
    session = work.session(session_id)
    session.call_off(work.context, reason)
    give_time_back(work, session, reason)
    work.reconcile_attendance(session, Amendment(reason))


@command("session.start")
def start_session(work: UnitOfWork, session_id: str) -> None:
    """Begin a session under its facilitator, with the credential that they have that day."""
    session = work.session(session_id)
    staff_id = session.meeting.staff_id
    facility = work.facility(session.facility_id)
    credential = facility.credential_on(staff_id, session.meeting.day) if staff_id else ""
    session.start(work.context, credential=credential)


@command("session.close")
def close_session(work: UnitOfWork, session_id: str) -> None:
    """Turn the presence in a session that is over into attendance."""
    session = work.session(session_id)
    session.close(work.context, work.late_after(session.facility_id))


def _check(
    work: UnitOfWork, facility_id: str, meeting: Meeting, *, of: tuple[str | None, date | None]
) -> None:
    """Refuse what a session could not be: its program, room or leader are not there.

    `of` are the track and the occurrence that it has to have. Raises MeetingUnsound where its day,
    times, parts or places do not go together.
    """
    work.program(facility_id, meeting.program_id)
    facility = work.facility(facility_id)
    room = facility.room(meeting.room_id)
    if meeting.staff_id:
        facility.credential_on(meeting.staff_id, meeting.day)
    begins_on = meeting.starts_at.astimezone(work.zone(facility_id)).date()
    inside = (
        meeting.starts_at <= each.starts_at <= each.ends_at <= meeting.ends_at
        for each in meeting.parts
    )
    parts = sorted((each.span for each in meeting.parts), key=lambda each: each.starts_at)
    for sound, problem in (
        ((meeting.track_id, meeting.occurrence) == of, "belongs to another track, or to none"),
        (meeting.starts_at < meeting.ends_at, "ends before it begins"),
        (begins_on == meeting.day, f"begins on {begins_on} by the facility's clocks"),
        (all(inside), "has a part outside its hours"),
        (not any(one.overlaps(other) for one, other in pairwise(parts)), "has parts that overlap"),
        (0 < meeting.places <= room.capacity, f"needs 1 to {room.capacity} places in that room"),
    ):
        if not sound:
            raise MeetingUnsound(problem=problem)


# What several commands do


def substitute_room(work: UnitOfWork, session: Session, room_id: str, reason: str) -> None:
    """Move a session to another room that is free; its places are the room's at most."""
    room, meeting = work.facility(session.facility_id).room(room_id), session.meeting
    before, places = work.calendars_around(session.facility_id, meeting), meeting.places
    if meeting.track_id and meeting.occurrence:
        series = work.program(session.facility_id, meeting.program_id).series(meeting.track_id)
        places = series.pattern_on(meeting.occurrence).capacity
    places = min(places, room.capacity)
    session.substitute_room(work.context, room_id, places=places, reason=reason)
    _change_over(work, session, before)


def substitute_staff(work: UnitOfWork, session: Session, staff_id: str | None, reason: str) -> None:
    """Change who leads a session to somebody who is free, with that day's credential; or nobody."""
    facility, day = work.facility(session.facility_id), session.meeting.day
    credential = facility.credential_on(staff_id, day) if staff_id else None
    before = work.calendars_around(session.facility_id, session.meeting)
    session.substitute_staff(work.context, staff_id, credential=credential, reason=reason)
    _change_over(work, session, before)


def move(work: UnitOfWork, session: Session, meeting: Meeting) -> None:
    """Give a session another meeting: with its room, its facilitator and all who are expected.

    Raises ResourceTaken, PatientTaken or CommitmentInTheWay where one of them is not free.
    """
    if session.called_off:
        raise CalledOff(day=session.meeting.day)
    before = work.calendars_around(session.facility_id, session.meeting)
    moved = session.meeting.span != meeting.span
    session.reschedule(work.context, meeting)
    _change_over(work, session, before)
    if moved:
        book_expected(work, session)


def take_off_who_cannot_come(
    work: UnitOfWork, session: Session, meeting: Meeting, patient_ids: Sequence[str]
) -> None:
    """Take those of some patients off a roster who could not come where a session is to be."""
    booking = Booking(session.id, meeting.starts_at, meeting.ends_at)
    for patient in map(work.patient, patient_ids):
        visit = session.visits.get(patient.id)
        if visit and visit.role == "rostered" and kept_from(work, patient, booking):
            take_off(work, session, patient, "cannot come at the new time")


def _note_in_series(work: UnitOfWork, session: Session) -> None:
    """Note in the series of a track how one of its meetings is, so that it stays so."""
    meeting, zone = session.meeting, work.zone(session.facility_id)
    if meeting.track_id is None or meeting.occurrence is None:
        return
    if meeting.ends_at.astimezone(zone).date() != meeting.day:
        raise MeetingUnsound(
            problem="belongs to a track, and cannot end on another day than it begins"
        )
    deviation = deviation_of(meeting, zone, RESCHEDULED.reason)
    program = work.program(session.facility_id, meeting.program_id)
    program.except_meeting(work.context, meeting.track_id, meeting.occurrence, deviation)


def book_expected(work: UnitOfWork, session: Session) -> None:
    """Take the time of all who are expected. Raises PatientTaken or CommitmentInTheWay."""
    zone, booking = work.zone(session.facility_id), booking_of(session)
    for patient_id, visit in session.visits.items():
        patient = work.patient(patient_id)
        if visit.role == "rostered":
            patient.check_commitments([booking], zone)
        if visit.role == "rostered" or session.id in patient.bookings:
            patient.book(work.context, [booking])


def restore(work: UnitOfWork, session: Session, reason: str) -> None:
    """Restore a one-off session that was called off, with those who are still treated."""
    session.restore(work.context, reason)
    for patient_id, visit in list(session.visits.items()):
        has_left = not work.patient(patient_id).admitted_at(session.meeting.day)
        if has_left and not visit.made_up_by:
            session.release(work.context, patient_id)
    take_time_again(work, session)


def take_time(work: UnitOfWork, session: Session) -> None:
    """Take the time of a session's room and facilitator. Raises ResourceTaken."""
    check_resources(work, session.facility_id, session.id, session.meeting)
    book_resources(work, session.facility_id, session.id, session.meeting)


def check_resources(work: UnitOfWork, facility_id: str, session_id: str, meeting: Meeting) -> None:
    """Raise ResourceTaken where another session has a meeting's room or facilitator."""
    for calendar in work.calendars_around(facility_id, meeting):
        calendar.check(session_id, meeting.span)


def book_resources(work: UnitOfWork, facility_id: str, session_id: str, meeting: Meeting) -> None:
    """Take the time of a meeting's room and facilitator, in each of its weeks."""
    for calendar in work.calendars(facility_id, meeting):
        calendar.book(work.context, session_id, meeting.span)


def take_time_again(work: UnitOfWork, session: Session) -> None:
    """Take the time of the room, the facilitator and all who are expected, as it once was taken.

    Raises ResourceTaken or PatientTaken; an outside commitment waits for a decision.
    """
    take_time(work, session)
    for patient_id, visit in session.visits.items():
        patient = work.patient(patient_id)
        if visit.role == "rostered" and not patient.merged_into:
            patient.book(work.context, [booking_of(session)])
            patient.find_collisions(work.context, work.zone(session.facility_id))


def give_time_back(work: UnitOfWork, session: Session, reason: str) -> None:
    """Give the time of a session's room, facilitator and patients back."""
    for calendar in work.calendars_around(session.facility_id, session.meeting):
        calendar.release(work.context, session.id)
    for patient_id, visit in session.visits.items():
        if visit.role == "rostered":
            work.patient(patient_id).release(work.context, [session.id], reason)


def make_room(work: UnitOfWork, session: Session, meeting: Meeting) -> None:
    """Give back what a session takes and will not take at another meeting, for others to take."""
    if session.meeting.span != meeting.span:
        give_time_back(work, session, "rescheduled")
        return
    for calendar in work.calendars_around(session.facility_id, session.meeting):
        if (calendar.kind, calendar.resource_id) not in meeting.resources:
            calendar.release(work.context, session.id)


def _change_over(work: UnitOfWork, session: Session, before: list[Calendar]) -> None:
    """Take what a session takes now, and give back what it took `before` and no longer does."""
    kept = work.calendars(session.facility_id, session.meeting)
    for calendar in before:
        if calendar not in kept:
            calendar.release(work.context, session.id)
    take_time(work, session)
