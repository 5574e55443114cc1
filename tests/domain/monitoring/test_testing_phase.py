"""Whether a patient is stable is decided forward in time, and anew in each treatment."""

from datetime import date, timedelta

import pytest

from domain.errors import EndsBeforeStart
from domain.monitoring.drug_test import Phase
from domain.monitoring.drug_testing import DrugTesting
from domain.monitoring.events import PhaseSet
from tests.domain.monitoring.test_drug_testing import NOW, patients_tests
from tests.support.domain_examples import MONDAY, Command
from tests.support.given_when_then import fact, given


def day(number: int) -> date:
    """The day so many days after the Monday on which the treatment began."""
    return MONDAY + timedelta(days=number)


def phase(set_to: Phase, from_day: int, admitted_on: int = 0) -> Command:
    return lambda t: t.set_phase(NOW, set_to, day(from_day), day(admitted_on))


def test_a_treatment_begins_with_the_initial_phase() -> None:
    given(patients_tests()).when(phase("initial", 5)).then_nothing()
    stable = given(patients_tests()).when(phase("stable", 5))
    stable.then(fact(PhaseSet, phase="stable", from_day=day(5)))
    tests: DrugTesting = stable.aggregate
    assert [tests.phase_on(day(each), MONDAY) for each in (4, 5, 90)] == [
        "initial",
        "stable",
        "stable",
    ]


def test_what_is_so_already_is_not_decided_again() -> None:
    given(patients_tests(), phase("stable", 5)).when(phase("stable", 9)).then_nothing()


def test_who_was_stable_can_be_so_no_longer_from_the_same_day_on_too() -> None:
    for from_day in (5, 9):
        spec = given(patients_tests(), phase("stable", 5)).when(phase("initial", from_day))
        spec.then(fact(PhaseSet, phase="initial", from_day=day(from_day)))
        assert spec.aggregate.phase_on(day(from_day), MONDAY) == "initial"


@pytest.mark.parametrize(("earlier", "from_day"), [((), -1), ((phase("stable", 5),), 4)])
def test_nothing_is_decided_of_days_before_the_treatment_or_the_last_decision(
    earlier: tuple[Command, ...], from_day: int
) -> None:
    given(patients_tests(), *earlier).when(phase("initial", from_day)).then_refused(EndsBeforeStart)


def test_a_later_treatment_begins_anew() -> None:
    spec = given(patients_tests(), phase("stable", 5)).when(phase("stable", 70, admitted_on=60))
    spec.then(fact(PhaseSet, phase="stable", from_day=day(70)))
    assert spec.aggregate.phase_on(day(65), day(60)) == "initial"
