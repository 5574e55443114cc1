"""Judging a session: its size, and whether its sheet was signed. Pure."""

from dataclasses import replace

from domain.compliance.applicable_policies import adopted_on
from domain.compliance.evaluation.result import Judgement, Scope
from domain.compliance.facts import FacilityFacts, ProgramFacts, SessionFacts
from domain.compliance.sessions import OF_PAYERS, SESSIONS, SIGNED
from domain.policy import Adopted
from domain.times import day_after


def judge_session(
    facts: SessionFacts, site: FacilityFacts, program: ProgramFacts | None, scope: Scope
) -> Judgement:
    """Return what rules say of a session, by the policies of its program and of payers.

    A session that left the schedule is judged by none; until its day is over nobody says how many
    were there. By a payer's it is judged where a patient came for whom that payer pays.
    """
    found = Judgement()
    if facts.withdrawn or not (program or site.payer_policies):
        return found
    over = facts.day <= scope.through
    if not over:
        found.wait_for(day_after(facts.day, site.zone))
        if not facts.came:
            return found
    programs = adopted_on(program.policies, facts.day) if program else {}
    judging = [(each, SESSIONS if over else SIGNED) for each in programs.values()]
    if over:
        theirs = _of_payers(facts, site)
        judging += [(each, OF_PAYERS) for key, each in theirs.items() if key not in programs]
    for adopted, rules in judging:
        for rule in rules:
            if finding := rule(facts, site.zone, site.evidence[:1], adopted):
                found.take(finding, scope.now)
    return found


def _of_payers(facts: SessionFacts, site: FacilityFacts) -> dict[str, Adopted]:
    """Return the policies of those who pay for patients who came, by id.

    Of two payers that bring one in different versions it is that of the first.
    """
    found: dict[str, Adopted] = {}
    paid = {each.paid_by for each in facts.came.values() if each.paid_by}
    for by in sorted(paid, key=lambda each: (each.payer, each.evidence)):
        theirs = adopted_on(site.payer_policies.get(by.payer, {}), facts.day, *by.evidence)
        for key, adopted in theirs.items():
            known = found.get(key, adopted)
            if known.policy == adopted.policy:
                told = {*known.evidence, *adopted.evidence}
                found[key] = replace(known, evidence=tuple(sorted(told)))
    return found
