"""An import of files that say what they said before: what staff put right by hand stands."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from domain.patient import Commitment, Discharge, Enrolment, Plan, Referral
from domain.program import Deviation, Program, Track
from domain.session import Meeting, SignIn
from services.application.admissions import admit_patient, correct_admission, refer_patient
from services.application.check_in import check_out, note_absence, undo_check_in
from services.application.discharge import discharge_patient
from services.application.identities import correct_identity, correct_record_number
from services.application.plans import set_plan
from services.application.rosters import (
    book_patient,
    end_enrolment,
    enrol_patient,
    note_commitment,
    release_patient,
)
from services.application.sessions import call_off_session, reschedule_session, schedule_session
from services.application.tracks import (
    change_meeting,
    declare_closure,
    keep_track,
    lift_closure,
    restore_session,
    substitute_staff,
)
from services.vault import Person
from tests.services.clinic_import.clinic_edits import NOW, append, change, remove
from tests.support.imported_clinic import LOOKED, SEP, Clinic, at

# --- What staff put right, one of each kind. ---


def time_out_entered_late(clinic: Clinic) -> None:
    session, j04 = clinic.session("evening", SEP[10]), clinic.patient("J04").id
    clinic.do(check_out, session.id, j04, at=at(SEP[10], "20:00"), amendment=LOOKED)


def time_out_corrected(clinic: Clinic) -> None:
    session, j01 = clinic.session("morning", SEP[7]), clinic.patient("J01").id
    left = at(SEP[7], "10:30")
    clinic.do(check_out, session.id, j01, at=left, amendment=LOOKED)


def sign_in_struck(clinic: Clinic) -> None:
    session, j03 = clinic.session("evening", SEP[15]), clinic.patient("J03").id
    arrived_at = at(SEP[15], "17:55")
    clinic.do(undo_check_in, session.id, j03, arrived_at, amendment=LOOKED)


def excuse_granted(clinic: Clinic) -> None:
    session, j02 = clinic.session("morning", SEP[7]), clinic.patient("J02").id
    said = session.visits[j02].absence
    assert said
    excused = replace(said, excused=True)
    clinic.do(note_absence, session.id, j02, excused, amendment=LOOKED)


def another_reason(clinic: Clinic) -> None:
    session = clinic.session("evening", SEP[14])
    clinic.do(call_off_session, session.id, "Burst pipe")


def cancellation_taken_back(clinic: Clinic) -> None:
    assert not clinic.take_in(append("cancellations", "2026-09-21,evening,Flood")).faults
    session = clinic.session("evening", SEP[21])
    assert session.called_off
    clinic.do(restore_session, session.id, "The pump came")
    assert not clinic.session("evening", SEP[21]).called_off


def one_off_session_called_off(clinic: Clinic) -> None:
    clinic.do(call_off_session, clinic.session("one-4").id, "Ill")


def meeting_called_off(clinic: Clinic) -> None:
    clinic.do(call_off_session, clinic.session("morning", SEP[18]).id, "Flood")


def one_session_released(clinic: Clinic) -> None:
    session, j01 = clinic.session("morning", SEP[18]), clinic.patient("J01").id
    clinic.do(release_patient, session.id, j01, "A day off")


def guest_of_one_session(clinic: Clinic) -> None:
    session, j01 = clinic.session("evening", SEP[21]), clinic.patient("J01").id
    clinic.do(book_patient, session.id, j01)


def enrolment_ended(clinic: Clinic) -> None:
    j03 = clinic.patient("J03").id
    clinic.do(end_enrolment, j03, "evening", SEP[8], SEP[22])


def own_session_moved(clinic: Clinic) -> None:
    session = clinic.session("one-4")
    later = timedelta(hours=1)
    parts = tuple(
        replace(each, starts_at=each.starts_at + later, ends_at=each.ends_at + later)
        for each in session.meeting.parts
    )
    moved: Meeting = replace(
        session.meeting,
        starts_at=session.meeting.starts_at + later,
        ends_at=session.meeting.ends_at + later,
        parts=parts,
    )
    clinic.do(reschedule_session, session.id, moved)


def own_session_with_a_guest(clinic: Clinic) -> None:
    clinic.do(book_patient, clinic.session("one-4").id, clinic.patient("J01").id)


def meeting_moved_from_a_day_with_an_absence(clinic: Clinic) -> None:
    clinic.do(
        change_meeting,
        "juniper",
        "young",
        "school",
        occurrence=SEP[17],
        deviation=Deviation("training", day=SEP[18], room_id="hall", staff_id="s-birch"),
    )


def track_renamed(clinic: Clinic) -> None:
    [program] = (each for each in clinic.journal.aggregates(Program) if "evening" in each.tracks)
    track: Track = replace(program.tracks["evening"].track, name="Night group")
    clinic.do(keep_track, "juniper", "adult", track)


def closure_lifted(clinic: Clinic) -> None:
    clinic.do(lift_closure, "juniper", "young", SEP[11])


def closure_declared_the_next_day(clinic: Clinic) -> None:
    clinic.do(declare_closure, "juniper", "young", SEP[10], "Flood")


def commitment_revised(clinic: Clinic) -> None:
    j05 = clinic.patient("J05")
    known: Commitment = next(iter(j05.commitments.values()))
    clinic.do(note_commitment, j05.id, replace(known, ends=time(17, 30)))


def plan_adjusted(clinic: Clinic) -> None:
    clinic.do(set_plan, clinic.patient("J01").id, Plan(600, 4), NOW.date())


def discharged(clinic: Clinic) -> None:
    left = Discharge(NOW.date(), "step-down", ("goals-met",), "1")
    clinic.do(discharge_patient, clinic.patient("J01").id, left)


def admission_corrected(clinic: Clinic) -> None:
    clinic.do(
        correct_admission,
        clinic.patient("J06").id,
        program_id="young",
        admitted_on=SEP[14],
        payer="medicaid",
    )


def readmitted_to_another_program(clinic: Clinic) -> None:
    j04 = clinic.patient("J04").id
    person = Person("J04", "Dee", "Okafor", date(1990, 1, 22))
    referral = Referral("young", SEP[17], "Dr. Vance", "community")
    clinic.do(refer_patient, "juniper", person, referral)
    clinic.do(
        admit_patient,
        j04,
        admitted_on=SEP[17],
        payer="medicare",
        focus="mental-health",
        override="known here",
    )
    clinic.do(set_plan, j04, Plan(180, 2), SEP[17])
    clinic.do(enrol_patient, j04, Enrolment("school", ("TU",), SEP[17], None))


def record_number_put_right(clinic: Clinic) -> None:
    clinic.do(correct_record_number, clinic.patient("J06").id, "J60")


def name_put_right(clinic: Clinic) -> None:
    j06 = clinic.patient("J06").id
    clinic.do(correct_identity, j06, "Faye", "Unger", date(2011, 8, 28))


PUT_RIGHT = [
    record_number_put_right,
    name_put_right,
    time_out_entered_late,
    time_out_corrected,
    sign_in_struck,
    excuse_granted,
    another_reason,
    cancellation_taken_back,
    one_off_session_called_off,
    meeting_called_off,
    one_session_released,
    guest_of_one_session,
    enrolment_ended,
    own_session_moved,
    own_session_with_a_guest,
    meeting_moved_from_a_day_with_an_absence,
    track_renamed,
    closure_lifted,
    closure_declared_the_next_day,
    commitment_revised,
    plan_adjusted,
    discharged,
    admission_corrected,
    readmitted_to_another_program,
]


@pytest.mark.parametrize("put_right", PUT_RIGHT, ids=lambda each: each.__name__)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "nothing kept of the last import"])
def test_import_of_unchanged_files_records_nothing(
    clinic: Clinic, put_right: Callable[[Clinic], None], kept: bool
) -> None:
    before = clinic.journal.position()
    put_right(clinic)
    assert clinic.journal.position() > before
    if not kept:
        # As in a data folder from before it was kept what each row said.
        clinic.journal.rows.clear()
    assert clinic.again()[1] == []
    assert clinic.again()[1] == []
    # Nor is it refused as time goes by.
    clinic.again(now=NOW + timedelta(weeks=1))


def test_import_says_which_rows_it_left_alone(clinic: Clinic) -> None:
    excuse_granted(clinic)
    time_out_entered_late(clinic)
    said = clinic.again()[0].warnings
    assert [each.partition(": unchanged")[0] for each in said if "unchanged" in each] == [
        "absences.csv: line 2",
        "sign_ins.csv: line 7",
    ]
    assert not any("J02" in each or "J04" in each for each in said)


def test_import_of_a_changed_row_says_otherwise_again(clinic: Clinic) -> None:
    time_out_entered_late(clinic)
    _, topics = clinic.again(change("sign_ins", 7, "time_out", "19:30"))
    assert topics == ["session.check-out-corrected", "session.attendance-corrected"]
    j04 = clinic.patient("J04").id
    assert clinic.session("evening", SEP[10]).visits[j04].sign_ins == (
        SignIn(at(SEP[10], "17:55"), at(SEP[10], "19:30")),
    )


def test_import_of_a_changed_row_leaves_the_columns_that_say_what_they_said(
    clinic: Clinic,
) -> None:
    excuse_granted(clinic)
    _, topics = clinic.again(change("absences", 2, "reason", "Flat tire"))
    assert topics == ["session.absence-announced"]
    assert clinic.status("morning", SEP[7], "J02") == "excused"


def test_import_of_a_row_that_had_come_to_say_the_same_leaves_what_was_said_since(
    clinic: Clinic,
) -> None:
    time_out_entered_late(clinic)
    assert clinic.again(change("sign_ins", 7, "time_out", "20:00"))[1] == []
    session, j04 = clinic.session("evening", SEP[10]), clinic.patient("J04").id
    earlier = at(SEP[10], "19:00")
    clinic.do(check_out, session.id, j04, at=earlier, amendment=LOOKED)
    assert clinic.again()[1] == []


def test_import_of_a_row_that_was_gone_for_a_while_leaves_what_was_said_since(
    clinic: Clinic,
) -> None:
    time_out_corrected(clinic)
    row = (clinic.folder / "sign_ins.csv").read_text("utf-8").splitlines()[1]
    assert clinic.again(remove("sign_ins", 2))[1] == []
    assert clinic.again(append("sign_ins", row))[1] == []


def test_import_of_a_changed_discharge_takes_the_place_of_one_by_hand(clinic: Clinic) -> None:
    discharged(clinic)
    _, topics = clinic.again(
        change("patients", 2, "discharged_on", "2026-09-18"),
        change("patients", 2, "discharge_kind", "completed"),
    )
    assert "patient.discharge-corrected" in topics
    assert clinic.patient("J01").discharge == Discharge(SEP[18], "completed")


def test_import_leaves_what_waits_for_a_decision(clinic: Clinic) -> None:
    j03 = clinic.patient("J03")
    known = next(iter(j03.commitments.values()))
    more = replace(known, weekdays=("MO", "TU", "TH"))
    clinic.do(note_commitment, j03.id, more)
    assert clinic.patient("J03").undecided
    assert clinic.again()[1] == []


def test_import_extends_a_track_beside_what_was_booked_by_hand(clinic: Clinic) -> None:
    week = timedelta(weeks=1)
    first_new = clinic.session("evening", SEP[17]).meeting.day + 12 * week + timedelta(days=4)
    session = clinic.session("one-4").meeting
    taken = replace(
        session,
        day=first_new,
        starts_at=at(first_new, "18:30"),
        ends_at=at(first_new, "19:30"),
        parts=(),
    )
    session_id = clinic.do(schedule_session, facility_id="juniper", label="by hand", meeting=taken)
    clinic.do(book_patient, session_id, clinic.patient("J03").id)
    _, topics = clinic.again(now=NOW + week)
    assert "patient.booking-blocked" in topics
    assert clinic.patient("J03").blocked


def test_import_leaves_a_session_open_that_nobody_led(clinic: Clinic) -> None:
    session = clinic.session("evening", SEP[21])
    clinic.do(substitute_staff, session.id, None, "Ill")
    outcome, _ = clinic.again(now=NOW + timedelta(weeks=1))
    assert not clinic.session("evening", SEP[21]).closed
    assert clinic.session("evening", SEP[22]).closed
    assert [each for each in outcome.warnings if each.startswith("evening on 2026-09-21 is over")]
