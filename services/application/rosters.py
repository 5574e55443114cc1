"""Commands about who is expected: bookings, enrolments, waiting lists, duties and supporters.

The commands that fit a schedule to a life.

`override` is the reason for which a booking may collide with an outside commitment.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.errors import AlreadyExpected, NotMeeting, PlacesFree
from domain.patient import Commitment, Enrolment
from domain.program import Program
from services.application import booking
from services.application.command import command
from services.application.unit_of_work import NotKnown, UnitOfWork

# One session


@command("session.book-patient")
def book_patient(
    work: UnitOfWork, session_id: str, patient_id: str, override: str | None = None
) -> None:
    """Expect a patient at a session, and take their time for it."""
    booking.book(work, work.session(session_id), work.patient(patient_id), override)


@command("patient.book-repair")
def book_repair(work: UnitOfWork, patient_id: str, session_ids: Sequence[str]) -> None:
    """Book a patient for all of some sessions that are to come, or for none.

    Raises ConflictsMet, which names each session that stood against it.
    """
    patient = work.patient(patient_id)
    sessions = [work.session(each) for each in dict.fromkeys(session_ids)]
    booking.book_repair(work, patient, sessions)


@command("session.release-patient")
def release_patient(work: UnitOfWork, session_id: str, patient_id: str, reason: str) -> None:
    """Expect a patient no longer; the place goes to the first who waits and can take it."""
    booking.release(work, work.session(session_id), work.patient(patient_id), reason)


@command("session.wait")
def wait_for_session(work: UnitOfWork, session_id: str, patient_id: str) -> None:
    """Put a patient on the waiting list of a session that is full."""
    session, patient = work.session(session_id), work.patient(patient_id)
    patient.check_admitted(session.meeting.day)
    session.wait(work.context, patient_id)


@command("session.stop-waiting")
def stop_waiting_for_session(
    work: UnitOfWork, session_id: str, patient_id: str, reason: str
) -> None:
    """Take a patient off a session's waiting list."""
    patient = work.patient(patient_id)
    work.session(session_id).leave_waitlist(work.context, patient.id, reason)


# A track


@command("patient.enrol", many_sessions=True)
def enrol_patient(
    work: UnitOfWork,
    patient_id: str,
    enrolment: Enrolment,
    override: str | None = None,
) -> None:
    """Enroll a patient in a track: all the sessions that are to come are booked, or none.

    Raises ConflictsMet, which names each session that stood against it.
    """
    patient = work.patient(patient_id)
    program = work.program_of(patient)
    _check_meets(program, enrolment)
    patient.check_enrolment(enrolment)
    if known := patient.enrolments.get(enrolment.key):
        booking.leave(work, program, patient, known, enrolment)
    sessions = list(booking.sessions_to_come(work, program, enrolment))
    booking.enrol(work, patient, enrolment, sessions, override)
    patient.check_stays(enrolment.last_day)


@command("patient.end-enrolment", many_sessions=True)
def end_enrolment(
    work: UnitOfWork,
    patient_id: str,
    track_id: str,
    first_day: date,
    last_day: date,
) -> None:
    """End an enrollment with `last_day`; the places that follow go to who waits.

    A later day than before books what lies between, or raises ConflictsMet.
    """
    patient = work.patient(patient_id)
    program = work.program_of(patient)
    known = patient.enrolments.get(Enrolment(track_id, (), first_day, None).key)
    if known is None:
        raise NotKnown(what="enrollment")
    ended = replace(known, last_day=last_day)
    booking.leave(work, program, patient, known, ended)
    sessions = booking.added(work, program, patient, known, ended)
    patient.check_enrolment(ended)
    booking.enrol(work, patient, ended, sessions)
    booking.offer_track(work, program, track_id, work.today(patient.facility_id))


@command("patient.correct-enrolment")
def correct_enrolment(
    work: UnitOfWork,
    patient_id: str,
    track_id: str,
    first_day: date,
    *,
    corrected_first_day: date,
    override: str | None = None,
) -> None:
    """Put right on which day an enrolment began: its sessions follow, also those that are over.

    Raises ConflictsMet, which names each session that stood against it: where the patient has been
    before the enrolment began, or could not be expected from then on.
    """
    patient = work.patient(patient_id)
    key = Enrolment(track_id, (), first_day, None).key
    known = patient.enrolments.get(key)
    so = patient.enrolments.get(Enrolment(track_id, (), corrected_first_day, None).key)
    if known is None or (known.is_empty and (so is None or so.is_empty)):
        raise NotKnown(what="enrollment")
    if known.is_empty:
        return
    corrected = replace(known, first_day=corrected_first_day)
    program = work.program(patient.facility_id, patient.program_on(first_day))
    sessions = list(booking.sessions_of_one(work, program, known, corrected))
    patient.correct_enrolment(work.context, known, corrected)
    booking.follow_first_day(work, patient, sessions, corrected, override)


