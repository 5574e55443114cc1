"""Each band of each instrument at its edges, and what is no answer."""

from typing import Any, get_args

import pytest

from domain.errors import WrongAnswers
from domain.monitoring.instruments import BAM, GAD_7, PHQ_9, Instrument, concern_of, scored

QUESTIONNAIRES: dict[Any, Any] = {"phq-9": PHQ_9, "gad-7": GAD_7, "bam": BAM}
NO = {"1": 0, "2": 0, "6-lifetime": 0, "6-past-3-months": 0}


def adding_up_to(instrument: Any, items: tuple[str, ...], score: int) -> dict[str, int]:
    """Answers whose items add up to a score; all others are 0."""
    questionnaire = QUESTIONNAIRES[instrument]
    answers = dict.fromkeys(questionnaire.items, 0)
    for item in items:
        answers[item] = min(score, questionnaire.highest)
        score -= answers[item]
    assert score == 0
    return answers


PHQ_BANDS = [
    ("minimal", 0, 4),
    ("mild", 5, 9),
    ("moderate", 10, 14),
    ("moderately severe", 15, 19),
    ("severe", 20, 27),
]
GAD_BANDS = [("minimal", 0, 4), ("mild", 5, 9), ("moderate", 10, 14), ("severe", 15, 21)]


@pytest.mark.parametrize(
    ("instrument", "band", "score"),
    [
        (instrument, band, score)
        for instrument, bands in (("phq-9", PHQ_BANDS), ("gad-7", GAD_BANDS))
        for band, lowest, highest in bands
        for score in (lowest, highest)
    ],
)
def test_a_sum_is_in_its_band_from_the_lowest_to_the_highest(
    instrument: Instrument, band: str, score: int
) -> None:
    items = QUESTIONNAIRES[instrument].items
    (scale,) = scored(instrument, adding_up_to(instrument, items, score))
    assert (scale.name, scale.score, scale.band, scale.verified) == ("total", score, band, True)


@pytest.mark.parametrize(
    ("name", "items", "score", "band"),
    [
        ("use", ("4", "5", "6"), 0, "not flagged"),
        ("use", ("4", "5", "6"), 1, "flagged"),
        ("use", ("4", "5", "6"), 12, "flagged"),
        ("risk", ("1", "2", "3", "8", "11", "15"), 0, "not flagged"),
        ("risk", ("1", "2", "3", "8", "11", "15"), 11, "not flagged"),
        ("risk", ("1", "2", "3", "8", "11", "15"), 12, "flagged"),
        ("risk", ("1", "2", "3", "8", "11", "15"), 24, "flagged"),
        ("protective", ("9", "10", "12", "13", "14", "16"), 0, "flagged"),
        ("protective", ("9", "10", "12", "13", "14", "16"), 12, "flagged"),
        ("protective", ("9", "10", "12", "13", "14", "16"), 13, "not flagged"),
        ("protective", ("9", "10", "12", "13", "14", "16"), 24, "not flagged"),
    ],
)
def test_a_scale_of_the_bam_is_flagged_at_its_edge(
    name: str, items: tuple[str, ...], score: int, band: str
) -> None:
    scales = {each.name: each for each in scored("bam", adding_up_to("bam", items, score))}
    scale = scales[name]
    assert (scale.score, scale.band, scale.verified) == (score, band, True)


def test_the_bam_has_no_total_and_leaves_items_7_and_17_out() -> None:
    unscored = [*(f"7{letter}" for letter in "abcdefg"), "17"]
    answers = dict.fromkeys(BAM.items, 0) | dict.fromkeys(unscored, 4)
    scales = scored("bam", answers)
    assert [(each.name, each.score) for each in scales] == [
        ("use", 0),
        ("risk", 0),
        ("protective", 0),
    ]
    assert len(BAM.items) == 23


