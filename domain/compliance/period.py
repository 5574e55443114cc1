"""The facts of one patient's week, month or day. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from domain.care import Service
from domain.compliance.authorization_units import Left
from domain.compliance.clocks import DAY, leaves_within
from domain.compliance.facts import Done, Hospitalized, InForce, Leave, Visit, Waiver

WEEK = timedelta(weeks=1)


@dataclass
class Period:
    """Some days of one stay, both ends included; `stay` are the events that say how long it lasts.

    `visits` are those of its days. `justified` are the days on which somebody wrote down why the
    stay goes on. `left` are the authorizations of the payer on its last day that have not ended
    before that. `leaves` are those that have any of its days. `hospitalized` are all of the
    patient's in partial hospitalization.
    """

    patient_id: str
    first_day: date
    last_day: date
    admitted_on: date
    discharged_on: date | None
    stay: tuple[str, ...]
    plans: tuple[InForce, ...] = ()
    visits: tuple[Visit, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    justified: tuple[Done, ...] = ()
    left: tuple[Left, ...] = ()
    leaves: tuple[Leave, ...] = ()
    stay_visits: Sequence[Visit] = field(default=(), compare=False, repr=False)
    """The visits of the whole stay in the order of their time, as they are on record."""
    stay_leaves: tuple[Leave, ...] = field(default=(), compare=False, repr=False)
    """The leaves of the whole stay, in order."""
    hospitalized: tuple[Hospitalized, ...] = ()

    whole: bool = field(init=False, compare=False, repr=False)
    """Whether the patient was in treatment on each of its days."""
    plans_in_force: tuple[InForce, ...] = field(init=False, compare=False, repr=False)
    """The plans that hold on any of its days, in order."""
    taper_week: int = field(init=False, compare=False, repr=False)
    """Which week of a taper it is, from 1; 0 where the plan that it ends with does not taper.

    A week in which a taper begins is its first.
    """
    is_ahead: bool = field(default=False, init=False, compare=False, repr=False)
    """Whether it is told as it will be if all goes as it is scheduled."""
    incomplete: tuple[Visit, ...] = field(init=False, compare=False, repr=False)
    """The visits of which nobody knows how long they lasted."""
    _minutes: dict[tuple[bool, Collection[Service]], list[int]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Work out what each rule asks for."""
        ended = self.discharged_on
        covered = self.admitted_on <= self.first_day
        self.whole = covered and (ended is None or ended >= self.last_day)
        known = sorted(self.plans, key=_from_day) if len(self.plans) > 1 else self.plans
        before = [each for each in known if each.from_day <= self.first_day]
        during = [each for each in known if self.first_day < each.from_day <= self.last_day]
        self.plans_in_force = (*before[-1:], *during)
        began = self.plans_in_force[-1].taper_began if self.plans_in_force else None
        self.taper_week = (self.last_day - began).days // 7 + 1 if began else 0
        self.incomplete = tuple([each for each in self.visits if not each.complete])

    def ahead(self, visits: tuple[Visit, ...], left: tuple[Left, ...]) -> "Period":
        """Return the same days with other visits, and what is left of authorizations then."""
        other = copy(self)
        for each in ("evidence", "proofs"):
            other.__dict__.pop(each, None)
        other.visits, other.left, other._minutes, other.is_ahead = visits, left, {}, True
        other.incomplete = tuple([each for each in visits if not each.complete])
        return other

    def offered(self, counts: Collection[Service]) -> int:
        """Return the minutes on the patient's schedule, of the services that count."""
        minutes = self._of_visits(counts, credited=False)
        return sum(m for m, each in zip(minutes, self.visits, strict=True) if each.expected)

    def attended(self, counts: Collection[Service]) -> int:
        """Return the minutes of presence, of the services that count; make-ups too."""
        return sum(self._of_visits(counts, credited=True))

    def days_offered(self, counts: Collection[Service]) -> int:
        """Return on how many days there is a minute on the patient's schedule that counts."""
        minutes = self._of_visits(counts, credited=False)
        days = zip(minutes, self.visits, strict=True)
        return len({each.day for m, each in days if m and each.expected})

    def days_attended(self, counts: Collection[Service]) -> int:
        """Return on how many days there is a minute of presence that counts."""
        minutes = self._of_visits(counts, credited=True)
        return len({each.day for m, each in zip(minutes, self.visits, strict=True) if m})

    def _of_visits(self, counts: Collection[Service], *, credited: bool) -> list[int]:
        """Return of each visit the minutes of the services that count."""
        key = (credited, counts)
        found = self._minutes.get(key)
        if found is None:
            found = [
                minutes_of((each.credited if credited else each.scheduled,), counts)
                for each in self.visits
            ]
            self._minutes[key] = found
        return found

    def times(self, service: Service, least: int = 1) -> int:
        """Return at how many sessions the patient was there for so many minutes of a service."""
        return sum(1 for each in self.visits if each.credited.get(service, 0) >= least)

    def visits_before(self) -> Sequence[Visit]:
        """Return the visits of the stay before its first day, in order."""
        return self.stay_visits[: bisect_left(self.stay_visits, self.first_day, key=_day_of)]

    def weeks_before(self) -> Iterator["Period"]:
        """Yield the weeks before this one in which the patient was in treatment on each day."""
        first_day = self.first_day - WEEK
        while first_day >= self.admitted_on:
            last_day = first_day + WEEK - DAY
            begin = bisect_left(self.stay_visits, first_day, key=_day_of)
            end = bisect_right(self.stay_visits, last_day, key=_day_of)
            yield replace(
                self,
                first_day=first_day,
                last_day=last_day,
                visits=tuple(self.stay_visits[begin:end]),
                left=(),
                leaves=leaves_within(self.stay_leaves, first_day, last_day),
            )
            first_day -= WEEK

    def times_offered(self, service: Service, least: int = 1) -> int:
        """Return how many sessions with so many minutes of a service are on the schedule."""
        expected = (each.scheduled.get(service, 0) for each in self.visits if each.expected)
        return sum(1 for minutes in expected if minutes >= least)

    @cached_property
    def evidence(self) -> frozenset[str]:
        """The events of the stay, of the plans in force and of the visits."""
        found = {*self.stay, *(each.event_id for each in self.plans_in_force)}
        found.update(*(each.evidence for each in self.visits))
        return frozenset(found)

    @cached_property
    def proofs(self) -> dict[tuple[tuple[str, ...], bool], tuple[str, ...]]:
        """The evidence of findings that rest on nothing else, by what more there is to them."""
        return {}


def minutes_of(by_service: Iterable[Mapping[Service, int]], counts: Collection[Service]) -> int:
    """Return the minutes of the services that count."""
    total = 0
    for each in by_service:
        for service, minutes in each.items():
            if service in counts:
                total += minutes
    return total


def _from_day(plan: InForce) -> date:
    return plan.from_day


def _day_of(visit: Visit) -> date:
    return visit.day
