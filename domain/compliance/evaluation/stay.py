"""Judging a stay: from all that is known of a patient to what each rule says of it. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property

from domain.compliance.applicable_policies import (
    ApplicablePolicies,
    PolicySpan,
    asked,
    asks,
    judged,
)
from domain.compliance.authorization_units import AuthorizationUnits, Left
from domain.compliance.clocks import Calendar, months_after
from domain.compliance.days import DAILY
from domain.compliance.evaluation.billed import billed
from domain.compliance.evaluation.outlook import Outlook, as_scheduled, runs_until
from domain.compliance.evaluation.result import DAY, Judgement, Scope, WeekSum
from domain.compliance.facts import (
    Authorized,
    FacilityFacts,
    InForce,
    OpenSession,
    PatientFacts,
    ProgramFacts,
    Stay,
    Visit,
)
from domain.compliance.finding import Finding
from domain.compliance.hours import WEEKLY
from domain.compliance.intervals import StayOf
from domain.compliance.months import MONTHLY
from domain.compliance.period import Period
from domain.compliance.recurring import STAYS
from domain.compliance.repairs import open_to
from domain.compliance.thresholds import Rule
from domain.compliance.visits import VISITS, AfterVisit
from domain.policy import SERVICES
from domain.program import Program
from domain.times import day_after, days, instant, week_of

WEEK = timedelta(weeks=1)
LAST_OF_WEEK = timedelta(days=6)


@dataclass
class StayJudge:
    """Judges one stay of a patient."""

    facts: PatientFacts
    stay: Stay
    site: FacilityFacts
    program: ProgramFacts | None
    units: AuthorizationUnits
    scope: Scope
    found: Judgement
    sessions: Callable[[str], Sequence[OpenSession]]

    def judge(self) -> None:
        """Evaluate every rule."""
        self._weeks()
        self._months()
        self._days()
        self._visits()
        self._whole_stay()

    @cached_property
    def terms(self) -> ApplicablePolicies:
        """What the stay is judged by."""
        return ApplicablePolicies(self.facts, self.stay, self.site, self.program)

    @cached_property
    def base(self) -> tuple[str, ...]:
        """The events that say who it is about, how long the stay lasts and how days are counted."""
        return tuple(sorted({*self.stay.evidence, *self.facts.merges, *self.site.evidence}))

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """The visits of the stay in the order of their time."""
        found = (each for each in self.facts.visits.values() if self.stay.covers(each.day))
        return tuple(sorted(found, key=lambda each: (each.starts_at, each.session_id)))

    @cached_property
    def calendar(self) -> Calendar:
        """What days are to the clocks of the stay."""
        closures = self.program.closures if self.program else {}
        return Calendar(self.site.zone, closures, self.facts.leaves_in(self.stay))

    def _weeks(self) -> None:
        starts_on = self.site.week_starts_on
        first = week_of(self._floor, starts_on)
        last = self.stay.discharged_on or date.max
        while first <= min(last, self.scope.through + DAY):
            ends = first + LAST_OF_WEEK
            week = self.period(first, ends)
            self.found.weeks.append(self._sum(week))
            if ends > self.scope.through:
                self._run(WEEKLY, first, ends)
                return
            courses = self.terms.courses(*self._treated(first, ends))
            self.found.findings.extend(judged(WEEKLY, week, courses))
            first += WEEK

    def _months(self) -> None:
        first = self._floor.replace(day=1)
        last = self.stay.discharged_on or date.max
        while first <= min(last, self.scope.through + DAY):
            following = months_after(first, 1)
            ends = following - DAY
            if ends > self.scope.through:
                self._run(MONTHLY, first, ends)
                return
            courses = self.terms.courses(*self._treated(first, ends))
            self.found.findings.extend(judged(MONTHLY, self.period(first, ends), courses))
            first = following

    def _days(self) -> None:
        through = self.scope.through
        came = (each.day for each in self.visits if each.came)
        for day in sorted({day for day in came if self.scope.days <= day <= through}):
            period = self.period(day, day)
            courses = self.terms.courses(day, day)
            self.found.findings.extend(judged(DAILY, period, courses))
            self.found.days.append(billed(period, self.terms))
        self._today()

    def _today(self) -> None:
        """Judge the day that is running, or wait for the next one for which anything is asked."""
        today = self.scope.through + DAY
        if any(each.day == today and each.came for each in self.visits):
            # Once it is over it may be billable.
            self.found.wait_for(day_after(today, self.site.zone))
        to_come = (each.day for each in self.visits if each.expected or each.came)
        day = min((day for day in to_come if day >= today), default=None)
        if day is None or not asked(DAILY, self.terms.courses(day, day)):
            return
        if day > today:
            self.found.wait_for(instant(day, time(), self.site.zone))
        elif any(each.came for each in self.ahead.period(today, today).visits):
            self._run(DAILY, today, today)
        else:
            self.found.wait_for(day_after(today, self.site.zone))

    def _run(self, rules: tuple[Rule, ...], first_day: date, last_day: date) -> None:
        """Judge days that are not over, as they are scheduled."""
        self.found.wait_for(day_after(last_day, self.site.zone))
        courses = self.terms.courses(*self._treated(first_day, last_day))
        if not asked(rules, courses):
            return
        ahead = self.ahead.period(first_day, last_day)
        outlook = Outlook(ahead, lambda: self.period(first_day, last_day), lambda: self.open)
        for each in judged(rules, ahead, courses):
            counts = courses[each.policy_id].stretches[-1].adopted.policy.counts
            until = day_after(each.last_day, self.site.zone)
            if until <= self.scope.now:
                self.found.findings.append(each)
                continue
            found = outlook.of(each, counts, until)
            self.found.run(found)
            if found.state in {"at_risk", "impossible"}:
                left = days(max(first_day, self.scope.through + DAY), last_day)
                self.found.watched.update((self.program_id, day) for day in left)

    def _visits(self) -> None:
        later_first = reversed(self.visits)
        made_up = {each.makes_up: each for each in later_first if each.makes_up and each.came}
        for visit in self.visits:
            if visit.day < self.scope.visits:
                continue
            after = AfterVisit(
                patient_id=self.facts.patient_id,
                visit=visit,
                zone=self.site.zone,
                closures=self.calendar.closures,
                stay=self.base,
                waivers=tuple(self.facts.waivers),
                attempts=tuple(
                    each for each in self.facts.attempts if each.session_id == visit.session_id
                ),
                made_up=made_up.get(visit.session_id),
                discharged_on=self.stay.discharged_on,
                visits=self.visits,
                leaves=self.calendar.leaves,
            )
            for adopted in self.terms.on(visit.day).values():
                for rule in VISITS:
                    self._take(rule(after, adopted))

    def _whole_stay(self) -> None:
        """Judge what is due again and again, by what was in force on the day it began to count."""
        base = tuple(sorted({*self.base, *self.facts.testing}))
        first, last = self._treated(self.stay.admitted_on, self.scope.through + DAY)
        if last < first:
            self.found.wait_for(instant(first, time(), self.site.zone))
            return
        ended = self.stay.discharged_on
        if ended and ended > self.scope.through:
            # Then its last month is over, and may have to be reported.
            self.found.wait_for(day_after(ended, self.site.zone))
        if self.scope.stays > last:
            return
        of = StayOf(self.facts, self.stay, base, self.calendar, self.scope.through)
        for course in self.terms.courses(first, last).values():
            for stretch in course.stretches:
                self._intervals(stretch, of)

    def _intervals(self, stretch: PolicySpan, of: StayOf) -> None:
        for rule, intervals in STAYS:
            if not asks(stretch.adopted.policy, rule):
                continue
            for each in intervals(of, stretch.adopted):
                if max(stretch.first_day, self.scope.stays) <= each.began <= stretch.last_day:
                    self._take(rule(each, stretch.adopted))

    # Parts

    def _take(self, finding: Finding | None) -> None:
        if finding:
            self.found.take(finding, self.scope.now)

    @cached_property
    def ahead(self) -> "StayJudge":
        """The same stay as it will be if all that is scheduled is attended."""
        today = self.scope.through + DAY
        through = runs_until(today, self.site.week_starts_on, months=True)
        facts = as_scheduled(self.facts, through)
        return replace(self, facts=facts, units=AuthorizationUnits(facts, self.site))

    @cached_property
    def open(self) -> list[OpenSession]:
        """The sessions for which the patient could still be booked."""
        offered = self.sessions(self.program_id)
        return open_to(self.facts, self.stay, offered, self.scope.now, self.site.zone)

    @property
    def program_id(self) -> str:
        """The id of the program's aggregate."""
        return Program.id_of(self.facts.facility_id, self.stay.program_id)

    @property
    def _floor(self) -> date:
        """The earliest day that is judged; before the stay it does not matter."""
        return max(self.scope.days, self.stay.admitted_on)

    def _treated(self, first_day: date, last_day: date) -> tuple[date, date]:
        """Return the days of a period on which the patient was in treatment."""
        ended = self.stay.discharged_on or last_day
        return max(first_day, self.stay.admitted_on), min(last_day, ended)

    @cached_property
    def plans(self) -> tuple[InForce, ...]:
        """The plans of the stay; those of the stay before have ended with it."""
        earlier = (each.discharged_on for each in self.facts.stays if each is not self.stay)
        before = (each for each in earlier if each and each < self.stay.admitted_on)
        since = max(before, default=date.min)
        return tuple(each for each in self.facts.plans if each.from_day > since)

    def period(self, first_day: date, last_day: date) -> Period:
        """Return the facts of some days; of one day what was left of authorizations before it."""
        tapers = (event for plan in self.plans for event in plan.taper_events)
        return Period(
            patient_id=self.facts.patient_id,
            first_day=first_day,
            last_day=last_day,
            admitted_on=self.stay.admitted_on,
            discharged_on=self.stay.discharged_on,
            stay=tuple(sorted({*self.base, *tapers})),
            plans=self.plans,
            visits=tuple(each for each in self.visits if first_day <= each.day <= last_day),
            waivers=tuple(self.facts.waivers),
            justified=tuple(self.facts.justified),
            left=tuple(self._left(first_day, last_day)),
            leaves=self.calendar.leaves_within(first_day, last_day),
        )

    def _left(self, first_day: date, last_day: date) -> Iterator[Left]:
        """Yield what is left of the authorizations of the payer on the last day of a period.

        Those that ended before are none any more. For one day it is what is left before it.
        """
        payer = self.facts.payer_on(last_day)
        if payer is None:
            return
        if first_day == last_day:
            counted, left = last_day - DAY, self.units.before(last_day)
        else:
            counted, left = last_day, self.units.after(last_day)
        for key, units in left:
            each = self.facts.authorized[key]
            if each.last_day >= last_day and self._is_for(each):
                evidence = {payer.event_id, *self.units.proof(key, counted)}
                yield Left(each, units, tuple(sorted(evidence)))

    def _is_for(self, authorized: Authorized) -> bool:
        """Tell whether any day of an authorization lies in the stay."""
        first, last = authorized.first_day, authorized.last_day
        ended = self.stay.discharged_on
        return self.stay.admitted_on <= last and (ended is None or first <= ended)

    def _sum(self, week: Period) -> WeekSum:
        plan = week.plans_in_force[-1] if week.plans_in_force else None
        in_force = self.terms.on(self._treated(week.first_day, week.last_day)[1])
        return WeekSum(
            patient_id=week.patient_id,
            program_id=self.stay.program_id,
            first_day=week.first_day,
            whole=week.whole,
            offered_minutes=week.offered(SERVICES),
            attended_minutes=week.attended(SERVICES),
            offered_days=len({each.day for each in week.visits if each.expected}),
            attended_days=week.days_attended(SERVICES),
            incomplete_visits=len(week.incomplete),
            planned_minutes=plan.weekly_minutes if plan else None,
            planned_days=plan.days_per_week if plan else None,
            policies=tuple(sorted(in_force)),
        )
