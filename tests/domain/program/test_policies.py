"""Which policy a program is judged by on which day."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import NotOnRecord, PolicyUnsound
from domain.policy import SERVICES, Parameter, Policy
from domain.program import PolicyAdopted, PolicyDropped
from tests.domain.program.test_program import program
from tests.support.domain_examples import CAUSE, MONDAY, Command
from tests.support.given_when_then import fact, given

NINE_HOURS = (Parameter("attended_minutes_min", 540, "the rule", verified=True),)
FIRST = Policy("house", 1, "House rules", "state", None, MONDAY, SERVICES, NINE_HOURS)
SECOND = replace(FIRST, version=2, parameters=(replace(NINE_HOURS[0], value=600),))
JANUARY, MARCH, MAY = date(2025, 1, 1), date(2025, 3, 5), date(2025, 5, 1)
EVE_OF_MARCH, EVE_OF_MAY = date(2025, 3, 4), date(2025, 4, 30)


def adopt(policy: Policy, day: date) -> Command:
    return lambda p: p.adopt_policy(CAUSE, policy, day)


def drop(day: date) -> Command:
    return lambda p: p.drop_policy(CAUSE, "house", day)


def in_force(*commands: Command) -> list[int | None]:
    """The version in force on the eve of each change and on its day."""
    p = program()
    for command in commands:
        command(p)
    days = (date(2024, 12, 31), JANUARY, EVE_OF_MARCH, MARCH, EVE_OF_MAY, MAY)
    policies = (p.policy_on("house", day) for day in days)
    return [policy.version if policy else None for policy in policies]


def test_a_program_adopts_a_policy_with_all_of_its_numbers() -> None:
    given(program()).when(adopt(FIRST, MARCH)).then(
        fact(PolicyAdopted, policy=FIRST, from_day=MARCH)
    )


def test_what_is_in_force_already_records_nothing() -> None:
    given(program(), adopt(FIRST, MARCH)).when(adopt(FIRST, MARCH)).then_nothing()
    given(program(), adopt(FIRST, MARCH)).when(adopt(FIRST, MAY)).then_nothing()


def test_a_policy_may_be_adopted_from_an_earlier_day() -> None:
    given(program(), adopt(FIRST, MARCH)).when(adopt(FIRST, JANUARY)).then(
        fact(PolicyAdopted, policy=FIRST, from_day=JANUARY)
    )


def test_an_unsound_policy_is_refused() -> None:
    nothing = replace(FIRST, parameters=(replace(NINE_HOURS[0], value=0),))
    given(program()).when(adopt(nothing, MARCH)).then_refused(
        PolicyUnsound, place="attended_minutes_min"
    )


def test_a_policy_is_dropped() -> None:
    given(program(), adopt(FIRST, JANUARY)).when(drop(MARCH)).then(
        fact(PolicyDropped, policy_id="house", from_day=MARCH)
    )


@pytest.mark.parametrize("earlier", [(), (adopt(FIRST, MAY),)])
def test_what_was_not_adopted_by_that_day_is_not_dropped(earlier: tuple[Command, ...]) -> None:
    given(program(), *earlier).when(drop(MARCH)).then_refused(NotOnRecord)


def test_what_was_dropped_is_dropped_once() -> None:
    given(program(), adopt(FIRST, JANUARY), drop(MARCH)).when(drop(MARCH)).then_nothing()


@pytest.mark.parametrize(
    ("commands", "versions"),
    [
        ((), [None, None, None, None, None, None]),
        ((adopt(FIRST, JANUARY),), [None, 1, 1, 1, 1, 1]),
        ((adopt(FIRST, JANUARY), adopt(SECOND, MARCH)), [None, 1, 1, 2, 2, 2]),
        ((adopt(SECOND, MARCH), adopt(FIRST, JANUARY)), [None, 1, 1, 2, 2, 2]),
        ((adopt(FIRST, JANUARY), drop(MARCH)), [None, 1, 1, None, None, None]),
        ((adopt(FIRST, JANUARY), drop(MARCH), adopt(SECOND, MAY)), [None, 1, 1, None, None, 2]),
        ((adopt(FIRST, MARCH), adopt(SECOND, MARCH)), [None, None, None, 2, 2, 2]),
    ],
)
def test_of_each_day_the_version_of_that_day_is_in_force(
    commands: tuple[Command, ...], versions: list[int | None]
) -> None:
    assert in_force(*commands) == versions


def test_policies_of_several_regimes_are_in_force_beside_each_other() -> None:
    p = program()
    p.adopt_policy(CAUSE, FIRST, JANUARY)
    p.adopt_policy(CAUSE, replace(FIRST, policy_id="state"), MARCH)
    p.drop_policy(CAUSE, "house", MAY)
    assert p.policy_on("house", MAY) is None
    assert p.policy_on("state", MAY) == replace(FIRST, policy_id="state")
