"""Each clock across weekends, closures, changes of clocks, ends of months, a leap day and leaves.

New York's clocks change on Sunday, 8 March 2026 (to UTC-4) and on Sunday, 1 November (to UTC-5).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.clocks import (
    Calendar,
    Reading,
    before_next,
    in_business_days,
    in_days,
    in_hours,
    in_months,
    in_visits,
    months_after,
    next_of_its_kind,
)
from domain.compliance.facts import Leave, Visit
from tests.support.compliance_visit import NEW_YORK
from tests.support.compliance_week import visit

PLAIN = Calendar(NEW_YORK)


def day(written: str) -> date:
    return date.fromisoformat(written)


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def new_york(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=NEW_YORK).astimezone(UTC)


def closed(*days: str) -> Calendar:
    return Calendar(NEW_YORK, {day(each): f"program-1:{each}" for each in days})


def away(*spans: tuple[str, str], closures: Iterable[str] = ()) -> Calendar:
    leaves = tuple(Leave(day(first), day(last), (f"leave:{first}",)) for first, last in spans)
    return Calendar(NEW_YORK, {day(each): f"program-1:{each}" for each in closures}, leaves)


# Hours


@pytest.mark.parametrize(
    ("started", "hours", "late_at", "due"),
    [
        # Friday to Saturday: a weekend is no pause.
        ("2026-03-06 16:00", 24, "2026-03-07 16:00", "2026-03-07"),
        # One hour is skipped, and one comes twice.
        ("2026-03-07 16:00", 24, "2026-03-08 17:00", "2026-03-08"),
        ("2026-10-31 16:00", 24, "2026-11-01 15:00", "2026-11-01"),
        ("2026-10-31 23:30", 2, "2026-11-01 01:30", "2026-11-01"),
        ("2026-01-30 20:00", 72, "2026-02-02 20:00", "2026-02-02"),
        ("2028-02-28 12:00", 48, "2028-03-01 12:00", "2028-03-01"),
        # Half past ten at night in New York is the next day in UTC.
        ("2026-03-02 22:30", 1, "2026-03-02 23:30", "2026-03-02"),
    ],
)
def test_hours_are_those_that_pass(started: str, hours: int, late_at: str, due: str) -> None:
    found = in_hours(new_york(started), hours, None, NEW_YORK)
    assert found == Reading(day(due), new_york(late_at), 0)


@pytest.mark.parametrize(
    ("done", "taken"),
    [
        ("2026-03-07 16:00", 0),
        ("2026-03-07 16:01", 1),
        ("2026-03-07 17:00", 1),
        ("2026-03-08 17:00", 24),
        ("2026-03-08 17:01", 25),
        ("2026-03-07 15:00", 0),
    ],
)
def test_hours_are_rounded_up(done: str, taken: int) -> None:
    found = in_hours(new_york("2026-03-07 16:00"), 24, new_york(done), NEW_YORK)
    assert found.taken == taken


# Calendar days


@pytest.mark.parametrize(
    ("began", "days", "due", "late_at"),
    [
        # Midnight is 05:00 in UTC in winter, 04:00 in summer.
        ("2026-03-05", 2, "2026-03-07", "2026-03-08 05:00"),
        ("2026-03-06", 2, "2026-03-08", "2026-03-09 04:00"),
        ("2026-10-24", 7, "2026-10-31", "2026-11-01 04:00"),
        ("2026-10-25", 7, "2026-11-01", "2026-11-02 05:00"),
        ("2026-01-31", 30, "2026-03-02", "2026-03-03 05:00"),
        ("2028-01-31", 30, "2028-03-01", "2028-03-02 05:00"),
        ("2028-02-28", 1, "2028-02-29", "2028-03-01 05:00"),
        ("2026-03-02", 0, "2026-03-02", "2026-03-03 05:00"),
    ],
)
def test_days_are_all_days(began: str, days: int, due: str, late_at: str) -> None:
    expected = Reading(day(due), utc(late_at), 0)
    assert in_days(day(began), days, None, PLAIN) == expected
    assert in_days(day(began), days, None, closed("2026-03-06", "2028-02-29")) == expected


@pytest.mark.parametrize(
    ("spans", "days", "due"),
    [
        # 3, 4, 7, 8, 9, 10, 11
        ([("2026-03-05", "2026-03-06")], 7, "2026-03-11"),
        # 3, 4, 21, 22, 23, 24, 25: what is due during a leave moves on behind it
        ([("2026-03-05", "2026-03-20")], 7, "2026-03-25"),
        # 3, 4, 7, 8, 9, 13, 14: the second leave begins after the first due day
        ([("2026-03-05", "2026-03-06"), ("2026-03-10", "2026-03-12")], 7, "2026-03-14"),
        # Two that overlap take no day twice: 3, 4, 9, 10, 11, 12, 13
        ([("2026-03-05", "2026-03-07"), ("2026-03-06", "2026-03-08")], 7, "2026-03-13"),
        # The due day itself
        ([("2026-03-09", "2026-03-09")], 7, "2026-03-10"),
        # Begun on leave: 5 to 11
        ([("2026-03-01", "2026-03-04")], 7, "2026-03-11"),
        ([("2026-03-01", "2026-03-04")], 0, "2026-03-05"),
        ([("2026-03-03", "2026-03-04")], 0, "2026-03-02"),
        # A day after it was due
        ([("2026-03-10", "2026-03-20")], 7, "2026-03-09"),
    ],
)
def test_days_stand_still_on_leave(spans: list[tuple[str, str]], days: int, due: str) -> None:
    found = in_days(day("2026-03-02"), days, None, away(*spans))
    assert found.due == day(due)
    moved = {f"leave:{first}" for first, _ in spans if day(first) < day(due)}
    assert set(found.evidence) == (moved if day(due) != day("2026-03-02") else set())


@pytest.mark.parametrize(
    ("done", "taken", "told"),
    [
        ("2026-03-02", 0, ()),
        ("2026-03-04", 2, ()),
        # On leave it takes as long as on the day after it.
        ("2026-03-05", 3, ()),
        ("2026-03-06", 3, ("leave:2026-03-05",)),
        ("2026-03-07", 3, ("leave:2026-03-05",)),
        ("2026-03-11", 7, ("leave:2026-03-05",)),
        ("2026-03-12", 8, ("leave:2026-03-05",)),
    ],
)
def test_days_of_a_leave_take_no_time(done: str, taken: int, told: tuple[str, ...]) -> None:
    known = away(("2026-03-05", "2026-03-06"))
    found = in_days(day("2026-03-02"), 7, day(done), known)
    assert (found.taken, found.evidence) == (taken, told)


# Business days


@pytest.mark.parametrize(
    ("began", "days", "due", "late_at"),
    [
        ("2026-03-06", 1, "2026-03-09", "2026-03-10 04:00"),
        ("2026-03-07", 1, "2026-03-09", "2026-03-10 04:00"),
        ("2026-03-05", 1, "2026-03-06", "2026-03-07 05:00"),
        ("2026-10-30", 1, "2026-11-02", "2026-11-03 05:00"),
        # April: 1, 2, 3, 6, 7, 8, 9, 10, 13, 14
        ("2026-03-31", 10, "2026-04-14", "2026-04-15 04:00"),
        # Tuesday, the 29th of February, and Wednesday
        ("2028-02-28", 2, "2028-03-01", "2028-03-02 05:00"),
    ],
)
def test_business_days_have_no_weekends(began: str, days: int, due: str, late_at: str) -> None:
    found = in_business_days(day(began), days, None, PLAIN)
    assert found == Reading(day(due), utc(late_at), 0)


def test_business_days_have_no_closures_of_this_program() -> None:
    # After Friday, the 6th, and closed on Monday: Tuesday. Saturday's closure takes nothing away.
    found = in_business_days(day("2026-03-06"), 1, None, closed("2026-03-07", "2026-03-09"))
    assert (found.due, found.evidence) == (day("2026-03-10"), ("program-1:2026-03-09",))
    leap = in_business_days(day("2028-02-28"), 2, None, closed("2028-02-29"))
    assert leap.due == day("2028-03-02")


def test_business_days_stand_still_on_leave_and_no_day_twice() -> None:
    # After Monday, the 2nd: Friday, Monday, Tuesday; Wednesday's closure is within the leave.
    known = away(("2026-03-03", "2026-03-05"), closures=["2026-03-04"])
    found = in_business_days(day("2026-03-02"), 3, None, known)
    assert found.due == day("2026-03-10")
    assert "leave:2026-03-03" in found.evidence
    assert in_business_days(day("2026-03-02"), 3, day("2026-03-10"), known).taken == 3
    assert in_business_days(day("2026-03-02"), 3, day("2026-03-11"), known).taken == 4


# Months


@pytest.mark.parametrize(
    ("began", "months", "due"),
    [
        ("2026-12-31", 2, "2027-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2027-12-29", 2, "2028-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-11-15", 2, "2027-01-15"),
        ("2026-03-31", 1, "2026-04-30"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(began: str, months: int, due: str) -> None:
    assert months_after(day(began), months) == day(due)
    assert in_months(day(began), months, None, PLAIN).due == day(due)


@pytest.mark.parametrize(
    ("began", "late_at"),
    [("2026-01-08", "2026-03-09 04:00"), ("2026-09-01", "2026-11-02 05:00")],
)
def test_months_are_over_with_a_day_of_the_sites_clocks(began: str, late_at: str) -> None:
    # Due on the Sundays on which the clocks change; no closure and no weekend puts it off.
    for calendar in (PLAIN, closed("2026-03-08", "2026-11-01")):
        assert in_months(day(began), 2, None, calendar).late_at == utc(late_at)


@pytest.mark.parametrize(
    ("spans", "due"),
    [
        # 5 March, and ten days
        ([("2026-02-02", "2026-02-11")], "2026-03-15"),
        # and three more, of which the first is within the ten
        ([("2026-02-02", "2026-02-11"), ("2026-03-10", "2026-03-12")], "2026-03-18"),
        ([("2026-03-06", "2026-03-12")], "2026-03-05"),
    ],
)
def test_months_go_on_for_the_days_of_a_leave(spans: list[tuple[str, str]], due: str) -> None:
    found = in_months(day("2026-01-05"), 2, None, away(*spans))
    assert found.due == day(due)


@pytest.mark.parametrize(
    ("done", "taken"),
    [("2026-01-05", 0), ("2026-01-06", 1), ("2026-02-05", 1), ("2026-02-06", 2), ("2026-03-05", 2)],
)
def test_months_are_rounded_up(done: str, taken: int) -> None:
    assert in_months(day("2026-01-05"), 2, day(done), PLAIN).taken == taken
    assert in_months(day("2026-01-05"), 2, day("2026-03-06"), PLAIN).taken == 3
    # Nine days later is early enough after a leave of ten.
    known = away(("2026-01-10", "2026-01-19"))
    assert in_months(day("2026-01-05"), 2, day("2026-03-14"), known).taken == 2


# Visits


def came(*days: int) -> list[Visit]:
    """Evenings in March 2026 to which the patient came; the session's number is the day."""
    return [visit(each - 2, {"group": 180}, session_id=f"session-{each}") for each in days]


