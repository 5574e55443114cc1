"""A track as a series: its rule, its exceptions, and what changes of it leave as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.errors import (
    EndsBeforeStart,
    NoSuchMeeting,
    NoSuchTrack,
    NotARule,
    OutsideMeeting,
    Refusal,
)
from domain.program import (
    Deviation,
    ExceptionLifted,
    MeetingBlocked,
    MeetingExcepted,
    MeetingUnblocked,
    Occurrence,
    Pattern,
    Program,
    Segment,
    Series,
    SeriesChanged,
    Track,
    weekly,
)
from domain.program.pattern import days_by, weekdays_of
from domain.times import WEEKDAYS, days, span
from tests.domain.program.test_program import GROUP, PATTERN, program
from tests.support.domain_examples import CAUSE
from tests.support.given_when_then import fact, given

FIRST, LAST = date(2025, 3, 3), date(2025, 3, 28)
TRACK = Track("evening", "Evening group", FIRST, None, PATTERN)
LATER = replace(PATTERN, starts=time(18), ends=time(21), segments=(), room_id="room-2")
ONE_DAY = Deviation("training", room_id="room-3")


def with_track(p: Program) -> None:
    p.keep_track(CAUSE, TRACK)


def excepted(day: int, deviation: Deviation = ONE_DAY) -> Callable[[Program], None]:
    return lambda p: p.except_meeting(CAUSE, "evening", date(2025, 3, day), deviation)


def following(day: int, pattern: Pattern = LATER) -> Callable[[Program], None]:
    return lambda p: p.change_following(CAUSE, "evening", date(2025, 3, day), pattern, "new hours")


def meetings(series: Series, closures: dict[date, str] | None = None) -> list[Occurrence]:
    return list(series.occurrences(closures or {}, FIRST, LAST))


def meeting(series: Series, day: int) -> Occurrence:
    return next(each for each in meetings(series) if each.occurrence == date(2025, 3, day))


# Rules


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,WE", [3, 5, 10, 12, 17, 19, 24, 26]),
        ("FREQ=WEEKLY", [3, 10, 17, 24]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", [3, 7, 17, 21]),
        ("FREQ=MONTHLY;BYDAY=1TH,-1FR", [6, 28]),
        ("FREQ=MONTHLY;BYMONTHDAY=15", [15]),
        ("FREQ=DAILY;INTERVAL=10", [3, 13, 23]),
    ],
)
def test_a_rule_has_the_days_that_rfc_5545_gives_it(rule: str, expected: list[int]) -> None:
    assert [day.day for day in days_by(rule, FIRST, LAST)] == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=WE,MO", ("MO", "WE")),
        ("FREQ=WEEKLY", ("MO",)),
        ("FREQ=MONTHLY;BYDAY=1TH,-1FR", ("TH", "FR")),
        ("FREQ=MONTHLY;BYMONTHDAY=15", WEEKDAYS),
        ("FREQ=DAILY", WEEKDAYS),
    ],
)
def test_a_rule_tells_on_which_days_of_the_week_it_can_meet(
    rule: str, expected: tuple[str, ...]
) -> None:
    assert weekdays_of(rule, FIRST) == expected


def test_the_rule_of_days_of_the_week_is_in_their_order() -> None:
    assert weekly(("FR", "MO", "FR")) == "FREQ=WEEKLY;BYDAY=MO,FR"


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "WEEKLY",
        "BYDAY=MO",
        "FREQ=YEARLY",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;COUNT=3",
        "FREQ=WEEKLY;COUNT=",
        "FREQ=WEEKLY;UNTIL=",
        "FREQ=WEEKLY;X=",
        "FREQ=WEEKLY;=",
        "FREQ=WEEKLY;",
        "FREQ=WEEKLY;BYMONTHDAY=3",
        "FREQ=WEEKLY;UNTIL=20250401T000000Z",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=100",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;BYHOUR=17",
        "FREQ=WEEKLY;FREQ=DAILY",
        "DTSTART:20250303T170000",
    ],
)
def test_what_is_no_rule_of_days_is_refused(rule: str) -> None:
    unsound = replace(TRACK, pattern=replace(PATTERN, rule=rule))
    given(program()).when(lambda p: p.keep_track(CAUSE, unsound)).then_refused(NotARule, rule=rule)
    given(program(), with_track).when(following(10, unsound.pattern)).then_refused(NotARule)


# This one


def test_one_meeting_is_otherwise() -> None:
    spec = given(program(), with_track).when(excepted(5))
    spec.then(
        fact(MeetingExcepted, track_id="evening", occurrence=date(2025, 3, 5), deviation=ONE_DAY)
    )
    rooms = [each.room_id for each in meetings(spec.aggregate.series("evening"))]
    assert rooms == ["room-1", "room-3"] + ["room-1"] * 6


def test_a_meeting_that_is_taken_out_does_not_meet_and_the_others_do() -> None:
    spec = given(program(), with_track).when(excepted(5, Deviation("snow", off=True)))
    met = [each.day.day for each in meetings(spec.aggregate.series("evening"))]
    assert met == [3, 10, 12, 17, 19, 24, 26]


def test_a_moved_meeting_is_known_by_the_day_that_the_rule_gives_it() -> None:
    moved = Deviation("holiday", day=date(2025, 3, 6), starts=time(9), ends=time(11))
    series = given(program(), with_track).when(excepted(5, moved)).aggregate.series("evening")
    found = meeting(series, 5)
    assert (found.occurrence, found.day) == (date(2025, 3, 5), date(2025, 3, 6))
    assert (found.starts, found.ends) == (time(9), time(11))
    assert [(each.starts, each.ends) for each in found.segments] == [
        (time(9), time(10, 30)),
        (time(10, 30), time(10, 45)),
        (time(10, 45), time(11)),
    ]


def test_a_moved_meeting_may_have_segments_of_its_own() -> None:
    art = Segment(time(9), time(11), "holistic", "Art", "art")
    moved = Deviation("trip", starts=time(9), ends=time(11), segments=(art,))
    series = given(program(), with_track).when(excepted(5, moved)).aggregate.series("evening")
    assert meeting(series, 5).segments == (art,)


def test_exceptions_of_one_meeting_add_up_and_the_later_word_counts() -> None:
    spec = given(
        program(),
        with_track,
        excepted(5, Deviation("flu", staff_id="staff-3")),
        excepted(5, Deviation("pipe", room_id="room-2", starts=time(16), ends=time(18))),
    ).when(excepted(5, Deviation("bus", starts=time(18), ends=time(19))))
    found = meeting(spec.aggregate.series("evening"), 5)
    assert (found.staff_id, found.room_id) == ("staff-3", "room-2")
    assert (found.starts, found.ends) == (time(18), time(19))


def test_other_times_take_the_segments_of_an_earlier_exception_away() -> None:
    art = Segment(time(9), time(11), "holistic", "Art", "art")
    own = Deviation("trip", starts=time(9), ends=time(11), segments=(art,))
    longer = Deviation("bus", starts=time(17), ends=time(20))
    spec = given(program(), with_track, excepted(5, own)).when(excepted(5, longer))
    assert meeting(spec.aggregate.series("evening"), 5).segments == PATTERN.segments


def test_the_same_exception_again_records_nothing() -> None:
    given(program(), with_track, excepted(5)).when(excepted(5)).then_nothing()
    other_reason = replace(ONE_DAY, reason="said again")
    given(program(), with_track, excepted(5)).when(excepted(5, other_reason)).then_nothing()


@pytest.mark.parametrize(
    ("day", "deviation", "refusal"),
    [
        (4, ONE_DAY, NoSuchMeeting),
        (2, ONE_DAY, NoSuchMeeting),
        (5, Deviation("", starts=time(9)), EndsBeforeStart),
        (5, Deviation("", ends=time(9)), EndsBeforeStart),
        (5, Deviation("", starts=time(9), ends=time(9)), EndsBeforeStart),
        (5, Deviation("", segments=(GROUP,)), OutsideMeeting),
        (5, Deviation("", starts=time(9), ends=time(10), segments=(GROUP,)), OutsideMeeting),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(
    day: int, deviation: Deviation, refusal: type[Refusal]
) -> None:
    given(program(), with_track).when(excepted(day, deviation)).then_refused(refusal)


def test_an_exception_of_a_track_that_is_not_there_is_refused() -> None:
    given(program()).when(excepted(5)).then_refused(NoSuchTrack)


def test_an_exception_is_lifted_once() -> None:
    lift = lambda p: p.lift_exception(CAUSE, "evening", date(2025, 3, 5))  # noqa: E731
    spec = given(program(), with_track, excepted(5)).when(lift)
    spec.then(fact(ExceptionLifted, track_id="evening", occurrence=date(2025, 3, 5)))
    assert meeting(spec.aggregate.series("evening"), 5).room_id == "room-1"
    spec.when(lift).then_nothing()


def test_a_meeting_that_was_moved_onto_a_closed_day_does_not_take_place() -> None:
    moved = Series(TRACK).with_deviation(date(2025, 3, 5), Deviation("trip", day=date(2025, 3, 6)))
    closed = {date(2025, 3, 6): "holiday"}
    assert [each.day.day for each in meetings(moved, closed)] == [3, 10, 12, 17, 19, 24, 26]


def test_a_meeting_that_was_moved_off_a_closed_day_takes_place() -> None:
    moved = Series(TRACK).with_deviation(
        date(2025, 3, 5), Deviation("holiday", day=date(2025, 3, 6))
    )
    closed = {date(2025, 3, 5): "holiday", date(2025, 3, 10): "holiday"}
    assert [each.day.day for each in meetings(moved, closed)] == [3, 6, 12, 17, 19, 24, 26]


# This and all that follow


def test_a_series_changes_from_a_day_on() -> None:
    spec = given(program(), with_track).when(following(10))
    spec.then(fact(SeriesChanged, track_id="evening", from_day=date(2025, 3, 10), pattern=LATER))
    rooms = [each.room_id for each in meetings(spec.aggregate.series("evening"))]
    assert rooms == ["room-1"] * 2 + ["room-2"] * 6


def test_a_change_of_all_that_follow_takes_the_place_of_later_changes() -> None:
    back = replace(LATER, room_id="room-4")
    spec = given(program(), with_track, following(17)).when(following(10, back))
    rooms = [each.room_id for each in meetings(spec.aggregate.series("evening"))]
    assert rooms == ["room-1"] * 2 + ["room-4"] * 6


def test_the_same_change_again_records_nothing() -> None:
    given(program(), with_track, following(10)).when(following(10)).then_nothing()
    given(program(), with_track, following(10)).when(following(12)).then_nothing()
    given(program(), with_track).when(following(10, PATTERN)).then_nothing()


def test_a_change_outside_the_tracks_days_is_refused() -> None:
    given(program(), with_track).when(following(2)).then_refused(NoSuchMeeting)
    given(program(), with_track).when(following(3)).then(fact(SeriesChanged))
    ended = replace(TRACK, last_day=date(2025, 3, 12))
    only_till = lambda p: p.keep_track(CAUSE, ended)  # noqa: E731
    given(program(), only_till).when(following(12)).then(fact(SeriesChanged))
    given(program(), only_till).when(following(13)).then_refused(NoSuchMeeting)
    given(program()).when(following(10)).then_refused(NoSuchTrack)


def test_a_meeting_that_was_singled_out_takes_place_when_its_day_is_gone_from_the_rule() -> None:
    thursdays = replace(LATER, rule="FREQ=WEEKLY;BYDAY=TH")
    spec = given(program(), with_track, excepted(12)).when(following(10, thursdays))
    series = spec.aggregate.series("evening")
    assert [each.day.day for each in meetings(series)] == [3, 5, 12, 13, 20, 27]
    found = meeting(series, 12)
    assert (found.room_id, found.starts) == ("room-3", time(18))
    assert series.weekdays == ("MO", "WE", "TH")


def test_the_last_day_of_a_track_ends_whatever_was_changed() -> None:
    series = (
        Series(TRACK).with_deviation(date(2025, 3, 24), ONE_DAY).changed(date(2025, 3, 10), LATER)
    )
    ended = series.revised(replace(TRACK, last_day=date(2025, 3, 12)))
    assert [each.day.day for each in meetings(ended)] == [3, 5, 10, 12]


def test_before_its_first_day_a_track_has_its_first_pattern_and_no_meeting() -> None:
    series = Series(TRACK).changed(date(2025, 3, 10), LATER)
    assert series.pattern_on(date(2025, 3, 2)) == PATTERN
    assert series.pattern_on(date(2025, 3, 9)) == PATTERN
    assert series.pattern_on(date(2025, 3, 10)) == LATER
    begins_later = series.revised(replace(TRACK, first_day=date(2025, 3, 5)))
    assert begins_later.pattern_on(date(2025, 3, 3)) == PATTERN
    assert not begins_later.falls_on(date(2025, 3, 3))


# Exceptions stay, whatever is changed

# Few days, so that edits meet.
_days = st.integers(0, 9).map(lambda offset: FIRST + timedelta(days=offset))
_times = st.sampled_from(
    (
        {},
        {"starts": time(9), "ends": time(11)},
        {"starts": time(19), "ends": time(20)},
        {
            "starts": time(9),
            "ends": time(11),
            "segments": (replace(GROUP, starts=time(9), ends=time(10)),),
        },
    )
)
_deviations = st.builds(
    lambda times, **said: Deviation(**times, **said),
    times=_times,
    reason=st.just("one day"),
    off=st.sampled_from((None, True)),
    day=st.none() | _days,
    room_id=st.sampled_from((None, "room-8", "room-9")),
    staff_id=st.sampled_from((None, "staff-8")),
    modality=st.sampled_from((None, "video")),
)
_patterns = st.builds(
    Pattern,
    rule=st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5).map(weekly),
    starts=st.sampled_from((time(9), time(17))),
    ends=st.sampled_from((time(20), time(21))),
    room_id=st.sampled_from(("room-1", "room-2")),
    staff_id=st.sampled_from(("staff-1", "staff-2")),
    capacity=st.integers(1, 12),
)
_edits = st.lists(
    st.one_of(
        st.tuples(st.just("this"), _days, _deviations),
        st.tuples(st.just("following"), _days, _patterns),
        st.tuples(st.just("all"), _days, _patterns),
        st.tuples(st.just("closed"), _days, st.booleans()),
    ),
    max_size=12,
)


def edit(group: Program, what: str, day: date, change: Any) -> bool:
    """Make an edit; tell whether it was one of a meeting that is there."""
    if what == "following":
        group.change_following(CAUSE, "evening", day, change, "new hours")
    elif what == "all":
        group.keep_track(CAUSE, replace(TRACK, pattern=change))
    elif what == "closed" and change:
        group.declare_closure(CAUSE, day, "training")
    elif what == "closed":
        group.lift_closure(CAUSE, day)
    elif day in group.series("evening").deviations or group.series("evening").falls_on(day):
        group.except_meeting(CAUSE, "evening", day, change)
        return True
    return False


def said_by(deviation: Deviation) -> dict[str, Any]:
    """What a deviation says; with times of its own also its segments, if any."""
    names = ("off", "day", "starts", "ends", "room_id", "staff_id", "modality")
    own = {name: getattr(deviation, name) for name in names}
    own = {name: value for name, value in own.items() if value is not None}
    return own | ({"segments": deviation.segments} if deviation.starts else {})


def follows(pattern: Pattern, day: date) -> dict[str, Any]:
    """A meeting that is as its pattern says."""
    names = ("starts", "ends", "room_id", "staff_id", "modality", "capacity")
    return {"day": day} | {name: getattr(pattern, name) for name in names}


@given_any(_edits)
def test_no_sequence_of_edits_loses_an_exception(edits: list[tuple[str, date, Any]]) -> None:
    group = program()
    group.keep_track(CAUSE, TRACK)
    said: dict[date, dict[str, Any]] = {}
    for what, day, change in edits:
        if edit(group, what, day, change):
            said.setdefault(day, {}).update(said_by(change))
    series = group.series("evening")
    found = {each.occurrence: each for each in meetings(series, group.closures)}
    for day in days(FIRST, LAST):
        own = said.get(day, {})
        expected = follows(series.pattern_on(day), day) | own
        segments, off = expected.pop("segments", None), expected.pop("off", False)
        takes_place = (day in said and not off) or (day not in said and series.falls_on(day))
        assert (day in found) == (takes_place and expected["day"] not in group.closures)
        if day in found:
            assert {name: getattr(found[day], name) for name in expected} == expected
            assert segments is None or found[day].segments == segments


# Changes of clocks


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Australia/Lord_Howe", "America/Havana", "Antarctica/Troll"]
)
@pytest.mark.parametrize("starts", [time(0), time(0, 30), time(1, 30), time(2, 30), time(17)])
def test_a_series_keeps_its_wall_time_across_both_changes_of_clocks(
    zone: str, starts: time
) -> None:
    clocks = ZoneInfo(zone)
    year = replace(
        TRACK,
        first_day=date(2026, 1, 1),
        pattern=replace(
            PATTERN, rule="FREQ=DAILY", starts=starts, ends=time(starts.hour + 3), segments=()
        ),
    )
    changes = skipped = 0
    for each in Series(year).occurrences({}, date(2026, 1, 1), date(2026, 12, 31)):
        gap = noon(each.day, clocks) - noon(each.day - timedelta(days=1), clocks)
        changes += bool(gap)
        when = span(each.day, each.starts, each.ends, clocks)
        shown = when.starts_at.astimezone(clocks)
        if shown.time() != starts:
            # The clocks skip it: it moves forward by as much as they do.
            wall = timedelta(hours=starts.hour, minutes=starts.minute) + gap
            assert timedelta(hours=shown.hour, minutes=shown.minute) == wall
            skipped += 1
        assert shown.date() == each.day
        assert when.ends_at > when.starts_at
    assert changes == 2
    assert skipped <= 1


def noon(day: date, zone: ZoneInfo) -> timedelta:
    """How far the clocks are from UTC at noon."""
    return datetime.combine(day, time(12), zone).utcoffset() or timedelta()


# What could not be scheduled


def blocked(p: Program) -> None:
    p.block_meeting(CAUSE, "evening", date(2025, 3, 5), "room", "room-1")


def unblocked(p: Program) -> None:
    p.unblock_meeting(CAUSE, "evening", date(2025, 3, 5))


def test_a_meeting_that_cannot_be_scheduled_is_told_once_until_it_can() -> None:
    spec = given(program(), with_track).when(blocked)
    spec.then(fact(MeetingBlocked, kind="room", resource_id="room-1"))
    spec.when(blocked).then_nothing()
    spec.when(unblocked).then(fact(MeetingUnblocked, occurrence=date(2025, 3, 5)))
    spec.when(unblocked).then_nothing()


def test_a_meeting_of_no_track_cannot_be_blocked() -> None:
    given(program()).when(blocked).then_refused(NoSuchTrack)
