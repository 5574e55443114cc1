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
from domain.compliance.evaluation import Scope, judge_session
from domain.compliance.facts import (
    FacilityFacts,
    Noted,
    PaidBy,
    Place,
    ProgramFacts,
    SessionFacts,
    Version,
)
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
    for_none = place(9, credited={"holistic": 30})
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
    without.pop("skills")
    facts = session(5, place(9, status="incomplete", credited={}), scheduled=without)
    assert rule(facts, NEW_YORK, SITE, adopted(**{key: 2})) is None


@pytest.mark.parametrize(
    ("rule", "key", "service"),
    [(group_size, "group_max", "group"), (education_size, "education_max", "education")],
)
def test_a_greatest_size_does_not_apply_to_several_families_or_a_speaker_from_outside(
    rule: SessionRule, key: str, service: Service
) -> None:
    both: tuple[Service, ...] = (service, "skills")
    found = finding(rule, session(5, for_many=both), **{key: 2})
    assert (found.state, found.measured) == ("not_applicable", None)
    assert found.because == "it was of several families or with a speaker from outside"
    assert outcome(rule, session(5, for_many=("skills",)), **{key: 2}) == ("breached", 5, 2)
    assert outcome(rule, session(2, for_many=both), **{key: 2})[0] == "not_applicable"


def test_education_size_is_of_education_and_of_a_training_of_skills() -> None:
    of_skills = place(8, credited={"skills": 30})
    facts = session(2, of_skills, place(9, credited={"group": 90}))
    assert outcome(education_size, facts, education_max=3) == ("met", 3, 3)
    skills_alone = session(3, scheduled={"group": 120, "skills": 60})
    assert outcome(education_size, skills_alone, education_max=2) == ("breached", 3, 2)
    # The education is of several families, the skills are not.
    facts = session(3, for_many=("education",))
    assert outcome(education_size, facts, education_max=2) == ("breached", 3, 2)


def test_a_least_size_applies_to_several_families_all_the_same() -> None:
    facts = session(1, for_many=("group",))
    assert outcome(group_minimum, facts, group_min=2) == ("breached", 1, 2)


# From a payer


def site(*versions: Version, payer: str = "az-plan") -> FacilityFacts:
    found = FacilityFacts("facility-1", NEW_YORK.key, "monday", SITE)
    policies = {each.policy.policy_id: {MONDAY: each} for each in versions if each.policy}
    found.payer_policies = {payer: policies}
    return found


def paid(number: int, payer: str = "az-plan", **otherwise: Any) -> Place:
    paid_by = PaidBy(payer, (f"patient-{number}:1",))
    return place(number, paid_by=paid_by, **otherwise)


def judged(facts: SessionFacts, of: FacilityFacts, **numbers: int) -> list[Finding]:
    program = ProgramFacts("facility-1")
    if numbers:
        known = adopted(**numbers)
        program.policies = {"house": {MONDAY: Version(known.policy, "program-1:2")}}
    at_night = datetime(2026, 3, 3, 12, tzinfo=UTC)
    return judge_session(facts, of, program, Scope.since(MONDAY, at_night, MONDAY)).findings


def brought(number: int, policy_id: str = "az-s9480", **others: int) -> Version:
    policy = replace(adopted(group_max=number, **others).policy, policy_id=policy_id)
    return Version(policy, "facility-1:9")


@pytest.mark.parametrize(("there", "state"), [(7, "met"), (8, "met"), (9, "breached")])
def test_a_payers_limit_is_of_all_who_were_there_with_one_of_its_patients(
    there: int, state: str
) -> None:
    facts = session(there - 1, paid(20))
    (found,) = judged(facts, site(brought(8, sheet_days=0)), education_max=35, group_max=16)[2:]
    assert (found.rule, found.policy_id, found.about) == ("group-size", "az-s9480", "session-1")
    assert (found.state, found.measured, found.required) == (state, there, 8)
    assert {"facility-1:9", "patient-20:1", "session-1:70"} <= set(found.evidence)
    assert "program-1:2" not in found.evidence


def test_a_payers_limit_binds_no_session_to_which_none_of_its_patients_came() -> None:
    others = (paid(20, status="no_show", credited={}), paid(21, payer="blue"))
    assert judged(session(9, *others), site(brought(8))) == []
    assert [each.rule for each in judged(session(9, paid(20)), site(brought(8)))] == ["group-size"]


def test_a_payers_limit_names_each_of_its_patients_who_came() -> None:
    (found,) = judged(session(1, paid(20), paid(21)), site(brought(8)))
    assert {"patient-20:1", "patient-21:1"} <= set(found.evidence)
    without = {
        key: replace(each, paid_by=None if "patient-21:1" in str(each.paid_by) else each.paid_by)
        for key, each in session(1, paid(20), paid(21)).places.items()
    }
    (other,) = judged(session(0, places=without), site(brought(8)))
    assert "patient-21:1" not in other.evidence


def test_a_policy_of_the_program_and_of_a_payer_judges_a_session_once() -> None:
    facts = session(9, paid(20))
    (found,) = judged(facts, site(brought(8, policy_id="house")), group_max=16)
    assert (found.state, found.required) == ("met", 16)


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
