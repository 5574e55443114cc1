"""The draw of drug tests: within its gaps, on days of attendance, without a favourite."""

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import GapsReversed, NotPositive
from domain.monitoring.draw import Gaps, is_drawn
from domain.times import days
from tests.support.drug_test_draws import drawn_day

MONDAY = date(2025, 3, 3)
GAPS = Gaps(2, 10)
DRAWS = 10_000

CHI_SQUARED_999 = {2: 13.816, 3: 16.266, 8: 26.124}
"""What chi-squared exceeds once in a thousand, by its degrees of freedom."""

seeds = st.binary(min_size=32, max_size=32)
gaps_of = st.tuples(st.integers(1, 9), st.integers(0, 20)).map(lambda g: Gaps(g[0], g[0] + g[1]))
coming = st.sets(st.integers(0, 40)).map(lambda found: {MONDAY + timedelta(days=n) for n in found})


def seed(number: int) -> bytes:
    return number.to_bytes(32, "big")


def chi_squared(found: Counter[date], eligible: Collection[date]) -> float:
    expected = found.total() / len(eligible)
    assert set(found) <= set(eligible)
    return sum((found[day] - expected) ** 2 / expected for day in eligible)


@given(seeds, st.integers(1, 50), gaps_of, coming)
def test_the_same_seed_draws_the_same_day(
    seed: bytes, number: int, gaps: Gaps, comes_on: set[date]
) -> None:
    facts: dict[str, Any] = {"last": MONDAY, "gaps": gaps, "comes_on": comes_on}
    assert drawn_day(seed, number, **facts) == drawn_day(seed, number, **facts)


@given(seeds, st.integers(1, 50), gaps_of, coming)
def test_a_draw_is_within_its_gaps_and_on_a_day_of_attendance_if_there_is_one(
    seed: bytes, number: int, gaps: Gaps, comes_on: set[date]
) -> None:
    day = drawn_day(seed, number, last=MONDAY, gaps=gaps, comes_on=comes_on)
    assert gaps.shortest <= (day - MONDAY).days <= gaps.longest
    window = set(days(*gaps.window(MONDAY)))
    if comes_on & window:
        assert day in comes_on


@given(seeds, gaps_of, coming, st.lists(coming, max_size=5))
def test_a_draw_stays_within_its_gaps_where_the_days_change_meanwhile(
    seed: bytes, gaps: Gaps, comes_on: set[date], changes: list[set[date]]
) -> None:
    first, last = gaps.window(MONDAY)
    plans = [comes_on, *changes]
    for number, day in enumerate(days(first, last)):
        now = plans[min(number, len(plans) - 1)]
        if is_drawn(seed, 1, day, last=MONDAY, gaps=gaps, comes_on=now):
            rest = set(days(day, last))
            assert day in now or not now & rest
            return
    raise AssertionError("the window went by without a test")


@pytest.mark.parametrize(
    ("comes_on", "eligible"),
    [
        ((), tuple(range(2, 11))),
        ((1, 2, 4, 7, 11), (2, 4, 7)),
        ((2, 5, 6, 10), (2, 5, 6, 10)),
    ],
)
def test_no_day_is_favoured(comes_on: tuple[int, ...], eligible: tuple[int, ...]) -> None:
    comes, may = ([MONDAY + timedelta(days=n) for n in offsets] for offsets in (comes_on, eligible))
    found = Counter(
        drawn_day(seed(number), 1, last=MONDAY, gaps=GAPS, comes_on=comes)
        for number in range(DRAWS)
    )
    assert chi_squared(found, may) < CHI_SQUARED_999[len(may) - 1]


def test_no_gap_is_favoured_over_the_draws_of_one_seed() -> None:
    last, gaps = MONDAY, Counter[date]()
    for number in range(1, DRAWS + 1):
        day = drawn_day(seed(7), number, last=last, gaps=GAPS, comes_on=())
        gaps[MONDAY + (day - last)] += 1
        # The calendar ends before the draws do.
        last = day if day.year < 9000 else MONDAY
    eligible = [MONDAY + timedelta(days=n) for n in range(2, 11)]
    assert chi_squared(gaps, eligible) < CHI_SQUARED_999[8]


def test_what_came_before_does_not_tell_what_comes() -> None:
    """A pair of consecutive gaps is as likely as any other."""
    gaps = Gaps(1, 3)
    pairs: Counter[tuple[int, int]] = Counter()
    for number in range(DRAWS):
        first = drawn_day(seed(number), 1, last=MONDAY, gaps=gaps, comes_on=())
        second = drawn_day(seed(number), 2, last=first, gaps=gaps, comes_on=())
        pairs[(first - MONDAY).days, (second - first).days] += 1
    expected = DRAWS / 9
    assert len(pairs) == 9
    assert sum((n - expected) ** 2 / expected for n in pairs.values()) < CHI_SQUARED_999[8]


def test_other_seeds_draw_other_days() -> None:
    drawn = {
        tuple(drawn_day(seed(s), n, last=MONDAY, gaps=GAPS, comes_on=()) for n in range(1, 9))
        for s in range(100)
    }
    assert len(drawn) == 100


def test_the_last_day_that_is_left_draws() -> None:
    wednesday, friday = MONDAY + timedelta(days=2), MONDAY + timedelta(days=4)
    facts: dict[str, Any] = {"last": MONDAY, "gaps": GAPS}
    for number in range(50):
        assert is_drawn(seed(number), 1, friday, **facts, comes_on=(wednesday, friday))
        last = MONDAY + timedelta(days=10)
        assert is_drawn(seed(number), 1, last, **facts, comes_on=())


@pytest.mark.parametrize(("offset", "drawn"), [(1, False), (2, True), (3, True)])
def test_a_window_of_one_day_draws_on_it_or_as_soon_as_somebody_looks(
    offset: int, drawn: bool
) -> None:
    day = MONDAY + timedelta(days=offset)
    assert is_drawn(seed(1), 1, day, last=MONDAY, gaps=Gaps(2, 2), comes_on=()) == drawn


def test_too_late_it_falls_on_the_first_day_on_which_the_patient_comes() -> None:
    late, next_week = MONDAY + timedelta(days=12), MONDAY + timedelta(days=14)
    facts: dict[str, Any] = {"last": MONDAY, "gaps": GAPS, "comes_on": (next_week,)}
    assert not is_drawn(seed(1), 1, late, **facts)
    assert is_drawn(seed(1), 1, next_week, **facts)
    assert is_drawn(seed(1), 1, next_week + timedelta(days=1), **facts)


@pytest.mark.parametrize("gaps", [Gaps(1, 1), Gaps(2, 2), Gaps(1, 31)])
def test_gaps_from_a_day_on_are_possible(gaps: Gaps) -> None:
    gaps.check()
    assert gaps.window(MONDAY) == (
        MONDAY + timedelta(days=gaps.shortest),
        MONDAY + timedelta(days=gaps.longest),
    )


def test_a_gap_of_no_day_and_a_longest_below_the_shortest_are_refused() -> None:
    with pytest.raises(NotPositive, match="the shortest gap must be more than 0"):
        Gaps(0, 3).check()
    with pytest.raises(GapsReversed, match="2 days, is shorter than the shortest, 3 days"):
        Gaps(3, 2).check()
