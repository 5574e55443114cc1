"""What a laboratory's measurements make of a specimen, at each limit and beside it."""

from dataclasses import replace

import pytest

from domain.errors import WrongAnswers
from domain.monitoring.specimen import Measured, validity_of

SOUND = Measured(creatinine=100.0, specific_gravity=1.015, ph=6.0, nitrite=0.0)


@pytest.mark.parametrize(
    ("changes", "validity"),
    [
        ({}, "valid"),
        # Adulterated, whatever else.
        ({"nitrite": 499.9}, "valid"),
        ({"nitrite": 500.0}, "adulterated"),
        ({"ph": 2.9}, "adulterated"),
        ({"ph": 3.0}, "valid"),
        ({"ph": 10.9}, "valid"),
        ({"ph": 11.0}, "adulterated"),
        ({"ph": 14.0}, "adulterated"),
        ({"creatinine": 1.0, "specific_gravity": 1.000, "nitrite": 500.0}, "adulterated"),
        # Substituted.
        ({"creatinine": 1.9, "specific_gravity": 1.001}, "substituted"),
        ({"creatinine": 2.0, "specific_gravity": 1.001}, "dilute"),
        ({"creatinine": 1.9, "specific_gravity": 1.0011}, "dilute"),
        ({"creatinine": 1.9, "specific_gravity": 1.020}, "substituted"),
        ({"creatinine": 1.9, "specific_gravity": 1.0199}, "valid"),
        ({"creatinine": 2.0, "specific_gravity": 1.020}, "valid"),
        # Dilute.
        ({"creatinine": 19.9, "specific_gravity": 1.0029}, "dilute"),
        ({"creatinine": 20.0, "specific_gravity": 1.0029}, "valid"),
        ({"creatinine": 19.9, "specific_gravity": 1.003}, "valid"),
    ],
)
def test_a_specimen_is_what_its_measurements_say(changes: dict[str, float], validity: str) -> None:
    assert validity_of(replace(SOUND, **changes)) == validity


@pytest.mark.parametrize("name", ["creatinine", "specific_gravity", "ph", "nitrite"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_what_cannot_be_measured_is_refused(name: str, value: float) -> None:
    with pytest.raises(WrongAnswers, match=f"{name} is {value}"):
        validity_of(replace(SOUND, **{name: value}))


def test_no_ph_is_beyond_14() -> None:
    with pytest.raises(WrongAnswers, match=r"ph is 14\.1, expected 0 to 14"):
        validity_of(replace(SOUND, ph=14.1))
