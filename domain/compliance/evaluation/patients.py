"""Judging a patient: every treatment of theirs, and what payers have agreed to. Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from domain.compliance.authorization_units import AuthorizationUnits
from domain.compliance.evaluation.result import AuthorizationLeft, Judgement, Scope
from domain.compliance.evaluation.stay import StayJudge
from domain.compliance.facts import FacilityFacts, OpenSession, PatientFacts, ProgramFacts, Visit
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
    return PatientJudge(facts, site, programs).judge(sessions, scope)


class PatientJudge:
    """Judges one patient as often as somebody asks, as long as only their visits change.

    What else is known of them, of their site and of their programs is taken to be as it was: who
    changes it makes a new one.
    """

    def __init__(
        self, facts: PatientFacts, site: FacilityFacts, programs: Mapping[str, ProgramFacts]
    ) -> None:
        self._facts = facts
        self._site = site
        self._stays = [
            StayJudge(
                facts,
                stay,
                site,
                programs.get(Program.id_of(facts.facility_id, stay.program_id)),
                lambda: self._units,
            )
            for stay in facts.stays
        ]

    def visit_changed(self, before: Visit | None, now: Visit | None) -> None:
        """Take in that a visit is another one; None where there was, or is, none."""
        self.__dict__.pop("_units", None)
        for stay in self._stays:
            stay.visit_changed(before, now)

    @cached_property
    def _units(self) -> AuthorizationUnits:
        return AuthorizationUnits(self._facts, self._site)

    def judge(self, sessions: Callable[[str], Sequence[OpenSession]], scope: Scope) -> Judgement:
        """Return what rules say of the patient; see `judge_patient`."""
        found, facts = Judgement(), self._facts
        if facts.merged_into is not None:
            return found
        for stay in self._stays:
            stay.judge(scope, found, sessions)
        for key, each in facts.authorized.items():
            used, proof = self._units.days(key), self._units.proof(key)
            last = used[-1] if used else None
            left = AuthorizationLeft(facts.patient_id, each, len(used), last, proof)
            found.authorizations.append(left)
        if len(facts.stays) > 1:
            # Of a week or a month in which one stay ends and the next begins there is one.
            found.findings = list({each.finding_id: each for each in found.findings}.values())
            found.weeks = list({each.first_day: each for each in found.weeks}.values())
        return found
