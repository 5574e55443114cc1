"""The commands at the door and about the record, as they concern several sessions and patients."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import (
    AlreadyMadeUp,
    NotAdmitted,
    NotAttended,
    NotMissed,
    ReasonMissing,
    SessionFull,
    SessionNotOver,
    SignedInElsewhere,
)
from domain.patient import Discharge
from domain.session import Absence, Amendment
from services.application.check_in import (
    check_in,
    check_out,
    note_absence,
    reassign_sign_in,
    turn_away,
    undo_check_in,
)
from services.application.rosters import book_patient, release_patient, wait_for_session
from services.application.sessions import close_session
from services.application.signatures import sign_group_note, sign_individual_note, sign_sheet
from tests.support.small_clinic import ANN, BEN, CAL, FOUND, MONDAY, WEDNESDAY, SmallClinic

BY_STAFF_3 = Amendment("the video call was checked", "LMSW")


@pytest.fixture
def clinic() -> SmallClinic:
    clinic = SmallClinic()
    clinic.enrol(ANN, BEN, on=("MO", "WE"))
    return clinic


def attended(clinic: SmallClinic, patient_id: str, day: date = MONDAY) -> None:
    session_id = clinic.evening(day).id
    clinic.at("17:00", day)
    clinic.daybook.handle(clinic.context(), check_in, session_id, patient_id)
    clinic.at("20:00", day)
    clinic.daybook.handle(clinic.context(), check_out, session_id, patient_id)


def closed(clinic: SmallClinic, day: date = MONDAY) -> None:
    clinic.at("21:00", day)
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening(day).id)


# Arriving


def test_nobody_is_signed_in_to_two_sessions_at_once(clinic: SmallClinic) -> None:
    other = clinic.own("one", hour=20)
    clinic.daybook.handle(clinic.context(), book_patient, other, ANN)
    clinic.at("19:59")
    clinic.daybook.handle(clinic.context(), check_in, clinic.evening().id, ANN)
    with pytest.raises(SignedInElsewhere):
        clinic.daybook.handle(clinic.context(), check_in, other, ANN)
    clinic.at("20:00")
    clinic.daybook.handle(clinic.context(), check_in, other, ANN)


def test_what_kiosks_tell_hours_late_and_out_of_order_is_merged(clinic: SmallClinic) -> None:
    session_id = clinic.evening().id
    clinic.at("20:05")
    told = [("out", "18:00"), ("in", "18:20"), ("out", "20:00"), ("in", "16:58"), ("in", "18:20")]
    for what, wall in told:
        at = datetime.fromisoformat(f"2025-03-03T{wall}:00+00:00")
        command = check_in if what == "in" else check_out
        clinic.daybook.handle(clinic.context("kiosk-2"), command, session_id, ANN, at=at)
    lines = clinic.evening().visits[ANN].sign_ins
    assert [(f"{a.arrived_at:%H:%M}", f"{a.left_at:%H:%M}") for a in lines] == [
        ("16:58", "18:00"),
        ("18:20", "20:00"),
    ]
    closed(clinic)
    record = clinic.evening().records[ANN].attendance
    assert record
    assert record.credited_minutes == 60 + 100
    assert [(each.service, each.topic, each.minutes) for each in record.credits] == [
        ("group", None, 70),
        ("education", "triggers", 90),
    ]


def test_a_patient_is_signed_in_only_while_admitted(clinic: SmallClinic) -> None:
    gone = clinic.patient(ANN)
    gone.end(clinic.context(), Discharge(MONDAY, "completed"))
    clinic.journal.save(gone)
    attended(clinic, ANN)
    clinic.at("17:00", WEDNESDAY)
    with pytest.raises(NotAdmitted):
        clinic.daybook.handle(clinic.context(), check_in, clinic.evening(WEDNESDAY).id, ANN)


# Make-ups


def test_a_make_up_is_linked_booked_and_credited_once(clinic: SmallClinic) -> None:
    closed(clinic)
    missed, made_up_in = clinic.evening().id, clinic.own("make-up", WEDNESDAY, 9)
    again = clinic.own("again", WEDNESDAY, 12)
    clinic.at("09:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), check_in, made_up_in, ANN, makes_up=missed)
    assert made_up_in in clinic.patient(ANN).bookings
    assert clinic.evening().visits[ANN].made_up_by == made_up_in
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), check_in, made_up_in, ANN, makes_up=missed)
    assert clinic.topics(before) == []
    clinic.at("12:00", WEDNESDAY)
    with pytest.raises(AlreadyMadeUp):
        clinic.daybook.handle(clinic.context(), check_in, again, ANN, makes_up=missed)


def test_a_make_up_that_is_undone_is_missed_again_and_its_place_is_free(
    clinic: SmallClinic,
) -> None:
    closed(clinic)
    missed, made_up_in = clinic.evening().id, clinic.own("make-up", WEDNESDAY, 9, "room-3")
    arrived_at = clinic.at("08:50", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), check_in, made_up_in, ANN, makes_up=missed)
    with pytest.raises(SessionFull):
        clinic.daybook.handle(clinic.context(), book_patient, made_up_in, CAL)
    clinic.daybook.handle(clinic.context(), wait_for_session, made_up_in, CAL)
    clinic.daybook.handle(clinic.context(), undo_check_in, made_up_in, ANN, arrived_at, FOUND)
    assert clinic.evening().visits[ANN].made_up_by is None
    assert made_up_in not in clinic.patient(ANN).bookings
    assert list(clinic.journal.load(made_up_in).visits) == [CAL]
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), undo_check_in, made_up_in, ANN, arrived_at, FOUND)
    assert clinic.topics(before) == []


def test_what_was_attended_needs_no_make_up(clinic: SmallClinic) -> None:
    attended(clinic, ANN)
    made_up_in = clinic.own("make-up", WEDNESDAY, 9)
    clinic.at("09:00", WEDNESDAY)
    with pytest.raises(NotMissed):
        clinic.daybook.handle(
            clinic.context(), check_in, made_up_in, ANN, makes_up=clinic.evening().id
        )


# Afterwards


def test_the_wrong_patient_is_put_right_after_closing_and_both_records_are_corrected(
    clinic: SmallClinic,
) -> None:
    attended(clinic, ANN)
    closed(clinic)
    before = len(clinic.journal.order)
    arrived_at = datetime(2025, 3, 3, 17, tzinfo=UTC)
    clinic.daybook.handle(
        clinic.context("staff-3"),
        reassign_sign_in,
        clinic.evening().id,
        ANN,
        arrived_at,
        to=BEN,
        amendment=BY_STAFF_3,
    )
    assert clinic.topics(before) == [
        "session.sign-in-reassigned",
        "session.attendance-corrected",
        "session.attendance-corrected",
    ]
    last = clinic.journal.all_events()[-1]
    said = (last.author, last.credential, last.reason, last.timestamp)
    assert said == ("staff-3", "LMSW", "the video call was checked", clinic.now)
    records = clinic.evening().records
    assert [records[each].attendance.status for each in (ANN, BEN)] == ["no_show", "attended"]  # type: ignore[union-attr]
    before = len(clinic.journal.order)
    clinic.daybook.handle(
        clinic.context("staff-3"),
        reassign_sign_in,
        clinic.evening().id,
        ANN,
        arrived_at,
        to=BEN,
        amendment=BY_STAFF_3,
    )
    assert clinic.topics(before) == []


def test_what_is_entered_after_closing_needs_a_reason(clinic: SmallClinic) -> None:
    closed(clinic)
    session_id = clinic.evening().id
    came, left = clinic.now - timedelta(hours=4), clinic.now - timedelta(hours=1)
    with pytest.raises(ReasonMissing):
        clinic.daybook.handle(clinic.context(), check_in, session_id, ANN, at=came)
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), check_in, session_id, ANN, at=came, amendment=FOUND)
    clinic.daybook.handle(clinic.context(), check_out, session_id, ANN, at=left, amendment=FOUND)
    assert clinic.topics(before) == [
        "session.late-sign-in-entered",
        "session.attendance-corrected",
        "session.late-check-out-entered",
        "session.attendance-corrected",
    ]
    first = next(
        each for each in clinic.journal.all_events() if each.TOPIC == "session.attendance-recorded"
    )
    assert first.attendance.status == "no_show"


def test_a_late_excuse_corrects_the_record(clinic: SmallClinic) -> None:
    closed(clinic)
    absence = Absence("fever", datetime(2025, 3, 3, 8, tzinfo=UTC), excused=True)
    clinic.daybook.handle(clinic.context(), note_absence, clinic.evening().id, ANN, absence)
    attendance = clinic.evening().records[ANN].attendance
    assert attendance
    assert attendance.status == "excused"
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), note_absence, clinic.evening().id, ANN, absence)
    assert clinic.topics(before) == []


def test_who_is_turned_away_is_no_no_show(clinic: SmallClinic) -> None:
    clinic.at("17:05")
    clinic.daybook.handle(clinic.context(), turn_away, clinic.evening().id, ANN, reason="not sober")
    closed(clinic)
    attendance = clinic.evening().records[ANN].attendance
    assert attendance
    assert attendance.status == "turned_away"


def test_who_is_no_longer_expected_at_a_closed_session_has_no_record_there(
    clinic: SmallClinic,
) -> None:
    closed(clinic)
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), release_patient, session_id, ANN, "enrolled by mistake")
    assert clinic.evening().records[ANN].attendance is None
    clinic.daybook.handle(clinic.context(), book_patient, session_id, ANN)
    topics = [
        each.TOPIC
        for each in clinic.journal.all_events()
        if getattr(each, "patient_id", None) == ANN and "attendance" in each.TOPIC
    ]
    assert topics == [
        "session.attendance-recorded",
        "session.attendance-withdrawn",
        "session.attendance-corrected",
    ]


# Signatures


def test_notes_and_the_sheet_are_signed_with_the_authors_credential(clinic: SmallClinic) -> None:
    session_id = clinic.evening().id
    with pytest.raises(SessionNotOver):
        clinic.daybook.handle(clinic.context(), sign_sheet, session_id)
    attended(clinic, ANN)
    before = len(clinic.journal.order)
    for _ in range(2):
        clinic.daybook.handle(clinic.context("staff-1"), sign_sheet, session_id)
        clinic.daybook.handle(clinic.context("staff-1"), sign_group_note, session_id)
        clinic.daybook.handle(clinic.context("staff-2"), sign_group_note, session_id)
        clinic.daybook.handle(clinic.context("staff-1"), sign_individual_note, session_id, ANN)
    signed = clinic.journal.all_events()[before:]
    assert [(each.TOPIC, each.author, each.credential) for each in signed] == [
        ("session.sheet-signed", "staff-1", "LCSW"),
        ("session.group-note-signed", "staff-1", "LCSW"),
        ("session.group-note-signed", "staff-2", "LCSW"),
        ("session.individual-note-signed", "staff-1", "LCSW"),
    ]
    with pytest.raises(NotAttended):
        clinic.daybook.handle(clinic.context(), sign_individual_note, session_id, BEN)