def test_visits_are_due_with_the_one_that_makes_the_number_full() -> None:
    known = came(6, 9, 11, 13)
    found = in_visits(known, 3, None, PLAIN)
    assert (found.due, found.late_at) == (day("2026-03-11"), utc("2026-03-12 04:00"))
    events = [event for each in known[:3] for event in each.evidence]
    assert found.evidence == tuple(events)
    # A leave, a weekend or a closure changes nothing: nobody comes.
    still = away(("2026-03-07", "2026-03-10"), closures=["2026-03-10"])
    assert in_visits(known, 3, None, still) == found


def test_visits_have_no_due_day_while_there_are_fewer() -> None:
    found = in_visits(came(6, 9), 3, None, PLAIN)
    assert (found.due, found.late_at, found.taken) == (None, None, 0)
    assert len(found.evidence) == 4
    assert in_visits([], 3, None, PLAIN) == Reading(None, None, 0)


@pytest.mark.parametrize(
    ("done", "taken"), [(5, 1), (6, 1), (8, 2), (11, 3), (12, 4), (13, 4), (14, 5)]
)
def test_visits_that_it_took_are_those_up_to_the_next_one(done: int, taken: int) -> None:
    found = in_visits(came(6, 9, 11, 13), 4, date(2026, 3, done), PLAIN)
    assert found.taken == taken


