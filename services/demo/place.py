"""Where and when the clinic meets: its site, rooms, staff and groups, around a moment. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from domain.errors import DaybookError
from domain.facility import Room
from domain.program import Focus, Modality, Segment, Service
from domain.session import Session
from domain.staff import Staff
from domain.times import WEEKDAYS, WeekStart, days, instant, week_of, weekday

FACILITY_ID = "maple-street"

NAME = "Maple Street Recovery Center"

WEEKS_BEFORE, WEEKS_AHEAD = 10, 8

PART, BREAK = 65, 10
"""Minutes of each part of a group, and of its break."""

SOONEST = timedelta(minutes=12)
"""How soon the next group begins, at the earliest; it begins at a full quarter of an hour."""

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("Pacific/Honolulu", "Pacific/Guam", "America/Puerto_Rico"),
)
"""Zones of the United States: somewhere there it is a time at which groups meet."""

OPENS, CLOSES = time(7), time(19, 45)
"""Between these times on the clinic's clocks a group can be about to begin."""

ROOMS = (
    Room("room-1", "Main group room", 14),
    Room("room-2", "Group room 2", 12),
    Room("room-3", "Youth room", 10),
    Room("room-4", "Family room", 8),
    Room("room-5", "Video room", 12),
    *(Room(f"office-{number}", f"Office {number}", 4) for number in range(1, 6)),
)

SUPERVISED = "LMSW"
"""The credential under which notes need somebody else's signature, too."""

SUPERVISED_SINCE = timedelta(days=12)
"""For how long they have needed it."""

STAFF = (
    Staff("s-okafor", "Thandi Okafor", "LPC"),
    Staff("s-lind", "Astrid Lind", "LMFT"),
    Staff("s-diaz", "Rafael Diaz", "LPC"),
    Staff("s-rivera", "Marta Rivera", "LCSW"),
    Staff("s-park", "Jin Park", SUPERVISED),
    Staff("s-abara", "Nnamdi Abara", "LMFT"),
    Staff("s-novak", "Petra Novák", "MD"),
    Staff("s-reyes", "Carmen Reyes", "LADC"),
    Staff("s-marsh", "Elena Marsh", "LCSW"),
)

DIRECTOR, PHYSICIAN, NURSE, FAMILY = "s-marsh", "s-novak", "s-reyes", "s-abara"

OFFICES = {
    each: f"office-{number}"
    for number, each in enumerate(("s-okafor", "s-lind", "s-diaz", "s-rivera", "s-park"), 1)
}
"""Where each counselor sees patients alone."""

ADULTS, DUAL, YOUTH = "adult-sud", "adult-cod", "teen-mh"


@dataclass(frozen=True, slots=True)
class Treatment:
    """A program as it is opened."""

    program_id: str
    name: str
    focus: Focus
    weekly_minutes: int
    days_per_week: int
    policies: tuple[str, ...]


_SUBSTANCE_USE = ("asam-2.1-adult", "program-standards-adult")
_MENTAL_HEALTH = ("program-standards-adolescent-mh",)

PROGRAMS = (
    Treatment(ADULTS, "Adult substance use IOP", "substance-use", 540, 3, _SUBSTANCE_USE),
    Treatment(DUAL, "Adult co-occurring IOP", "co-occurring", 720, 4, _SUBSTANCE_USE),
    Treatment(YOUTH, "Adolescent IOP", "mental-health", 360, 3, _MENTAL_HEALTH),
)


_PARTS: tuple[tuple[Service, str, str | None], ...] = (
    ("group", "Process group", None),
    ("education", "Relapse prevention", "relapse-prevention"),
    ("skills", "Coping skills", None),
)
"""What a group is made of; the young ones stay for the first two."""