@pytest.mark.parametrize(
    ("answers", "band", "verified"),
    [
        (NO, "none", False),
        (NO | {"1": 1}, "low", False),
        (NO | {"2": 1, "3": 0, "4": 0, "5": 0}, "low", False),
        (NO | {"2": 1, "3": 1, "4": 0, "5": 0}, "moderate", False),
        (NO | {"6-lifetime": 1}, "moderate", False),
        (NO | {"2": 1, "3": 0, "4": 1, "5": 0}, "high", True),
        (NO | {"2": 1, "3": 0, "4": 0, "5": 1}, "high", True),
        (NO | {"6-lifetime": 1, "6-past-3-months": 1}, "high", True),
    ],
)
def test_the_screener_triages(answers: dict[str, int], band: str, verified: bool) -> None:
    (scale,) = scored("c-ssrs", answers)
    assert (scale.name, scale.score, scale.band, scale.verified) == ("risk", None, band, verified)


@pytest.mark.parametrize("instrument", ["phq-9", "gad-7", "bam"])
def test_each_item_has_to_be_there_and_within_its_range(instrument: Instrument) -> None:
    questionnaire = QUESTIONNAIRES[instrument]
    sound = dict.fromkeys(questionnaire.items, 0)
    for item in questionnaire.items:
        for value in (0, questionnaire.highest):
            assert scored(instrument, sound | {item: value})
        wrongs: tuple[Any, ...] = (-1, questionnaire.highest + 1, True, 1.0, None)
        for wrong in wrongs:
            with pytest.raises(WrongAnswers, match=f"item {item} is {wrong!r}, expected 0 to"):
                scored(instrument, sound | {item: wrong})
        without = {key: value for key, value in sound.items() if key != item}
        with pytest.raises(WrongAnswers, match=f"item {item} is missing"):
            scored(instrument, without)
    with pytest.raises(WrongAnswers, match="item 18 is not asked"):
        scored(instrument, sound | {"18": 0})


def test_a_refusal_names_each_item_that_is_wrong() -> None:
    answers = dict.fromkeys(PHQ_9.items, 0) | {"4": 4, "10": 0}
    del answers["2"]
    with pytest.raises(WrongAnswers) as refused:
        scored("phq-9", answers)
    assert str(refused.value) == (
        "phq-9: item 2 is missing, expected 0 to 3; item 4 is 4, expected 0 to 3; "
        "item 10 is not asked"
    )


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (NO | {"2": 1}, "item 3 is missing"),
        (NO | {"3": 0}, "item 3 is not asked"),
        (NO | {"1": 2}, "item 1 is 2, expected 0 to 1"),
        (NO | {"6-past-3-months": 1}, "expected 0 where 6-lifetime is 0"),
        ({"1": 0, "2": 0}, "item 6-lifetime is missing"),
    ],
)
def test_the_screener_asks_what_follows_and_nothing_else(
    answers: dict[str, int], says: str
) -> None:
    with pytest.raises(WrongAnswers, match=says):
        scored("c-ssrs", answers)


@pytest.mark.parametrize(("answer", "concern"), [(0, None), (1, "thoughts-of-death")])
def test_a_ninth_answer_other_than_0_is_a_concern(answer: int, concern: str | None) -> None:
    answers = dict.fromkeys(PHQ_9.items, 3) | {"9": answer}
    assert concern_of("phq-9", answers) == concern


def test_a_high_risk_is_a_concern_and_a_moderate_one_is_none() -> None:
    assert concern_of("c-ssrs", NO | {"6-lifetime": 1}) is None
    high = NO | {"6-lifetime": 1, "6-past-3-months": 1}
    assert concern_of("c-ssrs", high) == "suicide-risk-high"


@pytest.mark.parametrize("instrument", ["gad-7", "bam"])
def test_other_instruments_raise_no_concern(instrument: Instrument) -> None:
    highest = dict.fromkeys(QUESTIONNAIRES[instrument].items, QUESTIONNAIRES[instrument].highest)
    assert concern_of(instrument, highest) is None


def test_each_instrument_is_known() -> None:
    assert set(get_args(Instrument)) == {*QUESTIONNAIRES, "c-ssrs"}
