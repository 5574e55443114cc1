"""Whose doing a miss was is read from a finding's sentence as it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.causes import (
    Cause,
    beyond_mending,
    by_the_record,
    by_whom,
    cause_of,
    cause_words,
    is_without_slack,
    mended_by_the_record,
)
from domain.compliance.thresholds import compared
from tests.support.examples import examples

WHAT = st.sampled_from(
    [
        "minutes were attended",
        "individual sessions of at least 50 minutes were attended",
        "days were attended",
    ]
)


@examples()
@given(
    what=WHAT,
    value=st.integers(0, 600),
    offered=st.integers(0, 600),
    least=st.integers(1, 600),
    open_ended=st.integers(0, 3),
    is_ahead=st.booleans(),
)
def test_whose_doing_it_was_is_read_as_it_was_said(
    what: str, value: int, offered: int, least: int, open_ended: int, *, is_ahead: bool
) -> None:
    value = min(value, least - 1)
    _, because = compared(value, what, "at least", least, is_ahead=is_ahead)
    because = by_whom(because, value, what, offered, least, is_ahead=is_ahead)
    expected: Cause | None = "program" if offered < least else None
    if open_ended:
        because = by_the_record(because, open_ended, is_missed=True)
        expected = expected or "record"
    for said in (because, beyond_mending(because, is_idle=False), mended_by_the_record(because)):
        assert cause_of(said) == expected
        assert is_without_slack(said) == (offered == least)
    assert cause_of(beyond_mending(because, is_idle=True)) == "nothing-scheduled"


@pytest.mark.parametrize(
    ("because", "cause", "words"),
    [
        (
            "the program offered 410 of 540 minutes; 400 minutes were attended",
            "program",
            "the program offered 410 of 540 minutes",
        ),
        (
            "the program offers 2 of 3 days; 1 day will be attended; no session is left that"
            " could add enough",
            "program",
            "the program offers 2 of 3 days",
        ),
        (
            "2 visits have no time out, and so no minutes; 240 minutes were attended, 120 under"
            " the minimum of 360",
            "record",
            "2 visits have no time out",
        ),
        (
            "nothing is scheduled for the patient; no session is left that could add enough",
            "nothing-scheduled",
            "nothing is scheduled for the patient",
        ),
        (
            "538 minutes were attended, 2 under the minimum of 540",
            None,
            "538 minutes were attended",
        ),
    ],
)
def test_sentences_that_are_on_record_are_read(
    because: str, cause: Cause | None, words: str
) -> None:
    assert cause_of(because) == cause
    assert cause_words(because) == words
