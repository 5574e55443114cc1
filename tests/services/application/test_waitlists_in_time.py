"""Nobody who waits gets a place in a session that has begun: nobody could have told them."""

from datetime import date, time

import pytest

from domain.bounds import LONGEST_TEXT
from domain.errors import AlreadyBegun, AlreadyWaiting
from domain.patient import Commitment, Discharge
from domain.program import TrackPassedOver
from services.application.discharge import discharge_patient
from services.application.rosters import (
    end_enrolment,
    note_commitment,
    release_patient,
    wait_for_session,
    wait_for_track,
)
from services.application.sessions import close_session
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FRIDAY,
    MONDAY,
    TRACK,
    WEDNESDAY,
    SmallClinic,
)

ALL_DAYS = ("MO", "WE", "FR")


@pytest.fixture
def clinic() -> SmallClinic:
    clinic = SmallClinic()
    clinic.enrol(ANN, BEN)
    return clinic


@pytest.mark.parametrize(
    ("wall", "gets_it"), [("16:59", True), ("17:00", False), ("19:00", False), ("21:30", False)]
)
def test_a_place_in_a_session_is_offered_until_it_begins(
    clinic: SmallClinic, wall: str, gets_it: bool
) -> None:
    session_id = clinic.evening().id
    clinic.daybook.handle(clinic.context(), wait_for_session, session_id, CAL)
    clinic.at(wall)
    clinic.daybook.handle(clinic.context(), release_patient, session_id, BEN, "by mistake")
    assert (CAL in clinic.evening().visits) == gets_it
    clinic.at("22:00")
    clinic.daybook.handle(clinic.context(), close_session, session_id)
    assert (CAL in clinic.evening().records) == gets_it


@pytest.mark.parametrize(("wall", "first"), [("16:59", WEDNESDAY), ("21:30", date(2025, 3, 6))])
def test_a_place_in_a_track_begins_with_the_next_session(
    clinic: SmallClinic, wall: str, first: date
) -> None:
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ALL_DAYS)
    clinic.at(wall, WEDNESDAY)
    discharge = Discharge(MONDAY, "dropped-out", ("own-wish",))
    clinic.daybook.handle(clinic.context(), discharge_patient, BEN, discharge)
    [enrolment] = clinic.patient(CAL).enrolments.values()
    assert enrolment.first_day == first
    assert (CAL in clinic.evening(WEDNESDAY).visits) == (first == WEDNESDAY)
    assert CAL in clinic.evening(FRIDAY).visits


def test_a_place_in_a_track_begins_after_a_session_of_today_that_is_closed(
    clinic: SmallClinic,
) -> None:
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ALL_DAYS)
    clinic.at("21:00", WEDNESDAY)
    clinic.daybook.handle(clinic.context(), close_session, clinic.evening(WEDNESDAY).id)
    clinic.daybook.handle(clinic.context(), end_enrolment, BEN, TRACK, MONDAY, WEDNESDAY)
    [enrolment] = clinic.patient(CAL).enrolments.values()
    assert enrolment.first_day == date(2025, 3, 6)


def test_a_session_that_has_begun_has_no_waiting_list(clinic: SmallClinic) -> None:
    clinic.at("17:00")
    with pytest.raises(AlreadyBegun):
        clinic.daybook.handle(clinic.context(), wait_for_session, clinic.evening().id, CAL)
    clinic.daybook.handle(clinic.context(), wait_for_session, clinic.evening(WEDNESDAY).id, CAL)


def test_who_waits_for_a_track_on_some_days_is_told_so_when_they_ask_for_others(
    clinic: SmallClinic,
) -> None:
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO", "WE"))
    before = len(clinic.journal.order)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("MO", "WE"))
    with pytest.raises(AlreadyWaiting, match="MO WE"):
        clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ("FR",))
    assert len(clinic.journal.order) == before
    assert CAL not in clinic.evening(FRIDAY).visits


def test_who_is_passed_over_for_many_reasons_is_told_some_and_how_many_more() -> None:
    clinic = SmallClinic(last_day=None)
    clinic.enrol(ANN, BEN)
    duty = Commitment("work", "Shift", ALL_DAYS, time(18), time(19), MONDAY, None)
    clinic.daybook.handle(clinic.context(), note_commitment, CAL, duty)
    clinic.daybook.handle(clinic.context(), wait_for_track, CAL, TRACK, ALL_DAYS)
    clinic.at("12:00", WEDNESDAY)
    discharge = Discharge(MONDAY, "dropped-out", ("own-wish",))
    clinic.daybook.handle(clinic.context(), discharge_patient, BEN, discharge)
    [passed_over] = [e for e in clinic.journal.all_events() if type(e) is TrackPassedOver]
    assert (
        "2025-03-05: the session on 2025-03-05 overlaps an outside commitment"
        in passed_over.because
    )
    assert passed_over.because.endswith(" more")
    assert len(passed_over.because) <= LONGEST_TEXT
