"""The commands about what binds: policies of a program, and rules waived for a patient."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.errors import EndsBeforeStart, NotOnRecord, PolicyUnsound, Refusal
from domain.program import Program
from services.application import NotKnown
from services.policies import packs
from tests.services.small_clinic import ANN, FACILITY, FRIDAY, MONDAY, PROGRAM, SmallClinic

ASAM = packs()["asam-2.1-adult"]
UNSOUND = replace(ASAM, version=0)


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


def adopt(clinic: SmallClinic, policy: Any = ASAM, program_id: str = PROGRAM) -> None:
    clinic.daybook.adopt_policy(clinic.cause(), FACILITY, program_id, policy, MONDAY)


def waive(clinic: SmallClinic, patient_id: str = ANN, last_day: date = FRIDAY) -> None:
    clinic.daybook.waive_rule(
        clinic.cause(),
        patient_id,
        "days-a-week",
        first_day=MONDAY,
        last_day=last_day,
        reason="a new job",
    )


def withdraw(clinic: SmallClinic, first_day: date = MONDAY) -> None:
    clinic.daybook.withdraw_waiver(clinic.cause(), ANN, "days-a-week", first_day, "it came later")


def test_a_program_adopts_a_policy_once_and_drops_it(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        adopt(clinic)
    for _ in range(2):
        clinic.daybook.drop_policy(clinic.cause(), FACILITY, PROGRAM, ASAM.policy_id, FRIDAY)
    assert clinic.topics(since) == ["program.policy-adopted", "program.policy-dropped"]
    program = clinic.journal.load(Program.id_of(FACILITY, PROGRAM))
    eve = FRIDAY - timedelta(days=1)
    assert [program.policy_on(ASAM.policy_id, day) for day in (eve, FRIDAY)] == [ASAM, None]


def test_a_rule_is_waived_once_and_the_waiver_withdrawn(clinic: SmallClinic) -> None:
    since = len(clinic.journal.order)
    for _ in range(2):
        waive(clinic)
    withdraw(clinic)
    assert clinic.topics(since) == ["patient.rule-waived", "patient.waiver-withdrawn"]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (lambda clinic: adopt(clinic, UNSOUND), PolicyUnsound),
        (lambda clinic: adopt(clinic, program_id="nobody's"), NotKnown),
        (lambda clinic: waive(clinic, "nobody"), NotKnown),
        (lambda clinic: waive(clinic, last_day=MONDAY - timedelta(days=1)), EndsBeforeStart),
        (withdraw, NotOnRecord),
    ],
)
def test_a_refusal_records_nothing(
    clinic: SmallClinic, command: Any, refusal: type[Refusal]
) -> None:
    before = len(clinic.journal.order)
    with pytest.raises(refusal):
        command(clinic)
    assert len(clinic.journal.order) == before
