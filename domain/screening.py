"""A screening: the six dimensions of the ASAM Criteria, what makes a candidate, and the level.

What it found is `clinical`; that it recommends a level is told to the patient's own record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, Self

from domain.aggregate import Aggregate, CommandContext, Event, Opening, Privacy, derived_id
from domain.errors import (
    Contraindicated,
    EditionForAdults,
    NoSuchLevel,
    ReasonMissing,
    WrongAnswers,
)
from domain.levels import ABOVE, HIGHEST_RISK, LEVELS, RATED, Edition, Level
from domain.patient.treatment import UpReason

Ground = Literal[
    "dimension-1",
    "dimension-2",
    "dimension-3",
    "dimension-4",
    "dimension-5",
    "dimension-6",
    "living",
    "motivation",
    "support",
    "supervision",
]
"""What of a screening decided the level."""


@dataclass(frozen=True, slots=True)
class Candidacy:
    """What makes a good candidate for treatment while living at home."""

    stable_living: bool
    motivated: bool
    support_at_home: bool
    needs_24_hour_supervision: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What a screening found: the risk in each rated dimension (by its number), and the rest.

    `grounds` say what decided the recommended level.
    """

    edition: Edition
    ratings: Mapping[str, int]
    candidacy: Candidacy
    level: Level
    grounds: tuple[Ground, ...]

    @property
    def against_this_level(self) -> tuple[UpReason, ...]:
        """What stands against treatment at this level: too severe, or not safe at home."""
        reasons: list[UpReason] = []
        if any(rating == HIGHEST_RISK for rating in self.ratings.values()):
            reasons.append("too-severe")
        if not self.candidacy.stable_living:
            reasons.append("no-safe-home")
        if self.candidacy.needs_24_hour_supervision:
            reasons.append("needs-24-hour-supervision")
        return tuple(reasons)


# Events


class ScreeningRecorded(Opening):
    """A candidate, or a patient in treatment, was assessed by the criteria's dimensions."""

    TOPIC = "screening.recorded"
    PRIVACY: ClassVar[Privacy] = "clinical"

    patient_id: str
    screened_on: date
    finding: Finding


class ScreeningCorrected(Event):
    """What was recorded of a screening was wrong; the first record stays."""

    TOPIC = "screening.corrected"
    PRIVACY: ClassVar[Privacy] = "clinical"

    finding: Finding
    reason: str


class Screening(Aggregate):
    """Guards that a screening is whole and does not recommend what it speaks against."""

    TOPIC = "screening"

    patient_id: str
    screened_on: date
    finding: Finding

    @staticmethod
    def id_of(patient_id: str, screened_on: date) -> str:
        """Return the aggregate's id: one of a patient a day."""
        return derived_id("screening", patient_id, screened_on.isoformat())

    # Commands

    @classmethod
    def start(
        cls,
        context: CommandContext,
        *,
        facility_id: str,
        patient_id: str,
        screened_on: date,
        finding: Finding,
        population: str,
    ) -> Self:
        """Record a screening; `population` is that of the program: adult or adolescent."""
        _check(finding, population)
        return cls.open(
            ScreeningRecorded,
            context,
            id=cls.id_of(patient_id, screened_on),
            facility_id=facility_id,
            patient_id=patient_id,
            screened_on=screened_on,
            finding=finding,
        )

    def correct(
        self, context: CommandContext, finding: Finding, *, population: str, reason: str
    ) -> None:
        """Put right what was recorded."""
        if self.finding == finding:
            return
        _check(finding, population)
        if not reason:
            raise ReasonMissing
        self.record(ScreeningCorrected, context, finding=finding, reason=reason)

    # Apply

    def apply(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case ScreeningCorrected():
                self.finding = event.finding


def _check(finding: Finding, population: str) -> None:
    """Raise the refusal that a finding would meet.

    Adolescents stay on the third edition until there is a later volume about them
    (https://www.dhcs.ca.gov/Pages/CalAIM-BH-Initiative-FAQ-BH-Doc-Redesign.aspx).
    """
    if finding.edition == "4" and population == "adolescent":
        raise EditionForAdults(edition=finding.edition)
    wanted = [str(number) for number in RATED[finding.edition]]
    if list(finding.ratings) != wanted:
        because = f"the dimensions to rate are {', '.join(wanted)}, in this order"
        raise WrongAnswers(instrument=f"edition {finding.edition}", because=because)
    for number, rating in finding.ratings.items():
        if not 0 <= rating <= HIGHEST_RISK:
            because = f"dimension {number} is {rating}, expected 0 to {HIGHEST_RISK}"
            raise WrongAnswers(instrument=f"edition {finding.edition}", because=because)
    if finding.level not in LEVELS[finding.edition]:
        levels = ", ".join(LEVELS[finding.edition])
        raise NoSuchLevel(level=finding.level, levels=levels)
    if not finding.grounds:
        raise ReasonMissing
    unrated = [each for each in finding.grounds if _dimension(each) not in {None, *wanted}]
    if unrated:
        because = f"{', '.join(unrated)} is not rated in this edition, and cannot decide a level"
        raise WrongAnswers(instrument=f"edition {finding.edition}", because=because)
    if finding.level not in ABOVE and finding.against_this_level:
        because = ", ".join(finding.against_this_level)
        raise Contraindicated(level=finding.level, because=because)


def _dimension(ground: Ground) -> str | None:
    """Return the number of the dimension that a ground is; None where it is another one."""
    word, _, number = ground.partition("-")
    return number if word == "dimension" else None
