"""Rules about schedules, programs and groups, as they are judged while a clinic lives.

What is found comes out again from the events that it names.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.aggregate import Event
from domain.compliance.finding import Finding
from domain.patient import Discharge
from domain.session import Meeting
from projections.compliance.recompute import recompute
from services.application import Command
from services.application.check_in import check_in, check_out
from services.application.discharge import discharge_patient
from services.application.episode import assign_counselor, change_payer
from services.application.policies import adopt_payer_policy, drop_payer_policy
from services.application.rosters import book_patient
from services.application.sessions import close_session, schedule_session
from services.application.signatures import merge_patients
from tests.support.evaluated_clinic import EvaluatedClinic, house_rules
from tests.support.read_models import ReadModels
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    DEE,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
    own_meeting,
)

DAY = timedelta(days=1)
SUNDAY, TUESDAY = MONDAY + 6 * DAY, MONDAY + DAY
NOW = datetime(2025, 4, 10, 9, tzinfo=UTC)
PAYERS = "payer's"
WIDE = replace(own_meeting(TUESDAY, 12, "room-2", "staff-2"))
"""An hour on Tuesday in the room with three places."""


@pytest.fixture
def clinic() -> EvaluatedClinic:
    return EvaluatedClinic()


def do(clinic: EvaluatedClinic, command: Command[..., Any], *words: Any, **facts: Any) -> Any:
    return clinic.daybook.handle(clinic.context(), command, *words, **facts)


def judged(clinic: EvaluatedClinic, now: datetime = NOW) -> list[Finding]:
    """The findings of all that happened, once each has come out of its own events again."""
    events: list[Event] = clinic.journal.all_events()
    found = recompute(events, now)
    for each in found.values():
        named = [event for event in events if event.event_id in each.evidence]
        assert recompute(named, now)[each.finding_id] == each
    return list(found.values())


def of(found: Iterable[Finding], rule: str) -> list[tuple[Any, ...]]:
    theirs = sorted(
        (each for each in found if each.rule == rule),
        key=lambda each: (each.first_day, each.about or ""),
    )
    return [(each.first_day, each.state, each.measured) for each in theirs]


def total_of(clinic: EvaluatedClinic, now: datetime) -> tuple[str, int | None]:
    """What the first weeks of Ann's stay come to."""
    (found,) = (
        each for each in judged(clinic, now) if (each.rule, each.patient_id) == ("total-hours", ANN)
    )
    return found.state, found.measured


def group_of(clinic: EvaluatedClinic, *patients: str, format: Any = None) -> str:
    """A group of an hour on Tuesday at noon to which these patients came."""
    part = replace(WIDE.parts[0], service="group", format=format)
    meeting: Meeting = replace(WIDE, parts=(part,))
    session_id: str = do(
        clinic, schedule_session, facility_id=FACILITY, label="Families", meeting=meeting
    )
    for each in patients:
        do(clinic, book_patient, session_id, each)
    for each in patients:
        clinic.at("12:00", TUESDAY)
        do(clinic, check_in, session_id, each)
        clinic.at("14:00", TUESDAY)
        do(clinic, check_out, session_id, each)
    clinic.at("15:00", TUESDAY)
    do(clinic, close_session, session_id)
    return session_id


def a_payer_asks(clinic: EvaluatedClinic, payer: str = "blue", **numbers: int) -> None:
    do(clinic, adopt_payer_policy, FACILITY, payer, house_rules(1, PAYERS, **numbers), MONDAY)


# program-caseload


def test_a_program_is_judged_by_the_week_and_its_census(clinic: EvaluatedClinic) -> None:
    clinic.adopt(program_caseload_max=3)
    do(clinic, assign_counselor, ANN, "staff-1", MONDAY)
    do(clinic, assign_counselor, BEN, "staff-2", WEDNESDAY)
    # Four patients for seven days are 28, for one counselor of seven days and one of five: 2.3.
    first, *later = of(judged(clinic), "program-caseload")
    assert first == (MONDAY, "met", 3)
    # Then both are there on each day: 28 patient days, 14 counselor days.
    assert {each[1:] for each in later[:-1]} == {("met", 2)}
    # The week that runs is told with who is there now.
    assert later[-1][1:] == ("on_track", 2)
    clinic.at("12:00", MONDAY + 8 * DAY)
    do(clinic, assign_counselor, BEN, "staff-1", WEDNESDAY)
    first, second, *_ = of(judged(clinic), "program-caseload")
    assert (first, second) == ((MONDAY, "breached", 4), (MONDAY + 7 * DAY, "breached", 4))
    assert {each.about for each in judged(clinic) if each.rule == "program-caseload"} == {
        f"{FACILITY} program {PROGRAM}"
    }


