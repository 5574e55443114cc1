"""Mending: what could still be done about a finding that is at risk, or what stands in the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.compliance.authorization_units import AuthorizationUnits
from domain.compliance.evaluation.outlook import need_of
from domain.compliance.evaluation.stay_facts import StayFacts
from domain.compliance.facts import FacilityFacts, OpenSession, PatientFacts, ProgramFacts
from domain.compliance.finding import Finding
from domain.compliance.repair_order import away_on, least_first
from domain.compliance.repairs import Obstacle, in_the_way, open_to, smallest

Repair = tuple[OpenSession, ...]
"""Sessions in the order in which they begin; booking all of them mends a finding."""


@dataclass(frozen=True, slots=True)
class RepairOptions:
    """All smallest repairs, what disturbs the patient's week least first; or what is in the way.

    `obstacles` are the sessions that would help, had the patient a way to come to them; none where
    there is a repair.
    """

    repairs: tuple[Repair, ...]
    obstacles: tuple[Obstacle, ...]


NONE = RepairOptions((), ())


def repairs_for(
    finding: Finding,
    facts: PatientFacts,
    site: FacilityFacts,
    program: ProgramFacts | None,
    sessions: Iterable[OpenSession],
    *,
    now: datetime,
) -> RepairOptions:
    """Return how a finding of a patient that is at risk could be mended by booking sessions.

    `sessions` are those of the program. There is nothing to say where a rule is not mended by
    sessions, or no longer asked for.
    """
    stays = [each for each in facts.stays if each.admitted_on <= finding.last_day]
    if not stays:
        return NONE
    stay = stays[-1]
    known = StayFacts(facts, stay, site, program, lambda: AuthorizationUnits(facts, site))
    last = min(finding.last_day, stay.discharged_on or date.max)
    adopted = known.terms.on(last).get(finding.policy_id)
    if adopted is None:
        return NONE
    ahead = known.ahead(known.period(finding.first_day, finding.last_day), known.units)
    need = need_of(finding, ahead, adopted.policy)
    if need is None or need.missing <= 0:
        return NONE
    useful = [each for each in sessions if need.gain(each)]
    joinable = open_to(facts, stay, useful, now, site.zone)
    away = away_on(facts.visits.values())
    repairs = least_first(smallest(need, joinable), away)
    if repairs:
        return RepairOptions(tuple(repairs), ())
    return RepairOptions((), tuple(in_the_way(facts, stay, useful, now, site.zone)))
