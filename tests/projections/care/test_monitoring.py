"""What the view `care` shows of questionnaires and drug tests, and what it never shows."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any, cast

import pytest
from psycopg.sql import SQL, Identifier

from domain.aggregate import CommandContext
from domain.monitoring.assessment import Assessment
from domain.monitoring.draw import Gaps
from domain.monitoring.drug_test import HandOver, Result
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.specimen import Measured
from projections import care
from tests.support.domain_examples import AFTERWARDS, CAUSE, FACILITY, MONDAY, Command, at
from tests.support.read_models import ReadModels

DAY = timedelta(days=1)
SOUND = Measured(creatinine=100, specific_gravity=1.010, ph=6, nitrite=0)
PRESUMPTIVE = Result("presumptive", "positive", at("18:00"), ("THC", "opiates"), SOUND)
DEFINITIVE = Result("definitive", "expected-positive", at("19:00"), ("opiates",), SOUND)
LATER = CommandContext("later", at("21:00"), "staff-9")


def opened(patient_id: str, facility_id: str = FACILITY) -> DrugTesting:
    return DrugTesting.start(CAUSE, facility_id=facility_id, patient_id=patient_id)


def ordered() -> DrugTesting:
    tests = opened("ann")
    tests.order(CAUSE, "test-1", MONDAY, "for-cause")
    return tests


def notified(t: DrugTesting) -> None:
    t.notify(AFTERWARDS, "test-1", at("17:00"))


def collected(t: DrugTesting) -> None:
    t.collect(AFTERWARDS, "test-1", at("17:10"), "urine", observed=True)


def handed_over(t: DrugTesting) -> None:
    t.hand_over(AFTERWARDS, "test-1", HandOver(at("17:20"), "staff-7", "Courier"))
    t.hand_over(AFTERWARDS, "test-1", HandOver(at("17:30"), "Courier", "County laboratory"))


def found(result: Result) -> Command:
    return lambda t: t.report_result(AFTERWARDS, "test-1", result)


# Drug tests, step by step

STEP = """
    SELECT state, notified_at, collected_at, specimen, observed, result_kind, outcome, substances,
        validity, reported_at, corrected
    FROM care.drug_tests
