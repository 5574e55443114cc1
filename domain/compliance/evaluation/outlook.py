"""What is running: how a week, a month or a day will end, and whether it can still be mended. Pure.

It is judged as if all that is scheduled were attended. What is on record is not guessed at: a
session that is over and not closed yet still counts as scheduled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.compliance.causes import beyond_mending, mended_by_the_record
from domain.compliance.clocks import months_after
from domain.compliance.facts import OpenSession, PatientFacts, Visit
from domain.compliance.finding import Finding
from domain.compliance.offered import lacking_on_average, too_long_from
from domain.compliance.period import Period, minutes_of
from domain.compliance.repairs import ONCE_A_DAY, Need, adding, reach
from domain.policy import Adopted, Policy, RuleName
from domain.times import WeekStart, day_after, week_of

OTHERWISE: Mapping[RuleName, str] = {
    "prescribed-hours": "another plan",
    "too-many-hours": "fewer sessions",
    "taper-weeks": "another plan",
    "longest-gap": "a session in between",
    "longest-stay": "a written rationale",
    "authorization-units": "a new authorization",
    "authorization-days": "a new authorization",
    "partial-hospitalization": "another day",
    "caseload": "fewer patients",
    "program-caseload": "more counselors or fewer patients",
}
"""What could mend the rules that more sessions cannot."""


def as_scheduled(facts: PatientFacts, through: date) -> PatientFacts:
    """Return what will be known of a patient if they attend all that is scheduled by a day."""
    visits = dict(facts.visits)
    for key, each in facts.visits.items():
        if each.day <= through:
            visits[key] = attended(each)
    return replace(facts, visits=visits)


def attended(visit: Visit) -> Visit:
    """Return what a visit will be if the patient attends what is scheduled."""
    if visit.status != "scheduled" or not visit.expected or visit.stays_away:
        return visit
    return replace(visit, status="attended", credited=visit.scheduled)


def runs_until(today: date, week_starts_on: WeekStart, *, months: bool) -> date:
    """Return the last day of the week that runs on a day, or of the month where that is later."""
    end_of_week = week_of(today, week_starts_on) + timedelta(days=6)
    if not months:
        return end_of_week
    return max(end_of_week, months_after(today.replace(day=1), 1) - timedelta(days=1))


def need_of(finding: Finding, ahead: Period, policy: Policy) -> Need | None:
    """Return what a period is short of as it is scheduled; None where no session could mend it."""
    adds = adding(finding.rule, policy)
    if adds is None or finding.measured is None:
        return None
    missing = finding.required - finding.measured
    if finding.rule == "average-hours":
        missing = lacking_on_average(ahead, policy, finding.required)
    once_a_day = finding.rule == ONCE_A_DAY
    attended = (each.day for each in ahead.visits if minutes_of([each.credited], policy.counts))
    return Need(
        first_day=finding.first_day,
        last_day=finding.last_day,
        missing=missing,
        adds=adds,
        once_a_day=once_a_day,
        days=frozenset(attended) if once_a_day else frozenset(),
    )


@dataclass(slots=True)
class Outlook:
    """A period as it is scheduled and as it is on record, and what the patient can still join.

    `offered` are the sessions of the program, whether the patient can join them or not. `now` is
    the instant at which it is looked at, `zone` the clocks of the site.
    """

    now: datetime
    zone: ZoneInfo
    ahead: Period
    so_far: Callable[[], Period]
    offered: Callable[[], Sequence[OpenSession]]
    joinable: Callable[[], Sequence[OpenSession]]

    def of(self, finding: Finding, adopted: Adopted, until: datetime) -> Finding:
        """Say how a finding stands that was made of the period as it is scheduled; return it.

        It stands so until then at the latest.
        """
        because, counts = finding.because, adopted.policy.counts
        if finding.state == "met":
            return finding.restate("on_track", because, until)
        if finding.state != "breached":
            return finding.restate(finding.state, because, until)
        open_ended, finding.mends = finding.mends, ()
        need = need_of(finding, self.ahead, adopted.policy)
        if need:
            return self._by_sessions(finding, need, until, open_ended)
        if finding.rule == "too-many-hours" and self.so_far().attended(counts) > finding.required:
            return finding.restate("impossible", because, until)
        if finding.rule == "longest-gap" and (day := too_long_from(self.ahead, adopted)):
            until = min(until, day_after(day, self.zone))
            if until <= self.now:
                return finding.restate(
                    "impossible", because, day_after(finding.last_day, self.zone)
                )
        because = f"{because}; {OTHERWISE[finding.rule]} would mend it"
        return finding.restate("at_risk", because, until)

    def _by_sessions(
        self, finding: Finding, need: Need, until: datetime, open_ended: tuple[str, ...]
    ) -> Finding:
        helps = any(need.gain(each) for each in self.offered())
        reached = reach(need, self.joinable() if helps else ())
        if reached.until is None:
            theirs = [each for each in self.ahead.visits if each.session_id in open_ended]
            if theirs and reach(need, [_as_open(each) for each in theirs]).until:
                because = mended_by_the_record(finding.because)
                return finding.restate("at_risk", because, until)
            is_idle = not any(each.offered for each in self.ahead.visits)
            because = beyond_mending(finding.because, is_idle=is_idle)
            return finding.restate("impossible", because, until)
        evidence = {*finding.evidence}.union(*(each.evidence for each in reached.sessions))
        finding.evidence = tuple(sorted(evidence))
        return finding.restate("at_risk", finding.because, min(reached.until, until))


def _as_open(visit: Visit) -> OpenSession:
    """Return the session of a visit, as one that would add all that is scheduled."""
    return OpenSession(
        visit.session_id,
        visit.day,
        visit.starts_at,
        visit.ends_at,
        dict(visit.scheduled),
        1,
        visit.evidence,
        visit.modality,
    )
