"""The same events give the same findings, however they arrive and whenever time passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from domain.aggregate import Event
from domain.patient import Authorization, Discharge, Plan
from services.application.check_in import check_in, check_out
from services.application.discharge import discharge_patient
from services.application.episode import assign_counselor, change_payer
from services.application.plans import authorize, review_plan, set_plan, waive_rule
from services.application.sessions import call_off_session, close_session, reschedule_session
from services.application.signatures import (
    merge_patients,
    sign_group_note,
    sign_individual_note,
    sign_sheet,
)
from tests.support.evaluated_clinic import EvaluatedClinic, morning_after
from tests.support.examples import examples
from tests.support.read_models import ReadModels
from tests.support.small_clinic import ANN, BEN, CAL, DEE, FRIDAY, MONDAY, WEDNESDAY

SUNDAY = MONDAY + timedelta(days=6)
NOW = datetime(2025, 4, 2, 9, tzinfo=UTC)
NUMBERS = {
    "offered_minutes_min": 540,
    "attended_minutes_min": 540,
    "days_per_week_min": 3,
    "day_minutes_min": 180,
    "note_days": 3,
    "outreach_hours": 24,
    "plan_review_days": 7,
    "absences_in_a_row": 2,
    "absence_review_days": 3,
    "units_left_min": 2,
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


def story() -> list[Event]:
    """Two weeks in which much happens late, or is put right."""
    clinic = EvaluatedClinic()
    clinic.adopt(MONDAY, **NUMBERS)
    clinic.enrol(ANN, BEN)
    clinic.daybook.handle(clinic.context(), set_plan, ANN, Plan(540, 3), MONDAY)
    clinic.daybook.handle(clinic.context(), assign_counselor, ANN, "staff-1", MONDAY)
    said = Authorization("auth-1", "self", "H0015", 3, MONDAY, SUNDAY + timedelta(days=30))
    clinic.daybook.handle(clinic.context(), authorize, ANN, said)
    for day in (MONDAY, WEDNESDAY, FRIDAY):
        clinic.attends(ANN, day)
        clinic.closes(day)
        clinic.daybook.handle(clinic.context(), sign_group_note, clinic.evening(day).id)
        clinic.daybook.handle(clinic.context(), sign_sheet, clinic.evening(day).id)
    clinic.at("12:00", MONDAY + timedelta(days=7))
    clinic.daybook.handle(
        clinic.context(),
        review_plan,
        ANN,
        clinic.now.date(),
        clinic.now.date() + timedelta(days=30),
    )
    clinic.daybook.handle(clinic.context(), assign_counselor, BEN, "staff-1", MONDAY)
    clinic.was_there(ANN, FRIDAY, "19:00")
    clinic.was_there(ANN, FRIDAY, "20:00")
    clinic.was_there(ANN, WEDNESDAY, "19:59")
    days = {"first_day": MONDAY, "last_day": SUNDAY}
    clinic.daybook.handle(clinic.context(), waive_rule, BEN, "offered-hours", reason="ill", **days)
    clinic.adopt(WEDNESDAY, version=2, **{**NUMBERS, "attended_minutes_min": 541})
    clinic.attends(BEN, MONDAY + timedelta(days=9))
    clinic.closes(MONDAY + timedelta(days=7), MONDAY + timedelta(days=9))
    clinic.daybook.handle(clinic.context(), change_payer, ANN, "blue", FRIDAY)
    clinic.daybook.handle(clinic.context(), merge_patients, DEE, CAL)
    moved = clinic.evening(MONDAY + timedelta(days=11))
    later = replace(moved.meeting, ends_at=moved.meeting.ends_at + timedelta(minutes=30))
    clinic.daybook.handle(clinic.context(), reschedule_session, moved.id, later)
    made_up = clinic.own("make-up", MONDAY + timedelta(days=10))
    clinic.at("12:00", MONDAY + timedelta(days=10))
    missed = clinic.evening(MONDAY + timedelta(days=7)).id
    clinic.daybook.handle(clinic.context(), check_in, made_up, BEN, makes_up=missed)
    clinic.at("14:00", MONDAY + timedelta(days=10))
    clinic.daybook.handle(clinic.context(), check_out, made_up, BEN)
    clinic.daybook.handle(clinic.context(), sign_individual_note, made_up, BEN)
    clinic.daybook.handle(clinic.context(), close_session, made_up)
    clinic.at("12:00", MONDAY + timedelta(days=14))
    clinic.daybook.handle(
        clinic.context(),
        discharge_patient,
        BEN,
        Discharge(clinic.now.date(), "dropped-out", ("no-contact",)),
    )
    return clinic.new_events()


STORY = story()


def contents(read_models: ReadModels) -> dict[str, list[Any]]:
    """All that readers see; a file's own times are not theirs."""
    return {
        table: read_models.rows(
            SQL("SELECT to_jsonb(t) FROM compliance.{} t ORDER BY to_jsonb(t)").format(
                Identifier(table)
            )
        )
        for table in ("findings", "turns", "revisions", "weeks", "days", "authorizations")
    }


