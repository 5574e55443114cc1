"""Places: who is booked for a session, and who gets a place that comes free."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from domain import bounds
from domain.aggregate import CommandContext
from domain.errors import AlreadyBegun, ConflictsMet, NotTakingPlace, PatientTaken, Refusal
from domain.patient import Booking, Enrolment, Patient
from domain.program import Program
from domain.session import Amendment, Session
from services.application.unit_of_work import UnitOfWork, booking_of

EXPECTED_AFTERWARDS = Amendment("the roster was put right")


def book(work: UnitOfWork, session: Session, patient: Patient, override: str | None = None) -> None:
    """Expect a patient at a session and take their time, all or nothing.

    An outside commitment stands in the way unless `override` says why not.
    """
    booking, zone = booking_of(session), work.zone(session.facility_id)
    patient.check_admitted(session.meeting.day)
    session.check_place(patient.id)
    if not override:
        patient.check_commitments([booking], zone)
    patient.check_bookings([booking])
    expect(work, patient, [session])
    if override:
        patient.accept_collisions(work.context, zone, override)
    work.reconcile_attendance(session, EXPECTED_AFTERWARDS)


def release(work: UnitOfWork, session: Session, patient: Patient, reason: str) -> None:
    """Expect a patient no longer, and let those who wait have the place."""
    take_off(work, session, patient, reason)
    work.reconcile_attendance(session, EXPECTED_AFTERWARDS)
    offer_places(work, session)


def expect(work: UnitOfWork, patient: Patient, sessions: Iterable[Session]) -> None:
    """Put a patient on the rosters of sessions, and take their time for those that take place."""
    bookings = []
    for session in sessions:
        session.roster(work.context, patient.id)
        if session.takes_place:
            bookings.append(booking_of(session))
    patient.book(work.context, bookings)


def book_again(work: UnitOfWork, session: Session) -> list[Patient]:
    """Take the time of all who are expected where a session is now; return those who have it.

    Of each other one it is noted why they cannot come.
    """
    booked = []
    for patient_id, visit in session.visits.items():
        patient = work.patient(patient_id)
        expected = visit.role == "rostered" or session.id in patient.bookings
        if expected and not patient.merged_into:
            try:
                patient.book(work.context, [booking_of(session)])
                booked.append(patient)
            except PatientTaken as refusal:
                patient.block(work.context, session.id, str(refusal))
    return booked


def take_off(work: UnitOfWork, session: Session, patient: Patient, reason: str) -> None:
    """Take a patient off a session's roster, and give their time back."""
    session.release(work.context, patient.id)
    patient.release(work.context, [session.id], reason)


def offer_places(work: UnitOfWork, session: Session, *, again: bool = False) -> None:
    """Give each free place of a session to come to the first who waits for it and can take it.

    Offered `again`, it is no other place: who still cannot take it was told so already.
    """
    if not session.free_places:
        return
    why_not = {
        patient_id: str(refusal)
        for patient_id in session.waiting
        if (refusal := kept_from(work, work.patient(patient_id), booking_of(session)))
    }
    for patient_id in session.offer_places(work.context, why_not, again=again):
        work.patient(patient_id).book(work.context, [booking_of(session)])


def kept_from(work: UnitOfWork, patient: Patient, booking: Booking) -> Refusal | None:
    """Return what keeps a patient from coming at a time; None where nothing does."""
    zone = work.zone(patient.facility_id)
    try:
        patient.check_admitted(booking.starts_at.astimezone(zone).date())
        patient.check_bookings([booking])
        patient.check_commitments([booking], zone)
    except Refusal as refusal:
        return refusal
    return None


def offer_track(
    work: UnitOfWork, program: Program, track_id: str, today: date, *, again: bool = False
) -> None:
    """Enrol each patient who waits for a track, in order, as far as there are places from today.

    Where a meeting of today has begun, the place is theirs from the next day on. Who could take a
    place that is free, were it not for something else, is passed over; where none is free on their
    days, nobody is. Offered `again`, it is no other place.
    """
    for waiting in program.waiting.get(track_id, ()):
        patient = work.patient(waiting.patient_id)
        enrolment = _from_the_next_meeting(work, program, track_id, waiting.weekdays, today)
        sessions = list(sessions_to_come(work, program, enrolment))
        if any(not session.free_places for session in sessions):
            continue
        try:
            patient.check_admitted(enrolment.first_day)
            patient.check_enrolment(enrolment)
            conflicts = list(conflicts_of(work, patient, sessions))
        except Refusal as refusal:
            conflicts = [str(refusal)]
        if conflicts:
            if not again:
                program.pass_over(work.context, track_id, patient.id, _in_short(conflicts))
            continue
        program.give_place(work.context, track_id, patient.id)
        enrol(work, patient, enrolment, sessions)


def _in_short(conflicts: list[str]) -> str:
    """Return the first conflicts, as many as go on record, and how many there are besides."""
    rest = f"; and {len(conflicts)} more"
    said = conflicts[0][: bounds.LONGEST_TEXT - len(rest)]
    for number, conflict in enumerate(conflicts[1:], start=1):
        if len((longer := f"{said}; {conflict}").encode()) + len(rest) > bounds.LONGEST_TEXT:
            return f"{said}; and {len(conflicts) - number} more"
        said = longer
    return said