@command("patient.wait-for-track")
def wait_for_track(
    work: UnitOfWork, patient_id: str, track_id: str, weekdays: tuple[str, ...]
) -> None:
    """Put a patient on the waiting list of a track that has no place on these days."""
    patient = work.patient(patient_id)
    program = work.program_of(patient)
    today = work.today(patient.facility_id)
    patient.check_admitted(today)
    patient.check_stays(None)
    if patient.enrolled_in(track_id, today):
        raise AlreadyExpected
    enrolment = Enrolment(track_id, weekdays, today, None)
    _check_meets(program, enrolment)
    sessions = list(booking.sessions_to_come(work, program, enrolment))
    if not list(booking.conflicts_of(work, patient, sessions)):
        raise PlacesFree
    program.wait_for_track(work.context, track_id, patient_id, weekdays)


@command("patient.stop-waiting-for-track")
def stop_waiting_for_track(work: UnitOfWork, patient_id: str, track_id: str, reason: str) -> None:
    """Take a patient off a track's waiting list."""
    patient = work.patient(patient_id)
    program = work.program_of(patient)
    program.leave_waitlist(work.context, track_id, patient_id, reason)


# Places that came free


@command()
def offer_session(work: UnitOfWork, session_id: str) -> None:
    """Give the free places of a session to come to those who wait and can take them now."""
    session = work.session(session_id)
    if session.meeting.starts_at > work.context.at:
        booking.offer_places(work, session, again=True)


@command()
def offer_track(work: UnitOfWork, facility_id: str, program_id: str, track_id: str) -> None:
    """Enrol those who wait for a track and can come to it now."""
    program = work.program(facility_id, program_id)
    booking.offer_track(work, program, track_id, work.today(facility_id), again=True)


@command()
def offer_to_patient(work: UnitOfWork, patient_id: str) -> None:
    """Offer free places wherever a patient waits: they may have time now, in their turn."""
    patient = work.patient(patient_id)
    for session_id in work.waits_for(patient_id):
        session = work.session(session_id)
        if patient_id in session.waiting and session.meeting.starts_at > work.context.at:
            booking.offer_places(work, session, again=True)
    program = work.program_of(patient)
    for track_id, waiting in program.waiting.items():
        if patient_id in {each.patient_id for each in waiting}:
            today = work.today(patient.facility_id)
            booking.offer_track(work, program, track_id, today, again=True)


# Daily life


@command("patient.note-commitment")
def note_commitment(work: UnitOfWork, patient_id: str, commitment: Commitment) -> None:
    """Note an outside commitment; what is booked already and collides waits for a decision."""
    patient = work.patient(patient_id)
    patient.commit(work.context, commitment)
    patient.find_collisions(work.context, work.zone(patient.facility_id))


@command("patient.accept-collisions")
def accept_collisions(work: UnitOfWork, patient_id: str, reason: str) -> None:
    """Accept what is booked although it collides with outside commitments."""
    patient = work.patient(patient_id)
    patient.accept_collisions(work.context, work.zone(patient.facility_id), reason)


# Family and others close to a patient


@command("session.invite-supporter")
def invite_supporter(work: UnitOfWork, session_id: str, patient_id: str, supporter_id: str) -> None:
    """Expect a supporter at a session to which their patient comes."""
    relation = work.patient(patient_id).relation_of(supporter_id)
    work.session(session_id).expect_supporter(
        work.context, supporter_id, patient_id=patient_id, relation=relation
    )


@command("session.release-supporter")
def release_supporter(work: UnitOfWork, session_id: str, supporter_id: str) -> None:
    """Expect a supporter no longer."""
    work.session(session_id).release_supporter(work.context, supporter_id)


def _check_meets(program: Program, enrolment: Enrolment) -> None:
    """Raise NotMeeting for a day of the week on which the track never meets."""
    weekdays = program.series(enrolment.track_id).weekdays
    never = [day for day in enrolment.weekdays if day not in weekdays]
    if never:
        raise NotMeeting(weekdays=" ".join(never))
