from dataclasses import replace
from typing import Any, get_args

import pytest

from domain.errors import (
    Contraindicated,
    EditionForAdults,
    NoSuchLevel,
    ReasonMissing,
    Refusal,
    WrongAnswers,
)
from domain.levels import (
    ABOVE,
    BELOW,
    DIMENSIONS,
    HIGHEST_RISK,
    LEVELS,
    RATED,
    THIS_LEVEL,
    Edition,
    Level,
)
from domain.screening import (
    Candidacy,
    Finding,
    Ground,
    Screening,
    ScreeningCorrected,
    ScreeningRecorded,
)
from tests.domain.patient.test_admission import day
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY, Command
from tests.support.given_when_then import fact, given

GOOD = Candidacy(
    stable_living=True, motivated=True, support_at_home=True, needs_24_hour_supervision=False
)
NO_HOME = replace(GOOD, stable_living=False)
WATCHED = replace(GOOD, needs_24_hour_supervision=True)


def rated(edition: Edition, *ratings: int) -> dict[str, int]:
    """Return the ratings of an edition's dimensions from the first on; the others are 1."""
    known = (*ratings, *[1] * len(RATED[edition]))
    return {str(number): known[number - 1] for number in RATED[edition]}


def finding(edition: Edition = "3", *ratings: int, **changes: Any) -> Finding:
    found = Finding(edition, rated(edition, *ratings), GOOD, THIS_LEVEL, ("dimension-5",))
    return replace(found, **changes)


def start(found: Finding, population: str = "adult") -> Command:
    return lambda _: Screening.start(
        CAUSE,
        facility_id=FACILITY,
        patient_id="patient-1",
        screened_on=MONDAY,
        finding=found,
        population=population,
    )


def screening(found: Finding | None = None, population: str = "adult") -> Screening:
    made: Screening = start(found or finding(), population)(None)
    return made


def corrected(found: Finding, population: str = "adult", reason: str = "typed wrongly") -> Command:
    return lambda s: s.correct(CAUSE, found, population=population, reason=reason)


# What was found


@pytest.mark.parametrize("edition", ["3", "4"])
def test_a_screening_is_recorded(edition: Edition) -> None:
    found = finding(edition, 0, 1, 2, 3)
    spec = given().when(start(found))
    spec.then(fact(ScreeningRecorded, patient_id="patient-1", screened_on=MONDAY, finding=found))
    assert spec.aggregate.finding == found
    assert spec.aggregate.facility_id == FACILITY


def test_what_a_screening_found_is_clinical() -> None:
    assert ScreeningRecorded.PRIVACY == ScreeningCorrected.PRIVACY == "clinical"


def test_a_patient_has_one_screening_a_day() -> None:
    known = Screening.id_of("patient-1", MONDAY)
    assert screening().id == known == Screening.id_of("patient-1", day(0))
    assert len({known, Screening.id_of("patient-1", day(1)), Screening.id_of("p-2", MONDAY)}) == 3


@pytest.mark.parametrize("edition", ["3", "4"])
@pytest.mark.parametrize(("rating", "fits"), [(-1, False), (0, True), (4, True), (5, False)])
def test_each_rated_dimension_has_a_risk_from_none_to_the_highest(
    edition: Edition, rating: int, fits: bool
) -> None:
    for number in RATED[edition]:
        ratings = rated(edition) | {str(number): rating}
        spec = given().when(start(finding(edition, ratings=ratings, level="3.7")))
        if fits:
            spec.then(fact(ScreeningRecorded))
        else:
            spec.then_refused(
                WrongAnswers,
                instrument=f"edition {edition}",
                because=f"dimension {number} is {rating}, expected 0 to {HIGHEST_RISK}",
            )


