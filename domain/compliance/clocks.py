"""Clocks: from what starts one and a number to the day on which something is due. Pure.

| clock | starts with | counts | stands still | asked for, for one |
| --- | --- | --- | --- | --- |
| hours | a session's end | hours that pass, in UTC | never | notes, 26 TAC 564.8xx (unverified) |
| days | a day | the days after it | on leave | plan reviews, Virginia (unverified) |
| business days | a day | Monday to Friday after it | closures, leave | summaries, ARSD 67:61:07 |
| months | a day | months after it | on leave | certifications, every other month: the statute |
| visits | a day | sessions, or days, to which the patient came | by itself | plans, 245G.06 |
| before the next | a session's end | sessions of its kind | by itself | notes, WAC 388-877B-0350 |

Of days none is late before it is over on the site's clocks, and what is due in days, business days
or months is due on no day on which the clock stands still. That a leave stops the clocks of a stay
is a reading of Daybook's (unverified). What is written or tried after a session (notes, outreach),
and what courts are told of noncompliance and emergencies, waits for no leave: whoever asks leaves
`Calendar.leaves` empty. A clock stops for good when what it is about ends, which the rules say; it
starts anew when the thing is done.

A clock reads the same whatever the time is: `late_at` says from when on what is not done is late.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count, islice, takewhile
from zoneinfo import ZoneInfo

from domain.compliance.facts import Leave, Visit
from domain.times import day_after

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a day is to a clock: of which zone it is, and whether the clock stands still on it.

    `closures` are the days on which the program is closed, by the event that says so; `leaves` are
    those of the patient.
    """

    zone: ZoneInfo
    closures: Mapping[date, str] = field(default_factory=dict)
    leaves: tuple[Leave, ...] = ()

    def day_of(self, at: datetime) -> date:
        """Return the day of an instant."""
        return at.astimezone(self.zone).date()

    def leave_on(self, day: date) -> Leave | None:
        """Return the leave in which a day lies; None where none does."""
        return next((each for each in self.leaves if each.covers(day)), None)

    def leaves_within(self, first_day: date, last_day: date) -> tuple[Leave, ...]:
        """Return the leaves that have any of these days, both included."""
        return leaves_within(self.leaves, first_day, last_day)

    def told(self, first_day: date, last_day: date) -> tuple[str, ...]:
        """Return the events of the leaves that have any of these days, both included."""
        leaves = self.leaves_within(first_day, last_day)
        return tuple(event_id for each in leaves for event_id in each.evidence)


def leaves_within(leaves: Iterable[Leave], first_day: date, last_day: date) -> tuple[Leave, ...]:
    """Return the leaves that have any of some days, both included."""
    found = [each for each in leaves if each.first_day <= last_day and each.last_day >= first_day]
    return tuple(found)


@dataclass(slots=True)
class Reading:
    """When something is due, how long it took, and the events that moved that.

    It is due on a day and late from an instant on; both are None while nobody knows. `taken` is in
    the clock's unit, rounded up; 0 where it was not done. `so_far` are the visits that it counted,
    where it counts visits.
    """

    due: date | None
    late_at: datetime | None
    taken: int
    evidence: tuple[str, ...] = ()
    so_far: int = 0


def in_hours(started_at: datetime, most: int, done_at: datetime | None, zone: ZoneInfo) -> Reading:
    """Count the hours that pass, whatever the clocks on the wall show."""
    taken = max(-((started_at - done_at) // HOUR), 0) if done_at else 0
    late_at = started_at + most * HOUR
    return Reading(late_at.astimezone(zone).date(), late_at, taken)


def in_days(began: date, most: int, done_on: date | None, calendar: Calendar) -> Reading:
    """Count the days after the one on which it began, without those of a leave.

    What was done on a day that does not count took as long as if it had been done on the next one
    that does.
    """
    if not calendar.leaves:
        due = began + most * DAY
        taken = max((done_on - began).days, 0) if done_on else 0
        return Reading(due, day_after(due, calendar.zone), taken)
    return _by_days(began, most, done_on, calendar, business=False)


def in_business_days(began: date, most: int, done_on: date | None, calendar: Calendar) -> Reading:
    """Count the days from Monday to Friday after the one on which it began.

    Neither closures nor days of a leave are among them. What was done on another day took as long
    as if it had been done on the next that counts. Public holidays are those on which the program
    is closed.
    """
    return _by_days(began, most, done_on, calendar, business=True)


def in_months(began: date, most: int, done_on: date | None, calendar: Calendar) -> Reading:
    """Count months after the day on which it began; each day of a leave moves the end on by one."""
    reading = in_days(began, (months_after(began, most) - began).days, done_on, calendar)
    ran_to = began + reading.taken * DAY
    taken = next(number for number in count() if months_after(began, number) >= ran_to)
    return replace(reading, taken=taken)


def months_after(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the last of a month that is shorter.

    The 31st of December and two months make the 28th of February, or the 29th.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def in_visits(
    came: Sequence[Visit], most: int, done_on: date | None, calendar: Calendar
) -> Reading:
    """Count the visits to which the patient came since it began, which are in order.

    It is due on the day of the visit that makes the number full; while there are fewer, nobody
    knows when that will be. What was done on a day without a visit took as long as if it had been
    done with the next one.
    """
    due = came[most - 1].day if len(came) >= most else None
    counted = came[:most] if done_on is None else [each for each in came if each.day < done_on]
    taken = len(counted) + 1 if done_on else 0
    evidence = tuple(event_id for each in counted for event_id in each.evidence)
    late_at = day_after(due, calendar.zone) if due else None
    return Reading(due, late_at, taken, evidence, len(came))


def before_next(of_its_kind: Sequence[Visit], done_at: datetime | None) -> Reading:
    """Count the sessions of the same kind that follow, which are in order: which finds it done.

    It is late when the first of them begins; while none is on the schedule, nobody knows when that
    will be.
    """
    following = next(iter(of_its_kind), None)
    begun = [each for each in of_its_kind if done_at and each.starts_at <= done_at]
    named = begun if done_at else of_its_kind[:1]
    return Reading(
        following.day if following else None,
        following.starts_at if following else None,
        len(begun) + 1 if done_at else 0,
        tuple(event_id for each in named for event_id in each.evidence),
    )


def next_of_its_kind(visit: Visit, visits: Sequence[Visit]) -> list[Visit]:
    """Return the sessions after a visit that share a service with it, of visits in order.

    They are those at which the patient is expected, or to which they came.
    """
    return [
        each
        for each in visits
        if each.starts_at >= visit.ends_at
        and each.offered
        and not set(visit.scheduled).isdisjoint(each.scheduled)
    ]


def _by_days(
    began: date, most: int, done_on: date | None, calendar: Calendar, *, business: bool
) -> Reading:
    since = began if most else began - DAY
    due = next(islice(_counted(since, calendar, business=business), max(most - 1, 0), None))
    taken = 0
    if done_on and done_on > began:
        days = _counted(began, calendar, business=business)
        taken = sum(1 for _ in takewhile(lambda each: each < done_on, days)) + 1
        taken = min(taken, most) if done_on <= due else taken
    last = (done_on or due) - DAY
    closed = (each for each in calendar.closures if began < each <= last and each.weekday() < 5)
    evidence = [calendar.closures[each] for each in closed] if business else []
    evidence += calendar.told(since + DAY, last)
    return Reading(due, day_after(due, calendar.zone), taken, tuple(evidence))


def _counted(after: date, calendar: Calendar, *, business: bool) -> Iterator[date]:
    """Yield the days after one that count."""
    day = after + DAY
    while True:
        if leave := calendar.leave_on(day):
            day = leave.last_day
        elif not business or (day.weekday() < 5 and day not in calendar.closures):
            yield day
        day += DAY
