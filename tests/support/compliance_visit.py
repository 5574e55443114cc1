"""A visit of which the tests of the rules about visits are about, and what can follow it.

The session is on Monday, 2 March 2026, from 13:00 to 16:00 in New York (18:00 to 21:00 UTC).
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.compliance.facts import Attempt, Noted, Visit
from domain.compliance.finding import Finding
from domain.compliance.visits import AfterVisit, VisitRule
from tests.support.compliance_week import GROUP_AND_SKILLS, adopted, visit

NEW_YORK = ZoneInfo("America/New_York")
THERE = visit(0, GROUP_AND_SKILLS)
ENDED = THERE.ends_at


def march(day: int) -> date:
    return date(2026, 3, day)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant by New York's clocks."""
    return datetime(2026, 3, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


FOLLOWING = visit(1, {"group": 180}, status="scheduled", credited={})
"""The next session with a group, on Tuesday at 13:00 in New York."""


def after(there: Visit = THERE, **otherwise: Any) -> AfterVisit:
    found = AfterVisit(
        patient_id="patient-1",
        visit=there,
        zone=NEW_YORK,
        closures={},
        stay=("patient-1:1",),
        visits=(there, FOLLOWING),
    )
    return replace(found, **otherwise)


def signed(*instants: datetime, there: Visit = THERE, **otherwise: Any) -> AfterVisit:
    notes = tuple(Noted(each, f"session-0:{9 + number}") for number, each in enumerate(instants))
    return after(replace(there, notes=notes), **otherwise)


NO_SHOW = replace(THERE, status="no_show", credited={})


def tried(*instants: datetime, **otherwise: Any) -> AfterVisit:
    attempts = [
        Attempt("session-0", each, f"patient-1:{20 + number}")
        for number, each in enumerate(instants)
    ]
    return after(NO_SHOW, attempts=tuple(attempts), **otherwise)


CALLED_OFF = replace(THERE, status="cancelled", credited={})


def made_up(days: int, **otherwise: Any) -> AfterVisit:
    there = visit(days, {"group": 180}, rostered=False, makes_up="session-0")
    return after(CALLED_OFF, made_up=there, **otherwise)


def finding(rule: VisitRule, known: AfterVisit, **numbers: int) -> Finding:
    found = rule(known, adopted(**numbers))
    assert found is not None
    return found


def outcome(rule: VisitRule, known: AfterVisit, **numbers: int) -> tuple[str, int | None, int]:
    """The state, what was measured, and the day of March on which it is known."""
    found = finding(rule, known, **numbers)
    assert found.first_day == known.visit.day
    return found.state, found.measured, found.last_day.day
