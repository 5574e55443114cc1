"""Each rule about a session: met, just under, just over, and where it does not apply.

The session is on Monday, 2 March 2026, from 18:00 to 21:00 in New York: two hours of group, half
an hour of education, half an hour of skills.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.care import Service
from domain.compliance.facts import Noted, Place, SessionFacts
from domain.compliance.finding import Finding
from domain.compliance.sessions import (
    SessionRule,
    education_size,
    group_minimum,
    group_size,
    sheet_due,
)
from tests.support.compliance_week import MONDAY, adopted

NEW_YORK = ZoneInfo("America/New_York")
SITE = ("facility-1:1",)
ALL_OF_IT: dict[Service, int] = {"group": 120, "education": 30, "skills": 30}
SIZES = pytest.mark.parametrize(
    ("rule", "key", "service"),
    [
        (group_size, "group_max", "group"),
        (group_minimum, "group_min", "group"),
        (education_size, "education_max", "education"),
    ],
)


def at(day: int, hour: int = 21, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def place(number: int, **otherwise: Any) -> Place:
    there = Place(
        rostered=f"session-1:{10 + number}",
        recorded=f"session-1:{50 + number}",
        status="attended",
        credited=dict(ALL_OF_IT),
    )
    return replace(there, **otherwise)


def session(attended: int, *others: Place, **otherwise: Any) -> SessionFacts:
    """A session at which so many were from its start to its end; `others` are places beside."""
    places = [*(place(number) for number in range(attended)), *others]
    facts = SessionFacts(
        session_id="session-1",
        facility_id="facility-1",
        program_id="iop",
        day=MONDAY,
        starts_at=at(2, 18),
        ends_at=at(2, 21),
        scheduled=dict(ALL_OF_IT),
        meeting="session-1:1",
        places={f"patient-{number}": each for number, each in enumerate(places)},
    )
    return replace(facts, **otherwise)


def finding(rule: SessionRule, facts: SessionFacts, **numbers: int) -> Finding:
    found = rule(facts, NEW_YORK, SITE, adopted(**numbers))
    assert found is not None
    return found


def outcome(rule: SessionRule, facts: SessionFacts, **numbers: int) -> tuple[str, int | None, int]:
    found = finding(rule, facts, **numbers)
    return found.state, found.measured, found.required


# How many there are


@pytest.mark.parametrize(("there", "state"), [(15, "met"), (16, "met"), (17, "breached")])
def test_group_size_is_that_of_those_who_were_there(there: int, state: str) -> None:
    assert outcome(group_size, session(there), group_max=16) == (state, there, 16)


@pytest.mark.parametrize(("there", "state"), [(1, "breached"), (2, "met"), (3, "met")])
def test_group_minimum_is_of_those_who_were_there(there: int, state: str) -> None:
    assert outcome(group_minimum, session(there), group_min=2) == (state, there, 2)


@pytest.mark.parametrize(("there", "state"), [(34, "met"), (35, "met"), (36, "breached")])
def test_education_size_is_that_of_those_who_were_there(there: int, state: str) -> None:
    assert outcome(education_size, session(there), education_max=35) == (state, there, 35)


@SIZES
def test_a_size_is_about_the_session_and_no_patient(
    rule: SessionRule, key: str, service: Service
) -> None:
    found = finding(rule, session(3), **{key: 3})
    assert service in ALL_OF_IT
    assert (found.patient_id, found.about) == (None, "session-1")
    assert (found.first_day, found.last_day, found.unit) == (MONDAY, MONDAY, "patients")


@SIZES
def test_a_size_counts_who_was_there_for_a_minute_of_the_service(
    rule: SessionRule, key: str, service: Service
) -> None:
    for_a_minute = place(8, credited={service: 1})
    for_none = place(9, credited={"skills": 30})
    facts = session(2, for_a_minute, for_none)
    found = finding(rule, facts, **{key: 3})
    assert found.measured == 3
    assert {"session-1:18", "session-1:58"} <= set(found.evidence)
    assert not {"session-1:19", "session-1:59"} & set(found.evidence)


@SIZES
def test_a_size_counts_who_has_no_time_out_and_who_came_without_a_place(
    rule: SessionRule, key: str, service: Service
) -> None:
    open_ended = place(8, status="incomplete", credited={})
    dropped_in = place(9, rostered=None, credited={service: 20})
    assert finding(rule, session(2, open_ended, dropped_in), **{key: 4}).measured == 4


@SIZES
def test_a_size_leaves_out_who_did_not_come(rule: SessionRule, key: str, service: Service) -> None:
    assert service in ALL_OF_IT
    away = [
        place(9, status=status, credited={})
        for status in ("no_show", "absent", "excused", "turned_away", "scheduled")
    ]
    assert finding(rule, session(2, *away), **{key: 2}).measured == 2


@SIZES
def test_a_size_does_not_bind_where_the_session_has_no_such_service(
    rule: SessionRule, key: str, service: Service
) -> None:
    without = {each: minutes for each, minutes in ALL_OF_IT.items() if each != service}
    facts = session(5, place(9, status="incomplete", credited={}), scheduled=without)
    assert rule(facts, NEW_YORK, SITE, adopted(**{key: 2})) is None


# sheet-due


def signed(*instants: datetime, attended: int = 3) -> SessionFacts:
    sheets = [Noted(each, f"session-1:{90 + number}") for number, each in enumerate(instants)]
    return session(attended, sheets=sheets)


@pytest.mark.parametrize(
    ("signed_at", "days", "state", "taken", "last_day"),
    [
        (at(2, 23, 59), 0, "met", 0, 2),
        (at(3, 0, 0), 0, "breached", 1, 2),
        (at(3, 23, 59), 2, "met", 1, 3),
        (at(4, 23, 59), 2, "met", 2, 4),
        (at(5, 0, 0), 2, "breached", 3, 4),
    ],
)
def test_sheet_due_within_days_by_the_facilitys_clocks(
    signed_at: datetime, days: int, state: str, taken: int, last_day: int
) -> None:
    found = finding(sheet_due, signed(signed_at), sheet_days=days)
    assert (found.state, found.measured, found.required) == (state, taken, days)
    assert (found.first_day, found.last_day) == (MONDAY, date(2026, 3, last_day))
    assert (found.patient_id, found.about) == (None, "session-1")


def test_sheet_due_and_not_signed_is_breached() -> None:
    found = finding(sheet_due, signed(), sheet_days=1)
    assert (found.state, found.measured) == ("breached", None)
    assert (found.because, found.last_day) == ("the sheet is not signed", date(2026, 3, 3))


def test_sheet_due_counts_the_first_signature() -> None:
    found = finding(sheet_due, signed(at(9), at(2)), sheet_days=0)
    assert found.state == "met"
    assert "session-1:91" in found.evidence
    assert "session-1:90" not in found.evidence


# All of them

EACH = pytest.mark.parametrize(
    ("rule", "key"),
    [
        (group_size, "group_max"),
        (group_minimum, "group_min"),
        (education_size, "education_max"),
        (sheet_due, "sheet_days"),
    ],
)


@EACH
def test_a_rule_about_a_session_binds_only_where_the_policy_has_its_number(
    rule: SessionRule, key: str
) -> None:
    assert rule(session(3), NEW_YORK, SITE, adopted(caseload_max=24)) is None
    assert rule(session(3), NEW_YORK, SITE, adopted(**{key: 2})) is not None


@EACH
def test_a_session_that_was_called_off_is_not_judged(rule: SessionRule, key: str) -> None:
    found = finding(rule, session(3, called_off="session-1:5"), **{key: 2})
    assert (found.state, found.measured) == ("not_applicable", None)
    assert found.because == "the program called the session off"
    assert "session-1:5" in found.evidence


@EACH
def test_a_session_to_which_nobody_came_is_not_judged(rule: SessionRule, key: str) -> None:
    missed = place(1, status="no_show", credited={})
    for facts in (session(0), session(0, missed)):
        found = finding(rule, facts, **{key: 2})
        assert (found.state, found.measured) == ("not_applicable", None)
        assert found.because == "nobody came to it"


@EACH
def test_a_session_that_left_the_schedule_is_judged_by_no_rule(rule: SessionRule, key: str) -> None:
    assert rule(session(3, withdrawn=True), NEW_YORK, SITE, adopted(**{key: 2})) is None


def only(facts: SessionFacts, evidence: Iterable[str]) -> SessionFacts:
    """What is known of a session by some events."""
    said = set(evidence)
    assert facts.meeting in said
    return replace(
        facts,
        called_off=facts.called_off if facts.called_off in said else None,
        places={key: each for key, each in facts.places.items() if each.recorded in said},
        sheets=[each for each in facts.sheets if each.event_id in said],
    )


@EACH
@pytest.mark.parametrize("number", [2, 4, 30])
@pytest.mark.parametrize("called_off", [None, "session-1:5"])
def test_a_finding_about_a_session_is_found_again_from_the_events_that_it_names(
    rule: SessionRule, key: str, number: int, called_off: str | None
) -> None:
    others = (
        place(7, status="incomplete", credited={}),
        place(8, status="no_show", credited={}),
        place(9, credited={"skills": 30}),
    )
    facts = replace(
        session(3, *others, called_off=called_off),
        sheets=[Noted(at(9), "session-1:90"), Noted(at(8), "session-1:91")],
    )
    found = finding(rule, facts, **{key: number})
    assert {"facility-1:1", "program-1:2", "session-1:1"} <= set(found.evidence)
    assert finding(rule, only(facts, found.evidence), **{key: number}) == found
