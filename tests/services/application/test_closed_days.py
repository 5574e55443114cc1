"""A change of a day that is over corrects its attendance, with its reason, or is refused."""

from datetime import date, time

import pytest

from domain.errors import ConflictsMet
from domain.program import Deviation
from domain.session import AttendanceCorrected, AttendanceWithdrawn
from services.application.check_in import check_in
from services.application.sessions import close_session
from services.application.tracks import (
    change_following,
    change_meeting,
    declare_closure,
    lift_closure,
    restore_meeting,
)
from tests.support.small_clinic import (
    ANN,
    BEN,
    FACILITY,
    FOUND,
    MONDAY,
    PROGRAM,
    TRACK,
    WEDNESDAY,
    SmallClinic,
    pattern,
)

WHICH = (FACILITY, PROGRAM, TRACK)


@pytest.fixture
def clinic() -> SmallClinic:
    """A clinic on the day after its first session, to which nobody came."""
    clinic = SmallClinic()
    clinic.enrol(ANN, BEN)
    clinic.at("21:00")
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening().id)
    clinic.at("09:00", date(2025, 3, 4))
    return clinic


def close_program(clinic: SmallClinic, day: date = MONDAY) -> None:
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, day, "snow")


def statuses(clinic: SmallClinic) -> dict[str, str | None]:
    records = clinic.evening().records
    return {key: each.attendance and each.attendance.status for key, each in records.items()}


def test_a_closure_that_is_declared_the_next_day_takes_the_no_shows_back(
    clinic: SmallClinic,
) -> None:
    assert statuses(clinic) == {ANN: "no_show", BEN: "no_show"}
    before = len(clinic.journal.order)
    close_program(clinic)
    assert clinic.evening().withdrawn
    assert statuses(clinic) == {ANN: None, BEN: None}
    withdrawn = [e for e in clinic.journal.all_events()[before:] if type(e) is AttendanceWithdrawn]
    assert {each.reason for each in withdrawn} == {"snow"}
    before = len(clinic.journal.order)
    close_program(clinic)
    assert clinic.topics(before) == []


def test_a_closure_that_is_lifted_the_next_day_brings_the_roster_back(clinic: SmallClinic) -> None:
    close_program(clinic)
    clinic.daybook.handle(clinic.context(), lift_closure, FACILITY, PROGRAM, MONDAY)
    assert statuses(clinic) == {ANN: "no_show", BEN: "no_show"}
    assert clinic.evening().takes_place


def test_a_closure_that_was_declared_before_it_corrected_anything_does_so_now(
    clinic: SmallClinic,
) -> None:
    program = clinic.program()
    program.declare_closure(clinic.context(), MONDAY, "snow")
    clinic.journal.save(program)
    close_program(clinic)
    assert statuses(clinic) == {ANN: None, BEN: None}


def test_a_day_on_which_somebody_came_stays_open(clinic: SmallClinic) -> None:
    evening = clinic.evening().id
    arrived = clinic.evening().meeting.starts_at
    clinic.daybook.handle(clinic.context(), check_in, evening, ANN, at=arrived, amendment=FOUND)
    before = len(clinic.journal.order)
    with pytest.raises(ConflictsMet, match="2025-03-03: a patient has signed in to this session"):
        close_program(clinic)
    assert len(clinic.journal.order) == before


def test_a_closure_of_one_day_leaves_the_closed_sessions_of_others(clinic: SmallClinic) -> None:
    clinic.at("21:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening(WEDNESDAY).id)
    close_program(clinic, WEDNESDAY)
    assert statuses(clinic) == {ANN: "no_show", BEN: "no_show"}
    assert not clinic.evening().withdrawn


def test_one_meeting_that_was_otherwise_is_corrected_with_its_reason(clinic: SmallClinic) -> None:
    before = len(clinic.journal.order)
    clinic.daybook.handle(
        clinic.context(),
        change_meeting,
        *WHICH,
        occurrence=MONDAY,
        deviation=Deviation("ended early", starts=time(17), ends=time(18)),
    )
    attendance = clinic.evening().records[ANN].attendance
    assert attendance
    assert attendance.scheduled_minutes == 60
    events = clinic.journal.all_events()[before:]
    assert {e.reason for e in events if type(e) is AttendanceCorrected} == {"ended early"}
    clinic.daybook.handle(clinic.context(), restore_meeting, *WHICH, occurrence=MONDAY)
    attendance = clinic.evening().records[ANN].attendance
    assert attendance
    assert attendance.scheduled_minutes == 180


def follow(clinic: SmallClinic, from_day: date = MONDAY) -> None:
    clinic.daybook.handle(
        clinic.context(),
        change_following,
        *WHICH,
        from_day=from_day,
        pattern=pattern(18, "room-2", "staff-1", ("MO",)),
        reason="new hours",
    )


def test_a_series_of_which_all_is_closed_is_not_changed_without_a_word(
    clinic: SmallClinic,
) -> None:
    clinic.at("21:00", date(2025, 3, 14))
    for day in (5, 7, 10, 12, 14):
        clinic.daybook.handle(
            clinic.context(), close_session, clinic.evening(date(2025, 3, day)).id
        )
    before = len(clinic.journal.order)
    with pytest.raises(ConflictsMet, match="2025-03-03: the session is closed"):
        follow(clinic)
    assert len(clinic.journal.order) == before
