"""Mending: what could still be done about a finding that is at risk, or what stands in the way."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.care import Service
from domain.compliance.evaluation.outlook import as_scheduled, need_of
from domain.compliance.facts import FacilityFacts, OpenSession, PatientFacts
from domain.compliance.finding import Finding
from domain.compliance.repairs import Obstacle, away_on, in_the_way, least_first, open_to, smallest

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


def repairs_for(
    finding: Finding,
    facts: PatientFacts,
    site: FacilityFacts,
    sessions: Iterable[OpenSession],
    *,
    counts: Collection[Service],
    now: datetime,
    shortest: int = 1,
) -> RepairOptions:
    """Return how a finding of a patient that is at risk could be mended by booking sessions.

    `sessions` are those of the program, `counts` the services that count by the finding's policy,
    and `shortest` are the minutes that an individual session has at least.
    There is nothing to say where a rule is not mended by sessions.
    """
    stays = [each for each in facts.stays if each.admitted_on <= finding.last_day]
    need = need_of(finding, as_scheduled(facts, finding.last_day).visits.values(), counts, shortest)
    if need is None or not stays:
        return RepairOptions((), ())
    known = [each for each in sessions if need.gain(each)]
    joinable = open_to(facts, stays[-1], known, now, site.zone)
    away = away_on(facts.visits.values())
    repairs = least_first(smallest(need, joinable), away)
    if repairs:
        return RepairOptions(tuple(repairs), ())
    return RepairOptions((), tuple(in_the_way(facts, stays[-1], known, now, site.zone)))
