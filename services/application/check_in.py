"""Commands at the door: who arrives, who leaves, who is not let in, and what is put right.

The door's commands. Once a session is closed, an `amendment` says why it is told late.
"""

from datetime import datetime, timedelta

from domain.session import Absence, Amendment, Session, Visit
from domain.times import Span
from services.application import booking
from services.application.command import command
from services.application.unit_of_work import UnitOfWork, booking_of


@command("session.check-in")
def check_in(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    *,
    at: datetime | None = None,
    makes_up: str | None = None,
    amendment: Amendment | None = None,
) -> None:
    """Sign a patient in: now, or `at` the earlier time at which they came.

    `makes_up` is the id of the missed session that the visit makes up.
    """
    session, patient = work.session(session_id), work.patient(patient_id)
    patient.check_admitted(session.meeting.day)
    missed = work.session(makes_up) if makes_up else None
    if missed:
        missed.check_make_up(patient_id, session)
    session.check_in(
        work.context,
        patient_id,
        at=at,
        makes_up=makes_up,
        elsewhere=elsewhere(work, session, patient_id),
        amendment=amendment,
    )
    if missed:
        missed.link_make_up(work.context, patient_id, session)
        patient.book(work.context, [booking_of(session)])
    work.reconcile_attendance(session, amendment)


@command("session.check-out")
def check_out(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    *,
    at: datetime | None = None,
    amendment: Amendment | None = None,
) -> None:
    """Sign a patient out: now, or `at` the earlier time at which they left."""
    session = work.session(session_id)
    session.check_out(
        work.context,
        patient_id,
        at=at,
        elsewhere=elsewhere(work, session, patient_id),
        amendment=amendment,
    )
    work.reconcile_attendance(session, amendment)


@command("session.turn-away")
def turn_away(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    *,
    reason: str,
    at: datetime | None = None,
) -> None:
    """Record that a patient came and was not let in."""
    session = work.session(session_id)
    session.turn_away(work.context, patient_id, reason=reason, at=at)
    work.reconcile_attendance(session, Amendment(reason))


@command("session.undo-check-in")
def undo_check_in(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    arrived_at: datetime,
    amendment: Amendment,
) -> None:
    """Strike an arrival that never was; what it made up is missed again."""
    session = work.session(session_id)
    before = session.visits.get(patient_id)
    session.undo_check_in(work.context, patient_id, arrived_at, amendment=amendment)
    _give_make_up_back(work, session, patient_id, before)
    work.reconcile_attendance(session, amendment)


@command("session.reassign-sign-in")
def reassign_sign_in(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    arrived_at: datetime,
    *,
    to: str,
    amendment: Amendment,
) -> None:
    """Put right that the wrong patient was signed in: it was `to` who came."""
    session = work.session(session_id)
    before = session.visits.get(patient_id)
    session.reassign_sign_in(
        work.context,
        patient_id,
        arrived_at,
        to=to,
        amendment=amendment,
        elsewhere=elsewhere(work, session, to),
    )
    _give_make_up_back(work, session, patient_id, before)
    work.reconcile_attendance(session, amendment)


@command("session.note-absence")
def note_absence(
    work: UnitOfWork,
    session_id: str,
    patient_id: str,
    absence: Absence,
    amendment: Amendment | None = None,
) -> None:
    """Record that a patient said they would not come, and whether that is excused."""
    session = work.session(session_id)
    session.note_absence(work.context, patient_id, absence)
    work.reconcile_attendance(session, amendment or Amendment(absence.reason))


# Family and others close to a patient


@command("session.check-in-supporter")
def check_in_supporter(work: UnitOfWork, session_id: str, supporter_id: str) -> None:
    """Sign a supporter in, now."""
    work.session(session_id).check_in_supporter(work.context, supporter_id)


@command("session.check-out-supporter")
def check_out_supporter(work: UnitOfWork, session_id: str, supporter_id: str) -> None:
    """Sign a supporter out, now."""
    work.session(session_id).check_out_supporter(work.context, supporter_id)


def elsewhere(work: UnitOfWork, session: Session, patient_id: str) -> list[Span]:
    """Return when a patient is signed in to the other sessions booked for them around that day."""
    day = timedelta(days=1)
    around = Span(session.meeting.starts_at - day, session.meeting.ends_at + day)
    return [
        stay
        for booked in work.patient(patient_id).bookings.values()
        if booked.session_id != session.id and booked.span.overlaps(around)
        for stay in work.session(booked.session_id).presence(patient_id)
    ]


def _give_make_up_back(
    work: UnitOfWork, session: Session, patient_id: str, before: Visit | None
) -> None:
    """Mark what a visit made up as missed again, where the visit is gone."""
    if before and before.makes_up and patient_id not in session.visits:
        work.session(before.makes_up).unlink_make_up(work.context, patient_id)
        work.patient(patient_id).release(work.context, [session.id], "the make-up was undone")
        booking.offer_places(work, session)
