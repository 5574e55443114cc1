"""A stay of which the tests of its rules are about: from 2 March 2026 on, a Monday."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.compliance.clocks import Calendar
from domain.compliance.facts import Done, PatientFacts, Stay, Visit
from domain.compliance.finding import Finding
from domain.compliance.intervals import StayOf
from domain.compliance.recurring import STAYS
from domain.policy import Adopted, RuleName
from tests.support.compliance_week import MONDAY, adopted, visit

UTC = ZoneInfo("UTC")
STAY = Stay("iop", MONDAY, None, ("patient-1:1",))
BASE = ("facility-1:1", "patient-1:1")


def march(day: int) -> date:
    """A day of March; what comes after the 31st is of April."""
    return date(2026, 3, 1) + timedelta(days=day - 1)


def done(*days: int) -> list[Done]:
    """Something that was done on these days of March, in the order of the record."""
    return [Done(march(each), f"patient-1:{10 + number}") for number, each in enumerate(days)]


def patient(*visits: Visit, **otherwise: Any) -> PatientFacts:
    found = PatientFacts("patient-1", "facility-1", stays=[STAY], **otherwise)
    found.visits = {each.session_id: each for each in visits}
    return found


def on(day: int, status: Any = "no_show", **otherwise: Any) -> Visit:
    """A session on a day of March, and what it came to."""
    credited = {"group": 180} if status == "attended" else {}
    there = visit(day - 2, {"group": 180}, status=status, credited=credited)
    return replace(there, **otherwise)


LAST = date(2026, 12, 31)
"""The last day that is over, where a test says nothing else."""


def findings(
    rule: RuleName,
    facts: PatientFacts,
    terms: Adopted,
    stay: Stay = STAY,
    *,
    closures: Mapping[date, str] | None = None,
    through: date = LAST,
) -> list[Finding]:
    """What one rule says of each interval of a stay."""
    calendar = Calendar(UTC, closures or {}, facts.leaves_in(stay))
    return [
        found
        for each, intervals in STAYS
        if each.__name__.replace("_", "-") == rule
        for interval in intervals(StayOf(facts, stay, BASE, calendar, through), terms)
        if (found := each(interval, terms))
    ]


Outcome = tuple[int, int, str, int | None]


def shown(found: Iterable[Finding]) -> list[Outcome]:
    """Of each finding the days of March on which it begins and is over, state and days.

    What is after the 31st is of April.
    """
    return [
        (
            (each.first_day - march(1)).days + 1,
            (each.last_day - march(1)).days + 1,
            each.state,
            each.measured,
        )
        for each in found
    ]


def outcomes(
    rule: RuleName, facts: PatientFacts, stay: Stay = STAY, **numbers: int
) -> list[Outcome]:
    """Return what a rule comes to in each interval of a stay."""
    return shown(findings(rule, facts, adopted(**numbers), stay))


def only(facts: PatientFacts, evidence: Iterable[str]) -> PatientFacts:
    """What is known of a patient by some events."""
    said = set(evidence)
    return replace(
        facts,
        counselors=[each for each in facts.counselors if each.event_id in said],
        plans=[each for each in facts.plans if each.event_id in said],
        phases=[each for each in facts.phases if each.event_id in said],
        incidents=[each for each in facts.incidents if each.event_id in said],
        positives={key: each for key, each in facts.positives.items() if each.event_id in said},
        summaries=[each for each in facts.summaries if each.event_id in said],
        waivers=[each for each in facts.waivers if each.event_id in said],
        reviews=[each for each in facts.reviews if each.event_id in said],
        certified=[each for each in facts.certified if each.event_id in said],
        assessments={
            instrument: [each for each in known if each.event_id in said]
            for instrument, known in facts.assessments.items()
        },
        tests=[each for each in facts.tests if each.event_id in said],
        attempts=[each for each in facts.attempts if each.event_id in said],
        leaves=[each for each in facts.leaves if said >= {*each.evidence}],
        consents={key: each for key, each in facts.consents.items() if said >= {*each.evidence}},
        disclosed=[each for each in facts.disclosed if each.event_id in said],
        visits={key: each for key, each in facts.visits.items() if said >= {*each.evidence}},
    )
