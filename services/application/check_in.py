"""Commands at the door: who arrives, who leaves, who is not let in, and what is put right."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.aggregate import Cause
from domain.session import Absence, Amendment, Session, Visit
from domain.times import Span
from services.application import booking
from services.application.unit_of_work import Desk, Work, booking_of


class Door(Desk):
    """The door's commands. Once a session is closed, an `amendment` says why it is told late.

    Commands about one patient's presence take turns, so that two kiosks at the same second cannot
    sign one patient in to two sessions.
    """

    def check_in(
        self,
        cause: Cause,
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

        def decision(work: Work) -> None:
            session, patient = work.session(session_id), work.patient(patient_id)
            patient.check_admitted(session.meeting.day)
            missed = work.session(makes_up) if makes_up else None
            if missed:
                missed.check_make_up(patient_id, session)
            session.check_in(
                cause,
                patient_id,
                at=at,
                makes_up=makes_up,
                elsewhere=elsewhere(work, session, patient_id),
                amendment=amendment,
            )
            if missed:
                missed.link_make_up(cause, patient_id, session)
                patient.book(cause, [booking_of(session)])
            work.settle(session, amendment)

        with self.journal.alone(patient_id):
            self.decide(cause, decision)

    def check_out(
        self,
        cause: Cause,
        session_id: str,
        patient_id: str,
        *,
        at: datetime | None = None,
        amendment: Amendment | None = None,
    ) -> None:
        """Sign a patient out: now, or `at` the earlier time at which they left."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            session.check_out(
                cause,
                patient_id,
                at=at,
                elsewhere=elsewhere(work, session, patient_id),
                amendment=amendment,
            )
            work.settle(session, amendment)

        with self.journal.alone(patient_id):
            self.decide(cause, decision)

    def turn_away(
        self,
        cause: Cause,
        session_id: str,
        patient_id: str,
        *,
        reason: str,
        at: datetime | None = None,
    ) -> None:
        """Record that a patient came and was not let in."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            session.turn_away(cause, patient_id, reason=reason, at=at)
            work.settle(session, Amendment(reason))

        self.decide(cause, decision)

    def undo_check_in(
        self,
        cause: Cause,
        session_id: str,
        patient_id: str,
        arrived_at: datetime,
        amendment: Amendment,
    ) -> None:
        """Strike an arrival that never was; what it made up is missed again."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            before = session.visits.get(patient_id)
            session.undo_check_in(cause, patient_id, arrived_at, amendment=amendment)
            _give_make_up_back(work, session, patient_id, before)
            work.settle(session, amendment)

        self.decide(cause, decision)

    def reassign_sign_in(
        self,
        cause: Cause,
        session_id: str,
        patient_id: str,
        arrived_at: datetime,
        *,
        to: str,
        amendment: Amendment,
    ) -> None:
        """Put right that the wrong patient was signed in: it was `to` who came."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            before = session.visits.get(patient_id)
            session.reassign_sign_in(
                cause,
                patient_id,
                arrived_at,
                to=to,
                amendment=amendment,
                elsewhere=elsewhere(work, session, to),
            )
            _give_make_up_back(work, session, patient_id, before)
            work.settle(session, amendment)

        with self.journal.alone(to):
            self.decide(cause, decision)

    def note_absence(
        self,
        cause: Cause,
        session_id: str,
        patient_id: str,
        absence: Absence,
        amendment: Amendment | None = None,
    ) -> None:
        """Record that a patient said they would not come, and whether that is excused."""

        def decision(work: Work) -> None:
            session = work.session(session_id)
            session.note_absence(cause, patient_id, absence)
            work.settle(session, amendment or Amendment(absence.reason))

        self.decide(cause, decision)

    # Family and others close to a patient

    def check_in_supporter(self, cause: Cause, session_id: str, supporter_id: str) -> None:
        """Sign a supporter in, now."""
        self.decide(
            cause, lambda work: work.session(session_id).check_in_supporter(cause, supporter_id)
        )

    def check_out_supporter(self, cause: Cause, session_id: str, supporter_id: str) -> None:
        """Sign a supporter out, now."""
        self.decide(
            cause, lambda work: work.session(session_id).check_out_supporter(cause, supporter_id)
        )


def elsewhere(work: Work, session: Session, patient_id: str) -> Iterator[Span]:
    """Yield when a patient is signed in to the other sessions booked for them around that day."""
    day = timedelta(days=1)
    around = Span(session.meeting.starts_at - day, session.meeting.ends_at + day)
    for booked in work.patient(patient_id).bookings.values():
        if booked.session_id != session.id and booked.span.overlaps(around):
            yield from work.session(booked.session_id).presence(patient_id)


def _give_make_up_back(work: Work, session: Session, patient_id: str, before: Visit | None) -> None:
    """Let what a visit made up be missed again, where the visit is gone."""
    if before and before.makes_up and patient_id not in session.visits:
        work.session(before.makes_up).unlink_make_up(work.cause, patient_id)
        work.patient(patient_id).release(work.cause, [session.id], "the make-up was undone")
        booking.offer_places(work, session)