@pytest.mark.parametrize(
    ("edition", "ratings"),
    [
        ("3", {}),
        ("3", rated("4")),
        ("4", rated("3")),
        ("3", rated("3") | {"7": 1}),
        ("3", {**{"0": 1}, **rated("3")}),
        ("3", dict.fromkeys("654321", 1)),
        ("3", dict.fromkeys("213456", 1)),
        ("4", dict.fromkeys("2345", 1)),
        ("4", dict.fromkeys("12346", 1)),
        ("4", dict.fromkeys("12354", 1)),
        ("4", {f"dimension-{key}": 1 for key in "12345"}),
    ],
)
def test_each_edition_rates_its_dimensions_in_their_order(
    edition: Edition, ratings: dict[str, int]
) -> None:
    wanted = ", ".join(str(number) for number in RATED[edition])
    spec = given().when(start(finding(edition, ratings=ratings)))
    spec.then_refused(WrongAnswers, because=f"the dimensions to rate are {wanted}, in this order")


def test_the_sixth_dimension_of_the_fourth_edition_is_not_rated() -> None:
    assert RATED == {"3": (1, 2, 3, 4, 5, 6), "4": (1, 2, 3, 4, 5)}
    assert [len(set(names)) for names in DIMENSIONS.values()] == [6, 6]


# The level


@pytest.mark.parametrize("edition", ["3", "4"])
@pytest.mark.parametrize("level", get_args(Level))
def test_each_edition_recommends_its_own_levels(edition: Edition, level: Level) -> None:
    spec = given().when(start(finding(edition, level=level)))
    if level in LEVELS[edition]:
        spec.then(fact(ScreeningRecorded))
    else:
        spec.then_refused(NoSuchLevel, level=level, levels=", ".join(LEVELS[edition]))


@pytest.mark.parametrize(
    ("edition", "unknown"),
    [("3", {"1.5", "1.7", "2.7", "inpatient"}), ("4", {"0.5", "3.3", "inpatient"})],
)
def test_the_editions_know_other_levels(edition: Edition, unknown: set[str]) -> None:
    assert {*get_args(Level)} - {*LEVELS[edition]} == unknown
    assert list(LEVELS[edition]) == sorted(LEVELS[edition], key=get_args(Level).index)


def test_a_level_is_above_or_below_or_this_one() -> None:
    assert (*BELOW, THIS_LEVEL, *ABOVE) == get_args(Level)


@pytest.mark.parametrize(
    ("edition", "population"), [("3", "adult"), ("4", "adult"), ("3", "adolescent")]
)
def test_adolescents_are_screened_by_the_third_edition(edition: Edition, population: str) -> None:
    found = finding(edition)
    given().when(start(found, population)).then(fact(ScreeningRecorded, finding=found))


def test_adolescents_are_not_screened_by_the_fourth_edition() -> None:
    spec = given().when(start(finding("4"), "adolescent"))
    spec.then_refused(EditionForAdults, edition="4")


def test_a_level_has_its_grounds() -> None:
    given().when(start(finding(grounds=()))).then_refused(ReasonMissing)


@pytest.mark.parametrize("ground", get_args(Ground))
def test_one_ground_is_enough(ground: Ground) -> None:
    found = finding(grounds=(ground,))
    given().when(start(found)).then(fact(ScreeningRecorded, finding=found))


# What stands against this level


@pytest.mark.parametrize(
    ("found", "against"),
    [
        (finding(), ()),
        (finding("3", 3, 3, 3, 3, 3, 3), ()),
        (finding("3", 4), ("too-severe",)),
        (finding("3", 1, 1, 1, 1, 1, 4), ("too-severe",)),
        (finding("3", 4, 4, 4, 4, 4, 4), ("too-severe",)),
        (finding("4", 3, 3, 3, 3, 3), ()),
        (finding("4", 1, 1, 1, 1, 4), ("too-severe",)),
        (finding(candidacy=NO_HOME), ("no-safe-home",)),
        (finding(candidacy=WATCHED), ("needs-24-hour-supervision",)),
        (finding(candidacy=replace(GOOD, motivated=False)), ()),
        (finding(candidacy=replace(GOOD, support_at_home=False)), ()),
        (
            finding("3", 4, candidacy=replace(NO_HOME, needs_24_hour_supervision=True)),
            ("too-severe", "no-safe-home", "needs-24-hour-supervision"),
        ),
    ],
)
def test_a_screening_does_not_recommend_what_it_speaks_against(
    found: Finding, against: tuple[str, ...]
) -> None:
    assert found.against_this_level == against
    spec = given().when(start(found))
    if against:
        spec.then_refused(Contraindicated, level="2.1", because=", ".join(against))
    else:
        spec.then(fact(ScreeningRecorded, finding=found))


