"""A patient's week of which the tests of the rules are about, and ways to make it otherwise.

Monday, 2 March 2026, to Sunday. Three evenings of three hours: two hours of group and one of
skills; the third evening has an hour of individual therapy in place of the skills.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.care import Service
from domain.compliance.facts import InForce, Visit
from domain.compliance.period import Period
from domain.policy import SERVICES, Adopted, Parameter, Policy

MONDAY = date(2026, 3, 2)
GROUP_AND_SKILLS: Mapping[Service, int] = {"group": 120, "skills": 60}
GROUP_AND_INDIVIDUAL: Mapping[Service, int] = {"group": 120, "individual": 60}


def visit(day: int, minutes: Mapping[Service, int], **otherwise: Any) -> Visit:
    """An evening that was attended from its start to its end, so many days after Monday."""
    on = MONDAY + timedelta(days=day)
    there = Visit(
        session_id=f"session-{day}",
        program_id="iop",
        day=on,
        starts_at=datetime.combine(on, time(18), UTC),
        ends_at=datetime.combine(on, time(21), UTC),
        scheduled=minutes,
        status="attended",
        credited=minutes,
        evidence=(f"session-{day}:1", f"session-{day}:4"),
    )
    return replace(there, **otherwise)


EVENINGS = (visit(0, GROUP_AND_SKILLS), visit(1, GROUP_AND_SKILLS), visit(3, GROUP_AND_INDIVIDUAL))
PLAN = InForce(date(2026, 2, 2), 540, 3, "patient-1:2")
WEEK = Period(
    patient_id="patient-1",
    first_day=MONDAY,
    last_day=MONDAY + timedelta(days=6),
    admitted_on=date(2026, 2, 2),
    discharged_on=None,
    stay=("patient-1:1",),
    plans=(PLAN,),
    visits=EVENINGS,
)


def policy(**numbers: int) -> Policy:
    """A policy with these numbers and no others."""
    parameters = tuple(Parameter(key, each, "a source", True) for key, each in numbers.items())
    return Policy("house", 1, "House rules", "payer", None, MONDAY, SERVICES, parameters)


def adopted(**numbers: int) -> Adopted:
    return Adopted(policy(**numbers), ("program-1:2",))


def with_third_evening(**otherwise: Any) -> Period:
    """The week with its third evening otherwise."""
    return replace(WEEK, visits=(*EVENINGS[:2], replace(EVENINGS[2], **otherwise)))
