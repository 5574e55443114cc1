"""How the coming weeks of a patient look beside others at the same week of stay."""

import subprocess
import sys
from fractions import Fraction
from typing import Any, cast

import pytest

from domain import attendance_trend
from domain.attendance_trend import Cohort, Known, Outlook, Stay, Week, coming, weighted
from tests.benchmarks.slipping import MEASURE, NAMES, fits, measured, weeks_of


def stay(patient_id: str, *percents: int | None) -> Stay:
    """A stay by the share attended in each week; none: nothing was offered."""
    return Stay.of(
        patient_id,
        (
            Week(number, 0 if each is None else 100, each or 0)
            for number, each in enumerate(percents, start=1)
        ),
    )


def outlook(own: Stay, *others: Stay) -> Outlook:
    found = Cohort([*others, own]).outlook(own)
    assert found
    return found


def five(*percents: int | None) -> list[Stay]:
    return [stay(f"other-{number}", *percents) for number in range(5)]


# One patient


def test_nothing_is_said_of_a_stay_without_a_week() -> None:
    assert Cohort([stay("ann"), *five(50)]).outlook(stay("ann")) is None


def test_nothing_is_said_where_nothing_was_offered_yet() -> None:
    assert Cohort([stay("ann", None, None)]).outlook(stay("ann", None, None)) is None


def test_a_single_week_of_somebody_alone_is_all_that_is_expected() -> None:
    found = outlook(stay("ann", 40))
    assert (found.week, found.latest) == (1, Fraction(2, 5))
    assert (found.expected, found.after) == pytest.approx((0.4, 0.4))
    assert (found.others, found.attended_less, found.alike, found.left) == (0, None, None, None)


def test_somebody_who_is_not_in_the_cohort_is_looked_at_all_the_same() -> None:
    found = Cohort([]).outlook(stay("ann", 40))
    assert found
    assert found.expected == pytest.approx(0.4)


def test_the_last_three_weeks_are_those_with_something_offered_by_their_minutes() -> None:
    weeks = [Week(1, 100, 0), Week(2, 100, 50), Week(3, 300, 300), Week(4, 0, 0), Week(5, 100, 0)]
    found = outlook(Stay.of("ann", weeks))
    assert (found.week, found.latest) == (5, Fraction(350, 500))


def test_who_makes_up_a_visit_attends_no_more_than_was_offered() -> None:
    found = outlook(Stay.of("ann", [Week(1, 100, 0), Week(2, 100, 200)]))
    assert found.latest == Fraction(1, 2)
    assert found.expected == pytest.approx(0.5)


def test_weeks_come_in_order_however_they_are_given() -> None:
    assert Stay.of("ann", [Week(2, 10, 1), Week(1, 10, 2)]).weeks[0].number == 1


def test_everybodys_mean_is_expected_of_each_and_is_of_all_weeks() -> None:
    stays = [stay("ann", 0, 0), stay("ben", 100), stay("cy", 100, 50, 50)]
    found = [Cohort(stays).outlook(each) for each in stays]
    assert [each and each.expected for each in found] == [pytest.approx(0.5)] * 3
    assert [each and each.after for each in found] == [pytest.approx(0.5)] * 3


# Others


def test_of_fewer_than_five_others_nothing_is_counted() -> None:
    four = outlook(stay("ann", 50), *five(50, 50)[:4])
    assert (four.others, four.attended_less, four.alike, four.left) == (4, None, None, None)
    enough = outlook(stay("ann", 50), *five(50, 50))
    assert (enough.others, enough.attended_less, enough.alike, enough.left) == (5, 0, 5, 0)


def test_only_others_with_something_offered_at_the_same_week_are_counted() -> None:
    found = outlook(stay("ann", 50, 50), *five(50, 50), stay("ben", 50), stay("cy", 50, None, 50))
    assert found.others == 5


def test_who_attended_less_did_so_in_the_three_weeks_up_to_then() -> None:
    others = [
        stay("less", 90, 0, 0, 90, 90),
        stay("less-later", 90, 90, 90, 90, 0),
        stay("less-before", 0, 80, 80, 80, 80),
        stay("same", 50, 50, 50, 50, 50),
        stay("more", 50, 60, 50, 50, 50),
    ]
    assert outlook(stay("ann", 100, 50, 50, 50), *others).attended_less == 1


@pytest.mark.parametrize(("share", "alike"), [(29, 0), (30, 5), (40, 5), (50, 5), (51, 0)])
def test_alike_are_those_within_ten_percentage_points(share: int, alike: int) -> None:
    assert outlook(stay("ann", 40), *five(share, 10)).alike == alike