def test_who_leaves_a_program_is_in_its_census_no_longer(clinic: EvaluatedClinic) -> None:
    clinic.adopt(program_caseload_max=3)
    do(clinic, assign_counselor, ANN, "staff-1", MONDAY)
    clinic.at("12:00", SUNDAY + DAY)
    for each in (BEN, CAL):
        do(
            clinic,
            discharge_patient,
            each,
            Discharge(clinic.now.date(), "dropped-out", ("no-contact",)),
        )
    # Of four on Monday, the 10th, two are left: (4 + 6 x 2) / 7 = 2.3.
    assert of(judged(clinic), "program-caseload")[:3] == [
        (MONDAY, "breached", 4),
        (MONDAY + 7 * DAY, "met", 3),
        (MONDAY + 14 * DAY, "met", 2),
    ]


def test_a_program_that_nobody_asks_is_not_judged(clinic: EvaluatedClinic) -> None:
    clinic.adopt(caseload_max=3)
    do(clinic, assign_counselor, ANN, "staff-1", MONDAY)
    assert of(judged(clinic), "program-caseload") == []


def test_two_records_of_one_person_are_one_in_the_census(clinic: EvaluatedClinic) -> None:
    clinic.adopt(program_caseload_max=3)
    do(clinic, assign_counselor, ANN, "staff-1", MONDAY)
    do(clinic, merge_patients, DEE, CAL)
    assert of(judged(clinic), "program-caseload")[0] == (MONDAY, "met", 3)


# Groups, from a payer


def test_a_payers_limit_judges_the_sessions_to_which_its_patients_came(
    clinic: EvaluatedClinic,
) -> None:
    a_payer_asks(clinic, group_max=2)
    session_id = group_of(clinic, ANN, BEN, CAL)
    assert of(judged(clinic), "group-size") == []
    # It turns out that another payer pays for one of them.
    do(clinic, change_payer, BEN, "blue", TUESDAY)
    (found,) = [each for each in judged(clinic) if each.rule == "group-size"]
    assert (found.about, found.patient_id, found.policy_id) == (session_id, None, PAYERS)
    assert (found.state, found.measured, found.required) == ("breached", 3, 2)
    do(clinic, change_payer, BEN, "self", TUESDAY)
    assert of(judged(clinic), "group-size") == []


def test_a_payers_limit_that_comes_later_or_is_dropped_judges_what_was_before(
    clinic: EvaluatedClinic,
) -> None:
    group_of(clinic, ANN, BEN)
    do(clinic, change_payer, BEN, "blue", MONDAY)
    a_payer_asks(clinic, group_max=2)
    assert of(judged(clinic), "group-size") == [(TUESDAY, "met", 2)]
    do(clinic, drop_payer_policy, FACILITY, "blue", PAYERS, MONDAY)
    assert of(judged(clinic), "group-size") == []


