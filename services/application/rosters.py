"""Commands about who is expected: bookings, enrolments, waiting lists, duties and supporters."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.aggregate import CommandContext
from domain.errors import AlreadyExpected, NotMeeting, PlacesFree
from domain.patient import Commitment, Enrolment
from domain.program import Program
from services.application import booking
from services.application.unit_of_work import CommandHandler, NotKnown, UnitOfWork


class Rosters(CommandHandler):
    """The commands that fit a schedule to a life.

    `override` is the reason for which a booking may collide with a duty elsewhere.
    """

    # One session

    def book_patient(
        self, context: CommandContext, session_id: str, patient_id: str, override: str | None = None
    ) -> None:
        """Expect a patient at a session, and take their time for it."""

        def decision(work: UnitOfWork) -> None:
            booking.book(work, work.session(session_id), work.patient(patient_id), override)

        self.decide(context, decision)

    def book_repair(
        self, context: CommandContext, patient_id: str, session_ids: Sequence[str]
    ) -> None:
        """Book a patient for all of some sessions that are to come, or for none.

        Raises ConflictsMet, which names each session that stood against it.
        """

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            sessions = [work.session(each) for each in dict.fromkeys(session_ids)]
            booking.book_repair(work, patient, sessions)

        self.decide(context, decision)

    def release_patient(
        self, context: CommandContext, session_id: str, patient_id: str, reason: str
    ) -> None:
        """Expect a patient no longer; the place goes to the first who waits and can take it."""

        def decision(work: UnitOfWork) -> None:
            booking.release(work, work.session(session_id), work.patient(patient_id), reason)

        self.decide(context, decision)

    def wait_for_session(self, context: CommandContext, session_id: str, patient_id: str) -> None:
        """Let a patient wait for a place in a session that is full."""

        def decision(work: UnitOfWork) -> None:
            session, patient = work.session(session_id), work.patient(patient_id)
            patient.check_admitted(session.meeting.day)
            session.wait(context, patient_id)

        # A discharge at the same moment sees it, or is seen.
        with self.journal.exclusive(patient_id):
            self.decide(context, decision)

    def stop_waiting_for_session(
        self, context: CommandContext, session_id: str, patient_id: str, reason: str
    ) -> None:
        """Let a patient wait for a session no longer."""
        self.decide(
            context,
            lambda work: work.session(session_id).leave_waitlist(context, patient_id, reason),
        )

    # A track

    def enrol_patient(
        self,
        context: CommandContext,
        patient_id: str,
        enrolment: Enrolment,
        override: str | None = None,
    ) -> None:
        """Let a patient join a track: all the sessions that are to come are booked, or none.

        Raises ConflictsMet, which names each session that stood against it.
        """

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            program = work.program_of(patient)
            _check_meets(program, enrolment)
            patient.check_enrolment(enrolment)
            sessions = list(booking.sessions_to_come(work, program, enrolment))
            booking.enrol(work, patient, enrolment, sessions, override)
            patient.check_stays(enrolment.last_day)

        self.decide(context, decision)

    def end_enrolment(
        self,
        context: CommandContext,
        patient_id: str,
        track_id: str,
        first_day: date,
        last_day: date,
    ) -> None:
        """Let a patient come to a track until `last_day`; what follows goes to who waits."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            program = work.program_of(patient)
            known = patient.enrolments.get(Enrolment(track_id, (), first_day, None).key)
            if known is None:
                raise NotKnown(what="enrolment")
            before = list(booking.sessions_to_come(work, program, known))
            ended = replace(known, last_day=last_day)
            patient.enrol(context, ended)
            for session in before:
                if session.meeting.day > last_day and patient_id in session.visits:
                    booking.release(work, session, patient, "the enrolment ended")
            booking.offer_track(work, program, track_id, work.today(patient.facility_id))

        self.decide(context, decision)

    def wait_for_track(
        self, context: CommandContext, patient_id: str, track_id: str, weekdays: tuple[str, ...]
    ) -> None:
        """Let a patient wait for a track, on these days, in which there is no place for them."""

        def decision(work: UnitOfWork) -> None:
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
            program.wait_for_track(context, track_id, patient_id, weekdays)

        with self.journal.exclusive(patient_id):
            self.decide(context, decision)

    def stop_waiting_for_track(
        self, context: CommandContext, patient_id: str, track_id: str, reason: str
    ) -> None:
        """Let a patient wait for a track no longer."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            program = work.program_of(patient)
            program.leave_waitlist(context, track_id, patient_id, reason)

        self.decide(context, decision)

    # Places that came free

    def offer_session(self, context: CommandContext, session_id: str) -> None:
        """Give the free places of a session to come to those who wait and can take them now."""

        def decision(work: UnitOfWork) -> None:
            session = work.session(session_id)
            if session.meeting.starts_at > context.at:
                booking.offer_places(work, session, again=True)

        self.decide(context, decision)

    def offer_track(
        self, context: CommandContext, facility_id: str, program_id: str, track_id: str
    ) -> None:
        """Enrol those who wait for a track and can come to it now."""

        def decision(work: UnitOfWork) -> None:
            program = work.program(facility_id, program_id)
            booking.offer_track(work, program, track_id, work.today(facility_id), again=True)

        self.decide(context, decision)

    def offer_to_patient(self, context: CommandContext, patient_id: str) -> None:
        """Offer free places wherever a patient waits: they may have time now, in their turn."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            for session_id in work.waits_for(patient_id):
                session = work.session(session_id)
                if patient_id in session.waiting and session.meeting.starts_at > context.at:
                    booking.offer_places(work, session, again=True)
            program = work.program_of(patient)
            for track_id, waiting in program.waiting.items():
                if patient_id in {each.patient_id for each in waiting}:
                    today = work.today(patient.facility_id)
                    booking.offer_track(work, program, track_id, today, again=True)

        self.decide(context, decision)

    # Daily life

    def note_commitment(
        self, context: CommandContext, patient_id: str, commitment: Commitment
    ) -> None:
        """Note a duty elsewhere; what is booked already and collides waits for a decision."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            patient.commit(context, commitment)
            patient.find_collisions(context, work.zone(patient.facility_id))

        self.decide(context, decision)

    def accept_collisions(self, context: CommandContext, patient_id: str, reason: str) -> None:
        """Let what is booked stay although it collides with duties elsewhere."""

        def decision(work: UnitOfWork) -> None:
            patient = work.patient(patient_id)
            patient.accept_collisions(context, work.zone(patient.facility_id), reason)

        self.decide(context, decision)

    # Family and others close to a patient

    def invite_supporter(
        self, context: CommandContext, session_id: str, patient_id: str, supporter_id: str
    ) -> None:
        """Expect a supporter at a session to which their patient comes."""

        def decision(work: UnitOfWork) -> None:
            relation = work.patient(patient_id).relation_of(supporter_id)
            work.session(session_id).expect_supporter(
                context, supporter_id, patient_id=patient_id, relation=relation
            )

        self.decide(context, decision)

    def release_supporter(
        self, context: CommandContext, session_id: str, supporter_id: str
    ) -> None:
        """Expect a supporter no longer."""
        self.decide(
            context, lambda work: work.session(session_id).release_supporter(context, supporter_id)
        )


def _check_meets(program: Program, enrolment: Enrolment) -> None:
    """Raise NotMeeting for a day of the week on which the track never meets."""
    weekdays = program.series(enrolment.track_id).weekdays
    never = [day for day in enrolment.weekdays if day not in weekdays]
    if never:
        raise NotMeeting(weekdays=" ".join(never))
