"""The kiosk of the demo: its codes, and the tablet that nobody has set up yet."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random

from domain.errors import KioskCodeUnsound
from domain.kiosk_code import check_code
from services.application.kiosk import give_kiosk_code
from services.demo.diary import DESK, Diary
from services.demo.people import Course
from services.demo.place import Place

KIOSK = "front-door"
GOOD_FOR_DAYS = 30


def codes_of(everybody: Sequence[Course], seed: int) -> dict[int, str]:
    """Return the codes of those in treatment, by their numbers: the same ones of a seed."""
    dice = Random(f"{seed} kiosk codes")  # noqa: S311 - nobody in it exists
    codes = list(dict.fromkeys(f"{dice.randrange(10**6):06}" for _ in range(4 * len(everybody))))
    sound = iter(each for each in codes if _is_sound(each))
    return {each.number: next(sound) for each in everybody if each.standing == "in treatment"}


def give_codes(place: Place, diary: Diary, everybody: Sequence[Course], seed: int) -> None:
    """Note that the front desk gave each of those in treatment a code some days ago."""
    codes = codes_of(everybody, seed)
    at = place.now - timedelta(days=3)
    for each in everybody:
        if each.number in codes:
            diary.of_patient(at, DESK, each, give_kiosk_code, codes[each.number])


def _is_sound(code: str) -> bool:
    with suppress(KioskCodeUnsound):
        check_code(code)
        return True
    return False