"""
NO_RESULT: tuple[Any, ...] = (None, None, [], None, None, False)


def test_each_step_of_a_test_is_shown_when_it_is_taken(read_models: ReadModels) -> None:
    tests = ordered()
    read_models.take(tests)
    assert read_models.rows(STEP) == [("ordered", None, None, None, None, *NO_RESULT)]
    read_models.after(tests, notified)
    assert read_models.rows(STEP) == [("notified", at("17:00"), None, None, None, *NO_RESULT)]
    read_models.after(tests, collected)
    taken = (at("17:00"), at("17:10"), "urine", True)
    assert read_models.rows(STEP) == [("collected", *taken, *NO_RESULT)]
    read_models.after(tests, handed_over)
    assert read_models.rows(STEP) == [("collected", *taken, *NO_RESULT)]
    assert read_models.rows(
        "SELECT test_id, at, giver, taker FROM care.hand_overs ORDER BY at"
    ) == [
        ("test-1", at("17:20"), "staff-7", "Courier"),
        ("test-1", at("17:30"), "Courier", "County laboratory"),
    ]


def test_a_definitive_result_takes_the_place_of_a_presumptive_one(read_models: ReadModels) -> None:
    tests = ordered()
    taken = (at("17:00"), at("17:10"), "urine", True)
    read_models.after(tests, notified, collected, found(PRESUMPTIVE))
    assert read_models.rows(STEP) == [
        (
            *("resulted", *taken, "presumptive", "positive", ["THC", "opiates"]),
            *("valid", at("18:00"), False),
        )
    ]
    read_models.after(tests, found(DEFINITIVE))
    assert read_models.rows(STEP) == [
        (
            *("resulted", *taken, "definitive", "expected-positive", ["opiates"]),
            *("valid", at("19:00"), False),
        )
    ]
    assert read_models.rows("SELECT count(*) FROM care.drug_tests") == [(1,)]


def test_a_definitive_result_is_put_right(read_models: ReadModels) -> None:
    tests = ordered()
    read_models.after(tests, notified, collected, found(PRESUMPTIVE), found(DEFINITIVE))
    dilute = replace(SOUND, creatinine=10, specific_gravity=1.001)
    right = Result("definitive", "negative", at("19:30"), (), dilute)
    read_models.after(tests, lambda t: t.correct_result(LATER, "test-1", right, "other specimen"))
    row = "SELECT result_kind, outcome, substances, validity, reported_at, corrected"
    assert read_models.rows(row + " FROM care.drug_tests") == [
        ("definitive", "negative", [], "dilute", at("19:30"), True)
    ]


@pytest.mark.parametrize(
    ("before", "last", "state", "was_collected"),
    [
        ([notified], lambda t: t.miss(AFTERWARDS, "test-1", MONDAY + DAY), "missed", False),
        ([notified], lambda t: t.refuse(AFTERWARDS, "test-1", at("17:05")), "refused", False),
        ([], lambda t: t.call_off(AFTERWARDS, "test-1", "excused"), "called off", False),
        (
            [notified, collected],
            lambda t: t.call_off(AFTERWARDS, "test-1", "specimen lost"),
            "called off",
            True,
        ),
    ],
)
def test_a_test_that_came_to_nothing_says_how_and_keeps_its_steps(
    read_models: ReadModels, before: list[Command], last: Command, state: str, was_collected: bool
) -> None:
    read_models.after(ordered(), *before, last)
    assert read_models.rows(
        "SELECT state, notified_at IS NOT NULL, collected_at IS NOT NULL, outcome"
        " FROM care.drug_tests"
    ) == [(state, bool(before), was_collected, None)]


def test_a_step_of_one_test_is_no_step_of_another(read_models: ReadModels) -> None:
    tests = ordered()
    tests.order(CAUSE, "test-2", MONDAY, "return")
    read_models.after(tests, notified, collected)
    states = "SELECT test_id, because, state FROM care.drug_tests ORDER BY test_id"
    assert read_models.rows(states) == [
        ("test-1", "for-cause", "collected"),
        ("test-2", "return", "ordered"),
    ]


# The draw


def test_an_interval_that_is_changed_keeps_when_it_was_last_drawn(read_models: ReadModels) -> None:
    tests = opened("ann")
    tests.set_interval(CAUSE, Gaps(1, 1), MONDAY - DAY, "sealed")
    tests.draw(CAUSE, b"seed", MONDAY, [])
    tests.set_interval(CAUSE, Gaps(3, 9), MONDAY, "sealed anew")
    read_models.take(tests)
    assert read_models.rows(
        "SELECT shortest_days, longest_days, began_on, last_drawn FROM care.testing"
    ) == [(3, 9, MONDAY, MONDAY)]


def test_since_when_somebody_is_stable_is_kept_until_they_are_so_no_longer(
    read_models: ReadModels,
) -> None:
    tests = opened("ann")
    tests.set_phase(CAUSE, "stable", MONDAY, MONDAY - DAY)
    read_models.take(tests)
    stable = "SELECT stable_from FROM care.testing"
    assert read_models.rows(stable) == [(MONDAY,)]
    tests.set_phase(CAUSE, "initial", MONDAY + DAY, MONDAY - DAY)
    read_models.take(tests)
    assert read_models.rows(stable) == [(None,)]


def test_nothing_in_the_schema_tells_the_seed_or_a_day_that_is_not_drawn_yet(
    read_models: ReadModels,
) -> None:
    to_come = [MONDAY + offset * DAY for offset in range(6)]
    tests = next(each for each in map(drawn_on_monday, count()) if each.tests)
    tests.set_interval(CAUSE, Gaps(2, 6), MONDAY, "c2VhbGVkIGFnYWlu")
    events = tests.collect_events()
    # The event knows the days on which the patient was to come, and the seals.
    assert any(getattr(each, "comes_on", ())[1:] for each in events)
    for event in events:
        read_models.take_event(cast(Any, event))
    everything = dump(read_models)
    assert '"test_id"' in everything
    assert '"last_drawn"' in everything
    said = {date.fromisoformat(each) for each in re.findall(r"\d{4}-\d\d-\d\d", everything)}
    assert MONDAY in said
    assert not said & set(to_come[1:])
    assert max(said) == MONDAY
    assert "c2Vh" not in everything
    assert "seed" not in everything


def dump(read_models: ReadModels) -> str:
    """All rows of all tables and SQL views, with the names of their columns."""
    names = read_models.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'care'"
    )
    assert len(names) > 20
    every = SQL(" UNION ALL ").join(
        SQL("SELECT row_to_json(t)::text FROM care.{} t").format(Identifier(name))
        for (name,) in names
    )
    return "\n".join(text for (text,) in read_models.rows(every))


def drawn_on_monday(number: int) -> DrugTesting:
    """Tests of which one fell on the first of several days, where the draw has it there."""
    tests = opened("ann")
    tests.set_interval(CAUSE, Gaps(1, 5), MONDAY - DAY, "c2VhbGVk")
    comes_on = [MONDAY + offset * DAY for offset in range(5)]
    tests.draw(CAUSE, str(number).encode(), MONDAY, comes_on)
    return tests


# Questionnaires


def taken(instrument: Any, answers: dict[str, int], patient_id: str = "ann") -> Assessment:
    return Assessment.take(
        CAUSE,
        facility_id=FACILITY,
        patient_id=patient_id,
        instrument=instrument,
        taken_at=CAUSE.at,
        answers=answers,
    )


def phq(ninth: int, others: int = 1) -> dict[str, int]:
    return {str(number): others for number in range(1, 9)} | {"9": ninth}


HIGH = dict.fromkeys(("1", "2", "3", "4", "5"), 1) | {"6-lifetime": 0, "6-past-3-months": 0}
CONCERNS = (
    "SELECT concern, raised_at, acknowledged_at, acknowledged_by, response FROM care.concerns"
)


def test_answers_that_raise_no_concern_raise_one_when_they_are_put_right(
    read_models: ReadModels,
) -> None:
    assessment = taken("phq-9", phq(0))
    read_models.take(assessment)
    assert read_models.rows(CONCERNS) == []
    read_models.after(assessment, lambda a: a.correct(AFTERWARDS, phq(1), "misread"))
    raised = ("thoughts-of-death", AFTERWARDS.at)
    assert read_models.rows(CONCERNS) == [(*raised, None, None, None)]
    # A concern stays, whatever the answers turn out to be, and is no second one.
    read_models.after(assessment, lambda a: a.correct(AFTERWARDS, phq(0), "no, it was right"))
    read_models.after(assessment, lambda a: a.correct(AFTERWARDS, phq(2), "it was not"))
    assert read_models.rows(CONCERNS) == [(*raised, None, None, None)]
    assert read_models.rows("SELECT score FROM care.scales") == [(10,)]
    read_models.after(assessment, lambda a: a.acknowledge(LATER, "safety-plan", credential="LCSW"))
    assert read_models.rows(CONCERNS) == [(*raised, LATER.at, "staff-9", "safety-plan")]


def test_a_scale_without_a_sum_has_no_score_and_says_whether_its_source_was_read(
    read_models: ReadModels,
) -> None:
    none = dict.fromkeys(("1", "2", "6-lifetime", "6-past-3-months"), 0)
    read_models.take(taken("c-ssrs", none))
    assert read_models.rows("SELECT scale, score, band, verified FROM care.scales") == [
        ("risk", None, "none", False)
    ]


def test_open_concerns_come_first_and_somebody_elses_not_at_all(read_models: ReadModels) -> None:
    seen, unseen = taken("phq-9", phq(3)), taken("c-ssrs", HIGH)
    read_models.after(seen, lambda a: a.acknowledge(LATER, "seen-at-once", credential="LCSW"))
    read_models.take(unseen, taken("phq-9", phq(1), "ben"))
    found = read_models.rows(care.CONCERNS, patient_id="ann")
    assert [(row[3], row[7]) for row in found] == [
        ("suicide-risk-high", None),
        ("thoughts-of-death", "seen-at-once"),
    ]
