"""Findings as the view keeps them: when there are any, what they follow, what they were before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.patient import Authorization, Discharge, Plan
from projections.compliance import UNJUDGED, intake
from services.application import Asked
from services.application.discharge import discharge_patient
from services.application.episode import assign_counselor, change_payer
from services.application.plans import authorize, set_plan, waive_rule, withdraw_waiver
from services.application.policies import adopt_payer_policy, drop_policy
from services.application.signatures import (
    merge_patients,
    sign_group_note,
    sign_individual_note,
    sign_sheet,
)
from services.application.tracks import declare_closure
from services.application.unit_of_work import UnitOfWork
from tests.support.evaluated_clinic import EvaluatedClinic, house_rules, morning_after
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
)

SUNDAY = MONDAY + timedelta(days=6)
NEXT_MONDAY = MONDAY + timedelta(days=7)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    return EvaluatedClinic(read_models)


def whole_week(clinic: EvaluatedClinic, patient_id: str = ANN) -> None:
    """Enrol a patient who comes to the three evenings of the week: 3 x 180 = 540 minutes."""
    clinic.enrol(patient_id)
    clinic.attends(patient_id, MONDAY, WEDNESDAY, FRIDAY)
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)


# When there is a finding


def test_a_week_is_judged_once_it_is_over_and_not_before(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    whole_week(clinic)
    clinic.show(datetime(2025, 3, 9, 23, 59, tzinfo=UTC))
    assert clinic.findings("attended-hours") == []
    clinic.show(datetime(2025, 3, 10, tzinfo=UTC))
    assert clinic.findings("attended-hours", "patient_id", "from_day", "state", "measured") == [
        (ANN, MONDAY, "met", 540),
        (BEN, MONDAY, "breached", 0),
        (CAL, MONDAY, "breached", 0),
        (DEE, MONDAY, "breached", 0),
    ]


def test_weeks_in_which_nothing_happens_are_judged_as_time_passes(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.show(datetime(2025, 3, 31, tzinfo=UTC))
    weeks = [row[0] for row in clinic.findings("attended-hours", "from_day", "subject")]
    assert weeks == [MONDAY + timedelta(weeks=k) for k in range(4) for _ in range(4)]
    clinic.show(datetime(2025, 4, 7, tzinfo=UTC))
    assert len(clinic.findings("attended-hours")) == 20


def test_nothing_is_judged_twice_when_the_same_time_comes_again(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    for _ in range(2):
        clinic.show(datetime(2025, 3, 11, tzinfo=UTC))
    clinic.show(datetime(2025, 3, 10, tzinfo=UTC))
    assert len(clinic.findings("attended-hours")) == 4


def test_a_stay_that_has_ended_has_no_more_weeks(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.at("12:00", WEDNESDAY)
    for each in (ANN, BEN, CAL, DEE):
        clinic.daybook.handle(
            clinic.context(),
            discharge_patient,
            each,
            Discharge(WEDNESDAY, "completed", ("goals-met",)),
        )
    clinic.show(datetime(2025, 5, 1, tzinfo=UTC))
    assert set(clinic.findings("attended-hours")) == {(MONDAY, "not_applicable", 0)}
    assert len(clinic.findings("attended-hours")) == 4
    due = clinic.rows("SELECT id FROM compliance.files WHERE kind = 'patient' AND due_at > now()")
    assert due == []


# What it was before


def test_a_correction_after_the_fact_changes_the_verdict_and_shows_what_it_was(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540)
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    clinic.was_there(ANN, FRIDAY, "19:00")
    clinic.show()
    (found, *_) = clinic.findings("attended-hours", "finding_id", "state", "measured")
    assert found[1:] == ("breached", 480)
    was = clinic.rows(
        "SELECT finding_id, was_state, was_measured, was_required, was_version, at, events"
        " FROM compliance.revisions"
    )
    corrected = [each for each in clinic.journal.all_events() if each.timestamp == was[0][5]]
    assert was[0][:5] == (found[0], "met", 540, 540, 1)
    assert [each.TOPIC for each in corrected if each.event_id in was[0][6]] == [
        "session.attendance-corrected"
    ]


def test_what_is_recorded_first_while_the_week_goes_on_is_no_correction(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540, note_days=2)
    clinic.enrol(ANN)
    for day in (MONDAY, WEDNESDAY, FRIDAY):
        clinic.attends(ANN, day)
        clinic.closes(day)
        clinic.show(morning_after(day))
    clinic.show(morning_after(SUNDAY))
    assert clinic.findings("attended-hours")[0] == (MONDAY, "met", 540)
    assert clinic.rows("SELECT * FROM compliance.revisions") == []


def test_a_correction_that_is_taken_back_leaves_two_revisions(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    whole_week(clinic)
    clinic.was_there(ANN, FRIDAY, "19:00")
    clinic.was_there(ANN, FRIDAY, "20:00")
    clinic.show()
    assert clinic.findings("attended-hours")[0] == (MONDAY, "met", 540)
    was = clinic.rows("SELECT was_state, was_measured FROM compliance.revisions ORDER BY at, 2")
    assert sorted(was) == [("breached", 480), ("met", 540)]


def test_a_plan_that_is_adjusted_changes_no_verdict_but_what_it_says(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540)
    whole_week(clinic)
    clinic.daybook.handle(clinic.context(), set_plan, ANN, Plan(720, 4), MONDAY)
    clinic.show(morning_after(SUNDAY))
    (found, *_) = clinic.findings("attended-hours", "state", "because")
    assert found == (
        "met",
        "540 minutes were attended, at least 540 are asked for; the plan asks for 720",
    )


# Policies and payers


def test_weeks_are_judged_by_what_was_in_force_then(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.adopt(NEXT_MONDAY, version=2, attended_minutes_min=100)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY, NEXT_MONDAY)
    clinic.closes(MONDAY, NEXT_MONDAY)
    clinic.show(morning_after(SUNDAY, 8))
    found = clinic.findings("attended-hours", "patient_id", "version", "state", "required")
    assert [row[1:] for row in found if row[0] == ANN] == [
        (1, "breached", 540),
        (2, "met", 100),
    ]


def test_a_policy_adopted_for_the_past_judges_the_past_and_the_verdict_before_is_kept(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540)
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    clinic.at("12:00", SUNDAY + timedelta(days=3))
    clinic.adopt(MONDAY, version=2, attended_minutes_min=600)
    clinic.show()
    found = clinic.findings("attended-hours", "patient_id", "version", "state", "measured")
    assert found[0] == (ANN, 2, "breached", 540)
    assert clinic.rows(
        "SELECT was_state, was_measured, was_required, was_version FROM compliance.revisions"
        " WHERE was_state = 'met'"
    ) == [("met", 540, 540, 1)]


def test_a_number_that_changes_within_a_week_judges_each_day_by_its_own(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540, day_minutes_min=180)
    clinic.adopt(WEDNESDAY, version=2, attended_minutes_min=600, day_minutes_min=181)
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    days = clinic.findings("billable-day", "from_day", "version", "state", "measured")
    assert days == [
        (MONDAY, 1, "met", 180),
        (WEDNESDAY, 2, "breached", 180),
        (FRIDAY, 2, "breached", 180),
    ]
    of_week = clinic.findings(
        "attended-hours", "patient_id", "from_day", "to_day", "version", "state", "measured"
    )
    assert [row[1:] for row in of_week if row[0] == ANN] == [
        (MONDAY, TUESDAY, 1, "not_applicable", None),
        (WEDNESDAY, SUNDAY, 2, "not_applicable", None),
    ]


def test_a_number_that_stays_the_same_within_a_week_judges_the_week(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540, day_minutes_min=180)
    clinic.adopt(WEDNESDAY, version=2, attended_minutes_min=540, day_minutes_min=181)
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    found = clinic.findings("attended-hours", "from_day", "to_day", "version", "state")
    assert found[0] == (MONDAY, SUNDAY, 2, "met")


def test_a_payer_that_changes_within_the_week_judges_each_day_by_its_own(
    clinic: EvaluatedClinic,
) -> None:
    for payer, minutes in (("self", 180), ("blue", 181)):
        policy = house_rules(policy_id=f"{payer}-rules", day_minutes_min=minutes)
        clinic.daybook.handle(clinic.context(), adopt_payer_policy, FACILITY, payer, policy, MONDAY)
    whole_week(clinic)
    clinic.daybook.handle(clinic.context(), change_payer, ANN, "blue", WEDNESDAY)
    clinic.show(morning_after(SUNDAY))
    assert clinic.findings("billable-day", "from_day", "policy_id", "state") == [
        (MONDAY, "self-rules", "met"),
        (WEDNESDAY, "blue-rules", "breached"),
        (FRIDAY, "blue-rules", "breached"),
    ]
    days = clinic.rows("SELECT day, payer, policy_id, minutes, reasons FROM compliance.days")
    assert sorted(days) == [
        (MONDAY, "self", "self-rules", 180, ["signature"]),
        (WEDNESDAY, "blue", "blue-rules", 180, ["minutes", "signature"]),
        (FRIDAY, "blue", "blue-rules", 180, ["minutes", "signature"]),
    ]


def test_a_dropped_policy_judges_no_longer(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.show(morning_after(SUNDAY))
    assert len(clinic.findings("attended-hours")) == 4
    clinic.at("12:00", NEXT_MONDAY)
    clinic.daybook.handle(clinic.context(), drop_policy, FACILITY, PROGRAM, "house", MONDAY)
    clinic.show()
    assert clinic.findings("attended-hours") == []


def test_a_policy_that_is_missing_is_said_so(clinic: EvaluatedClinic) -> None:
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    said = [row[0] for row in clinic.rows(UNJUDGED)]
    assert said == [
        f"no policy is in force for program {PROGRAM} at {FACILITY}: 8 weeks of patients",
        f"no policy says what makes a day of payer self at {FACILITY}: 3 of their days",
    ]
    clinic.adopt(attended_minutes_min=540, day_minutes_min=180)
    clinic.show()
    assert clinic.rows(UNJUDGED) == []


# Other rules


def test_an_authorization_is_used_by_days_and_runs_out(clinic: EvaluatedClinic) -> None:
    clinic.adopt(units_left_min=2, day_minutes_min=180)
    said = Authorization("auth-1", "self", "H0015", 3, MONDAY, SUNDAY + timedelta(days=30))
    clinic.daybook.handle(clinic.context(), authorize, ANN, said)
    whole_week(clinic)
    clinic.show(morning_after(SUNDAY))
    found = clinic.findings("authorization-units", "patient_id", "state", "measured")
    assert found[0] == (ANN, "breached", 0)
    assert found[1] == (BEN, "unknown", None)
    assert clinic.rows("SELECT used, units_left FROM compliance.authorizations") == [(3, 0)]
    days = clinic.rows("SELECT day, code, units, reasons FROM compliance.days ORDER BY day")
    assert days[0] == (MONDAY, "H0015", 0, ["signature"])


def test_a_note_that_is_signed_makes_a_day_billable(clinic: EvaluatedClinic) -> None:
    clinic.adopt(day_minutes_min=180, note_days=1)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    clinic.show(morning_after(MONDAY))
    assert clinic.rows("SELECT units, reasons FROM compliance.days") == [(0, ["signature"])]
    clinic.at("09:00", TUESDAY)
    clinic.daybook.handle(clinic.context(), sign_group_note, clinic.evening(MONDAY).id)
    clinic.show(morning_after(WEDNESDAY))
    assert clinic.rows("SELECT units, reasons FROM compliance.days") == [(0, ["note"])]
    clinic.daybook.handle(clinic.context(), sign_individual_note, clinic.evening(MONDAY).id, ANN)
    clinic.show(morning_after(WEDNESDAY))
    assert clinic.rows("SELECT units, reasons, lines, fallback FROM compliance.days") == [
        (1, [], [{"revenue_code": "0906", "code": "H0015", "units": 1, "minutes": 180}], None)
    ]
    assert clinic.findings("note-due", "to_day", "state", "measured") == [(TUESDAY, "met", 1)]


def test_groups_and_sheets_are_judged_by_session(clinic: EvaluatedClinic) -> None:
    clinic.adopt(group_min=3, sheet_days=0)
    clinic.enrol(ANN, BEN)
    for patient_id in (ANN, BEN):
        clinic.attends(patient_id, MONDAY)
    clinic.closes(MONDAY)
    clinic.daybook.handle(clinic.context(), sign_sheet, clinic.evening(MONDAY).id)
    clinic.show(morning_after(MONDAY))
    session_id = clinic.evening(MONDAY).id
    assert clinic.findings("group-minimum", "patient_id", "about", "state", "measured") == [
        (None, session_id, "breached", 2)
    ]
    assert clinic.findings("sheet-due", "about", "state", "measured") == [(session_id, "met", 0)]


def test_a_counselor_is_judged_by_the_week_and_every_patient_by_whether_they_have_one(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(caseload_max=1, counselor_days=0)
    for patient_id in (ANN, BEN):
        clinic.daybook.handle(clinic.context(), assign_counselor, patient_id, "staff-1", MONDAY)
    clinic.show(morning_after(SUNDAY))
    assert clinic.findings("caseload", "about", "from_day", "state", "measured") == [
        (f"{FACILITY} staff-1", MONDAY, "breached", 2)
    ]
    found = clinic.findings("counselor-assigned", "patient_id", "state")
    assert found == [(ANN, "met"), (BEN, "met"), (CAL, "breached"), (DEE, "breached")]
    clinic.at("12:00", NEXT_MONDAY)
    clinic.daybook.handle(clinic.context(), assign_counselor, BEN, "staff-2", MONDAY)
    clinic.show()
    assert clinic.findings("caseload", "about", "state", "measured") == [
        (f"{FACILITY} staff-1", "met", 1),
        (f"{FACILITY} staff-2", "met", 1),
    ]


@pytest.mark.parametrize("absorbed_first", [True, False])
def test_of_two_records_of_one_person_the_one_that_goes_on_is_judged(
    clinic: EvaluatedClinic, *, absorbed_first: bool
) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.enrol(ANN, BEN)

    def merge() -> None:
        clinic.daybook.handle(clinic.context(), merge_patients, BEN, ANN)

    clinic.attends(ANN, MONDAY)
    clinic.attends(BEN, WEDNESDAY)
    if absorbed_first:
        clinic.at("20:30", WEDNESDAY)
        merge()
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)
    if not absorbed_first:
        clinic.at("22:00", FRIDAY)
        merge()
    clinic.show(morning_after(SUNDAY))
    found = clinic.findings("attended-hours", "patient_id", "state", "measured")
    assert found == [(ANN, "breached", 360), (CAL, "breached", 0), (DEE, "breached", 0)]


def test_a_week_adds_up_as_far_as_it_has_come(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    clinic.show(morning_after(MONDAY))
    columns = "week_of, whole, offered_minutes, attended_minutes, offered_days, attended_days"
    (row,) = clinic.rows(
        f"SELECT {columns}, policies FROM compliance.weeks WHERE patient_id = %(id)s",  # noqa: S608
        id=ANN,
    )
    assert row == (MONDAY, True, 540, 180, 3, 1, ["house"])


def test_a_waiver_holds_from_when_it_is_given_and_binds_again_when_it_is_withdrawn(
    clinic: EvaluatedClinic,
) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.show(morning_after(SUNDAY))

    def state() -> Any:
        return clinic.findings("attended-hours", "patient_id", "state")[0]

    assert state() == (ANN, "breached")
    clinic.at("12:00", NEXT_MONDAY)
    days = {"first_day": MONDAY, "last_day": date(2025, 3, 31)}
    clinic.daybook.handle(
        clinic.context(), waive_rule, ANN, "attended-hours", reason="a new job", **days
    )
    clinic.show()
    assert state() == (ANN, "waived")
    clinic.daybook.handle(
        clinic.context(), withdraw_waiver, ANN, "attended-hours", MONDAY, "it is over"
    )
    clinic.show()
    assert state() == (ANN, "breached")


def test_a_closure_told_late_gives_a_note_more_time(clinic: EvaluatedClinic) -> None:
    clinic.adopt(note_business_days=2)
    clinic.enrol(ANN)
    clinic.attends(ANN, MONDAY)
    clinic.closes(MONDAY)
    clinic.at("09:00", WEDNESDAY + timedelta(days=1))
    clinic.daybook.handle(clinic.context(), sign_group_note, clinic.evening(MONDAY).id)
    clinic.show(morning_after(FRIDAY))
    assert clinic.findings("note-due", "to_day", "state", "measured") == [
        (WEDNESDAY, "breached", 3)
    ]
    clinic.at("09:00", NEXT_MONDAY)
    clinic.daybook.handle(clinic.context(), declare_closure, FACILITY, PROGRAM, TUESDAY, "snow")
    clinic.show()
    assert clinic.findings("note-due", "to_day", "state", "measured") == [
        (WEDNESDAY + timedelta(days=1), "met", 2)
    ]
    was = clinic.rows("SELECT was_state, was_measured FROM compliance.revisions ORDER BY at")
    assert was == [("breached", None), ("breached", 3)]


def test_all_that_is_due_is_judged_however_few_are_looked_at_at_once(
    clinic: EvaluatedClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "AT_ONCE", 1)
    clinic.adopt(attended_minutes_min=540)
    clinic.show(datetime(2025, 3, 31, tzinfo=UTC))
    assert len(clinic.findings("attended-hours")) == 16


def test_a_site_that_counts_weeks_otherwise_is_judged_by_its_weeks(clinic: EvaluatedClinic) -> None:
    clinic.adopt(attended_minutes_min=540)
    clinic.show(datetime(2025, 3, 24, tzinfo=UTC))

    def sundays(work: UnitOfWork) -> None:
        work.facility(FACILITY).revise(
            clinic.context(), name="Oak Street", week_starts_on="sunday", late_after_minutes=10
        )

    clinic.at("09:00", MONDAY + timedelta(days=21))
    clinic.daybook.run(Asked(clinic.context(), sundays))
    clinic.show(datetime(2025, 3, 24, tzinfo=UTC))
    found = {row[:2] for row in clinic.findings("attended-hours", "from_day", "state")}
    assert found == {
        (date(2025, 3, 2), "not_applicable"),
        (date(2025, 3, 9), "breached"),
        (date(2025, 3, 16), "breached"),
    }
    weeks = clinic.rows("SELECT DISTINCT week_of FROM compliance.weeks ORDER BY 1")
    assert weeks == [(date(2025, 3, day),) for day in (2, 9, 16, 23)]
