"""What a policy would turn, worked out before it is adopted, is what it then turns."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from projections.compliance.policy_preview import adopted_versions, would_turn
from services.application.policies import (
    adopt_payer_policy,
    adopt_policy,
    drop_payer_policy,
    drop_policy,
)
from tests.support.evaluated_clinic import EvaluatedClinic, house_rules
from tests.support.read_models import ReadModels
from tests.support.small_clinic import ANN, BEN, FACILITY, FRIDAY, MONDAY, PROGRAM, WEDNESDAY

NEXT_MONDAY = MONDAY + timedelta(days=7)
STRICTER = house_rules(2, attended_minutes_min=600, days_per_week_min=2)
OTHER = house_rules(policy_id="payers-own", attended_minutes_min=300)

TURNS = """
    SELECT finding_id, was, state FROM compliance.turns WHERE command_id = %(command_id)s ORDER BY 1
"""
STANDING = "SELECT finding_id, state, measured, required, command_id FROM compliance.findings"

Change = Callable[[EvaluatedClinic], None]


def adopts(from_day: date = MONDAY) -> Change:
    return lambda clinic: clinic.daybook.handle(
        clinic.context(), adopt_policy, FACILITY, PROGRAM, STRICTER, from_day
    )


def drops(from_day: date = MONDAY) -> Change:
    return lambda clinic: clinic.daybook.handle(
        clinic.context(), drop_policy, FACILITY, PROGRAM, "house", from_day
    )


def adopts_payers(clinic: EvaluatedClinic) -> None:
    clinic.daybook.handle(clinic.context(), adopt_payer_policy, FACILITY, "self", OTHER, MONDAY)


@pytest.fixture
def clinic(read_models: ReadModels) -> EvaluatedClinic:
    """One who came to each evening of a week, and one to none, judged on the Tuesday after."""
    clinic = EvaluatedClinic(read_models)
    clinic.adopt(attended_minutes_min=540)
    clinic.enrol(ANN, BEN)
    clinic.attends(ANN, MONDAY, WEDNESDAY, FRIDAY)
    clinic.closes(MONDAY, WEDNESDAY, FRIDAY)
    clinic.show(clinic.at("10:00", NEXT_MONDAY + timedelta(days=1)))
    return clinic


@pytest.mark.parametrize(
    "change",
    [adopts(), adopts(NEXT_MONDAY), drops(), drops(NEXT_MONDAY), adopts_payers],
    ids=["stricter", "stricter-from-now", "dropped", "dropped-from-now", "payers"],
)
def test_what_would_turn_is_what_turns_and_nothing_is_written_before(
    change: Change, clinic: EvaluatedClinic, read_models: ReadModels
) -> None:
    before = sorted(clinic.rows(STANDING), key=str)
    change(clinic)
    events = clinic.new_events()
    found = read_models.answered(would_turn(events))
    assert sorted(clinic.rows(STANDING), key=str) == before
    expected = [(each.finding_id, each.was, each.became) for each in found]
    read_models.take_events(events)
    assert found
    assert clinic.rows(TURNS, command_id=events[0].command_id) == sorted(expected)


def test_nothing_turns_where_nothing_would_be_recorded(read_models: ReadModels) -> None:
    assert read_models.answered(would_turn([])) == []


def test_which_policies_were_adopted_is_known_with_their_days(
    clinic: EvaluatedClinic, read_models: ReadModels
) -> None:
    adopts(NEXT_MONDAY)(clinic)
    adopts_payers(clinic)
    clinic.at("11:00", clinic.now.date())
    clinic.daybook.handle(
        clinic.context(), drop_payer_policy, FACILITY, "self", "payers-own", NEXT_MONDAY
    )
    clinic.show()
    found = read_models.answered(adopted_versions(FACILITY, [PROGRAM]))
    sunday = NEXT_MONDAY - timedelta(days=1)
    shown = [
        (each.program_id, each.payer, each.policy.version, each.from_day, each.last_day)
        for each in found
    ]
    assert shown == [
        (PROGRAM, None, 1, MONDAY, sunday),
        (PROGRAM, None, 2, NEXT_MONDAY, None),
        (None, "self", 1, MONDAY, sunday),
    ]