@pytest.mark.parametrize(
    ("after", "alike", "left"),
    [
        ((), 0, 0),
        ((None, None, None, None, 0), 0, 0),
        ((0,), 5, 5),
        ((1,), 5, 0),
        ((0, 0, 0, 0), 5, 5),
        ((100, 100, 100, 0), 5, 5),
        ((100, 100, 100, 100, 0), 5, 0),
        ((0, 0, 0, 1), 5, 0),
        ((0, 0, 0, 0, 1), 5, 0),
        ((None, 0), 5, 5),
        ((0, None, 100), 5, 0),
    ],
)
def test_left_is_who_attended_nothing_any_more_within_four_weeks(
    after: tuple[int | None, ...], alike: int, left: int
) -> None:
    found = outlook(stay("ann", 50), *five(50, *after))
    assert (found.others, found.alike, found.left) == (5, alike, left)


def test_nobody_is_compared_with_a_stay_of_their_own() -> None:
    found = outlook(stay("ann", 50), stay("ann", 50, 0), *five(50, 50))
    assert (found.others, found.alike, found.left) == (5, 5, 0)


def test_of_another_with_two_stays_the_later_counts() -> None:
    others = [*five(50, 50)[:4], stay("ben", 50, 0), stay("ben", 90, 90)]
    found = outlook(stay("ann", 50), *others)
    assert (found.others, found.alike, found.left) == (5, 4, 0)


# The measure that was tried


def test_newer_weeks_count_more() -> None:
    assert weighted(Known([0.0, 1.0], None, 0.0), fading=0.5) == pytest.approx(2 / 3)
    assert weighted(Known([1.0, 0.0], None, 0.0), fading=0.5) == pytest.approx(1 / 3)


def test_others_draw_the_more_the_less_is_known_of_a_patient() -> None:
    short, long = Known([0.0], 1.0, 0.0), Known([0.0] * 9, 1.0, 0.0)
    assert weighted(short, fading=1.0, leaning=1.0) == pytest.approx(1 / 2)
    assert weighted(long, fading=1.0, leaning=1.0) == pytest.approx(1 / 10)


def test_others_of_whom_nothing_is_known_draw_nobody() -> None:
    assert weighted(Known([0.25], None, 1.0)) == 0.25


def test_each_coming_week_is_guessed_as_if_the_one_before_had_come_true() -> None:
    known = Known([0.0], 1.0, 0.0)
    found = coming(lambda each: weighted(each, fading=1.0, leaning=1.0), known, 2)
    assert found == [pytest.approx(1 / 2), pytest.approx(1 / 2)]
    assert coming(lambda each: float(len(each.own)), known, 3) == [1.0, 2.0, 3.0]
    assert known.own == [0.0]


def test_what_others_did_is_known_of_the_same_week() -> None:
    found = Cohort([stay("ann", 0, 0), stay("ben", 0, 50), stay("cy", 0, 100, 0)])
    assert found.known(stay("ann", 0, 0)) == Known(
        [0.0, 0.0], 0.75, cast(Any, pytest.approx(1.5 / 7))
    )


# What was measured


def test_the_constants_are_those_that_were_found() -> None:
    assert (measured().fading, measured().leaning) == (
        attendance_trend.FADING,
        attendance_trend.LEANING,
    )


def test_what_is_expected_is_what_was_nearest() -> None:
    assert measured().best == attendance_trend.EXPECTED_BY
    naive = [off for way, off in measured().errors.items() if way != MEASURE]
    better = round(measured().errors[MEASURE], 1) < round(min(naive), 1)
    assert (attendance_trend.EXPECTED_BY == MEASURE) == better


def test_the_numbers_in_the_docstring_are_those_that_were_measured() -> None:
    said = str(attendance_trend.__doc__)
    assert "\n".join(measured().lines()) in said
    assert all(name in said for name in (*NAMES, "2026-11-25"))


def test_patients_are_in_one_half_and_both_have_some() -> None:
    halves = [fits(mrn) for name in NAMES for mrn in weeks_of(name)]
    assert measured().patients == (halves.count(True), halves.count(False))
    assert min(measured().patients) > 25


def test_the_numbers_are_printed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.slipping"],
        capture_output=True,
        text=True,
        check=True,
        cwd=__file__.rsplit("/tests/", 1)[0],
    )
    assert "\n".join(measured().lines()) in done.stdout
