"""Judging a patient: every treatment of theirs, and what payers have agreed to. Pure."""

from collections.abc import Callable, Mapping, Sequence

from domain.compliance.authorization_units import AuthorizationUnits
from domain.compliance.evaluation.result import AuthorizationLeft, Judgement, Scope
from domain.compliance.evaluation.stay import StayJudge
from domain.compliance.facts import FacilityFacts, OpenSession, PatientFacts, ProgramFacts
from domain.program import Program


def judge_patient(
    facts: PatientFacts,
    site: FacilityFacts,
    programs: Mapping[str, ProgramFacts],
    sessions: Callable[[str], Sequence[OpenSession]],
    scope: Scope,
) -> Judgement:
    """Return what rules say of a patient; programs are by their aggregates' ids.

    `sessions` tells those of a program in the weeks and months that are running.
    """
    if facts.merged_into is not None:
        return Judgement()
    found = Judgement()
    units = AuthorizationUnits(facts, site)
    for stay in facts.stays:
        program = programs.get(Program.id_of(facts.facility_id, stay.program_id))
        StayJudge(facts, stay, site, program, units, scope, found, sessions).judge()
    for key, each in facts.authorized.items():
        left = AuthorizationLeft(facts.patient_id, each, len(units.days(key)), units.proof(key))
        found.authorizations.append(left)
    if len(facts.stays) > 1:
        # Of a week or a month in which one stay ends and the next begins there is one.
        found.findings = list({each.finding_id: each for each in found.findings}.values())
        found.weeks = list({each.first_day: each for each in found.weeks}.values())
    return found