def test_a_payers_limit_follows_who_was_there_and_what_the_group_was(
    clinic: EvaluatedClinic,
) -> None:
    a_payer_asks(clinic, payer="self", group_max=2)
    group_of(clinic, ANN, BEN, CAL, format="multi-family")
    clinic.enrol(ANN, BEN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    assert of(judged(clinic), "group-size") == [
        (MONDAY, "met", 1),
        (TUESDAY, "not_applicable", None),
    ]


def test_of_two_records_of_one_person_the_payer_of_the_one_that_goes_on_asks(
    clinic: EvaluatedClinic,
) -> None:
    a_payer_asks(clinic, group_max=2)
    group_of(clinic, DEE)
    do(clinic, change_payer, CAL, "blue", MONDAY)
    do(clinic, merge_patients, DEE, CAL)
    assert of(judged(clinic), "group-size") == [(TUESDAY, "met", 1)]


# Over time


def test_the_total_of_the_first_weeks_is_told_from_the_first_day_on(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(total_minutes_min=900, total_weeks=2)
    clinic.enrol(ANN)
    # Six evenings of 180 are scheduled: 1080.
    assert total_of(clinic, clinic.now) == ("on_track", 1080)
    for day in (MONDAY, WEDNESDAY, FRIDAY, MONDAY + 7 * DAY):
        clinic.attends(ANN, day)
        clinic.closes(day)
    clinic.stays_away(ANN, MONDAY + 9 * DAY)
    # 4 x 180 = 720, and 180 of Friday.
    assert total_of(clinic, clinic.now) == ("on_track", 900)
    # Without it 900 x 12 / 14 = 771 are an even share by that Friday.
    clinic.stays_away(ANN, MONDAY + 11 * DAY)
    assert total_of(clinic, clinic.now) == ("at_risk", 720)
    clinic.closes(MONDAY + 9 * DAY, MONDAY + 11 * DAY)
    assert total_of(clinic, NOW) == ("breached", 720)


def test_a_day_that_was_missed_is_asked_for_its_group(clinic: EvaluatedClinic) -> None:
    clinic.adopt(groups_per_day_min=1, gap_days_max=2)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY, WEDNESDAY)
    theirs = [each for each in judged(clinic) if each.patient_id == ANN]
    assert of(theirs, "group-each-day")[:2] == [(MONDAY, "met", 1), (WEDNESDAY, "met", 1)]
    # Monday, Wednesday, Friday: Saturday and Sunday. After the 14th there is nothing any more.
    assert of(theirs, "longest-gap")[:3] == [
        (MONDAY, "met", 2),
        (MONDAY + 7 * DAY, "met", 2),
        (MONDAY + 14 * DAY, "breached", 9),
    ]


def test_a_gap_can_be_mended_until_it_is_too_long(clinic: EvaluatedClinic) -> None:
    clinic.adopt(gap_days_max=2)
    clinic.enrol(ANN, on=("MO",))
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)

    def gap(now: datetime) -> tuple[str, int | None, datetime | None]:
        (found,) = (
            each
            for each in judged(clinic, now)
            if (each.rule, each.patient_id, each.first_day) == ("longest-gap", ANN, MONDAY)
        )
        return found.state, found.measured, found.until

    # Tuesday to Sunday are six days; Thursday is the third of them, and ends at midnight.
    friday = datetime(2025, 3, 7, tzinfo=UTC)
    assert gap(friday - timedelta(minutes=1)) == ("at_risk", 6, friday)
    assert gap(friday) == ("impossible", 6, friday + timedelta(days=3))
    # Booked for Wednesday's, there are Tuesday, and then Thursday to Sunday: Saturday is the third.
    clinic.at("12:00", TUESDAY)
    do(clinic, book_patient, clinic.evening(WEDNESDAY).id, ANN)
    assert gap(friday) == ("at_risk", 4, friday + DAY * 2)


def test_they_are_the_same_however_events_arrive(read_models: ReadModels) -> None:
    clinic = EvaluatedClinic(read_models)
    clinic.adopt(program_caseload_max=3, total_minutes_min=900, total_weeks=2, gap_days_max=2)
    clinic.enrol(ANN)
    group_of(clinic, BEN, CAL)
    clinic.show()
    do(clinic, change_payer, BEN, "blue", MONDAY)
    clinic.show()
    a_payer_asks(clinic, group_max=2, caseload_max=1)
    do(clinic, assign_counselor, BEN, "staff-1", MONDAY)
    clinic.show()
    clinic.show(NOW)
    rules = ("group-size", "caseload", "program-caseload", "total-hours", "longest-gap")
    at_once = judged(clinic)
    for rule in rules:
        known = clinic.findings(rule) + clinic.running(rule)
        assert sorted(known) == sorted(of(at_once, rule))
        assert known
