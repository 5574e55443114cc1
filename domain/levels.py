"""Levels of care and the six dimensions by which a candidate is assessed for one (ASAM Criteria).

The dimensions' names, their ratings and the fourth edition's levels are general knowledge that
has not been checked against the books: whoever shows them says so (`VERIFIED`).
"""

from typing import Literal, get_args

Edition = Literal["3", "4"]
"""The third edition (2013), or the fourth (2023), whose first volume is about adults alone."""

Level = Literal[
    "0.5", "1", "1.5", "1.7", "2.1", "2.5", "2.7", "3.1", "3.3", "3.5", "3.7", "4", "inpatient"
]
"""A level of care; `inpatient` where a hospital outside the criteria's count is meant."""

THIS_LEVEL: Level = "2.1"
"""Intensive outpatient: 9 to 19 hours a week for adults, 6 to 19 for adolescents."""

VERIFIED = False
"""Whether the source of dimensions, ratings and levels has been read."""

LEVELS: dict[Edition, tuple[Level, ...]] = {
    "3": ("0.5", "1", "2.1", "2.5", "3.1", "3.3", "3.5", "3.7", "4"),
    "4": ("1", "1.5", "1.7", "2.1", "2.5", "2.7", "3.1", "3.5", "3.7", "4"),
}
"""What each edition can recommend, the lightest first (unverified)."""

_ORDER: tuple[Level, ...] = get_args(Level)

ABOVE: tuple[Level, ...] = _ORDER[_ORDER.index(THIS_LEVEL) + 1 :]
"""More care than this level gives."""

BELOW: tuple[Level, ...] = _ORDER[: _ORDER.index(THIS_LEVEL)]
"""Less care than this level gives."""

DIMENSIONS: dict[Edition, tuple[str, ...]] = {
    "3": (
        "acute intoxication and withdrawal",
        "biomedical conditions",
        "emotional, behavioral and cognitive conditions",
        "readiness to change",
        "relapse and continued use",
        "recovery environment",
    ),
    "4": (
        "intoxication, withdrawal and addiction medications",
        "biomedical conditions",
        "psychiatric and cognitive conditions",
        "substance use-related risks",
        "recovery environment",
        "person-centered considerations",
    ),
}
"""The six dimensions, from the first on (unverified)."""

RATED: dict[Edition, tuple[int, ...]] = {"3": (1, 2, 3, 4, 5, 6), "4": (1, 2, 3, 4, 5)}
"""Which dimensions are rated: the fourth edition's sixth shapes the plan, not the level."""

HIGHEST_RISK = 4
"""Risk is rated from 0, none, to this (unverified)."""
