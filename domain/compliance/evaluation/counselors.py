"""Judging a counselor: how many patients they have. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.compliance.applicable_policies import adopted_on
from domain.compliance.caseload import COUNSELORS, CounselorWeek
from domain.compliance.evaluation.outlook import OTHERWISE
from domain.compliance.evaluation.result import DAY, Judgement, Scope
from domain.compliance.facts import (
    Client,
    CounselorFacts,
    FacilityFacts,
    PatientFacts,
    ProgramFacts,
)
from domain.compliance.finding import Finding
from domain.policy import Adopted
from domain.program import Program
from domain.times import day_after, instant, week_of

WEEK = timedelta(weeks=1)


def clients_of(facts: PatientFacts) -> dict[str, list[Client]]:
    """Return when a patient was whose, by the counselor."""
    found: dict[str, list[Client]] = {}
    if facts.merged_into is not None:
        return found
    for stay in facts.stays:
        said = sorted(facts.counselors_in(stay), key=lambda each: each.from_day)
        for number, each in enumerate(said):
            after = said[number + 1] if number + 1 < len(said) else None
            replaced = after.from_day - DAY if after else None
            ends = [day for day in (replaced, stay.discharged_on) if day is not None]
            first, last = max(each.from_day, stay.admitted_on), min(ends, default=None)
            if last is None or first <= last:
                evidence = {*stay.evidence, *facts.merges, each.event_id}
                evidence |= {after.event_id} if after else set()
                client = Client(
                    facts.patient_id, stay.program_id, first, last, tuple(sorted(evidence))
                )
                found.setdefault(each.who, []).append(client)
    return found


def judge_counselor(
    facts: CounselorFacts,
    site: FacilityFacts,
    programs: Mapping[str, ProgramFacts],
    scope: Scope,
) -> Judgement:
    """Return what rules say of a counselor's weeks, by what their patients' programs are under.

    Of each week it is what is in force on its last day.
    """
    found = Judgement()
    clients = [each for known in facts.clients.values() for each in known]
    if not clients:
        return found
    begin = max(scope.days, min(each.first_day for each in clients))
    first = week_of(begin, site.week_starts_on)
    while any(each.last_day is None or each.last_day >= first for each in clients):
        last = first + WEEK - DAY
        if first > scope.through + DAY:
            found.wait_for(instant(first, time(), site.zone))
            break
        there = tuple(
            each
            for each in clients
            if each.first_day <= last and (each.last_day is None or each.last_day >= first)
        )
        week = CounselorWeek(facts.name, first, last, there, site.evidence)
        over = day_after(last, site.zone)
        if over > scope.now:
            found.wait_for(over)
        for adopted in _terms(facts, there, programs, last).values():
            for rule in COUNSELORS:
                if finding := rule(week, adopted):
                    _take(found, finding, over, scope.now)
        first += WEEK
    return found


def _take(found: Judgement, finding: Finding, over: datetime, now: datetime) -> None:
    if over <= now:
        found.findings.append(finding)
        return
    because = f"with the patients there are: {finding.because}"
    if finding.state == "met":
        finding = replace(finding, state="on_track", because=because)
    elif finding.state == "breached":
        because = f"{because}; {OTHERWISE[finding.rule]} would mend it"
        finding = replace(finding, state="at_risk", because=because)
    found.run(replace(finding, until=over))


def _terms(
    facts: CounselorFacts,
    there: tuple[Client, ...],
    programs: Mapping[str, ProgramFacts],
    day: date,
) -> dict[str, Adopted]:
    keys = {Program.id_of(facts.facility_id, each.program_id) for each in there}
    found: dict[str, Adopted] = {}
    for key in sorted(keys & programs.keys()):
        found |= adopted_on(programs[key].policies, day)
    return found
