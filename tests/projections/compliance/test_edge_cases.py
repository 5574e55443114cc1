"""Stories at the edges of a record: each finding is proved by its events, and none is stale."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.aggregate import Event
from domain.compliance.finding import Finding
from domain.facility import Facility
from domain.patient import Authorization, Discharge, Patient, Plan, Referral
from domain.program import PolicyAdopted, Program
from domain.session import Meeting
from domain.staff import Staff
from projections.compliance.recompute import recompute
from services.application import Asked, Command
from services.application.admissions import correct_admission
from services.application.check_in import check_in, check_out
from services.application.discharge import discharge_patient
from services.application.episode import assign_counselor, change_payer, grant_leave
from services.application.plans import authorize, set_plan, waive_rule
from services.application.policies import adopt_payer_policy, adopt_policy, drop_policy
from services.application.sessions import close_session, reschedule_session
from services.application.signatures import merge_patients, sign_group_note, sign_individual_note
from services.application.unit_of_work import UnitOfWork
from tests.support.evaluated_clinic import EvaluatedClinic, house_rules
from tests.support.older_version import OlderMapper
from tests.support.small_clinic import (
    ANN,
    BEN,
    CAL,
    FACILITY,
    FRIDAY,
    MONDAY,
    PROGRAM,
    WEDNESDAY,
)

DAY = timedelta(days=1)
NOW = datetime(2025, 4, 10, 9, tzinfo=UTC)
NUMBERS = {
    "offered_minutes_min": 540,
    "attended_minutes_min": 540,
    "day_minutes_min": 180,
    "note_days": 3,
    "outreach_hours": 24,
    "plan_review_days": 7,
    "absences_in_a_row": 2,
    "absence_review_days": 3,
    "units_left_min": 2,
    "days_left_min": 5,
    "make_up_days": 7,
    "caseload_max": 1,
    "counselor_days": 0,
    "group_min": 2,
    "sheet_days": 1,
    "individual_per_month_min": 1,
    "average_offered_minutes_min": 540,
    "total_minutes_min": 720,
    "total_weeks": 2,
    "gap_days_max": 2,
    "psychiatric_per_week_min": 1,
    "groups_per_day_min": 1,
    "program_caseload_max": 2,
}


@pytest.fixture
def clinic() -> EvaluatedClinic:
    found = EvaluatedClinic()
    found.adopt(MONDAY, **NUMBERS)
    return found


def judged(clinic: EvaluatedClinic) -> list[Finding]:
    """The findings of all that happened, once each has come out of its own events again."""
    events = clinic.new_events()
    found = recompute(events, NOW)
    again: dict[tuple[str, ...], dict[str, Finding]] = {}
    for each in found.values():
        if each.evidence not in again:
            again[each.evidence] = recompute(_named(events, each), NOW)
        assert again[each.evidence][each.finding_id] == each
    return list(found.values())


def _named(events: list[Event], finding: Finding) -> list[Event]:
    return [each for each in events if each.event_id in finding.evidence]


def of(found: list[Finding], rule: str, patient_id: str | None = ANN) -> list[Any]:
    theirs = [each for each in found if each.rule == rule and each.patient_id == patient_id]
    return [(each.first_day, each.state, each.measured) for each in sorted(theirs, key=_first_day)]


def _first_day(finding: Finding) -> date:
    return finding.first_day


def do(clinic: EvaluatedClinic, command: Command[..., Any], *words: Any, **facts: Any) -> Any:
    return clinic.daybook.handle(clinic.context(), command, *words, **facts)


def an_hour_earlier(meeting: Meeting) -> Meeting:
    hour = timedelta(hours=1)

    def moved(each: Any) -> Any:
        return replace(each, starts_at=each.starts_at - hour, ends_at=each.ends_at - hour)

    found: Meeting = replace(moved(meeting), parts=tuple(map(moved, meeting.parts)))
    return found


def readmitted(clinic: EvaluatedClinic, day: date, payer: str) -> None:
    context = clinic.context()

    def decision(work: UnitOfWork) -> None:
        patient = work.patient(ANN)
        patient.refer_again(context, Referral(PROGRAM, day, "self", "community"))
        patient.admit_candidate(
            context, admitted_on=day, payer=payer, focus="co-occurring", override="known"
        )

    clinic.daybook.run(Asked(context, decision))


# Sessions


def test_a_session_that_was_moved_after_its_roster_was_made(clinic: EvaluatedClinic) -> None:
    clinic.enrol(ANN)
    friday = clinic.evening(FRIDAY)
    do(clinic, reschedule_session, friday.id, an_hour_earlier(friday.meeting))
    clinic.attends(ANN, MONDAY, WEDNESDAY)
    clinic.attends(ANN, FRIDAY, arrives="16:00", leaves="19:00")
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)
    assert of(judged(clinic), "offered-hours")[0] == (MONDAY, "met", 540)


def test_a_note_that_was_signed_before_the_session_was_moved_and_closed(
    clinic: EvaluatedClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.at("20:30")
    do(clinic, sign_group_note, clinic.evening().id)
    meeting = clinic.evening().meeting
    later = replace(meeting, ends_at=meeting.ends_at + timedelta(hours=1))
    do(clinic, reschedule_session, clinic.evening().id, later)
    clinic.closes(MONDAY)
    assert of(judged(clinic), "note-due")[0] == (MONDAY, "met", 0)


def test_a_note_about_who_makes_up_that_was_signed_before_the_session_was_closed(
    clinic: EvaluatedClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.closes(MONDAY)
    session_id = clinic.own("make-up", WEDNESDAY, 12)
    clinic.at("12:00", WEDNESDAY)
    do(clinic, check_in, session_id, ANN, makes_up=clinic.evening(MONDAY).id)
    clinic.at("14:00", WEDNESDAY)
    do(clinic, check_out, session_id, ANN)
    do(clinic, sign_individual_note, session_id, ANN)
    clinic.at("15:00", WEDNESDAY)
    do(clinic, close_session, session_id)
    assert of(judged(clinic), "note-due") == [(WEDNESDAY, "met", 0)]


# Stays and records


def test_an_authorization_of_a_later_stay_is_none_of_the_one_that_has_ended(
    clinic: EvaluatedClinic,
) -> None:
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY, WEDNESDAY)
    clinic.closes(MONDAY, WEDNESDAY)
    clinic.at("12:00", MONDAY + 14 * DAY)
    ended = Discharge(MONDAY + 13 * DAY, "completed", ("goals-met",))
    do(clinic, discharge_patient, ANN, ended)
    said = Authorization("auth-1", "self", "H0015", 30, MONDAY + 20 * DAY, MONDAY + 60 * DAY)
    do(clinic, authorize, ANN, said)
    weeks = of(judged(clinic), "authorization-units")
    assert [state for _, state, _ in weeks] == ["unknown", "unknown"]


def test_who_pays_and_counsels_in_a_stay_is_not_carried_into_the_next(
    clinic: EvaluatedClinic,
) -> None:
    do(clinic, assign_counselor, ANN, "staff-1", WEDNESDAY + 7 * DAY)
    do(clinic, change_payer, ANN, "blue", MONDAY + 10 * DAY)
    blue = house_rules(policy_id="blue-rules", attended_minutes_min=1)
    do(clinic, adopt_payer_policy, FACILITY, "blue", blue, MONDAY)
    clinic.at("12:00", MONDAY + DAY)
    do(clinic, discharge_patient, ANN, Discharge(MONDAY + DAY, "completed", ("goals-met",)))
    clinic.at("12:00", MONDAY + 3 * DAY)
    readmitted(clinic, MONDAY + 3 * DAY, "red")
    found = judged(clinic)
    assert {each.policy_id for each in found if each.patient_id == ANN} == {"house"}
    assert [each for each in found if each.rule == "caseload"] == []


def test_a_leave_that_a_discharge_cut_off_is_none_of_the_next_stay(clinic: EvaluatedClinic) -> None:
    """It was to begin a week after the discharge, and the patient is back by then."""
    away = MONDAY + 10 * DAY
    do(clinic, grant_leave, ANN, away, away + 4 * DAY, "a holiday")
    clinic.at("12:00", MONDAY + 2 * DAY)
    left = Discharge(clinic.now.date(), "transferred", ("moved",))
    do(clinic, discharge_patient, ANN, left)
    clinic.at("12:00", MONDAY + 7 * DAY)
    readmitted(clinic, clinic.now.date(), "self")
    found = [each for each in judged(clinic) if each.patient_id == ANN]
    assert not any("on leave" in each.because for each in found)
    (week,) = [
        each
        for each in found
        if each.rule == "attended-hours" and each.first_day == MONDAY + 7 * DAY
    ]
    assert week.state == "breached"


def test_a_counselor_stays_the_patients_when_the_admission_is_put_right(
    clinic: EvaluatedClinic,
) -> None:
    do(clinic, assign_counselor, ANN, "staff-1", MONDAY)
    clinic.at("12:00", WEDNESDAY)
    facts = {"program_id": PROGRAM, "admitted_on": WEDNESDAY, "payer": "self"}
    do(clinic, correct_admission, ANN, **facts)
    found = judged(clinic)
    assert of(found, "counselor-assigned") == [(WEDNESDAY, "met", 0)]
    assert of(found, "caseload", None)[0] == (MONDAY, "met", 1)


def test_two_treatments_on_two_records_stay_two_when_the_records_are_merged(
    clinic: EvaluatedClinic,
) -> None:
    facts = {"program_id": PROGRAM, "admitted_on": MONDAY + 10 * DAY, "payer": "self"}
    do(clinic, correct_admission, BEN, **facts)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY, WEDNESDAY)
    clinic.closes(MONDAY, WEDNESDAY)
    clinic.at("12:00", MONDAY + 7 * DAY)
    do(clinic, discharge_patient, ANN, Discharge(FRIDAY, "completed", ("goals-met",)))
    clinic.at("12:00", MONDAY + 28 * DAY)
    do(clinic, merge_patients, ANN, BEN)
    weeks = of(judged(clinic), "attended-hours", BEN)
    assert [state for _, state, _ in weeks[:3]] == ["not_applicable", "not_applicable", "breached"]


def test_of_a_chain_of_merged_records_the_last_one_keeps_all(clinic: EvaluatedClinic) -> None:
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    clinic.at("12:00", WEDNESDAY)
    do(clinic, merge_patients, ANN, BEN)
    do(clinic, merge_patients, BEN, CAL)
    do(clinic, sign_group_note, clinic.evening(MONDAY).id)
    found = judged(clinic)
    assert of(found, "note-due", CAL) == [(MONDAY, "met", 2)]
    assert of(found, "attended-hours", CAL)[0] == (MONDAY, "breached", 180)


# Policies and sites


def changed_by_program(clinic: EvaluatedClinic) -> None:
    clinic.adopt(WEDNESDAY, version=2, **{**NUMBERS, "attended_minutes_min": 600})


def without_the_number(clinic: EvaluatedClinic) -> None:
    clinic.adopt(WEDNESDAY, version=2, note_days=3)


def dropped(clinic: EvaluatedClinic) -> None:
    do(clinic, drop_policy, FACILITY, PROGRAM, "house", WEDNESDAY)


def overridden_by_the_payer(clinic: EvaluatedClinic) -> None:
    theirs = house_rules(version=3, note_days=3, attended_minutes_min=540)
    do(clinic, adopt_payer_policy, FACILITY, "blue", theirs, MONDAY)
    do(clinic, change_payer, ANN, "blue", WEDNESDAY)


@pytest.mark.parametrize(
    "change", [changed_by_program, without_the_number, dropped, overridden_by_the_payer]
)
def test_a_week_under_several_terms_is_proved_by_all_of_them(
    clinic: EvaluatedClinic, change: Callable[[EvaluatedClinic], None]
) -> None:
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY, WEDNESDAY, FRIDAY)
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)
    change(clinic)
    assert of(judged(clinic), "attended-hours")


def test_counselors_of_two_sites_are_two(clinic: EvaluatedClinic) -> None:
    context = clinic.context()
    site = Facility.start(
        context,
        facility_id="elm",
        name="Elm",
        timezone="UTC",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    site.keep_staff(context, Staff("staff-1", "staff-1", "LCSW"))
    program = Program.start(
        context,
        facility_id="elm",
        program_id=PROGRAM,
        name="Adults",
        population="adult",
        focus="co-occurring",
        weekly_minutes=540,
        days_per_week=3,
    )
    patients = [
        Patient.admit(
            context,
            id=f"patient-elm-{number}",
            facility_id="elm",
            program_id=PROGRAM,
            admitted_on=MONDAY,
            payer="self",
            override="as it was before",
        )
        for number in (1, 2)
    ]
    clinic.journal.save(site, program, *patients)
    do(clinic, adopt_policy, "elm", PROGRAM, house_rules(caseload_max=1), MONDAY)
    for patient_id in (ANN, *(each.id for each in patients)):
        do(clinic, assign_counselor, patient_id, "staff-1", MONDAY)
    found = [each for each in judged(clinic) if each.rule == "caseload"]
    first = {(each.about, each.state, each.measured) for each in found if each.first_day == MONDAY}
    assert first == {("elm staff-1", "breached", 2), (f"{FACILITY} staff-1", "met", 1)}


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_stop_nothing(clinic: EvaluatedClinic, day: date) -> None:
    clinic.journal.mapper = OlderMapper()
    program = clinic.journal.load(Program.id_of(FACILITY, PROGRAM))
    program.record(
        PolicyAdopted, clinic.context(), policy=house_rules(2, "house", **NUMBERS), from_day=day
    )
    clinic.journal.save(program)
    do(clinic, set_plan, ANN, Plan(540, 3), day)
    days = {"first_day": day, "last_day": day}
    do(clinic, waive_rule, ANN, "offered-hours", reason="as an example", **days)
    assert of(judged(clinic), "offered-hours")