def _from_the_next_meeting(
    work: UnitOfWork, program: Program, track_id: str, weekdays: tuple[str, ...], today: date
) -> Enrolment:
    """Return the enrolment that begins with the first meeting that has not begun."""
    enrolment = Enrolment(track_id, weekdays, today, None)
    only_today = replace(enrolment, last_day=today)
    begun = any(
        only_today.covers(*_days_of(session)) and session.has_begun(work.context)
        for session in track_sessions(work, program, track_id, today)
    )
    return replace(enrolment, first_day=today + timedelta(days=1)) if begun else enrolment


def sessions_to_come(work: UnitOfWork, program: Program, enrolment: Enrolment) -> Iterator[Session]:
    """Yield the sessions of a track that are on the schedule and to which an enrolment asks.

    Those that are closed are none of them.
    """
    for session in track_sessions(work, program, enrolment.track_id, enrolment.first_day):
        to_come = session.takes_place and not session.closed
        if to_come and enrolment.covers(*_days_of(session)):
            yield session


def track_sessions(
    work: UnitOfWork, program: Program, track_id: str, first: date
) -> Iterator[Session]:
    """Yield a track's sessions on the schedule, from a day on."""
    through = work.horizon(program.facility_id)
    for occurrence in program.series(track_id).meetings(program.closures, first, through):
        session_id = Session.id_of(program.facility_id, track_id, occurrence.occurrence)
        session = work.find_session(session_id)
        if session and not session.withdrawn:
            yield session


def sessions_of_one(
    work: UnitOfWork, program: Program, one: Enrolment, other: Enrolment
) -> Iterator[Session]:
    """Yield a track's sessions on the schedule to which one of two enrolments asks, not both."""
    first = min(one.first_day, other.first_day)
    for session in track_sessions(work, program, one.track_id, first):
        if one.covers(*_days_of(session)) != other.covers(*_days_of(session)):
            yield session


def follow_first_day(
    work: UnitOfWork,
    patient: Patient,
    sessions: Iterable[Session],
    enrolment: Enrolment,
    override: str | None = None,
) -> None:
    """Expect a patient at the sessions to which an enrolment asks, and not at the others.

    Raises ConflictsMet, naming each session for which that cannot be.
    """
    conflicts = []
    for session in sessions:
        try:
            if not enrolment.covers(*_days_of(session)):
                if patient.id in session.visits:
                    release(work, session, patient, "the enrollment began later")
            elif patient.admitted_at(session.meeting.day):
                book(work, session, patient, override)
        except Refusal as refusal:
            conflicts.append(f"{session.meeting.day}: {refusal}")
    if conflicts:
        raise ConflictsMet.all_of(conflicts)


def conflicts_of(
    work: UnitOfWork, patient: Patient, sessions: Iterable[Session], override: str | None = None
) -> Iterator[str]:
    """Yield a sentence for each session that a patient could not come to."""
    for session in sessions:
        booking = booking_of(session)
        try:
            session.check_place(patient.id)
            patient.check_admitted(session.meeting.day)
            patient.check_bookings([booking])
            if not override:
                patient.check_commitments([booking], work.zone(session.facility_id))
        except Refusal as refusal:
            yield f"{session.meeting.day}: {refusal}"


def enrol(
    work: UnitOfWork,
    patient: Patient,
    enrolment: Enrolment,
    sessions: list[Session],
    override: str | None = None,
) -> None:
    """Enrol a patient and book all the sessions, or none. Raises ConflictsMet, naming each."""
    if conflicts := list(conflicts_of(work, patient, sessions, override)):
        raise ConflictsMet.all_of(conflicts)
    patient.enrol(work.context, enrolment)
    expect(work, patient, sessions)
    if override:
        patient.accept_collisions(work.context, work.zone(patient.facility_id), override)


def leave(
    work: UnitOfWork, program: Program, patient: Patient, known: Enrolment, revised: Enrolment
) -> None:
    """Release a patient from what an enrolment asked them to and, revised, does not.

    What is closed is corrected. Raises HasAttended where the patient was there.
    """
    for session in track_sessions(work, program, known.track_id, known.first_day):
        visit, days = session.visits.get(patient.id), _days_of(session)
        asked = visit and visit.role == "rostered" and known.covers(*days)
        if asked and not revised.covers(*days):
            release(work, session, patient, "the enrollment ended")


def added(
    work: UnitOfWork, program: Program, patient: Patient, known: Enrolment, revised: Enrolment
) -> list[Session]:
    """Return the sessions to come to which an enrolment asks a patient only since it is revised."""
    return [
        session
        for session in sessions_to_come(work, program, revised)
        if not known.covers(*_days_of(session)) and patient.id not in session.visits
    ]


def _days_of(session: Session) -> tuple[date, date | None]:
    """Return the day on which a session is held, and the one on which its track's rule has it."""
    return session.meeting.day, session.meeting.occurrence


def book_repair(work: UnitOfWork, patient: Patient, sessions: list[Session]) -> None:
    """Book a patient for all of some sessions to come, or none. Raises ConflictsMet, naming each.

    Who is expected at one of them anyway stays so.
    """
    wanted = [each for each in sessions if patient.id not in each.visits]
    begun = (
        f"{each.meeting.day}: {refusal}"
        for each in sessions
        if (refusal := _not_to_come(each, work.context, expected=each not in wanted))
    )
    if conflicts := [*begun, *conflicts_of(work, patient, wanted)]:
        raise ConflictsMet.all_of(conflicts)
    expect(work, patient, wanted)


def _not_to_come(session: Session, context: CommandContext, *, expected: bool) -> Refusal | None:
    if not session.takes_place:
        return NotTakingPlace()
    return AlreadyBegun() if session.has_begun(context) and not expected else None
