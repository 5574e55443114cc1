"""What a change of clocks makes of wall times, of meetings and of their parts."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.program import Segment
from domain.session import parts_on
from domain.times import MINUTE, Span, clock_change, instant, span

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")
TROLL = ZoneInfo("Antarctica/Troll")

SPRING = date(2026, 3, 8)
AUTUMN = date(2026, 11, 1)


def clock(wall: str) -> time:
    return time.fromisoformat(wall)


# In words


@pytest.mark.parametrize(
    ("zone", "day", "starts", "ends", "words"),
    [
        # New York: 02:00 becomes 03:00, and 02:00 becomes 01:00.
        (NEW_YORK, SPRING, "00:30", "01:59", None),
        (NEW_YORK, SPRING, "01:00", "02:00", None),
        (NEW_YORK, SPRING, "01:59", "03:00", "the clocks change meanwhile, it takes 1 minutes"),
        (NEW_YORK, SPRING, "01:30", "04:00", "the clocks change meanwhile, it takes 90 minutes"),
        (
            NEW_YORK,
            SPRING,
            "02:00",
            "04:00",
            "there is no 02:00 on the clocks, it begins at 03:00",
        ),
        (
            NEW_YORK,
            SPRING,
            "02:59",
            "04:00",
            "there is no 02:59 on the clocks, it begins at 03:59",
        ),
        (NEW_YORK, SPRING, "03:00", "04:00", None),
        (NEW_YORK, AUTUMN, "00:30", "00:59", None),
        (NEW_YORK, AUTUMN, "00:59", "02:00", "the clocks change meanwhile, it takes 121 minutes"),
        (NEW_YORK, AUTUMN, "00:59", "01:59", None),
        (NEW_YORK, AUTUMN, "01:00", "02:00", "01:00 comes twice, it begins the first time"),
        (NEW_YORK, AUTUMN, "01:59", "03:00", "01:59 comes twice, it begins the first time"),
        (NEW_YORK, AUTUMN, "02:00", "03:00", None),
        (NEW_YORK, date(2026, 3, 9), "01:30", "04:00", None),
        # Lord Howe: half an hour.
        (
            LORD_HOWE,
            date(2025, 10, 5),
            "02:15",
            "04:00",
            "there is no 02:15 on the clocks, it begins at 02:45",
        ),
        (
            LORD_HOWE,
            date(2025, 10, 5),
            "01:00",
            "03:00",
            "the clocks change meanwhile, it takes 90 minutes",
        ),
        (LORD_HOWE, date(2025, 10, 5), "02:30", "03:00", None),
        (
            LORD_HOWE,
            date(2026, 4, 5),
            "01:30",
            "02:00",
            "01:30 comes twice, it begins the first time",
        ),
        (
            LORD_HOWE,
            date(2026, 4, 5),
            "01:29",
            "02:00",
            "the clocks change meanwhile, it takes 61 minutes",
        ),
        # Havana: at midnight.
        (HAVANA, SPRING, "00:00", "02:00", "there is no 00:00 on the clocks, it begins at 01:00"),
        (HAVANA, SPRING, "01:00", "02:00", None),
        (HAVANA, AUTUMN, "00:00", "02:00", "00:00 comes twice, it begins the first time"),
        (HAVANA, AUTUMN, "01:00", "02:00", None),
        # Troll: two hours.
        (
            TROLL,
            date(2026, 3, 29),
            "01:00",
            "04:00",
            "there is no 01:00 on the clocks, it begins at 03:00",
        ),
        (
            TROLL,
            date(2026, 3, 29),
            "02:30",
            "05:00",
            "there is no 02:30 on the clocks, it begins at 04:30",
        ),
        (
            TROLL,
            date(2026, 3, 29),
            "00:30",
            "03:30",
            "the clocks change meanwhile, it takes 60 minutes",
        ),
        (
            TROLL,
            date(2026, 10, 25),
            "02:59",
            "04:00",
            "02:59 comes twice, it begins the first time",
        ),
        (
            TROLL,
            date(2026, 10, 25),
            "00:30",
            "03:30",
            "the clocks change meanwhile, it takes 300 minutes",
        ),
    ],
)
def test_a_change_of_clocks_is_said_in_words(
    zone: ZoneInfo, day: date, starts: str, ends: str, words: str | None
) -> None:
    assert clock_change(day, clock(starts), clock(ends), zone) == words


@given_any(st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.times(), st.times())
def test_where_clocks_never_change_there_is_nothing_to_say(
    day: date, starts: time, ends: time
) -> None:
    first, last = sorted(each.replace(second=0, microsecond=0) for each in (starts, ends))
    assert clock_change(day, first, last, ZoneInfo("America/Phoenix")) is None


# Meetings in a gap

ZONES = st.sampled_from([NEW_YORK, LORD_HOWE, HAVANA, TROLL])
DAYS = st.sampled_from(
    [SPRING, AUTUMN, date(2025, 10, 5), date(2026, 4, 5), date(2026, 3, 29), date(2026, 10, 25)]
)
WALLS = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@example(SPRING, NEW_YORK, time(2, 30), time(3, 15))
@example(date(2026, 3, 29), TROLL, time(1), time(3))
@given_any(DAYS, ZONES, WALLS, WALLS)
def test_a_span_never_runs_backwards(day: date, zone: ZoneInfo, one: time, other: time) -> None:
    starts, ends = sorted([one, other])
    found = span(day, starts, ends, zone)
    assert found.starts_at <= found.ends_at
    assert found.starts_at == instant(day, min(one, other), zone)


@pytest.mark.parametrize(
    ("starts", "ends", "minutes"),
    [
        ("02:00", "02:59", 59),
        ("02:30", "03:00", 0),
        ("02:30", "03:30", 0),
        ("02:30", "03:31", 1),
        ("01:59", "02:00", 1),
        ("02:00", "03:00", 0),
        ("02:00", "04:00", 60),
    ],
)
def test_a_meeting_that_lies_in_a_gap_takes_what_is_left_of_it(
    starts: str, ends: str, minutes: int
) -> None:
    found = span(SPRING, clock(starts), clock(ends), NEW_YORK)
    assert (found.minutes, found.ends_at - found.starts_at) == (minutes, minutes * MINUTE)


# The parts of a meeting


def segments(*walls: str) -> list[Segment]:
    return [Segment(clock(one), clock(two), "group", "Group") for one, two in pairwise(walls)]


def minutes_on(day: date, within: Span, *walls: str) -> list[int]:
    return [part.span.minutes for part in parts_on(day, segments(*walls), NEW_YORK, within)]


PLAIN = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("starts", "ends", "minutes"),
    [
        ("17:00", "20:00", [90, 90]),
        ("17:00", "19:59", [90, 89]),
        ("17:00", "20:01", [90, 90]),
        ("17:01", "20:00", [89, 90]),
        ("16:59", "20:00", [90, 90]),
        ("17:00", "18:30", [90, 0]),
        ("18:30", "20:00", [0, 90]),
        ("20:00", "21:00", [0, 0]),
        ("15:00", "17:00", [0, 0]),
    ],
)
def test_parts_are_clipped_to_the_meeting(starts: str, ends: str, minutes: list[int]) -> None:
    within = span(PLAIN, clock(starts), clock(ends), NEW_YORK)
    assert minutes_on(PLAIN, within, "17:00", "18:30", "20:00") == minutes


def test_a_meeting_that_lies_in_a_gap_has_parts_without_time() -> None:
    within = span(SPRING, clock("02:30"), clock("03:15"), NEW_YORK)
    assert within == Span(*[datetime(2026, 3, 8, 7, 30, tzinfo=UTC)] * 2)
    assert minutes_on(SPRING, within, "02:30", "02:45", "03:15") == [0, 0]


def test_parts_keep_their_topic_and_come_in_the_order_of_their_time() -> None:
    first = Segment(clock("17:00"), clock("18:00"), "education", "Course", "nutrition")
    second = Segment(clock("18:00"), clock("19:00"), "holistic", "Body", "yoga")
    within = span(PLAIN, clock("17:00"), clock("19:00"), NEW_YORK)
    parts = parts_on(PLAIN, [second, first], NEW_YORK, within)
    assert [(part.title, part.topic) for part in parts] == [
        ("Course", "nutrition"),
        ("Body", "yoga"),
    ]


@given_any(DAYS, ZONES, st.lists(WALLS, min_size=4, max_size=8, unique=True), st.randoms())
def test_no_minute_of_a_part_is_outside_the_meeting(
    day: date, zone: ZoneInfo, walls: list[time], chance: Random
) -> None:
    shuffled = list(pairwise(sorted(walls)))
    chance.shuffle(shuffled)
    starts, ends = sorted(walls[:2])
    within = span(day, starts, ends, zone)
    parts = parts_on(day, [Segment(*each, "group", "Group") for each in shuffled], zone, within)
    assert len(parts) == len(shuffled)
    edges = [edge for part in parts for edge in (part.starts_at, part.ends_at)]
    assert edges == sorted(edges)
    assert all(within.starts_at <= edge <= within.ends_at for edge in edges)
    assert sum((part.ends_at - part.starts_at for part in parts), timedelta()) <= (
        within.ends_at - within.starts_at
    )
