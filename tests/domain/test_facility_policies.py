"""Which policy the patients of a payer are judged by on which day."""

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import NotOnRecord, PayerMissing, PolicyUnsound
from domain.payer_policy import PayerPolicyAdopted, PayerPolicyDropped
from domain.policy import Parameter, Policy
from domain.policy_parameters import PARAMETERS, PROGRAM_ONLY
from tests.domain.program.test_policies import (
    EVE_OF_MARCH,
    EVE_OF_MAY,
    FIRST,
    JANUARY,
    MARCH,
    MAY,
    SECOND,
)
from tests.domain.test_facility import facility
from tests.support.domain_examples import CAUSE, Command
from tests.support.given_when_then import fact, given


def adopt(policy: Policy, day: date, payer: str = "medicaid") -> Command:
    return lambda f: f.adopt_payer_policy(CAUSE, payer, policy, day)


def drop(day: date, payer: str = "medicaid") -> Command:
    return lambda f: f.drop_payer_policy(CAUSE, payer, "house", day)


def asks_for(key: str, value: int = 12) -> Policy:
    return replace(FIRST, parameters=(*FIRST.parameters, Parameter(key, value, "it", True)))


def test_a_payer_brings_a_policy_with_all_of_its_numbers() -> None:
    given(facility()).when(adopt(FIRST, MARCH)).then(
        fact(PayerPolicyAdopted, payer="medicaid", policy=FIRST, from_day=MARCH)
    )


def test_what_is_in_force_already_records_nothing() -> None:
    given(facility(), adopt(FIRST, MARCH)).when(adopt(FIRST, MARCH)).then_nothing()
    given(facility(), adopt(FIRST, MARCH)).when(adopt(FIRST, MAY)).then_nothing()


def test_a_policy_may_be_brought_from_an_earlier_day_or_by_another_payer() -> None:
    spec = given(facility(), adopt(FIRST, MARCH))
    spec.when(adopt(FIRST, JANUARY)).then(fact(PayerPolicyAdopted, from_day=JANUARY))
    spec.when(adopt(FIRST, MARCH, "aetna")).then(fact(PayerPolicyAdopted, payer="aetna"))


def test_an_unsound_policy_is_refused() -> None:
    given(facility()).when(adopt(asks_for("attended_minutes_min"), MARCH)).then_refused(
        PolicyUnsound, place="attended_minutes_min"
    )


@pytest.mark.parametrize("payer", ["", "  "])
def test_a_payer_has_a_name(payer: str) -> None:
    given(facility()).when(adopt(FIRST, MARCH, payer)).then_refused(PayerMissing)


@pytest.mark.parametrize("key", sorted(PROGRAM_ONLY))
def test_what_binds_a_program_is_not_brought_by_a_payer(key: str) -> None:
    assert key in PARAMETERS
    given(facility()).when(adopt(asks_for(key), MARCH)).then_refused(PolicyUnsound, place=key)


def test_a_policy_is_dropped_by_the_payer_who_brought_it() -> None:
    spec = given(facility(), adopt(FIRST, JANUARY), adopt(FIRST, JANUARY, "aetna"))
    spec.when(drop(MARCH)).then(
        fact(PayerPolicyDropped, payer="medicaid", policy_id="house", from_day=MARCH)
    )
    days = (EVE_OF_MARCH, MARCH)
    payers = {"medicaid": [FIRST, None], "aetna": [FIRST, FIRST], "self-pay": [None, None]}
    for payer, policies in payers.items():
        found = [spec.aggregate.payer_policy_on(payer, "house", day) for day in days]
        assert found == policies


@pytest.mark.parametrize("earlier", [(), (adopt(FIRST, MAY),), (adopt(FIRST, JANUARY, "aetna"),)])
def test_what_was_not_adopted_by_that_day_is_not_dropped(earlier: tuple[Command, ...]) -> None:
    given(facility(), *earlier).when(drop(MARCH)).then_refused(NotOnRecord)


def test_what_was_dropped_is_dropped_once() -> None:
    given(facility(), adopt(FIRST, JANUARY), drop(MARCH)).when(drop(MARCH)).then_nothing()


@pytest.mark.parametrize(
    ("commands", "versions"),
    [
        ((adopt(FIRST, JANUARY),), [None, 1, 1, 1, 1, 1]),
        ((adopt(SECOND, MARCH), adopt(FIRST, JANUARY)), [None, 1, 1, 2, 2, 2]),
        ((adopt(FIRST, JANUARY), drop(MARCH), adopt(SECOND, MAY)), [None, 1, 1, None, None, 2]),
        ((adopt(FIRST, MARCH), adopt(SECOND, MARCH)), [None, None, None, 2, 2, 2]),
    ],
)
def test_of_each_day_the_version_of_that_day_is_in_force(
    commands: tuple[Command, ...], versions: list[int | None]
) -> None:
    site = facility()
    for command in commands:
        command(site)
    days = (date(2024, 12, 31), JANUARY, EVE_OF_MARCH, MARCH, EVE_OF_MAY, MAY)
    policies = (site.payer_policy_on("medicaid", "house", day) for day in days)
    assert [policy and policy.version for policy in policies] == versions
