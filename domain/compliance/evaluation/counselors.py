"""Judging counselors and programs by the week: how many patients there are for each. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.compliance.applicable_policies import adopted_on, asked_of
from domain.compliance.caseload import COUNSELORS, PROGRAMS, CounselorWeek, ProgramWeek
from domain.compliance.evaluation.outlook import OTHERWISE
from domain.compliance.evaluation.result import DAY, Judgement, Scope
from domain.compliance.facts import (
    CensusFacts,
    Client,
    CounselorFacts,
    FacilityFacts,
    PatientFacts,
    ProgramFacts,
    Since,
    latest,
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
                    facts.patient_id,
                    stay.program_id,
                    first,
                    last,
                    tuple(sorted(evidence)),
                    payers=_payers(facts, first, last),
                )
                found.setdefault(each.who, []).append(client)
    return found


def _payers(facts: PatientFacts, first: date, last: date | None) -> tuple[Since, ...]:
    """Return who paid for a patient from a day to another."""
    on_first = facts.payer_on(first)
    later = (each for each in facts.payers if first < each.from_day <= (last or date.max))
    known = sorted(later, key=lambda each: each.from_day)
    return (on_first, *known) if on_first else tuple(known)


def enrolled_of(facts: PatientFacts) -> dict[str, list[Client]]:
    """Return when a patient was in which program, and whose: once for the stay, once for each."""
    found: dict[str, list[Client]] = {}
    if facts.merged_into is not None:
        return found
    for stay in facts.stays:
        evidence = tuple(sorted({*stay.evidence, *facts.merges}))
        theirs = Client(
            facts.patient_id, stay.program_id, stay.admitted_on, stay.discharged_on, evidence
        )
        found.setdefault(stay.program_id, []).append(theirs)
    for counselor, clients in clients_of(facts).items():
        for each in clients:
            found[each.program_id].append(replace(each, counselor=counselor, payers=()))
    return found


def judge_counselor(
    facts: CounselorFacts,
    site: FacilityFacts,
    programs: Mapping[str, ProgramFacts],
    scope: Scope,
) -> Judgement:
    """Return what rules say of a counselor's weeks, by what their patients' programs are under.

    Of each week it is what is in force on its last day; a payer's is where it pays for any of them.
    """
    found = Judgement()
    clients = [each for known in facts.clients.values() for each in known]
    for first, last in _weeks(clients, site, scope, found):
        there = tuple(each for each in clients if each.is_there(first, last))
        week = CounselorWeek(facts.name, first, last, there, site.evidence)
        for adopted in _terms(facts, there, (site, programs), last).values():
            for rule in COUNSELORS:
                if finding := rule(week, adopted):
                    _take(found, finding, day_after(last, site.zone), scope.now)
    return found


def judge_census(
    facts: CensusFacts, site: FacilityFacts, program: ProgramFacts | None, scope: Scope
) -> Judgement:
    """Return what rules say of a program's weeks, by the policy in force on the last day of each.

    Where none of its policies asks for any, none is looked at.
    """
    found = Judgement()
    if program is None or not _asks(program):
        return found
    clients = [each for known in facts.clients.values() for each in known]
    for first, last in _weeks(clients, site, scope, found):
        there = tuple(each for each in clients if each.is_there(first, last))
        week = ProgramWeek(facts.name, first, last, there, site.evidence)
        for adopted in adopted_on(program.policies, last).values():
            for rule in PROGRAMS:
                if finding := rule(week, adopted):
                    _take(found, finding, day_after(last, site.zone), scope.now)
    return found


def _asks(program: ProgramFacts) -> bool:
    known = (version for versions in program.policies.values() for version in versions.values())
    return any(asked_of(each.policy, PROGRAMS) for each in known if each.policy)


def _weeks(
    clients: Sequence[Client], site: FacilityFacts, scope: Scope, found: Judgement
) -> Iterator[tuple[date, date]]:
    """Yield the weeks within a scope in which any of the clients is there, and the one that runs.

    The first instant is remembered at which there is more to say.
    """
    begin = min((each.first_day for each in clients), default=date.max)
    if begin == date.max:
        return
    first = week_of(max(scope.days, begin), site.week_starts_on)
    while any(each.last_day is None or each.last_day >= first for each in clients):
        last = first + WEEK - DAY
        if first > scope.through + DAY:
            found.wait_for(instant(first, time(), site.zone))
            return
        over = day_after(last, site.zone)
        if over > scope.now:
            found.wait_for(over)
        yield first, last
        first += WEEK


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
    ground: tuple[FacilityFacts, Mapping[str, ProgramFacts]],
    day: date,
) -> dict[str, Adopted]:
    """Return what their patients' programs are under on a day, and what their payers ask for."""
    site, programs = ground
    keys = {Program.id_of(facts.facility_id, each.program_id) for each in there}
    found: dict[str, Adopted] = {}
    for key in sorted(keys & programs.keys()):
        found |= adopted_on(programs[key].policies, day)
    paid = {payer for each in there if (payer := latest([*each.payers], day))}
    for payer in sorted(paid, key=lambda each: (each.who, each.event_id)):
        theirs = adopted_on(site.payer_policies.get(payer.who, {}), day, payer.event_id)
        found = theirs | found
    return found
