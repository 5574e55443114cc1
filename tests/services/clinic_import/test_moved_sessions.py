"""Sessions that the files move: whoever is expected by hand alone comes along, where they can."""

from domain.patient import Booking
from domain.session import Session
from services.application.check_in import check_in
from services.application.rosters import book_patient
from tests.services.clinic_import.clinic_edits import append, change
from tests.support.imported_clinic import LOOKED, SEP, Clinic, at

EVENING = Session.id_of("juniper", "evening", SEP[21])
BEFORE = Session.id_of("juniper", "evening", SEP[8])
LONGER = change("tracks", 3, "ends", "20:30")


def booked(clinic: Clinic, mrn: str, session_id: str) -> Booking | None:
    return clinic.patient(mrn).bookings.get(session_id)


def test_a_patient_whom_somebody_booked_comes_along_when_the_files_move_a_track(
    clinic: Clinic,
) -> None:
    clinic.do(book_patient, EVENING, clinic.patient("J01").id)
    clinic.again(LONGER)
    longer = Booking(EVENING, at(SEP[21], "18:00"), at(SEP[21], "20:30"))
    assert booked(clinic, "J01", EVENING) == booked(clinic, "J03", EVENING) == longer


def test_a_patient_whom_somebody_booked_and_who_is_elsewhere_then_is_noted(clinic: Clinic) -> None:
    clinic.do(book_patient, EVENING, clinic.patient("J01").id)
    row = f"one-5,adult,{SEP[21]},20:00,21:00,individual,Late session,nook,s-cedar,J01"
    clinic.again(LONGER, append("sessions", row))
    j01 = clinic.patient("J01")
    assert j01.id in clinic.session("evening", SEP[21]).visits
    assert EVENING not in j01.bookings
    assert j01.blocked[EVENING] == "the patient is booked for another session at that time"


def test_who_made_a_session_up_by_hand_was_there_at_its_corrected_time(clinic: Clinic) -> None:
    missed, j02 = Session.id_of("juniper", "morning", SEP[7]), clinic.patient("J02").id
    came = at(SEP[8], "18:00")
    clinic.do(check_in, BEFORE, j02, at=came, makes_up=missed, amendment=LOOKED)
    clinic.again(LONGER)
    assert booked(clinic, "J02", BEFORE) == Booking(BEFORE, came, at(SEP[8], "20:30"))
