"""How far the guesses of `domain.attendance_trend` are from the weeks that came.

    python -m tests.benchmarks.slipping

Half of the patients of the invented clinics, by a hash of their record numbers, fit the constants
among themselves. The next week of each of the others is guessed from what was known at their site
when their last week ended, and held beside what it came to be.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import product
from math import fsum
from pathlib import Path

from domain.attendance_trend import AHEAD, WAYS, Cohort, Known, Stay, Week, coming, weighted

CLINICS = Path(__file__).parents[1] / "clinics"
NAMES = ("oak-street", "havana", "lighthouse")
MEASURE = "weighted"

FADINGS = tuple(tenths / 10 for tenths in range(1, 11))
LEANINGS = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0)

Guess = Callable[[Known], float]
Weeks = Mapping[str, list[tuple[date, Week]]]
"""Of each patient the whole weeks with something offered, and the day on which each began."""


@dataclass(frozen=True)
class Case:
    """What was known, the next week that is known, and those of the four after that are."""

    known: Known
    came: float
    after: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """The constants that fit, and the errors in percentage points by way: on one week, on four."""

    fading: float
    leaning: float
    fitted: float
    patients: tuple[int, int]
    weeks: tuple[int, int]
    ahead: int
    errors: dict[str, float]
    errors_ahead: dict[str, float]

    @property
    def best(self) -> str:
        """The measure, if it is nearer than each naive way; else the nearest of these."""
        return min(self.errors, key=lambda way: (round(self.errors[way], 1), way == MEASURE))

    def lines(self) -> list[str]:
        """The numbers, as they stand in the docstring of the measure."""
        titles = {"weighted": "the measure", "last week": "last week's share"}
        titles |= {"own mean": "own mean", "everybody": "everybody's mean"}
        return [
            f"    fitted on {self.patients[0]} patients ({self.weeks[0]} weeks guessed):"
            f" FADING {self.fading}, LEANING {self.leaning}, error {self.fitted:.1f}",
            f"    held back: {self.patients[1]} patients, n = {self.weeks[1]} weeks guessed;"
            f" n = {self.ahead} with weeks after",
            "                         next week   four after",
            *(
                f"    {titles[way]:<20} {self.errors[way]:>9.1f} {self.errors_ahead[way]:>12.1f}"
                for way in WAYS
            ),
        ]


def weeks_of(clinic: str) -> Weeks:
    whole: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    path = CLINICS / clinic / "expected" / "weeks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["verdict"] != "partial_week":
                day = date.fromisoformat(row["week_of"])
                minutes = int(row["scheduled_minutes"]), int(row["credited_minutes"])
                whole[row["mrn"]].append((day, *minutes))
    found = {}
    for mrn, weeks in whole.items():
        first = min(weeks)[0]
        found[mrn] = [
            (day, Week((day - first).days // 7 + 1, offered, attended))
            for day, offered, attended in sorted(weeks)
            if offered
        ]
    return {mrn: weeks for mrn, weeks in found.items() if weeks}


def fits(mrn: str) -> bool:
    """Whether a patient is of the half that fits the constants."""
    return hashlib.sha256(mrn.encode()).digest()[0] % 2 == 0


def cases(site: Weeks, *, fitting: bool) -> Iterator[Case]:
    # Who is held back must not have a part in the fit, not even as one of the others.
    there = {mrn: weeks for mrn, weeks in site.items() if fits(mrn) or not fitting}
    for mrn, weeks in there.items():
        if fits(mrn) != fitting:
            continue
        for index, (day, week) in enumerate(weeks[:-1], start=1):
            stays = {
                other: Stay.of(other, (each for began, each in theirs if began <= day))
                for other, theirs in there.items()
            }
            known = Cohort(stays.values()).known(stays[mrn])
            assert known
            later = [each for _, each in weeks[index + 1 :]]
            after = (each for each in later if each.number <= week.number + 1 + AHEAD)
            yield Case(known, float(weeks[index][1].share), tuple(float(e.share) for e in after))


def mean(numbers: list[float]) -> float:
    return fsum(numbers) / len(numbers)


def error(guess: Guess, found: list[Case]) -> float:
    return 100 * mean([abs(guess(case.known) - case.came) for case in found])


def error_ahead(guess: Guess, found: list[Case]) -> float:
    return 100 * mean(
        [
            abs(mean(coming(guess, case.known, 1 + AHEAD)[1:]) - mean(list(case.after)))
            for case in found
            if case.after
        ]
    )


@cache
def measured() -> Measured:
    sites = [weeks_of(name) for name in NAMES]
    fit, held = (
        [case for site in sites for case in cases(site, fitting=fitting)]
        for fitting in (True, False)
    )
    halves = [fits(mrn) for site in sites for mrn in site]
    off, fading, leaning = min(
        (round(error(partial(weighted, fading=fading, leaning=leaning), fit), 6), fading, leaning)
        for fading, leaning in product(FADINGS, LEANINGS)
    )
    guesses: dict[str, Callable[[Known], float]] = {
        **WAYS,
        MEASURE: partial(weighted, fading=fading, leaning=leaning),
    }
    return Measured(
        fading,
        leaning,
        off,
        (sum(halves), len(halves) - sum(halves)),
        (len(fit), len(held)),
        sum(bool(case.after) for case in held),
        {way: error(guess, held) for way, guess in guesses.items()},
        {way: error_ahead(guess, held) for way, guess in guesses.items()},
    )


if __name__ == "__main__":
    print("Mean absolute error in percentage points:", *measured().lines(), sep="\n")
    print(f"    nearest: {measured().best}")