@pytest.mark.parametrize("level", [each for each in LEVELS["3"] if each in ABOVE])
@pytest.mark.parametrize("candidacy", [GOOD, NO_HOME, WATCHED])
def test_what_stands_against_this_level_stands_for_more_care(
    level: Level, candidacy: Candidacy
) -> None:
    found = finding("3", 4, level=level, candidacy=candidacy)
    given().when(start(found)).then(fact(ScreeningRecorded, finding=found))


@pytest.mark.parametrize("level", [each for each in LEVELS["3"] if each in BELOW])
def test_what_stands_against_this_level_stands_against_less_care(level: Level) -> None:
    found = finding("3", 4, level=level, candidacy=WATCHED)
    given().when(start(found)).then_refused(Contraindicated)


def test_a_dimension_that_the_edition_does_not_rate_is_no_ground() -> None:
    spec = given().when(start(finding("4", grounds=("dimension-6",))))
    assert spec.refusal is not None


# What was recorded wrongly


@pytest.mark.parametrize(
    "right",
    [
        finding("3", 2),
        finding("4"),
        finding(level="1"),
        finding(grounds=("living", "support")),
        finding(candidacy=replace(GOOD, motivated=False)),
        finding("3", 4, level="3.7"),
    ],
)
def test_a_screening_is_put_right_once(right: Finding) -> None:
    spec = given(screening())
    spec.when(corrected(right)).then(
        fact(ScreeningCorrected, finding=right, reason="typed wrongly")
    )
    spec.when(corrected(right)).then_nothing()
    assert (spec.aggregate.finding, spec.aggregate.screened_on) == (right, MONDAY)


@pytest.mark.parametrize("reason", ["", "asked again"])
@pytest.mark.parametrize("population", ["adult", "adolescent"])
def test_what_is_right_already_is_not_put_right(reason: str, population: str) -> None:
    given(screening()).when(corrected(finding(), population, reason)).then_nothing()


def test_to_put_a_screening_right_needs_a_reason() -> None:
    given(screening()).when(corrected(finding("3", 2), reason="")).then_refused(ReasonMissing)


@pytest.mark.parametrize(
    ("wrong", "population", "refusal"),
    [
        (finding("3", 5), "adult", WrongAnswers),
        (finding("3", -1), "adult", WrongAnswers),
        (finding(ratings=rated("4")), "adult", WrongAnswers),
        (finding(level="1.5"), "adult", NoSuchLevel),
        (finding("4", level="0.5"), "adult", NoSuchLevel),
        (finding("4"), "adolescent", EditionForAdults),
        (finding(grounds=()), "adult", ReasonMissing),
        (finding("3", 4), "adult", Contraindicated),
        (finding(candidacy=NO_HOME), "adult", Contraindicated),
    ],
)
def test_a_screening_is_not_put_wrong(
    wrong: Finding, population: str, refusal: type[Refusal]
) -> None:
    spec = given(screening()).when(corrected(wrong, population))
    spec.then_refused(refusal)
    assert spec.aggregate.finding == finding()


def test_a_screening_may_be_put_back_as_it_was() -> None:
    spec = given(screening(), corrected(finding("3", 2)))
    spec.when(corrected(finding(), reason="it was right")).then(
        fact(ScreeningCorrected, finding=finding())
    )