@dataclass(frozen=True, slots=True)
class Group:
    """A track of so many `parts`, with a break after the first.

    Its people are seen `alone` after the group or before it. So many of the places as are `taken`
    have somebody now.
    """

    track_id: str
    name: str
    program_id: str
    starts: time
    parts: int
    times: int
    room_id: str
    staff_id: str
    capacity: int
    taken: int
    alone: str
    modality: Modality = "in-person"
    weekdays: tuple[str, ...] = ()

    @property
    def ends(self) -> time:
        """When it is over."""
        return _later(self.starts, self.parts * PART + BREAK)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Its parts, and the break."""
        first = _later(self.starts, PART)
        again = (_later(first, BREAK + PART * more) for more in range(self.parts - 1))
        begin = (self.starts, *again)
        return (
            Segment(first, begin[1], "break", "Break"),
            *(
                Segment(at, _later(at, PART), *part)
                for at, part in zip(begin, _PARTS, strict=False)
            ),
        )

    def session_id(self, day: date) -> str:
        """Return the id of its session of a day."""
        return Session.id_of(FACILITY_ID, self.track_id, day)


_GROUPS = (
    Group(
        *("telehealth", "Telehealth group", ADULTS, time(7, 30), 3, 3),
        *("room-5", "s-park", 12, 10, "after", "video"),
    ),
    Group("day", "Day group", ADULTS, time(9), 3, 3, "room-1", "s-okafor", 12, 11, "after"),
    Group("dual", "Co-occurring group", DUAL, time(13), 3, 4, "room-2", "s-lind", 10, 9, "before"),
    Group(
        *("youth", "After-school group", YOUTH, time(15, 30), 2, 3),
        *("room-3", "s-diaz", 8, 7, "before"),
    ),
    Group(
        *("evening", "Evening group", ADULTS, time(18), 3, 3),
        *("room-1", "s-rivera", 12, 11, "before"),
    ),
)

_TO_MAKE_UP = Group(
    *("make-up", "Make-up group", ADULTS, time(10), 3, 1),
    *("room-2", "s-rivera", 10, 0, "after"),
)
"""Nobody's own group, on the day of the week after those of the others: who lacks hours comes."""

_PATTERNS = {
    3: ((0, 1, 3), (0, 2, 4), (1, 2, 4), (1, 3, 4)),
    4: ((0, 1, 2, 3), (1, 2, 3, 4)),
}
"""On which of the clinic's five days of the week a group may meet, by how often it does."""


class NobodyMeets(DaybookError):
    """No group meets at this hour in the zone that was named."""


@dataclass(frozen=True)
class Place:
    """The clinic's clocks and groups, as of the moment around which they are laid."""

    now: datetime
    zone: ZoneInfo
    week_starts_on: WeekStart
    open_days: tuple[str, ...]
    groups: tuple[Group, ...]
    next_group: Group
    """The one that is about to begin."""

    @property
    def others(self) -> tuple[Group, ...]:
        """The groups besides that have people of their own."""
        return tuple(each for each in self.groups if each.taken and each != self.next_group)

    @cached_property
    def today(self) -> date:
        """The day that it is there."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def first_day(self) -> date:
        """The first day of its record, with which a week begins."""
        return week_of(self.today, self.week_starts_on) - timedelta(weeks=WEEKS_BEFORE)

    @cached_property
    def last_day(self) -> date:
        """The last day on its schedule, with which a week ends."""
        return self.first_day + timedelta(weeks=WEEKS_BEFORE + WEEKS_AHEAD + 1, days=-1)

    @cached_property
    def closed_on(self) -> date:
        """A day to come on which all of it is closed."""
        return self.open_day(self.today + timedelta(days=17))

    @cached_property
    def called_off(self) -> Mapping[tuple[str, date], str]:
        """The meetings that are called off, each with its reason."""
        # They meet four times a week: without one of them they still have their nine hours.
        dual = next(each for each in self.groups if each.program_id == DUAL)
        past = self.meetings(dual, self.first_day, self.today - timedelta(days=8))
        ahead = self.meetings(self.others[-1], self.today + timedelta(days=6), self.last_day)
        return {
            (dual.track_id, list(past)[-1]): "The heating failed",
            (self.others[-1].track_id, next(ahead)): "Counselor at a training",
        }

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return when the clinic's clocks show a time."""
        return instant(day, time(hour, minute), self.zone)

    def begins(self, group: Group, day: date) -> datetime:
        """Return when a group begins on a day."""
        return instant(day, group.starts, self.zone)

    def ends(self, group: Group, day: date) -> datetime:
        """Return when a group is over on a day."""
        return instant(day, group.ends, self.zone)

    def open_day(self, day: date) -> date:
        """Return the first day from this one on that is one of the clinic's."""
        return next(
            each for each in days(day, day + timedelta(days=6)) if weekday(each) in self.open_days
        )

    def meetings(self, group: Group, first: date, last: date) -> Iterator[date]:
        """Yield the days on which a group meets, closed or called off or not."""
        for day in days(max(first, self.first_day), min(last, self.last_day)):
            if weekday(day) in group.weekdays and day != self.closed_on:
                yield day


