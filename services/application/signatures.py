"""Commands about the record: signatures, and two records of one person."""

from contextlib import suppress

from domain.aggregate import CommandContext
from domain.errors import EnrolledTwice, PatientTaken
from domain.patient import Patient
from domain.session import Session
from services.application import booking
from services.application.monitoring import end_draws
from services.application.unit_of_work import CommandHandler, UnitOfWork, booking_of

MERGED = "two records of one person were merged"


class Records(CommandHandler):
    """The commands that follow a session. The author signs, with the credential of that day."""

    def sign_group_note(self, context: CommandContext, session_id: str) -> None:
        """Sign the group's note: that it was, by whom and when; the note itself is elsewhere."""

        def decision(work: UnitOfWork) -> None:
            session = work.session(session_id)
            session.sign_group_note(context, credential=_credential(work, session))

        self.decide(context, decision)

    def sign_individual_note(
        self, context: CommandContext, session_id: str, patient_id: str
    ) -> None:
        """Sign the note about one patient who was there."""

        def decision(work: UnitOfWork) -> None:
            session = work.session(session_id)
            credential = _credential(work, session)
            session.sign_individual_note(context, patient_id, credential=credential)

        self.decide(context, decision)

    def sign_sheet(self, context: CommandContext, session_id: str) -> None:
        """Vouch for the sign-in sheet."""

        def decision(work: UnitOfWork) -> None:
            session = work.session(session_id)
            session.sign_sheet(context, credential=_credential(work, session))

        self.decide(context, decision)

    def merge_patients(self, context: CommandContext, duplicate_id: str, into: str) -> None:
        """Let two records of one person be one: what is to come moves, what was stays readable."""

        def decision(work: UnitOfWork) -> None:
            duplicate, patient = work.patient(duplicate_id), work.patient(into)
            if duplicate.merged_into == into:
                return
            for session_id in list(duplicate.bookings):
                session = work.session(session_id)
                if not session.closed and not session.visits[duplicate_id].sign_ins:
                    _hand_over(work, session, duplicate, patient)
            for enrolment in duplicate.enrolments.values():
                with suppress(EnrolledTwice):
                    patient.enrol(context, enrolment)
            for commitment in duplicate.commitments.values():
                if commitment.key not in patient.commitments:
                    patient.commit(context, commitment)
            patient.find_collisions(context, work.zone(patient.facility_id))
            for supporter_id, relation in duplicate.supporters.items():
                if supporter_id not in patient.supporters:
                    patient.name_supporter(context, supporter_id, relation)
            for authorization in duplicate.authorizations.values():
                patient.authorize(context, authorization)
            for consent_id, consent in duplicate.consents.items():
                if consent_id not in duplicate.revoked:
                    patient.give_consent(context, consent)
            end_draws(work, duplicate_id, MERGED)
            patient.absorb(context, duplicate)

        self.decide(context, decision)


def _hand_over(work: UnitOfWork, session: Session, duplicate: Patient, patient: Patient) -> None:
    """Let a patient have the place of their other record, unless they are expected at that time."""
    session.release(work.context, duplicate.id)
    duplicate.release(work.context, [session.id], MERGED)
    with suppress(PatientTaken):
        patient.check_bookings([booking_of(session)])
        session.roster(work.context, patient.id)
        patient.book(work.context, [booking_of(session)])
    booking.offer_places(work, session)


def _credential(work: UnitOfWork, session: Session) -> str:
    """Return the author's credential today; a note is signed by somebody on the staff."""
    facility = work.facility(session.facility_id)
    return facility.credential_on(work.context.author, work.today(session.facility_id))
