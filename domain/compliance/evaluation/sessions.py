"""Judging a session: its size, and whether its sheet was signed. Pure."""

from domain.compliance.applicable_policies import adopted_on
from domain.compliance.evaluation.result import Judgement, Scope
from domain.compliance.facts import FacilityFacts, ProgramFacts, SessionFacts
from domain.compliance.sessions import SESSIONS, SIGNED
from domain.times import day_after


def judge_session(
    facts: SessionFacts, site: FacilityFacts, program: ProgramFacts | None, scope: Scope
) -> Judgement:
    """Return what rules say of a session, by the policies of its program.

    A session that left the schedule is judged by none; until its day is over nobody says how many
    were there.
    """
    found = Judgement()
    if facts.withdrawn or program is None:
        return found
    over = facts.day <= scope.through
    if not over:
        found.wait_for(day_after(facts.day, site.zone))
        if not facts.came:
            return found
    for adopted in adopted_on(program.policies, facts.day).values():
        for rule in SESSIONS if over else SIGNED:
            if finding := rule(facts, site.zone, site.evidence[:1], adopted):
                found.take(finding, scope.now)
    return found
