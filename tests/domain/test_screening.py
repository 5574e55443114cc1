"""A screening is whole, by an edition that fits, and does not recommend what it speaks against."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.errors import (
    Contraindicated,
    EditionForAdults,
    NoSuchLevel,
    ReasonMissing,
    WrongAnswers,
)
from domain.levels import ABOVE, BELOW, DIMENSIONS, LEVELS, RATED, THIS_LEVEL
from domain.screening import (
    Candidacy,
    Finding,
    Screening,
    ScreeningCorrected,
    ScreeningRecorded,
)
from tests.domain.examples import CAUSE, FACILITY, MONDAY
from tests.spec import fact, given

SOUND = Candidacy(
    stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
)
RATINGS = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 3, "6": 2}
FINDING = Finding("3", RATINGS, SOUND, "2.1", ("dimension-5",))
FOURTH = Finding("4", {key: RATINGS[key] for key in "12345"}, SOUND, "2.1", ("living",))


def screening(finding: Finding = FINDING, population: str = "adult") -> Screening:
    return Screening.start(
        CAUSE,
        facility_id=FACILITY,
        patient_id="patient-1",
        screened_on=MONDAY,
        finding=finding,
        population=population,
    )


def corrected(finding: Finding, reason: str = "typed wrongly") -> Any:
    return lambda s: s.correct(CAUSE, finding, population="adult", reason=reason)


@pytest.mark.parametrize("finding", [FINDING, FOURTH])
def test_a_screening_is_recorded(finding: Finding) -> None:
    given().when(lambda _: screening(finding)).then(
        fact(ScreeningRecorded, patient_id="patient-1", screened_on=MONDAY, finding=finding)
    )


def test_there_is_one_of_a_patient_a_day() -> None:
    assert screening().id == Screening.id_of("patient-1", MONDAY)
    assert screening().id != Screening.id_of("patient-1", date(2025, 3, 4))
    assert screening().id != Screening.id_of("patient-2", MONDAY)


@pytest.mark.parametrize("dimension", list(RATINGS))
@pytest.mark.parametrize(("rating", "possible"), [(-1, False), (0, True), (4, True), (5, False)])
def test_a_risk_is_rated_from_0_to_4(dimension: str, rating: int, possible: bool) -> None:
    rated = replace(FINDING, ratings=RATINGS | {dimension: rating}, level="3.5")
    spec = given().when(lambda _: screening(rated))
    if possible:
        spec.then(fact(ScreeningRecorded))
    else:
        spec.then_refused(
            WrongAnswers, because=f"dimension {dimension} is {rating}, expected 0 to 4"
        )


@pytest.mark.parametrize(
    "ratings",
    [
        {key: RATINGS[key] for key in "12345"},
        RATINGS | {"7": 0},
        dict(reversed(RATINGS.items())),
        {},
    ],
)
def test_each_dimension_of_the_edition_is_rated(ratings: dict[str, int]) -> None:
    given().when(lambda _: screening(replace(FINDING, ratings=ratings))).then_refused(WrongAnswers)


def test_the_fourth_edition_does_not_rate_its_sixth_dimension() -> None:
    given().when(lambda _: screening(replace(FOURTH, ratings=RATINGS))).then_refused(WrongAnswers)


def test_the_fourth_edition_is_for_adults() -> None:
    given().when(lambda _: screening(FOURTH, "adolescent")).then_refused(EditionForAdults)
    given().when(lambda _: screening(FINDING, "adolescent")).then(fact(ScreeningRecorded))


@pytest.mark.parametrize(
    ("finding", "level", "possible"),
    [
        (FINDING, "0.5", True),
        (FINDING, "1.7", False),
        (FINDING, "3.3", True),
        (FOURTH, "0.5", False),
        (FOURTH, "1.7", True),
        (FOURTH, "3.3", False),
    ],
)
def test_a_level_is_one_of_the_editions(finding: Finding, level: Any, possible: bool) -> None:
    spec = given().when(lambda _: screening(replace(finding, level=level)))
    spec.then(fact(ScreeningRecorded)) if possible else spec.then_refused(NoSuchLevel)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"ratings": RATINGS | {"1": 3}}, None),
        ({"ratings": RATINGS | {"1": 4}}, "too-severe"),
        ({"candidacy": replace(SOUND, stable_living=False)}, "no-safe-home"),
        (
            {"candidacy": replace(SOUND, needs_24_hour_supervision=True)},
            "needs-24-hour-supervision",
        ),
        ({"candidacy": replace(SOUND, motivated=False, support_at_home=False)}, None),
    ],
)
def test_too_severe_or_no_safe_home_speaks_against_this_level_alone(
    changes: dict[str, Any], because: str | None
) -> None:
    found = replace(FINDING, **changes)
    spec = given().when(lambda _: screening(found))
    if because:
        spec.then_refused(Contraindicated, because=because)
        given().when(lambda _: screening(replace(found, level="3.5"))).then(fact(ScreeningRecorded))
    else:
        spec.then(fact(ScreeningRecorded))


def test_a_level_is_recommended_for_a_reason() -> None:
    given().when(lambda _: screening(replace(FINDING, grounds=()))).then_refused(ReasonMissing)


def test_a_screening_is_put_right_and_the_first_record_stays() -> None:
    spec = given(screening()).when(corrected(replace(FINDING, level="2.5")))
    spec.then(fact(ScreeningCorrected, reason="typed wrongly"))
    spec.when(corrected(replace(FINDING, level="2.5"))).then_nothing()
    spec.when(corrected(FINDING, reason="")).then_refused(ReasonMissing)
    spec.when(corrected(replace(FINDING, grounds=()))).then_refused(ReasonMissing)
    assert len(spec.history) == 2


def test_each_edition_has_six_dimensions_and_knows_this_level() -> None:
    for edition, names in DIMENSIONS.items():
        assert len(names) == len(set(names)) == 6
        assert set(RATED[edition]) <= {1, 2, 3, 4, 5, 6}
        assert THIS_LEVEL in LEVELS[edition]
        assert set(LEVELS[edition]) <= {*BELOW, THIS_LEVEL, *ABOVE}
