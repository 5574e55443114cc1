"""The clinic is laid around any moment: a group is about to begin, at an hour that groups have."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.times import week_of, weekday
from services.demo.making import written
from services.demo.people import Course, courses
from services.demo.place import ADULTS, NobodyMeets, Place, place_at

MOMENTS = [
    datetime(2026, month, 1, tzinfo=UTC) + timedelta(hours=hours)
    for month in (3, 11)
    for hours in range(3, 14 * 24, 5)
]


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%m-%d %H}")
def test_a_group_is_about_to_begin_whatever_the_hour_and_the_day(now: datetime) -> None:
    place = place_at(now)
    group, today = place.next_group, place.today
    assert timedelta(minutes=12) <= place.begins(group, today) - now <= timedelta(minutes=27)
    assert time(6) < group.starts < group.ends
    assert all(weekday(today) in each.weekdays for each in (group, *place.others))
    assert all(len(each.weekdays) == each.times for each in place.groups)
    assert group in place.groups


def test_it_stands_in_the_zone_that_is_named_where_groups_meet_there_now() -> None:
    now = datetime(2026, 11, 25, 22, 40, tzinfo=UTC)
    assert place_at(now, ZoneInfo("America/Denver")).today == place_at(now).today
    assert place_at(now, ZoneInfo("America/Denver")).next_group.starts == time(16)
    with pytest.raises(NobodyMeets, match="00:40 in Europe/Athens"):
        place_at(now, ZoneInfo("Europe/Athens"))


@pytest.mark.parametrize("now", MOMENTS[::7], ids=lambda now: f"{now:%m-%d %H}")
def test_who_lacks_hours_can_come_to_a_group_later_in_the_week(now: datetime) -> None:
    place = place_at(now)
    (to_make_up,) = {*place.groups} - {place.next_group, *place.others}
    last = week_of(place.today, place.week_starts_on) + timedelta(days=6)
    assert list(place.meetings(to_make_up, place.today + timedelta(days=1), last))


@pytest.mark.parametrize("now", MOMENTS[::9], ids=lambda now: f"{now:%m-%d %H}")
def test_all_that_a_clinic_has_to_see_to_finds_somebody_whoever_is_next(now: datetime) -> None:
    place = place_at(now)
    acts = written(place, courses(place, 1), 1).acts()
    assert len(acts) > 5000
    assert acts[-1].at <= now


def test_groups_of_as_many_days_do_not_all_meet_on_the_same() -> None:
    for now in MOMENTS[::9]:
        weekdays = {each.weekdays for each in place_at(now).groups if each.times == 3}
        assert len(weekdays) > 1, now


def test_ten_weeks_lie_behind_and_eight_ahead() -> None:
    place = place_at(datetime(2026, 11, 25, 22, 40, tzinfo=UTC))
    assert (place.today - place.first_day).days >= 70
    assert (place.last_day - place.today).days >= 56


def patients(now: datetime, seed: int) -> tuple[Place, list[Course]]:
    place = place_at(now)
    return place, courses(place, seed)


def test_the_same_seed_has_the_same_people_and_another_one_others() -> None:
    now = datetime(2026, 11, 25, 22, 40, tzinfo=UTC)
    assert patients(now, 1) == patients(now, 1)
    assert [each.person for each in patients(now, 1)[1]] != [
        each.person for each in patients(now, 2)[1]
    ]


@pytest.mark.parametrize("now", MOMENTS[::7], ids=lambda now: f"{now:%m-%d %H}")
def test_there_are_some_sixty_people_and_the_next_group_is_full(now: datetime) -> None:
    place, people = patients(now, 1)
    assert 58 <= len(people) <= 65
    assert len({each.mrn for each in people}) == len(people)
    here = [each for each in people if each.standing == "in treatment"]
    of_next = [each for each in here if each.group == place.next_group]
    assert len(of_next) == place.next_group.capacity
    assert {each.standing for each in people} == {"in treatment", "left", "waits", "candidate"}
    assert {each.group.track_id for each in here} == {
        each.track_id for each in (place.next_group, *place.others)
    }
    assert all(place.first_day <= each.admitted_on <= place.today for each in people)
    assert any(each.group.program_id == ADULTS for each in here)
