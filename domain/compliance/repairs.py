"""Repairs: the sessions that a patient could still be booked for, and which of them would do. Pure.

A session is open to a patient while it has not begun, is of their program, within their stay and
not theirs already, has a place, and shares no time with a booking or an outside commitment: what
`patient.book-repair` would accept. Sessions are looked at in the order in which they begin.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.care import Service
from domain.compliance.day_services import in_person_at, is_covered, primary_at, services_at
from domain.compliance.facts import OpenSession, PatientFacts, Stay
from domain.compliance.hours import shortest_individual
from domain.patient.schedule import Booking, Commitment
from domain.policy import Policy, RuleName

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


def _a_day(session: OpenSession, counts: Collection[Service]) -> int:
    return min(minutes_that_count(session, counts), 1)


def _of(service: Service, least: int = 1) -> Adds:
    return lambda session, _: int(session.scheduled.get(service, 0) >= least)


BY_SESSIONS: Mapping[RuleName, Adds] = {
    "offered-hours": minutes_that_count,
    "average-hours": minutes_that_count,
    "attended-hours": minutes_that_count,
    "days-a-week": _a_day,
    "individual-a-week": _of("individual"),
    "psychiatric-a-week": _of("medication"),
    "individual-a-month": _of("individual"),
    "family-a-month": _of("family"),
    "billable-day": minutes_that_count,
    "group-each-day": _of("group"),
    "services-a-day": services_at,
    "primary-service": primary_at,
    "in-person": in_person_at,
}
"""The rules that more sessions can mend, and what one adds to what they measure."""

OF_INDIVIDUAL_SESSIONS: frozenset[RuleName] = frozenset({"individual-a-week", "individual-a-month"})

OF_COVERED_SERVICES: frozenset[RuleName] = frozenset({"services-a-day", "primary-service"})


def adding(rule: RuleName, policy: Policy) -> Callable[[OpenSession], int] | None:
    """Return what a session adds to what a rule measures; None where none could mend it.

    An individual session that is shorter than the policy has them adds nothing, nor does a session
    that the payer does not cover to the services of a day.
    """
    adds = BY_SESSIONS.get(rule)
    if adds is None:
        return None
    if rule in OF_INDIVIDUAL_SESSIONS:
        adds = _of("individual", shortest_individual(policy))
    elif rule in OF_COVERED_SERVICES:
        return lambda session: adds(session, policy.counts) * is_covered(session, policy)
    return lambda session: adds(session, policy.counts)


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
    engaged = _Engaged.of(facts, now, zone)
    left = (each for each in _left(facts, stay, sessions, now) if engaged.obstacle(each) is None)
    return sorted(left, key=_begins)


def in_the_way(
    facts: PatientFacts,
    stay: Stay,
    sessions: Iterable[OpenSession],
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[Obstacle]:
    """Yield the sessions that are left to which the patient cannot come, each with the reason."""
    engaged = _Engaged.of(facts, now, zone)
    for each in sorted(_left(facts, stay, sessions, now), key=_begins):
        because = engaged.obstacle(each)
        if because:
            yield Obstacle(each, because)


def _left(
    facts: PatientFacts, stay: Stay, sessions: Iterable[OpenSession], now: datetime
) -> Iterator[OpenSession]:
    for each in sessions:
        if each.starts_at > now and stay.covers(each.day) and each.session_id not in facts.visits:
            yield each


def _begins(session: OpenSession) -> tuple[datetime, str]:
    return session.starts_at, session.session_id


@dataclass(frozen=True, slots=True)
class _Engaged:
    """When a patient is at sessions from an instant on, and what else they have to do."""

    taken: Sequence[tuple[datetime, datetime]]
    commitments: Sequence[Commitment]
    zone: ZoneInfo

    @classmethod
    def of(cls, facts: PatientFacts, now: datetime, zone: ZoneInfo) -> "_Engaged":
        to_come = (each for each in facts.visits.values() if each.ends_at > now)
        expected = (each for each in to_come if each.expected)
        taken = [(each.starts_at, each.ends_at) for each in expected]
        return cls(taken, list(facts.commitments.values()), zone)

    def obstacle(self, session: OpenSession) -> str | None:
        """Return why the patient cannot come to a session; None where they can."""
        if session.free <= 0:
            return FULL
        # Plainly, since it is asked of each session of a week for each patient at risk.
        starts_at, ends_at = session.starts_at, session.ends_at
        if any(max(starts_at, begins) < min(ends_at, ends) for begins, ends in self.taken):
            return TAKEN
        booking = Booking(session.session_id, starts_at, ends_at)
        for commitment in self.commitments:
            if commitment.meets(booking, self.zone):
                return f"the patient has {commitment.in_words}"
        return None


# What they come to


def reach(need: Need, sessions: Sequence[OpenSession]) -> Reach:
    """Return how much open sessions, in their order, could add at most, and until when enough.

    Enough could be added until the first session of the last set that does begins.
    """
    # Of several at one time that add as much, any will do.
    alike: dict[tuple[datetime, datetime, int], OpenSession] = {}
    for each in sessions:
        if gain := need.gain(each):
            alike.setdefault((each.starts_at, each.ends_at, gain), each)
    useful = list(alike.values())
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