@pytest.fixture(scope="module")
def at_once(emptied: psycopg.Connection) -> dict[str, list[Any]]:
    """What there is when everything comes at once and the time is told once."""
    read_models = ReadModels(emptied)
    with read_models.again():
        read_models.take_events(STORY)
        read_models.tick(NOW)
        return contents(read_models)


def test_the_story_has_verdicts_of_many_kinds_and_some_that_were_something_else(
    at_once: dict[str, list[Any]],
) -> None:
    states = {row[0]["state"] for row in at_once["findings"]}
    assert states >= {"met", "breached", "waived", "not_applicable", "unknown"}
    assert states >= {"on_track", "impossible"}
    assert {row[0]["rule"] for row in at_once["findings"]} >= {"caseload", "absence-review"}
    turned = {row[0]["state"] for row in at_once["turns"]}
    assert turned == {None, "at_risk", *states}
    assert {row[0]["command_id"] == "" for row in at_once["turns"]} == {True, False}
    assert len(at_once["revisions"]) >= 4


@examples(6)
@given(data=st.data())
def test_findings_do_not_depend_on_batches_or_on_when_time_is_told(
    emptied: psycopg.Connection, at_once: dict[str, list[Any]], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(STORY) - 1), max_size=12)))
    read_models = ReadModels(emptied)
    with read_models.again():
        for first, last in pairwise([0, *cuts, len(STORY)]):
            read_models.take_events(STORY[first:last])
            recorded = max(each.timestamp for each in STORY[:last])
            until = max(recorded, STORY[last].timestamp) if last < len(STORY) else NOW
            nows = st.lists(st.floats(0, 1), max_size=3)
            for part in sorted(data.draw(nows)):
                read_models.tick(recorded + part * (until - recorded))
        read_models.tick(NOW)
        assert contents(read_models) == at_once


def test_told_one_by_one_it_is_the_same(
    emptied: psycopg.Connection, at_once: dict[str, list[Any]]
) -> None:
    read_models = ReadModels(emptied)
    with read_models.again():
        for event in STORY:
            read_models.take_events([event])
        read_models.tick(morning_after(NOW.date(), 0))
        assert contents(read_models) == at_once


@pytest.mark.parametrize("size", [1, 7, 30])
def test_a_command_that_batches_cut_leaves_the_revisions_of_one_that_they_do_not(
    emptied: psycopg.Connection, size: int
) -> None:
    told: Any = STORY[76:]
    imported = [replace(each, command_id="import", timestamp=NOW) for each in told]
    history = [*STORY[:76], *imported]
    read_models = ReadModels(emptied)
    with read_models.again():
        read_models.take_events(history)
        read_models.tick(NOW)
        whole = contents(read_models)
    assert whole["revisions"]
    with read_models.again():
        for first in range(0, len(history), size):
            read_models.take_events(history[first : first + size])
        read_models.tick(NOW)
        assert contents(read_models) == whole


def test_what_could_still_be_done_goes_by_the_schedule_of_its_time(
    emptied: psycopg.Connection,
) -> None:
    clinic = EvaluatedClinic()
    clinic.adopt(MONDAY, attended_minutes_min=3 * 180 + 120)
    fourth = clinic.own("fourth", MONDAY + timedelta(days=10))
    before = clinic.new_events()
    clinic.at("12:00", MONDAY + timedelta(days=8))
    clinic.daybook.handle(clinic.context(), call_off_session, fourth, "snow")
    after = clinic.new_events()
    read_models = ReadModels(emptied)
    with read_models.again():
        read_models.take_events([*before, *after])
        read_models.tick(NOW)
        at_once = contents(read_models)
    second_week = [row[0] for row in at_once["turns"] if row[0]["from_day"] == "2025-03-10"]
    assert {(each["was"], each["state"]) for each in second_week} == {
        (None, "at_risk"),
        ("at_risk", "impossible"),
        ("impossible", "breached"),
    }
    with read_models.again():
        read_models.take_events(before)
        read_models.tick(morning_after(MONDAY, 7))
        read_models.take_events(after)
        read_models.tick(NOW)
        assert contents(read_models) == at_once


def test_what_was_not_committed_is_not_remembered(
    emptied: psycopg.Connection, at_once: dict[str, list[Any]]
) -> None:
    read_models = ReadModels(emptied)
    with read_models.again():
        for first in range(0, len(STORY), 20):
            # The batch is taken in, and what it wrote is lost; then it comes again, cut elsewhere.
            with read_models.again():
                read_models.take_events(STORY[first : first + 20])
            read_models.take_events(STORY[first : first + 13])
            read_models.take_events(STORY[first + 13 : first + 20])
        read_models.tick(NOW)
        assert contents(read_models) == at_once