def test_visits_of_the_day_on_which_it_is_due_do_not_make_it_late() -> None:
    twice = [*came(6, 9), visit(7, {"individual": 60}, session_id="late")]
    assert in_visits(twice, 2, day("2026-03-09"), PLAIN).taken == 2
    assert in_visits(twice, 2, day("2026-03-10"), PLAIN).taken == 4


# Before the next session of the same kind


def test_before_the_next_is_late_when_that_begins() -> None:
    # Half past one on the night in which the clocks go back: the first of the two.
    starts = new_york("2026-11-01 01:30")
    (following,) = came(9)
    night = replace(visit(6, {"group": 60}), day=day("2026-11-01"), starts_at=starts)
    found = before_next([night, following], None)
    assert (found.due, found.late_at) == (day("2026-11-01"), utc("2026-11-01 05:30"))
    assert found.evidence == night.evidence


def test_before_the_next_counts_the_sessions_that_have_begun() -> None:
    following = came(6, 9, 11)
    begins = [each.starts_at for each in following]
    minute = timedelta(minutes=1)
    for done_at, taken in (
        (begins[0] - minute, 1),
        (begins[0], 2),
        (begins[1] - minute, 2),
        (begins[2] + minute, 4),
    ):
        found = before_next(following, done_at)
        assert found.taken == taken
        assert len(found.evidence) == 2 * (taken - 1)


def test_before_the_next_has_no_due_day_while_none_is_on_the_schedule() -> None:
    assert before_next([], None) == Reading(None, None, 0)
    assert before_next([], new_york("2026-03-09 12:00")) == Reading(None, None, 1)


