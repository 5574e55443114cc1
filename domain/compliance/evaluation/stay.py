"""Judging a stay: from all that is known of a patient to what each rule says of it. Pure."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from functools import cached_property

from domain.compliance.applicable_policies import (
    PolicySpan,
    asked,
    asked_of,
    judged,
)
from domain.compliance.authorization_units import AuthorizationUnits
from domain.compliance.clocks import months_after
from domain.compliance.days import DAILY
from domain.compliance.evaluation.billed import billed
from domain.compliance.evaluation.outlook import Outlook, as_scheduled, runs_until
from domain.compliance.evaluation.result import DAY, Judgement, Scope, WeekSum
from domain.compliance.evaluation.stay_facts import StayFacts
from domain.compliance.facts import (
    OpenSession,
    Visit,
)
from domain.compliance.finding import Finding
from domain.compliance.hours import WEEKLY
from domain.compliance.intervals import StayOf
from domain.compliance.months import MONTHLY
from domain.compliance.offered import SCHEDULED
from domain.compliance.period import Period
from domain.compliance.recurring import MONTHLY_REPORTS, STAYS
from domain.compliance.repairs import open_to
from domain.compliance.thresholds import Rule
from domain.compliance.visits import BY_STATUS, AfterVisit
from domain.policy import SERVICES
from domain.times import day_after, days, instant, week_of

WEEK = timedelta(weeks=1)
LAST_OF_WEEK = timedelta(days=6)

INTERVALS = dict(STAYS)
RECURRING = tuple(INTERVALS)


class StayJudge(StayFacts):
    """Judges one stay of a patient, as often as somebody asks, as long as only visits change."""

    scope: Scope
    found: Judgement
    sessions: Callable[[str], Sequence[OpenSession]]

    def judge(
        self,
        scope: Scope,
        found: Judgement,
        sessions: Callable[[str], Sequence[OpenSession]],
    ) -> None:
        """Evaluate every rule of the parts that are within the scope."""
        self.scope, self.found, self.sessions = scope, found, sessions
        for each in ("_ahead_units", "_open"):
            self.__dict__.pop(each, None)
        for part in scope.parts:
            found.part = part
            match part:
                case "weeks":
                    self._weeks()
                    self._months()
                case "days":
                    self._days()
                case "visits":
                    self._visits()
                case "stays":
                    self._whole_stay()
            if self.stay.admitted_on > self._today:
                found.wait_for(instant(self.stay.admitted_on, time(), self.site.zone))

    # What is judged

    @property
    def _today(self) -> date:
        return self.scope.through + DAY

    def _weeks(self) -> None:
        starts_on = self.site.week_starts_on
        first = week_of(self._floor, starts_on)
        last = min(self.stay.discharged_on or date.max, self._today)
        while first <= last:
            ends = first + LAST_OF_WEEK
            week = self.period(first, ends)
            courses = self.terms.courses(*self._treated(first, ends))
            self.found.weeks.append(self._sum(week))
            if ends > self.scope.through:
                self._run(WEEKLY, week)
                return
            self.found.findings.extend(judged(WEEKLY, week, courses))
            first += WEEK

    def _months(self) -> None:
        first = self._floor.replace(day=1)
        last = min(self.stay.discharged_on or date.max, self._today)
        while first <= last:
            following = months_after(first, 1)
            ends = following - DAY
            courses = self.terms.courses(*self._treated(first, ends))
            if ends > self.scope.through:
                self.found.wait_for(day_after(ends, self.site.zone))
                if asked(MONTHLY, courses):
                    self._run(MONTHLY, self.period(first, ends))
                return
            if asked(MONTHLY, courses):
                self.found.findings.extend(judged(MONTHLY, self.period(first, ends), courses))
            first = following

    def _days(self) -> None:
        scope = self.scope
        over = sorted(day for day in self.by_day if scope.days <= day <= scope.through)
        for day in over:
            courses = self.terms.courses(day, day)
            if any(each.came for each in self.by_day[day]):
                period = self.period(day, day)
                self.found.findings.extend(judged(DAILY, period, courses))
                self.found.days.append(billed(period, self.terms))
            elif asked(SCHEDULED, courses) and any(each.expected for each in self.by_day[day]):
                self.found.findings.extend(judged(SCHEDULED, self.period(day, day), courses))
        self._running_day()

    def _running_day(self) -> None:
        """Judge the day that is running, or wait for the next one for which anything is asked."""
        today = self._today
        if any(each.came for each in self.by_day.get(today, ())):
            # Once it is over it may be billable.
            self.found.wait_for(day_after(today, self.site.zone))
        if not self._asked_of_days:
            return
        to_come = (each.day for each in self.visits if each.day >= today)
        expected = (day for day in to_come if any(each.offered for each in self.by_day[day]))
        day = min(expected, default=None)
        if day is None or not asked(DAILY, self.terms.courses(day, day)):
            return
        if day > today:
            self.found.wait_for(instant(day, time(), self.site.zone))
        elif any(self.attended_at(each).came for each in self.by_day[today]):
            self._run(DAILY, self.period(today, today))
        else:
            self.found.wait_for(day_after(today, self.site.zone))

    @cached_property
    def _asked_of_days(self) -> bool:
        """Tell whether anything is asked of a day, whichever."""
        last = self.stay.discharged_on or date.max
        return asked(DAILY, self.terms.courses(self.stay.admitted_on, last))

    def _run(self, rules: tuple[Rule, ...], so_far: Period) -> None:
        """Judge days that are not over, as they are scheduled."""
        first_day, last_day = so_far.first_day, so_far.last_day
        self.found.wait_for(day_after(last_day, self.site.zone))
        courses = self.terms.courses(*self._treated(first_day, last_day))
        if not asked(rules, courses):
            return
        ahead = self.ahead(so_far, lambda: self._ahead_units)
        outlook = Outlook(
            now=self.scope.now,
            zone=self.site.zone,
            ahead=ahead,
            so_far=lambda: so_far,
            offered=lambda: self.sessions(self.program_id),
            joinable=lambda: self._open,
        )
        at_risk = False
        for each in judged(rules, ahead, courses):
            adopted = courses[each.policy_id].stretches[-1].adopted
            until = day_after(each.last_day, self.site.zone)
            if until <= self.scope.now:
                self.found.findings.append(each)
                continue
            found = outlook.of(each, adopted, until)
            self.found.run(found)
            at_risk |= found.state in {"at_risk", "impossible"}
        if at_risk:
            for day in days(max(first_day, self._today), last_day):
                self.found.watch(self.program_id, day)

    def _visits(self) -> None:
        since = self.scope.visits
        for visit in [each for each in self.visits if each.day >= since]:
            rules = BY_STATUS.get(visit.status)
            if rules is None:
                continue
            for adopted in self.terms.on(visit.day).values():
                for rule in asked_of(adopted.policy, rules):
                    self._take(rule(self._after(visit), adopted))

    def _after(self, visit: Visit) -> AfterVisit:
        return AfterVisit(
            patient_id=self.facts.patient_id,
            visit=visit,
            zone=self.site.zone,
            closures=self.calendar.closures,
            stay=self.base,
            waivers=self.waivers,
            attempts=self.attempts.get(visit.session_id, ()),
            made_up=self.made_up.get(visit.session_id),
            discharged_on=self.stay.discharged_on,
            visits=self.visits,
            leaves=self.calendar.leaves,
            supervision_of=self.site.supervision_of,
        )

    def _whole_stay(self) -> None:
        """Judge what is due again and again, by what was in force on the day it began to count."""
        first, last = self._treated(self.stay.admitted_on, self._today)
        if last < first:
            return
        ended = self.stay.discharged_on
        if ended and ended > self.scope.through:
            # Then its last month is over, and may have to be reported, and the stay summed up.
            self.found.wait_for(day_after(ended, self.site.zone))
        if self.scope.stays > last:
            return
        of = StayOf(
            self.facts, self.stay, self.base, self.calendar, self.scope.through, self.scope.stays
        )
        of.__dict__["visits"] = self.visits
        courses = self.terms.courses(first, last)
        if asked(MONTHLY_REPORTS, courses):
            following = months_after(self._today.replace(day=1), 1)
            self.found.wait_for(day_after(following - DAY, self.site.zone))
        for course in courses.values():
            for stretch in course.stretches:
                self._intervals(stretch, of)

    def _intervals(self, stretch: PolicySpan, of: StayOf) -> None:
        since = max(stretch.first_day, self.scope.stays)
        for rule in asked_of(stretch.adopted.policy, RECURRING):
            for each in INTERVALS[rule](of, stretch.adopted):
                if since <= each.began <= stretch.last_day:
                    self._take(rule(each, stretch.adopted))

    # Parts

    def _take(self, finding: Finding | None) -> None:
        if finding:
            self.found.take(finding, self.scope.now)

    @cached_property
    def _ahead_units(self) -> AuthorizationUnits:
        """The units as they will be charged if all that is scheduled is attended."""
        through = runs_until(self._today, self.site.week_starts_on, months=True)
        return AuthorizationUnits(as_scheduled(self.facts, through), self.site)

    @cached_property
    def _open(self) -> list[OpenSession]:
        """The sessions for which the patient could still be booked."""
        offered = self.sessions(self.program_id)
        return open_to(self.facts, self.stay, offered, self.scope.now, self.site.zone)

    @property
    def _floor(self) -> date:
        """The earliest day whose week is judged; before the stay it does not matter."""
        return max(self.scope.since_of("weeks"), self.stay.admitted_on)

    def _treated(self, first_day: date, last_day: date) -> tuple[date, date]:
        """Return the days of a period on which the patient was in treatment."""
        ended = self.stay.discharged_on or last_day
        return max(first_day, self.stay.admitted_on), min(last_day, ended)

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
