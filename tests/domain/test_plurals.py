"""Nouns and verbs agree with their number."""

import pytest

from domain.plurals import agreeing, amount, counted, subject_of


@pytest.mark.parametrize(
    ("number", "said", "of_now", "ahead"),
    [
        (
            1,
            "services were attended",
            "1 service was attended",
            "1 service will be attended",
        ),
        (
            2,
            "services were attended",
            "2 services were attended",
            "2 services will be attended",
        ),
        (0, "units are left", "0 units are left", "0 units will be left"),
        (1, "units are left", "1 unit is left", "1 unit will be left"),
        (
            1,
            "individual sessions were attended",
            "1 individual session was attended",
            "1 individual session will be attended",
        ),
        (
            1,
            "weeks of taper have begun",
            "1 week of taper has begun",
            "1 week of taper will have begun",
        ),
    ],
)
def test_what_is_said_of_many_agrees_with_its_number(
    number: int, said: str, of_now: str, ahead: str
) -> None:
    assert agreeing(number, said) == of_now
    assert agreeing(number, said, is_ahead=True) == ahead


def test_only_the_first_noun_agrees() -> None:
    said = "patients on average (7 patient days in 7 days)"
    assert agreeing(1, said) == "1 patient on average (7 patient days in 7 days)"


@pytest.mark.parametrize(
    ("many", "one"),
    [("business days", "1 business day"), ("therapies", "1 therapy"), ("minutes", "1 minute")],
)
def test_an_amount_has_its_noun_in_the_singular_for_one_alone(many: str, one: str) -> None:
    assert amount(1, many) == one
    assert amount(2, many) == f"2 {many}"


def test_a_count_has_its_noun() -> None:
    assert [counted(each, "place") for each in (0, 1, 2)] == ["0 places", "1 place", "2 places"]
    assert [counted(each, "entry", "entries") for each in (1, 2)] == ["1 entry", "2 entries"]


def test_what_is_said_has_a_subject() -> None:
    assert subject_of("individual sessions were attended") == "individual sessions"
    assert subject_of("weeks of taper have begun") == "weeks of taper"