def test_the_next_of_its_kind_shares_a_service_and_takes_place() -> None:
    there = visit(0, {"group": 120, "skills": 60})
    others = [
        visit(-3, {"group": 180}),
        there,
        visit(1, {"individual": 60}),
        visit(2, {"skills": 60}, status="cancelled", credited={}),
        visit(3, {"group": 60}, rostered=False, status="scheduled", credited={}),
        visit(4, {"skills": 60}, status="scheduled", credited={}),
        visit(5, {"group": 60}, rostered=False),
    ]
    found = [each.session_id for each in next_of_its_kind(there, others)]
    assert found == ["session-4", "session-5"]


# Whatever is put in

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def near(draw: st.DrawFn, began: date, number: int) -> Calendar:
    """Leaves and closures around the days that are counted."""
    days = st.integers(-10, number + 60).map(lambda each: began + timedelta(days=each))
    lengths = st.integers(0, 20)
    leaves = tuple(
        Leave(first, first + timedelta(days=length), (f"leave:{first}:{length}",))
        for first, length in draw(st.lists(st.tuples(days, lengths), max_size=5))
    )
    closures = {each: f"closed:{each}" for each in draw(st.sets(days, max_size=10))}
    return Calendar(NEW_YORK, closures, leaves)


Clock = Callable[[date, int, date | None, Calendar], Reading]

CLOCKS = pytest.mark.parametrize("clock", [in_days, in_business_days, in_months])


@CLOCKS
@given(data=st.data(), began=DAYS, number=st.integers(1, 30))
def test_nothing_is_due_on_a_day_on_which_the_clock_stands_still(
    clock: Clock, data: st.DataObject, began: date, number: int
) -> None:
    calendar = data.draw(near(began, number))
    due = clock(began, number, None, calendar).due
    assert due is not None
    assert not calendar.leave_on(due)
    if clock is in_business_days:
        assert due.weekday() < 5
        assert due not in calendar.closures


@CLOCKS
@given(data=st.data(), began=DAYS, number=st.integers(1, 30))
def test_more_leave_makes_nothing_due_earlier_and_nothing_take_longer(
    clock: Clock, data: st.DataObject, began: date, number: int
) -> None:
    less = data.draw(near(began, number))
    first = began + timedelta(days=data.draw(st.integers(-5, 40)))
    more = Calendar(
        NEW_YORK,
        less.closures,
        (*less.leaves, Leave(first, first + timedelta(days=data.draw(st.integers(0, 9))), ("x",))),
    )
    done = began + timedelta(days=data.draw(st.integers(0, 80)))
    before, after = (clock(began, number, done, each) for each in (less, more))
    assert before.due <= after.due  # type: ignore[operator]
    assert before.taken >= after.taken


@CLOCKS
@given(data=st.data(), began=DAYS, number=st.integers(1, 30))
def test_what_is_done_by_the_due_day_took_no_longer_than_it_may(
    clock: Clock, data: st.DataObject, began: date, number: int
) -> None:
    calendar = data.draw(near(began, number))
    done = began + timedelta(days=data.draw(st.integers(0, 90)))
    found = clock(began, number, done, calendar)
    assert (found.taken <= number) == (done <= found.due)  # type: ignore[operator]


@given(data=st.data(), began=DAYS, number=st.integers(0, 60))
def test_days_move_on_by_the_days_of_leave_until_none_is_left(
    data: st.DataObject, began: date, number: int
) -> None:
    calendar = data.draw(near(began, number))
    first = began + timedelta(days=1 if number else 0)
    due = began + timedelta(days=number)
    while True:
        days = (first + timedelta(days=each) for each in range((due - first).days + 1))
        on_leave = sum(1 for each in days if calendar.leave_on(each))
        moved = began + timedelta(days=number + on_leave)
        if moved == due:
            break
        due = moved
    assert in_days(began, number, None, calendar).due == due


@CLOCKS
@given(data=st.data(), began=DAYS, number=st.integers(1, 30))
def test_the_events_that_a_clock_names_suffice(
    clock: Clock, data: st.DataObject, began: date, number: int
) -> None:
    calendar = data.draw(near(began, number))
    done = data.draw(st.none() | st.integers(0, 90).map(lambda each: began + timedelta(days=each)))
    found = clock(began, number, done, calendar)
    again = Calendar(
        NEW_YORK,
        {on: event for on, event in calendar.closures.items() if event in found.evidence},
        tuple(each for each in calendar.leaves if set(each.evidence) <= set(found.evidence)),
    )
    said = clock(began, number, done, again)
    assert said.taken == found.taken
    if done is None or found.taken > number:
        assert said.due == found.due
