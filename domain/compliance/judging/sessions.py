"""Judging a session: its size, and whether its sheet was signed. Pure."""

from domain.compliance.facts import FacilityFacts, ProgramFacts, SessionFacts
from domain.compliance.judging.outcome import DAY, Judgement, Scope
from domain.compliance.sessions import SESSIONS
from domain.compliance.terms import adopted_on


def judge_session(
    facts: SessionFacts, site: FacilityFacts, program: ProgramFacts | None, scope: Scope
) -> Judgement:
    """Return what rules say of a session, by the policies of its program.

    A session that left the schedule is judged by none.
    """
    found = Judgement()
    if facts.withdrawn or program is None:
        return found
    if facts.day > scope.through:
        found.wait_for(facts.day + DAY)
        return found
    for adopted in adopted_on(program.policies, facts.day).values():
        for rule in SESSIONS:
            if finding := rule(facts, site.zone, site.evidence[:1], adopted):
                found.take(finding, scope.through)
    return found
