"""What patients answered and what their tests found, as documents tell it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.monitoring.instruments import SUMMED
from services.documents.clinic import Clinic
from services.reports.history_wording import words


@dataclass(frozen=True, slots=True)
class Band:
    """What a sum is called from this one on."""

    edge: int
    name: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a scale came to on a day."""

    day: date
    score: int
    band: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of a questionnaire over time, the oldest first; sums go from 0 to `highest`."""

    name: str
    highest: int
    bands: tuple[Band, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class DrugTest:
    """A drug test, and how far it is; what is not known yet is None."""

    day: date
    because: str
    state: str
    collected_at: datetime | None
    specimen: str | None
    result_kind: str | None
    outcome: str | None
    substances: tuple[str, ...]


def scales_of(clinic: Clinic, rows: list[Any], first: date, last: date) -> tuple[Scale, ...]:
    """Return the scales of those questionnaires that are added up, with their readings.

    `rows` are those of `projections.care.ASSESSMENTS`, the latest first.
    """
    found: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for row in reversed(rows):
        day = row.taken_at.astimezone(clinic.zone).date()
        if row.score is not None and first <= day <= last:
            found[row.instrument, row.scale].append(Reading(day, row.score, row.band))
    return tuple(
        Scale(
            instrument.upper() if scale.name == "total" else f"{instrument.upper()} {scale.name}",
            highest=len(scale.items) * questionnaire.highest,
            bands=tuple(Band(edge, name) for edge, name in scale.bands),
            readings=tuple(found[instrument, scale.name]),
        )
        for instrument, questionnaire in SUMMED.items()
        for scale in questionnaire.scales
        if (instrument, scale.name) in found
    )


def drug_tests_of(
    clinic: Clinic, rows: Iterable[Any], first: date, last: date
) -> tuple[DrugTest, ...]:
    """Return the drug tests of some days, the first first; what was called off was none.

    `rows` are those of `projections.care.DRUG_TESTS`.
    """
    found = [
        DrugTest(
            *(row.day, words(row.because), row.state, clinic.local(row.collected_at)),
            row.specimen and words(row.specimen),
            row.result_kind,
            row.outcome and words(row.outcome),
            tuple(row.substances),
        )
        for row in rows
        if first <= row.day <= last and row.state != "called off"
    ]
    return tuple(reversed(found))
