"""What is known of a stay, in the order and by the days in which rules ask for it. Pure."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property

from domain.compliance.applicable_policies import (
    ApplicablePolicies,
)
from domain.compliance.authorization_units import AuthorizationUnits, Left
from domain.compliance.clocks import Calendar
from domain.compliance.evaluation.outlook import attended
from domain.compliance.evaluation.result import DAY
from domain.compliance.facts import (
    Attempt,
    Authorized,
    FacilityFacts,
    Hospitalized,
    InForce,
    PatientFacts,
    ProgramFacts,
    Stay,
    Visit,
    Waiver,
)
from domain.compliance.intervals import begins, visits_in
from domain.compliance.period import Period
from domain.program import Program
from domain.times import days


class StayFacts:
    """A stay of a patient, as often as somebody asks, as long as only visits change."""

    def __init__(
        self,
        facts: PatientFacts,
        stay: Stay,
        site: FacilityFacts,
        program: ProgramFacts | None,
        units: Callable[[], AuthorizationUnits],
    ) -> None:
        self.facts = facts
        self.stay = stay
        self.site = site
        self.program = program
        self.units = units

    # What does not change

    @cached_property
    def terms(self) -> ApplicablePolicies:
        """What the stay is judged by."""
        return ApplicablePolicies(self.facts, self.stay, self.site, self.program)

    @cached_property
    def base(self) -> tuple[str, ...]:
        """The events that say who it is about, how long the stay lasts and how days are counted."""
        return tuple(sorted({*self.stay.evidence, *self.facts.merges, *self.site.evidence}))

    @cached_property
    def calendar(self) -> Calendar:
        """What days are to the clocks of the stay."""
        closures = self.program.closures if self.program else {}
        return Calendar(self.site.zone, closures, self.facts.leaves_in(self.stay))

    @cached_property
    def program_id(self) -> str:
        """The id of the program's aggregate."""
        return Program.id_of(self.facts.facility_id, self.stay.program_id)

    @cached_property
    def plans(self) -> tuple[InForce, ...]:
        """The plans of the stay; those of the stay before have ended with it."""
        return self.facts.plans_in(self.stay)

    @cached_property
    def _proof_of_periods(self) -> tuple[str, ...]:
        tapers = (event for plan in self.plans for event in plan.taper_events)
        return tuple(sorted({*self.base, *tapers}))

    @cached_property
    def _hospitalized(self) -> tuple[Hospitalized, ...]:
        return tuple(self.facts.hospitalized.values())

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        """The rules that do not bind on some days."""
        return tuple(self.facts.waivers)

    @cached_property
    def attempts(self) -> dict[str, tuple[Attempt, ...]]:
        """The attempts to reach the patient, by the session that was missed."""
        found: dict[str, tuple[Attempt, ...]] = {}
        for each in self.facts.attempts:
            found[each.session_id] = (*found.get(each.session_id, ()), each)
        return found

    # Visits

    @cached_property
    def visits(self) -> list[Visit]:
        """The visits of the stay in the order of their time."""
        return list(visits_in(self.facts, self.stay))

    @cached_property
    def by_day(self) -> dict[date, list[Visit]]:
        """The visits of each day in the order of their time."""
        found: dict[date, list[Visit]] = {}
        for each in self.visits:
            found.setdefault(each.day, []).append(each)
        return found

    def visit_changed(self, before: Visit | None, now: Visit | None) -> None:
        """Take in that a visit is another one; None where there was, or is, none."""
        self.__dict__.pop("made_up", None)
        if "visits" not in self.__dict__:
            return
        by_day = self.by_day
        if before and self.stay.covers(before.day):
            for known in (self.visits, by_day[before.day]):
                del known[bisect_left(known, begins(before), key=begins)]
        if now and self.stay.covers(now.day):
            for known in (self.visits, by_day.setdefault(now.day, [])):
                insort(known, now, key=begins)

    @cached_property
    def made_up(self) -> dict[str, Visit]:
        """The visits at which the patient came to make up for others, by those; the first each."""
        later_first = reversed(self.visits)
        return {each.makes_up: each for each in later_first if each.makes_up and each.came}

    def _visits_on(self, first_day: date, last_day: date) -> tuple[Visit, ...]:
        by_day = self.by_day
        if first_day == last_day:
            return tuple(by_day.get(first_day, ()))
        found = [each for day in days(first_day, last_day) for each in by_day.get(day, ())]
        return tuple(sorted(found, key=begins))

    @cached_property
    def _as_attended(self) -> dict[str, tuple[Visit, Visit]]:
        return {}

    def attended_at(self, visit: Visit) -> Visit:
        """Return what a visit will be if all goes as it is scheduled."""
        if visit.status != "scheduled":
            return visit
        known = self._as_attended.get(visit.session_id)
        if known is None or known[0] is not visit:
            known = self._as_attended[visit.session_id] = (visit, attended(visit))
        return known[1]

    # Periods

    def period(self, first_day: date, last_day: date) -> Period:
        """Return the facts of some days; of one day what was left of authorizations before it."""
        return Period(
            self.facts.patient_id,
            first_day,
            last_day,
            self.stay.admitted_on,
            self.stay.discharged_on,
            self._proof_of_periods,
            self.plans,
            self._visits_on(first_day, last_day),
            self.waivers,
            tuple(self.facts.justified),
            tuple(self._left(first_day, last_day, self.units)),
            self.calendar.leaves_within(first_day, last_day),
            self.visits,
            self.calendar.leaves,
            self._hospitalized,
        )

    def ahead(self, so_far: Period, units: Callable[[], AuthorizationUnits]) -> Period:
        """Return some days, and what is left, as they will be if all goes as it is scheduled."""
        visits = tuple([self.attended_at(each) for each in so_far.visits])
        left = tuple(self._left(so_far.first_day, so_far.last_day, units))
        return so_far.ahead(visits, left)

    def _left(
        self, first_day: date, last_day: date, units: Callable[[], AuthorizationUnits]
    ) -> Iterator[Left]:
        """Yield what is left of the authorizations of the payer on the last day of a period.

        Those that ended before are none any more. For one day it is what is left before it.
        """
        payer = self.facts.payer_on(last_day) if self.facts.authorized else None
        if payer is None:
            return
        charged = units()
        if first_day == last_day:
            counted, left = last_day - DAY, charged.before(last_day)
        else:
            counted, left = last_day, charged.after(last_day)
        for key, number in left:
            each = self.facts.authorized[key]
            if each.last_day >= last_day and self._is_for(each):
                evidence = {payer.event_id, *charged.proof(key, counted)}
                yield Left(each, number, tuple(sorted(evidence)))

    def _is_for(self, authorized: Authorized) -> bool:
        """Tell whether any day of an authorization lies in the stay."""
        first, last = authorized.first_day, authorized.last_day
        ended = self.stay.discharged_on
        return self.stay.admitted_on <= last and (ended is None or first <= ended)
