from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import Span, WeekStart, days, in_week_order, instant, span, week_of, weekday
from tests.support.domain_examples import at

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def between(starts: str, ends: str) -> Span:
    return Span(at(starts), at(ends))


# Spans


@pytest.mark.parametrize(
    ("other", "shares"),
    [
        (between("08:00", "09:00"), False),
        (between("08:00", "09:01"), True),
        (between("09:30", "09:31"), True),
        (between("08:00", "11:00"), True),
        (between("09:59", "11:00"), True),
        (between("10:00", "11:00"), False),
        (between("09:30", "09:30"), False),
    ],
)
def test_spans_overlap_where_they_share_time(other: Span, shares: bool) -> None:
    nine_to_ten = between("09:00", "10:00")
    assert nine_to_ten.overlaps(other) is other.overlaps(nine_to_ten) is shares
    assert (nine_to_ten.shared(other) > timedelta()) is shares


def test_what_spans_share_is_never_negative() -> None:
    assert between("09:00", "10:00").shared(between("11:00", "12:00")) == timedelta()
    assert between("09:00", "10:00").shared(between("09:45", "12:00")) == timedelta(minutes=15)


def test_minutes_are_whole_and_never_negative() -> None:
    assert Span(at("09:00"), at("09:00") + timedelta(seconds=59)).minutes == 0
    assert Span(at("09:00"), at("09:00") + timedelta(seconds=60)).minutes == 1
    assert between("10:00", "09:00").minutes == 0


# Wall times


@pytest.mark.parametrize(
    ("zone", "day", "wall", "utc"),
    [
        # Skipped: forward by the gap.
        (NEW_YORK, date(2025, 3, 9), time(1, 59), datetime(2025, 3, 9, 6, 59)),
        (NEW_YORK, date(2025, 3, 9), time(2), datetime(2025, 3, 9, 7)),
        (NEW_YORK, date(2025, 3, 9), time(2, 30), datetime(2025, 3, 9, 7, 30)),
        (NEW_YORK, date(2025, 3, 9), time(3), datetime(2025, 3, 9, 7)),
        (LORD_HOWE, date(2025, 10, 5), time(2, 15), datetime(2025, 10, 4, 15, 45)),
        (LORD_HOWE, date(2025, 10, 5), time(2, 30), datetime(2025, 10, 4, 15, 30)),
        (HAVANA, date(2025, 3, 9), time(0), datetime(2025, 3, 9, 5)),
        (HAVANA, date(2025, 3, 9), time(0, 30), datetime(2025, 3, 9, 5, 30)),
        # Twice: the first.
        (NEW_YORK, date(2025, 11, 2), time(1, 30), datetime(2025, 11, 2, 5, 30)),
        (NEW_YORK, date(2025, 11, 2), time(2), datetime(2025, 11, 2, 7)),
        (LORD_HOWE, date(2025, 4, 6), time(1, 45), datetime(2025, 4, 5, 14, 45)),
        (LORD_HOWE, date(2025, 4, 6), time(2), datetime(2025, 4, 5, 15, 30)),
        (HAVANA, date(2025, 11, 2), time(0, 30), datetime(2025, 11, 2, 4, 30)),
        (HAVANA, date(2025, 11, 2), time(1), datetime(2025, 11, 2, 6)),
    ],
)
def test_a_wall_time_is_an_instant_also_where_the_clocks_change(
    zone: ZoneInfo, day: date, wall: time, utc: datetime
) -> None:
    assert instant(day, wall, zone) == utc.replace(tzinfo=UTC)


def test_an_instant_is_in_utc() -> None:
    assert instant(date(2025, 7, 1), time(17), NEW_YORK).tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        (NEW_YORK, date(2025, 3, 8), 240),
        (NEW_YORK, date(2025, 3, 9), 180),
        (NEW_YORK, date(2025, 11, 2), 300),
        (LORD_HOWE, date(2025, 10, 5), 210),
        (LORD_HOWE, date(2025, 4, 6), 270),
        (HAVANA, date(2025, 3, 9), 180),
        (HAVANA, date(2025, 11, 2), 300),
    ],
)
def test_four_hours_on_the_clock_are_what_really_passes(
    zone: ZoneInfo, day: date, minutes: int
) -> None:
    assert span(day, time(0), time(4), zone).minutes == minutes


# Days and weeks


@pytest.mark.parametrize(
    ("day", "starts_on", "first"),
    [
        (date(2025, 3, 2), "monday", date(2025, 2, 24)),
        (date(2025, 3, 3), "monday", date(2025, 3, 3)),
        (date(2025, 3, 9), "monday", date(2025, 3, 3)),
        (date(2025, 3, 1), "sunday", date(2025, 2, 23)),
        (date(2025, 3, 2), "sunday", date(2025, 3, 2)),
        (date(2025, 3, 8), "sunday", date(2025, 3, 2)),
    ],
)
def test_a_week_begins_on_its_first_day(day: date, starts_on: WeekStart, first: date) -> None:
    assert week_of(day, starts_on) == first


@given(DAYS, st.sampled_from(["monday", "sunday"]))
def test_each_day_lies_in_one_week_of_seven_days(day: date, starts_on: WeekStart) -> None:
    first = week_of(day, starts_on)
    assert first <= day < first + timedelta(days=7)
    assert weekday(first) == {"monday": "MO", "sunday": "SU"}[starts_on]
    assert all(week_of(first + timedelta(days=n), starts_on) == first for n in range(7))
    assert week_of(first + timedelta(days=7), starts_on) == first + timedelta(days=7)


def test_weekdays_are_named_as_in_rfc_5545() -> None:
    named = [weekday(date(2025, 3, day)) for day in range(3, 10)]
    assert named == ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def test_weekdays_are_put_in_the_order_of_the_week_each_once() -> None:
    assert in_week_order(["SU", "WE", "MO", "WE"]) == ("MO", "WE", "SU")
    assert in_week_order([]) == ()


def test_days_go_from_the_first_to_the_last_both_included() -> None:
    first = date(2025, 2, 28)
    assert list(days(first, date(2025, 3, 1))) == [first, date(2025, 3, 1)]
    assert list(days(first, first)) == [first]
    assert list(days(first, date(2025, 2, 27))) == []


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["skipped", "twice"])
def test_a_wall_time_is_its_first_occurrence_whatever_its_fold(day: date) -> None:
    zone, half_past_midnight = HAVANA, time(0, 30)
    second = half_past_midnight.replace(fold=1)
    expected = datetime.combine(day, half_past_midnight, zone).astimezone(UTC)
    instant.cache_clear()
    assert instant(day, second, zone) == expected
    assert instant(day, half_past_midnight, zone) == expected
