"""What no writer may say: the edges of each bound, from both sides."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import bounds

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "Malecón", "two\nlines", "a\ttab", "שלום", "x" * 500, "家"])
def test_a_text_of_people_is_taken(text: str) -> None:
    assert bounds.text_problem(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Ill\0", "NUL"),
        ("\x1b[2J", "U+001B"),
        ("next\x85line", "U+0085"),
        ("\x7f", "U+007F"),
        ("abc\u202ecba", "U+202E"),
        ("\u2066isolated", "U+2066"),
        ("\ud800", "U+D800"),
        ("x" * 501, "longer than 500"),
        ("家" * 167, "longer than 500"),
    ],
)
def test_a_text_that_a_table_or_a_terminal_cannot_show_as_it_is(text: str, says: str) -> None:
    problem = bounds.text_problem(text)
    assert problem is not None
    assert says in problem
    assert text not in problem


@pytest.mark.parametrize("number", [1, 10_000])
def test_a_number_at_the_edge_is_taken(number: int) -> None:
    assert bounds.PLACES.problem(number) is None


@pytest.mark.parametrize("number", [0, -1, 10_001, 4_000_000_000, 10**18])
def test_a_number_beyond_the_edge_is_not(number: int) -> None:
    assert bounds.PLACES.problem(number) == "not within 1 to 10,000"


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2199, 12, 31)])
def test_a_day_at_the_edge_is_taken(day: date) -> None:
    assert bounds.day_problem(day) is None
    assert bounds.instant_problem(datetime(day.year, day.month, day.day)) is None


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_a_day_beyond_the_edge_is_not(day: date) -> None:
    assert bounds.day_problem(day) == "not within 1900-01-01 to 2199-12-31"


def test_treatment_is_dated_ten_years_back_and_two_ahead_at_most() -> None:
    first, last = NOW.date() - bounds.REACH_BACK, NOW.date() + bounds.REACH_AHEAD
    assert bounds.reach_problem(first, NOW) is None
    assert bounds.reach_problem(last, NOW) is None
    day = timedelta(days=1)
    assert bounds.reach_problem(first - day, NOW) == "more than 10 years ago"
    assert bounds.reach_problem(last + day, NOW) == "more than 2 years ahead"


def test_what_has_happened_is_not_dated_tomorrow() -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    assert bounds.future_problem(tomorrow, NOW) is None, "it has begun on Kiritimati"
    assert bounds.future_problem(tomorrow + timedelta(days=1), NOW) == "in the future"


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\u2028b", "a\x0bb"])
def test_a_name_is_of_one_line(text: str) -> None:
    assert bounds.line_problem(text) == "more than one line"
    assert bounds.line_problem("Malecón 3") is None


@pytest.mark.parametrize("number", ["MR 1", "MR\u00a01", " MR1", ""])
def test_a_record_number_has_no_space_in_it(number: str) -> None:
    assert bounds.record_number_problem(number) == "not a record number: it has a space in it"
    assert bounds.record_number_problem("MR-1/2") is None
