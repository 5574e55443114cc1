"""Assessments over time: the geometry of small multiples, one for each scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.monitoring.instruments import SUMMED, Instrument

SCALES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("phq-9", "total"): ("PHQ-9", "depression, lower is better"),
    ("gad-7", "total"): ("GAD-7", "anxiety, lower is better"),
    ("bam", "use"): ("BAM use", "lower is better"),
    ("bam", "risk"): ("BAM risk", "lower is better"),
    ("bam", "protective"): ("BAM protective", "higher is better"),
    ("c-ssrs", "risk"): ("C-SSRS", "risk of suicide"),
}

LOW, HIGH = 95.0, 13.0
FIRST_X, LAST_X = 16.0, 238.0


@dataclass(frozen=True, slots=True)
class Band:
    """A range of scores that has a name."""

    name: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Point:
    """A score on a day."""

    x: float
    y: float
    score: int
    day: date


@dataclass(frozen=True, slots=True)
class ScaleChart:
    """A scale over time; without a score it is a list of bands by day."""

    name: str
    says: str
    bands: tuple[Band, ...]
    points: tuple[Point, ...]
    named: tuple[tuple[date, str], ...]
    is_verified: bool
    in_words: str

    @property
    def line(self) -> str:
        """The points of its line."""
        return " ".join(f"{each.x},{each.y}" for each in self.points)


def scale_charts(scales: Sequence[Mapping[str, Any]]) -> list[ScaleChart]:
    """Return the chart of each scale of a patient's page."""
    return [_scale_chart(each) for each in scales]


def _scale_chart(scale: Mapping[str, Any]) -> ScaleChart:
    key = (scale["instrument"], scale["scale"])
    name, says = SCALES.get(key, (f"{key[0].upper()} {key[1]}", ""))
    values = scale["values"]
    bands, highest = _bands(*key)
    scored = [each for each in values if each["score"] is not None and highest]
    step = (LAST_X - FIRST_X) / max(len(scored) - 1, 1)
    points = tuple(
        Point(
            round(FIRST_X + step * number, 1),
            round(LOW - (LOW - HIGH) * each["score"] / highest, 1),
            each["score"],
            each["day"],
        )
        for number, each in enumerate(scored)
    )
    named = tuple((each["day"], each["band"]) for each in reversed(values))
    told = (
        f"{'' if each['score'] is None else each['score']} {each['band']} on"
        f" {each['day']:%B} {each['day'].day}"
        for each in values
    )
    verified = all(each["verified"] for each in values)
    in_words = f"{name}: {', '.join(each.strip() for each in told)}"
    return ScaleChart(name, says, bands, points, named, verified, in_words)


def _bands(instrument: Instrument, scale: str) -> tuple[tuple[Band, ...], int]:
    """Return the bands of a scale, lowest first, and the highest score."""
    questionnaire = SUMMED.get(instrument)
    scales = questionnaire.scales if questionnaire else ()
    summed = next((each for each in scales if each.name == scale), None)
    if questionnaire is None or summed is None:
        return (), 0
    highest = questionnaire.highest * len(summed.items)
    edges = [edge for edge, _ in summed.bands] + [highest + 1]
    scale_by = (LOW - HIGH) / highest

    def band(number: int) -> Band:
        low = LOW - scale_by * max(edges[number] - 0.5, 0)
        high = LOW - scale_by * min(edges[number + 1] - 0.5, highest)
        return Band(summed.bands[number][1], round(high + 1, 1), round(low - high - 2, 1))

    return tuple(map(band, range(len(summed.bands)))), highest
