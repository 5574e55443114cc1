"""The facts of one patient's week, month or day. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from domain.care import Service
from domain.compliance.authorization_units import Left
from domain.compliance.facts import Done, InForce, Leave, Visit, Waiver


@dataclass(frozen=True)
class Period:
    """Some days of one stay, both ends included; `stay` are the events that say how long it lasts.

    `visits` are those of its days. `justified` are the days on which somebody wrote down why the
    stay goes on. `left` are the authorizations of the payer on its last day that have not ended
    before that. `leaves` are those that have any of its days.
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

    @cached_property
    def whole(self) -> bool:
        """Tell whether the patient was in treatment on each of its days."""
        ended = self.discharged_on
        return self.admitted_on <= self.first_day and (ended is None or ended >= self.last_day)

    @cached_property
    def plans_in_force(self) -> tuple[InForce, ...]:
        """The plans that hold on any of its days, in order."""
        known = sorted(self.plans, key=lambda each: each.from_day)
        before = [each for each in known if each.from_day <= self.first_day]
        return (
            *before[-1:],
            *(each for each in known if self.first_day < each.from_day <= self.last_day),
        )

    @cached_property
    def taper_week(self) -> int:
        """Which week of a taper it is, from 1; 0 where the plan that it ends with does not taper.

        A week in which a taper begins is its first.
        """
        began = self.plans_in_force[-1].taper_began if self.plans_in_force else None
        return (self.last_day - began).days // 7 + 1 if began else 0

    def offered(self, counts: Collection[Service]) -> int:
        """Return the minutes on the patient's schedule, of the services that count."""
        expected = (each.scheduled for each in self.visits if each.expected)
        return minutes_of(expected, counts)

    def attended(self, counts: Collection[Service]) -> int:
        """Return the minutes of presence, of the services that count; make-ups too."""
        return minutes_of((each.credited for each in self.visits), counts)

    def days_attended(self, counts: Collection[Service]) -> int:
        """Return on how many days there is a minute of presence that counts."""
        return len({each.day for each in self.visits if minutes_of([each.credited], counts)})

    def times(self, service: Service) -> int:
        """Return at how many sessions the patient was there for a minute of a service."""
        return sum(1 for each in self.visits if each.credited.get(service, 0))

    @cached_property
    def incomplete(self) -> tuple[Visit, ...]:
        """The visits of which nobody knows how long they lasted."""
        return tuple(each for each in self.visits if not each.complete)

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
