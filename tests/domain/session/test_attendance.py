from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.program import Segment
from domain.session import Absence, Credit, Meeting, SignIn, Visit, parts_on
from domain.session.attendance import attendance_of, credits_of, status_of
from domain.times import Span, span
from tests.support.domain_examples import LATE_AFTER, MEETING, absence, at, line

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")


def visit(*lines: SignIn, noted: Absence | None = None) -> Visit:
    return Visit(sign_ins=lines, absence=noted)


def credited(*lines: SignIn) -> int:
    minutes: int = came_to(*lines).credited_minutes
    return minutes


def came_to(*lines: SignIn, called_off: bool = False, noted: Absence | None = None):  # type: ignore[no-untyped-def]
    return attendance_of(
        MEETING, visit(*lines, noted=noted), called_off=called_off, late_after=LATE_AFTER
    )


# Status


@pytest.mark.parametrize(
    ("lines", "noted", "called_off", "status"),
    [
        ([line("17:00", "20:00")], None, False, "attended"),
        ([line("20:00", "20:30")], None, False, "attended"),
        ([line("17:00", "20:00")], absence(excused=True), False, "attended"),
        ([line("17:00")], None, False, "incomplete"),
        ([line("17:00", "18:00"), line("18:30")], None, False, "incomplete"),
        ([line("17:00"), line("18:30", "20:00")], absence(), False, "incomplete"),
        ([], absence(excused=True), False, "excused"),
        ([], absence(), False, "absent"),
        ([], None, False, "no_show"),
        ([], None, True, "cancelled"),
        ([], absence(excused=True), True, "cancelled"),
    ],
)
def test_a_visits_status(
    lines: list[SignIn], noted: Absence | None, called_off: bool, status: str
) -> None:
    assert status_of(visit(*lines, noted=noted), called_off=called_off) == status


# Minutes


def test_breaks_do_not_count() -> None:
    assert MEETING.scheduled_minutes == 165
    assert credited(line("17:00", "20:00")) == 165
    assert credited(line("18:30", "18:45")) == 0


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        ("16:30", "20:30", 165),
        ("17:01", "20:00", 164),
        ("17:00", "19:59", 164),
        ("18:29", "18:46", 2),
        ("20:00", "20:30", 0),
        ("17:30", "17:30", 0),
    ],
)
def test_minutes_are_those_of_presence_within_the_parts(
    arrived: str, left: str, minutes: int
) -> None:
    assert credited(line(arrived, left)) == minutes


def test_stepping_out_costs_what_was_missed() -> None:
    assert credited(line("17:00", "17:40"), line("17:50", "20:00")) == 155


def test_minutes_are_told_by_service() -> None:
    lines = [line("17:30", "19:00")]
    assert credits_of(MEETING, lines) == (Credit("group", 60), Credit("skills", 15))


def test_seconds_are_never_rounded_up() -> None:
    arrived = at("17:00") + timedelta(seconds=1)
    lines = [SignIn(arrived, at("18:00"))]
    assert credits_of(MEETING, lines) == (Credit("group", 59),)


@pytest.mark.parametrize("lines", [[line("17:00")], [line("17:00", "18:00"), line("18:30")]])
def test_nothing_of_an_incomplete_visit_is_credited(lines: list[SignIn]) -> None:
    assert credited(*lines) == 0


# Lateness


@pytest.mark.parametrize(("arrived", "late"), [("17:09", False), ("17:10", False), ("17:11", True)])
def test_late_is_more_than_the_limit_after_the_start(arrived: str, late: bool) -> None:
    assert came_to(line(arrived, "20:00")).late is late
    assert came_to(line(arrived)).late is late


@pytest.mark.parametrize(("left", "early"), [("19:51", False), ("19:50", False), ("19:49", True)])
def test_early_is_more_than_the_limit_before_the_end(left: str, early: bool) -> None:
    assert came_to(line("17:00", left)).left_early is early
    assert came_to(line("17:00", "17:30"), line("18:00", left)).left_early is early


def test_who_did_not_sign_out_did_not_leave_early() -> None:
    assert not came_to(line("17:00", "17:30"), line("18:00")).left_early


