"""Commands about the record: signatures, and two records of one person.

The commands that follow a session. The author signs, with the credential of that day.
"""

from contextlib import suppress

from domain.care import Service
from domain.errors import CosignerSupervised, EnrolledTwice, PatientTaken
from domain.patient import Patient
from domain.session import Session
from domain.session.note import SignedNote
from domain.supervision import is_supervised
from services.application import booking
from services.application.command import command
from services.application.monitoring import end_draws
from services.application.unit_of_work import UnitOfWork, booking_of

MERGED = "two records of one person were merged"


@command("session.sign-group-note")
def sign_group_note(work: UnitOfWork, session_id: str) -> None:
    """Sign the group's note: that it was, by whom and when; the note itself is elsewhere."""
    session = work.session(session_id)
    session.sign_group_note(work.context, credential=_credential(work, session))


@command("session.sign-individual-note")
def sign_individual_note(
    work: UnitOfWork, session_id: str, patient_id: str, services: tuple[Service, ...] = ()
) -> None:
    """Sign the note about one patient who was there: of some services, or of the whole visit."""
    session = work.session(session_id)
    credential = _credential(work, session)
    session.sign_individual_note(work.context, patient_id, credential=credential, services=services)


@command("session.cosign-note")
def cosign_note(work: UnitOfWork, session_id: str, patient_id: str) -> None:
    """Sign the notes about a patient, too, whose authors' credentials ask for a co-signature.

    Raises CosignerSupervised for somebody whose own credential asks for one.
    """
    session = work.session(session_id)
    supervised = work.facility(session.facility_id).supervised
    zone, credential = work.zone(session.facility_id), _credential(work, session)
    if is_supervised(supervised, credential, work.today(session.facility_id)):
        raise CosignerSupervised(credential=credential)

    def needs(note: SignedNote) -> bool:
        return is_supervised(supervised, note.credential, note.signed_at.astimezone(zone).date())

    session.cosign_notes(work.context, patient_id, credential=credential, needs=needs)


@command("session.sign-sheet")
def sign_sheet(work: UnitOfWork, session_id: str) -> None:
    """Vouch for the sign-in sheet."""
    session = work.session(session_id)
    session.sign_sheet(work.context, credential=_credential(work, session))


@command("patient.merge", many_sessions=True)
def merge_patients(work: UnitOfWork, duplicate_id: str, into: str) -> None:
    """Merge two records of one person: what is to come moves, what was stays readable."""
    duplicate, patient = work.patient(duplicate_id), work.patient(into)
    if duplicate.merged_into == into:
        return
    # First, for who may be told of what moves is decided by what stands before it.
    for consent_id, consent in duplicate.consents.items():
        if consent_id not in duplicate.revoked:
            patient.give_consent(work.context, consent)
    for session_id in list(duplicate.bookings):
        session = work.session(session_id)
        if not session.closed and not session.visits[duplicate_id].sign_ins:
            _hand_over(work, session, duplicate, patient)
    for enrolment in duplicate.enrolments.values():
        with suppress(EnrolledTwice):
            patient.enrol(work.context, enrolment)
    for commitment in duplicate.commitments.values():
        if commitment.key not in patient.commitments:
            patient.commit(work.context, commitment)
    patient.find_collisions(work.context, work.zone(patient.facility_id))
    for supporter_id, relation in duplicate.supporters.items():
        if supporter_id not in patient.supporters:
            patient.name_supporter(work.context, supporter_id, relation)
    for first_day, last_day in duplicate.hospitalized.items():
        if first_day not in patient.hospitalized:
            patient.record_partial_hospitalization(work.context, first_day, last_day)
    for authorization in duplicate.authorizations.values():
        patient.authorize(work.context, authorization)
    end_draws(work, duplicate_id, MERGED)
    patient.absorb(work.context, duplicate)


def _hand_over(work: UnitOfWork, session: Session, duplicate: Patient, patient: Patient) -> None:
    """Move the place of a patient's other record, unless they are expected at that time."""
    booking.take_off(work, session, duplicate, MERGED)
    with suppress(PatientTaken):
        patient.check_bookings([booking_of(session)])
        booking.expect(work, patient, [session])
    booking.offer_places(work, session)


def _credential(work: UnitOfWork, session: Session) -> str:
    """Return the author's credential today; a note is signed by somebody on the staff."""
    return work.own_credential(session.facility_id, work.today(session.facility_id))
