"""Whether a urine specimen is what it seems to be."""

import math
from dataclasses import dataclass
from typing import Literal

from domain.errors import WrongAnswers

Validity = Literal["valid", "dilute", "substituted", "adulterated"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a laboratory measured: creatinine in mg/dL, nitrite in mcg/mL (0 for none)."""

    creatinine: float
    specific_gravity: float
    ph: float
    nitrite: float


def validity_of(measured: Measured) -> Validity:
    """Return what the measurements make of a specimen. Raises WrongAnswers for impossible ones.

    Adulterated: nitrite of 500 mcg/mL or more, pH below 3 or of 11 and more. Substituted:
    creatinine below 2 mg/dL with a specific gravity of at most 1.001 or at least 1.020. Dilute:
    creatinine below 20 and specific gravity below 1.003 (http://www.accuchem.com/doa/svt.htm).
    Federal workplace rules are said to put the lower limit of the pH at 4 now: that is unverified
    and not used here.
    """
    _check(measured)
    if measured.nitrite >= 500 or measured.ph < 3 or measured.ph >= 11:
        return "adulterated"
    gravity = measured.specific_gravity
    if measured.creatinine < 2 and (gravity <= 1.001 or gravity >= 1.020):
        return "substituted"
    if measured.creatinine < 20 and gravity < 1.003:
        return "dilute"
    return "valid"


def _check(measured: Measured) -> None:
    for name in ("creatinine", "specific_gravity", "ph", "nitrite"):
        value = getattr(measured, name)
        if not math.isfinite(value) or value < 0 or (name == "ph" and value > 14):
            expected = "0 to 14" if name == "ph" else "a number from 0 on"
            because = f"{name} is {value}, expected {expected}"
            raise WrongAnswers(instrument="specimen", because=because)
