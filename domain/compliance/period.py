"""The facts by which a patient's week is judged. Pure.

Each fact carries the ids of the events that say so (aggregate:version).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from domain.care import Service
from domain.compliance.finding import RuleName

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Visit:
    """A patient's place in one session, as it is on record now.

    `expected` tells whether they were rostered and the session was not called off. `scheduled` and
    `credited` are minutes by service. `complete` is False while a line of the sign-in sheet has no
    time out: such a visit credits nothing until it has.
    """

    session_id: str
    day: date
    expected: bool
    scheduled: Mapping[Service, int]
    credited: Mapping[Service, int]
    evidence: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class InForce:
    """A plan of care from a day on: what it asks for in a week.

    `taper_began` is the day on which it began to ask for less, to lead over to a lighter level;
    None where it does not.
    """

    from_day: date
    weekly_minutes: int
    days_per_week: int
    event_id: str
    taper_began: date | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody decided, with a reason, that a rule does not bind on these days."""

    rule: RuleName
    first_day: date
    last_day: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one stay; `stay` are the events that say from when until when it lasts."""

    patient_id: str
    first_day: date
    admitted_on: date
    discharged_on: date | None
    stay: tuple[str, ...]
    plans: tuple[InForce, ...] = ()
    visits: tuple[Visit, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def last_day(self) -> date:
        """The seventh day."""
        return self.first_day + WEEK - timedelta(days=1)

    @property
    def whole(self) -> bool:
        """Tell whether the patient was in treatment on each of its days."""
        ended = self.discharged_on
        return self.admitted_on <= self.first_day and (ended is None or ended >= self.last_day)

    @property
    def plans_in_force(self) -> tuple[InForce, ...]:
        """The plans that hold on any of its days, in order."""
        known = sorted(self.plans, key=lambda each: each.from_day)
        before = [each for each in known if each.from_day <= self.first_day]
        return (
            *before[-1:],
            *(each for each in known if self.first_day < each.from_day <= self.last_day),
        )

    @property
    def taper_week(self) -> int:
        """Which week of a taper it is, from 1; 0 where the plan that it ends with does not taper.

        A week in which a taper begins is its first.
        """
        began = self.plans_in_force[-1].taper_began if self.plans_in_force else None
        return (self.last_day - began).days // 7 + 1 if began else 0

    def offered(self, counts: Collection[Service]) -> int:
        """Return the minutes on the patient's schedule, of the services that count."""
        expected = (each.scheduled for each in self.visits if each.expected)
        return _minutes(expected, counts)

    def attended(self, counts: Collection[Service]) -> int:
        """Return the minutes of presence, of the services that count; make-ups too."""
        return _minutes((each.credited for each in self.visits), counts)

    def days_attended(self, counts: Collection[Service]) -> int:
        """Return on how many days there is a minute of presence that counts."""
        return len({each.day for each in self.visits if _minutes([each.credited], counts)})

    @property
    def incomplete(self) -> tuple[Visit, ...]:
        """The visits of which nobody knows how long they lasted."""
        return tuple(each for each in self.visits if not each.complete)


def _minutes(by_service: Iterable[Mapping[Service, int]], counts: Collection[Service]) -> int:
    return sum(each.get(service, 0) for each in by_service for service in counts)
