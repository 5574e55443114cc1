import pytest

from domain.errors import KioskCodeTaken, KioskCodeUnsound
from domain.kiosk_code import (
    KioskCode,
    KioskCodeGiven,
    KioskCodeGivenAgain,
    KioskCodeWithdrawn,
    check_code,
)
from tests.support.domain_examples import CAUSE, FACILITY
from tests.support.given_when_then import fact, given


def code() -> KioskCode:
    return KioskCode.give(CAUSE, facility_id=FACILITY, keyed_hash="5f2a", patient_id="patient-1")


def test_a_code_is_given_under_its_keyed_hash() -> None:
    given().when(lambda _: code()).then(fact(KioskCodeGiven, patient_id="patient-1"))
    assert code().id == "kiosk-code-5f2a"


def test_a_code_is_one_patients_until_it_is_withdrawn() -> None:
    given(code()).when(lambda c: c.give_again(CAUSE, "patient-1")).then_nothing()
    given(code()).when(lambda c: c.give_again(CAUSE, "patient-2")).then_refused(KioskCodeTaken)
    spec = given(code()).when(lambda c: c.withdraw(CAUSE))
    spec.then(fact(KioskCodeWithdrawn, patient_id="patient-1"))
    spec.when(lambda c: c.withdraw(CAUSE)).then_nothing()
    spec.when(lambda c: c.give_again(CAUSE, "patient-2"))
    spec.then(fact(KioskCodeGivenAgain, patient_id="patient-2"))


@pytest.mark.parametrize("code", ["", "48210", "4821077", "48 107", "48210a"])
def test_a_code_has_six_digits(code: str) -> None:
    with pytest.raises(KioskCodeUnsound):
        check_code(code)


@pytest.mark.parametrize("code", ["000000", "777777", "123456", "789012", "654321", "109876"])
def test_what_anybody_would_try_first_is_no_code(code: str) -> None:
    with pytest.raises(KioskCodeUnsound):
        check_code(code)
    check_code("482107")