def test_who_did_not_come_was_not_late() -> None:
    found = came_to(noted=absence())
    assert (found.late, found.left_early, found.credits) == (False, False, ())


# Across a change of clocks


def night(day: date, zone: ZoneInfo, *walls: str) -> Meeting:
    """A meeting of one group after the other, from each wall time to the next."""
    times = [time.fromisoformat(wall) for wall in walls]
    segments = [Segment(starts, ends, "group", "Night group") for starts, ends in pairwise(times)]
    when = span(day, times[0], times[-1], zone)
    parts = parts_on(day, segments, zone, when)
    return replace(MEETING, day=day, starts_at=when.starts_at, ends_at=when.ends_at, parts=parts)


@pytest.mark.parametrize(
    ("day", "zone", "walls", "minutes"),
    [
        (date(2026, 3, 8), NEW_YORK, ("01:00", "02:00", "03:00", "04:00"), [60, 0, 60]),
        (date(2026, 3, 8), NEW_YORK, ("01:30", "02:30", "03:30"), [60, 0]),
        (date(2026, 11, 1), NEW_YORK, ("00:30", "01:30", "02:30"), [60, 120]),
        (date(2025, 10, 5), LORD_HOWE, ("01:00", "02:00", "03:00"), [60, 30]),
        (date(2026, 4, 5), LORD_HOWE, ("01:00", "02:00", "03:00"), [90, 60]),
        (date(2026, 3, 8), HAVANA, ("00:00", "01:00", "02:00"), [0, 60]),
        (date(2025, 11, 2), HAVANA, ("00:00", "01:00", "02:00"), [120, 60]),
        (date(2026, 3, 9), NEW_YORK, ("01:00", "02:00", "03:00"), [60, 60]),
    ],
)
def test_minutes_are_elapsed_ones(
    day: date, zone: ZoneInfo, walls: tuple[str, ...], minutes: list[int]
) -> None:
    meeting = night(day, zone, *walls)
    assert [part.span.minutes for part in meeting.parts] == minutes
    elapsed = meeting.ends_at - meeting.starts_at
    assert meeting.scheduled_minutes == elapsed // timedelta(minutes=1)


WALLS = st.lists(st.integers(0, 24 * 12 - 1), min_size=2, max_size=8, unique=True).map(
    lambda numbers: [f"{n // 12:02d}:{n % 12 * 5:02d}" for n in sorted(numbers)]
)
DAYS = st.sampled_from(
    [date(2026, 3, 8), date(2026, 11, 1), date(2025, 10, 5), date(2026, 4, 5), date(2025, 11, 2)]
)
ZONES = st.sampled_from([NEW_YORK, LORD_HOWE, HAVANA])


@example(date(2026, 3, 8), NEW_YORK, ["01:00", "02:30", "03:00"])
@given_any(DAYS, ZONES, WALLS)
def test_no_minute_is_in_two_parts_of_a_meeting(
    day: date, zone: ZoneInfo, walls: list[str]
) -> None:
    meeting = night(day, zone, *walls)
    spans = [part.span for part in meeting.parts]
    assert not any(first.overlaps(second) for first, second in pairwise(spans))
    whole = Span(meeting.starts_at, max(meeting.starts_at, meeting.ends_at))
    assert sum(each.minutes for each in spans) <= whole.minutes


LINES = st.lists(st.integers(0, 300), max_size=8, unique=True).map(
    lambda numbers: [
        SignIn(
            datetime(2025, 3, 3, 16, tzinfo=UTC) + timedelta(minutes=first),
            datetime(2025, 3, 3, 16, tzinfo=UTC) + timedelta(minutes=second),
        )
        for first, second in zip(sorted(numbers)[::2], sorted(numbers)[1::2], strict=False)
    ]
)


@given_any(LINES, st.randoms())
def test_credited_minutes_are_within_scheduled_ones_in_any_order_of_lines(
    lines: list[SignIn], chance: object
) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert credits_of(MEETING, shuffled) == credits_of(MEETING, lines)
    assert sum(each.minutes for each in credits_of(MEETING, lines)) <= MEETING.scheduled_minutes