def place_at(now: datetime, zone: ZoneInfo | None = None) -> Place:
    """Return the clinic as it is laid around a moment, whatever the hour and the day are.

    It is open on that day, and the group whose hour is nearest is about to begin. It stands in the
    zone that is named, or where groups meet at that hour. Raises NobodyMeets.
    """
    if zone and not _is_open(now, zone):
        raise NobodyMeets(
            f"It is {now.astimezone(zone):%H:%M} in {zone.key}, and the demo's groups begin"
            f" between {OPENS:%H:%M} and {CLOSES:%H:%M}: name another zone, or none"
        )
    here = (each for each in map(ZoneInfo, ZONES) if _is_open(now, each))
    zone = zone or next(here, ZoneInfo(ZONES[-1]))
    local = now.astimezone(zone)
    # On a Sunday the week begins, so that there is always one that goes on.
    week_starts_on: WeekStart = "sunday" if local.weekday() == WEEKDAYS.index("SU") else "monday"
    first = max(local.weekday() - 4, 0) if week_starts_on == "monday" else -1
    *open_days, after = (WEEKDAYS[number] for number in range(first, first + 6))
    soon = _next_quarter(local + SOONEST).time()
    nearest = min(_GROUPS, key=lambda each: abs(_minutes(each.starts) - _minutes(soon)))
    today = open_days.index(WEEKDAYS[local.weekday()])
    groups = {
        each.track_id: _meeting(each, open_days, today, number)
        for number, each in enumerate(_GROUPS)
    }
    about_to_begin = replace(groups[nearest.track_id], starts=soon, taken=nearest.capacity)
    groups[nearest.track_id] = about_to_begin
    return Place(
        now.astimezone(UTC),
        zone,
        week_starts_on,
        tuple(open_days),
        (*groups.values(), replace(_TO_MAKE_UP, weekdays=(after,))),
        about_to_begin,
    )


def staff_member(staff_id: str) -> Staff:
    """Return a member of the staff."""
    return next(each for each in STAFF if each.staff_id == staff_id)


def _meeting(group: Group, open_days: Sequence[str], today: int, number: int) -> Group:
    """Return a group on days of the week of which today is one; not all on the same."""
    patterns = [each for each in _PATTERNS[group.times] if today in each]
    pattern = patterns[number % len(patterns)]
    return replace(group, weekdays=tuple(open_days[number] for number in pattern))


def _is_open(now: datetime, zone: ZoneInfo) -> bool:
    return OPENS <= now.astimezone(zone).time() < CLOSES


def _next_quarter(moment: datetime) -> datetime:
    full = moment.replace(minute=0, second=0, microsecond=0)
    return full + timedelta(minutes=15 * -(-(moment - full) // timedelta(minutes=15)))


def _later(wall: time, minutes: int) -> time:
    return (datetime.combine(date.min, wall) + timedelta(minutes=minutes)).time()


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute
