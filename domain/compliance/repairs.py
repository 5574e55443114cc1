"""Repairs: the sessions that a patient could still be booked for, and which of them would do. Pure.

A session is open to a patient while it has not begun, is of their program, within their stay and
not theirs already, has a place, and shares no time with a booking or a duty elsewhere: what
`Daybook.book_repair` would accept. Sessions are looked at in the order in which they begin.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.care import Service
from domain.compliance.facts import OpenSession, PatientFacts, Stay, Visit
from domain.compliance.finding import RuleName
from domain.patient.schedule import Booking
from domain.times import Span

Adds = Callable[[OpenSession, Collection[Service]], int]
"""What a session would add to what a rule measures; the services are those that count."""

FULL = "there is no place"
TAKEN = "the patient is at another session"


@dataclass(frozen=True, slots=True)
class Need:
    """What is missing in a period, both days included, and what a session adds to it.

    With `once_a_day` sessions of one day add no more than one of them, and nothing on `days`.
    """

    first_day: date
    last_day: date
    missing: int
    adds: Callable[[OpenSession], int]
    once_a_day: bool = False
    days: frozenset[date] = frozenset()

    def gain(self, session: OpenSession) -> int:
        """Return what a session of the period would add; 0 where it would not help."""
        if not self.first_day <= session.day <= self.last_day or session.day in self.days:
            return 0
        return self.adds(session)


@dataclass(frozen=True, slots=True)
class Reach:
    """How much could be added at most, and until when enough could; None where it cannot.

    `sessions` are some of those with which enough could be added at the last moment.
    """

    most: int
    until: datetime | None
    sessions: tuple[OpenSession, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A session that would help, and why the patient cannot come to it."""

    session: OpenSession
    because: str


def minutes_that_count(session: OpenSession, counts: Collection[Service]) -> int:
    """Return its minutes of the services that count."""
    return sum(session.scheduled.get(each, 0) for each in counts)


def _services(session: OpenSession, counts: Collection[Service]) -> int:
    return sum(1 for each in counts if session.scheduled.get(each, 0))


def _a_day(session: OpenSession, counts: Collection[Service]) -> int:
    return min(minutes_that_count(session, counts), 1)


def _of(service: Service) -> Adds:
    return lambda session, _: min(session.scheduled.get(service, 0), 1)


BY_SESSIONS: Mapping[RuleName, Adds] = {
    "offered-hours": minutes_that_count,
    "attended-hours": minutes_that_count,
    "days-a-week": _a_day,
    "individual-a-week": _of("individual"),
    "individual-a-month": _of("individual"),
    "family-a-month": _of("family"),
    "billable-day": minutes_that_count,
    "services-a-day": _services,
}
"""The rules that more sessions can mend, and what one adds to what they measure."""

ONCE_A_DAY: RuleName = "days-a-week"


# Which sessions are open


def open_to(
    facts: PatientFacts,
    stay: Stay,
    sessions: Iterable[OpenSession],
    now: datetime,
    zone: ZoneInfo,
) -> list[OpenSession]:
    """Return the sessions that a patient could still be booked for, in their order."""
    left = _left(facts, stay, sessions, now)
    return [each for each in left if _obstacle(facts, each, zone) is None]


def in_the_way(
    facts: PatientFacts,
    stay: Stay,
    sessions: Iterable[OpenSession],
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[Obstacle]:
    """Yield the sessions that are left to which the patient cannot come, each with the reason."""
    for each in _left(facts, stay, sessions, now):
        because = _obstacle(facts, each, zone)
        if because:
            yield Obstacle(each, because)


def _left(
    facts: PatientFacts, stay: Stay, sessions: Iterable[OpenSession], now: datetime
) -> list[OpenSession]:
    found = (
        each
        for each in sessions
        if each.starts_at > now and stay.covers(each.day) and each.session_id not in facts.visits
    )
    return sorted(found, key=_begins)


def _begins(session: OpenSession) -> tuple[datetime, str]:
    return session.starts_at, session.session_id


def _obstacle(facts: PatientFacts, session: OpenSession, zone: ZoneInfo) -> str | None:
    """Return why a patient cannot come to a session; None where they can."""
    if session.free <= 0:
        return FULL
    if any(each.expected and each.span.overlaps(session.span) for each in facts.visits.values()):
        return TAKEN
    booking = Booking(session.session_id, session.starts_at, session.ends_at)
    for commitment in facts.commitments.values():
        if commitment.meets(booking, zone):
            return f"the patient has {commitment.in_words}"
    return None


# What they come to


def reach(need: Need, sessions: Sequence[OpenSession]) -> Reach:
    """Return how much open sessions, in their order, could add at most, and until when enough.

    Enough could be added until the first session of the last set that does begins.
    """
    useful = [each for each in sessions if need.gain(each)]
    best: list[int] = [0] * len(useful)
    follows: list[int | None] = [None] * len(useful)
    until, last = None, None
    for number in reversed(range(len(useful))):
        here = useful[number]
        for later in range(number + 1, len(useful)):
            if _both(need, here, useful[later]) and best[later] > _at(best, follows[number]):
                follows[number] = later
        best[number] = need.gain(here) + _at(best, follows[number])
        if last is None and best[number] >= need.missing:
            until, last = here.starts_at, number
    chain: list[OpenSession] = []
    while last is not None:
        chain.append(useful[last])
        last = follows[last]
    return Reach(max(best, default=0), until, tuple(chain))


def _at(best: list[int], number: int | None) -> int:
    return best[number] if number is not None else 0


def _both(need: Need, first: OpenSession, second: OpenSession) -> bool:
    """Tell whether two sessions, of which the second begins no earlier, add up."""
    if need.once_a_day and first.day == second.day:
        return False
    return second.starts_at >= first.ends_at


def smallest(need: Need, sessions: Sequence[OpenSession]) -> list[tuple[OpenSession, ...]]:
    """Return all sets of open sessions that add enough, of the smallest number that does.

    They are in the order in which their sessions begin.
    """
    useful = [each for each in sessions if need.gain(each)]
    gains = sorted((need.gain(each) for each in useful), reverse=True)
    for size in range(1, len(useful) + 1):
        if sum(gains[:size]) < need.missing:
            continue
        found = list(_sets(need, useful, size))
        if found:
            return found
    return []


def _sets(
    need: Need, useful: Sequence[OpenSession], size: int
) -> Iterator[tuple[OpenSession, ...]]:
    """Yield the sets of a size that add enough; none whose rest could not is looked into."""
    gains = [need.gain(each) for each in useful]
    most = list(gains)
    for number in reversed(range(len(most) - 1)):
        most[number] = max(most[number], most[number + 1])

    def after(
        start: int, chosen: tuple[OpenSession, ...], has: int
    ) -> Iterator[tuple[OpenSession, ...]]:
        left = size - len(chosen)
        if not left:
            if has >= need.missing:
                yield chosen
            return
        for number in range(start, len(useful) - left + 1):
            if has + left * most[number] < need.missing:
                return
            here = useful[number]
            if not chosen or _both(need, chosen[-1], here):
                yield from after(number + 1, (*chosen, here), has + gains[number])

    return after(0, (), 0)


Away = tuple[datetime, datetime]
"""From when to when somebody is away from home on a day."""


def away_on(visits: Iterable[Visit]) -> dict[date, Away]:
    """Return from when to when a patient is at sessions, by day."""
    found: dict[date, Away] = {}
    for each in visits:
        if each.expected:
            found[each.day] = _longer(found.get(each.day), each.span)
    return found


def disturbs(
    repair: Sequence[OpenSession], away: Mapping[date, Away]
) -> tuple[int, timedelta, tuple[datetime, ...]]:
    """Return how much a repair disturbs a patient's week: what disturbs least sorts first.

    That is on how many days they would have to come though they do not yet, how much longer they
    would be away on all of its days, from the first session to the last, and when it begins.
    """
    then: dict[date, Away] = {}
    for each in repair:
        then[each.day] = _longer(then.get(each.day) or away.get(each.day), each.span)
    new_days, longer = 0, timedelta()
    for day, (starts_at, ends_at) in then.items():
        before = away.get(day)
        new_days += before is None
        longer += ends_at - starts_at - (before[1] - before[0] if before else timedelta())
    return new_days, longer, tuple(each.starts_at for each in repair)


def _longer(away: Away | None, span: Span) -> Away:
    if away is None:
        return span.starts_at, span.ends_at
    return min(away[0], span.starts_at), max(away[1], span.ends_at)
