"""Questionnaires: which items each has, what they add up to, and what that is called."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.errors import WrongAnswers

Instrument = Literal["phq-9", "gad-7", "bam", "c-ssrs"]

Concern = Literal["thoughts-of-death", "suicide-risk-high"]


@dataclass(frozen=True, slots=True)
class Scale:
    """What one scale of a questionnaire came to; `score` is None where nothing is added up.

    `verified` is False where nobody has read the source of the band.
    """

    name: str
    score: int | None
    band: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Summed:
    """A scale that adds items up; `bands` name the sums from each lower edge on, lowest first."""

    name: str
    items: tuple[str, ...]
    bands: tuple[tuple[int, str], ...]

    def scale(self, answers: Mapping[str, int]) -> Scale:
        """Return what the answers come to."""
        score = sum(answers[item] for item in self.items)
        band = [name for edge, name in self.bands if edge <= score][-1]
        return Scale(self.name, score, band, verified=True)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Items that are all answered with 0 to `highest`, and the scales that they make."""

    items: tuple[str, ...]
    highest: int
    scales: tuple[Summed, ...]


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, count + 1))


PHQ_9 = Questionnaire(
    _numbered(9),
    3,
    (
        Summed(
            "total",
            _numbered(9),
            (
                (0, "minimal"),
                (5, "mild"),
                (10, "moderate"),
                (15, "moderately severe"),
                (20, "severe"),
            ),
        ),
    ),
)
"""Depression over two weeks: 0-4 minimal, 5-9 mild, 10-14 moderate, 15-19 moderately severe,
20-27 severe (https://fast.hugflare.com/spaces/halsabbah/depscreen/raw/main/ml/knowledge_base/\
structured/phq9_scoring.json).
"""

GAD_7 = Questionnaire(
    _numbered(7),
    3,
    (
        Summed(
            "total",
            _numbered(7),
            ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")),
        ),
    ),
)
"""Anxiety over two weeks: 0-4 minimal, 5-9 mild, 10-14 moderate, 15-21 severe
(https://form.jotform.com/221654279772061).
"""

BAM = Questionnaire(
    (
        *_numbered(6),
        *(f"7{letter}" for letter in "abcdefg"),
        *(str(number) for number in range(8, 18)),
    ),
    4,
    (
        Summed("use", ("4", "5", "6"), ((0, "not flagged"), (1, "flagged"))),
        Summed("risk", ("1", "2", "3", "8", "11", "15"), ((0, "not flagged"), (12, "flagged"))),
        Summed(
            "protective",
            ("9", "10", "12", "13", "14", "16"),
            ((0, "flagged"), (13, "not flagged")),
        ),
    ),
)
"""The Brief Addiction Monitor in categories: use from 1, risk from 12, protection up to 12 is
flagged; items 7a to 7g and 17 are in no scale, and there is no validated total
(https://ebchelp.blueprint.ai/en/articles/3945380-brief-addiction-monitor-bam,
https://www.kipu.health/brief-addiction-monitor/).
"""

SUMMED: dict[Instrument, Questionnaire] = {"phq-9": PHQ_9, "gad-7": GAD_7, "bam": BAM}

_ASKED_IF_THOUGHT_OF = ("3", "4", "5")
"""The screener's questions that follow a yes to the second."""


def scored(instrument: Instrument, answers: Mapping[str, int]) -> tuple[Scale, ...]:
    """Return what the answers, by the name of their item, come to.

    Raises WrongAnswers, which names each item that is missing, unknown or out of its range.
    """
    if instrument == "c-ssrs":
        _check(instrument, answers, _screener_items(answers), 1)
        return (_suicide_risk(answers),)
    questionnaire = SUMMED[instrument]
    _check(instrument, answers, questionnaire.items, questionnaire.highest)
    return tuple(each.scale(answers) for each in questionnaire.scales)


def concern_of(instrument: Instrument, answers: Mapping[str, int]) -> Concern | None:
    """Return what the answers say about somebody's safety that cannot wait; None where nothing."""
    if instrument == "phq-9" and answers["9"] > 0:
        return "thoughts-of-death"
    if instrument == "c-ssrs" and _suicide_risk(answers).band == "high":
        return "suicide-risk-high"
    return None


def _suicide_risk(answers: Mapping[str, int]) -> Scale:
    """Return the screener's triage.

    High: a yes to question 4 or 5, or behavior within three months
    (https://cssrs.columbia.edu/the-columbia-scale-c-ssrs/triage-c-ssrs/). Moderate: a yes to 3,
    or behavior ever; low: a yes to 1 or 2. The last two are unverified.
    """

    def yes(*items: str) -> bool:
        return any(answers.get(item) for item in items)

    if yes("4", "5", "6-past-3-months"):
        return Scale("risk", None, "high", verified=True)
    if yes("3", "6-lifetime"):
        return Scale("risk", None, "moderate", verified=False)
    return Scale("risk", None, "low" if yes("1", "2") else "none", verified=False)


def _screener_items(answers: Mapping[str, int]) -> tuple[str, ...]:
    """Return the items that the screener asks, given the answer to the second."""
    followed = _ASKED_IF_THOUGHT_OF if answers.get("2") == 1 else ()
    return ("1", "2", *followed, "6-lifetime", "6-past-3-months")


def _check(
    instrument: Instrument, answers: Mapping[str, int], items: Iterable[str], highest: int
) -> None:
    if problems := list(_problems(answers, tuple(items), highest)):
        raise WrongAnswers(instrument=instrument, because="; ".join(problems))
    if answers.get("6-past-3-months") == 1 and answers.get("6-lifetime") == 0:
        because = "item 6-past-3-months is 1, expected 0 where 6-lifetime is 0"
        raise WrongAnswers(instrument=instrument, because=because)


def _problems(answers: Mapping[str, int], items: tuple[str, ...], highest: int) -> Iterator[str]:
    for item in items:
        if item not in answers:
            yield f"item {item} is missing, expected 0 to {highest}"
        elif type(answers[item]) is not int or not 0 <= answers[item] <= highest:
            yield f"item {item} is {answers[item]!r}, expected 0 to {highest}"
    for item in answers:
        if item not in items:
            yield f"item {item} is not asked"
