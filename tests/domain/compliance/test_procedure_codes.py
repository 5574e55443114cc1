"""As what services are billed: from how many minutes on, in which units, and what is not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.care import Service
from domain.compliance.authorization_units import Left
from domain.compliance.claim_lines import Claim, ClaimLine, LeftOut, claim_of, instead_of
from domain.compliance.facts import Authorized
from domain.compliance.procedure_codes import (
    DISCRETE,
    HOURLY,
    MEDICARE,
    PER_DIEM,
    procedure_of,
)
from domain.policy import SERVICES
from tests.support.compliance_week import MONDAY, policy, visit

# Minutes and units


@pytest.mark.parametrize(
    ("service", "minutes", "code"),
    [
        ("individual", 15, None),
        ("individual", 16, "90832"),
        ("individual", 37, "90832"),
        ("individual", 38, "90834"),
        ("individual", 52, "90834"),
        ("individual", 53, "90837"),
        ("individual", 180, "90837"),
        ("family", 25, None),
        ("family", 26, "90847"),
        ("group", 44, None),
        ("group", 45, "G0410"),
        ("group", 180, "G0410"),
        ("education", 44, None),
        ("education", 45, "G0177"),
        ("skills", 45, "G0177"),
        ("holistic", 45, "G0176"),
        ("occupational-therapy", 44, None),
        ("occupational-therapy", 45, "G0129"),
        ("assessment", 16, "90791"),
        ("medication", 60, None),
        ("peer-support", 60, None),
        ("case-management", 60, None),
    ],
)
def test_medicares_services_have_their_codes_by_their_minutes(
    service: Service, minutes: int, code: str | None
) -> None:
    found = procedure_of(MEDICARE, service, minutes)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(0, 0), (7, 0), (8, 1), (15, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3), (53, 4)],
)
def test_units_of_15_minutes_begin_with_more_than_half_of_one(minutes: int, units: int) -> None:
    [counseling] = DISCRETE["individual"]
    assert counseling.units(minutes) == units


@pytest.mark.parametrize(
    ("minutes", "units"), [(30, 0), (31, 1), (90, 1), (91, 2), (149, 2), (150, 2), (151, 3)]
)
def test_hours_begin_with_more_than_half_of_one(minutes: int, units: int) -> None:
    assert HOURLY.units(minutes) == units


def test_each_code_has_a_source_or_says_that_none_was_read() -> None:
    every = [
        HOURLY,
        *(each for codes in (MEDICARE, DISCRETE) for of in codes.values() for each in of),
    ]
    for each in every:
        assert each.source
        assert each.verified <= ("https://" in each.source)
        assert len(each.revenue_code) == 4
    assert {code for each in PER_DIEM.values() for code in each.excludes} <= {
        each.code for each in every
    }
    assert {*MEDICARE, *DISCRETE} <= {*SERVICES}


# What is billed of a day

PER_DAY = policy(day_minutes_min=180)
BY_SERVICES = policy(day_services_min=3, day_services_full=4)


def agreed(code: str) -> Left:
    known = Authorized("auth-1", "aetna", code, 12, MONDAY, MONDAY, None, 180, "patient-1:2")
    return Left(known, 3, ("patient-1:2",))


@pytest.mark.parametrize(
    ("focus", "revenue_code", "code"),
    [
        ("substance-use", "0906", "H0015"),
        ("co-occurring", "0906", "H0015"),
        ("mental-health", "0905", "S9480"),
        (None, "0906", "H0015"),
    ],
)
def test_a_whole_day_is_one_unit_by_what_the_program_treats_for(
    focus: Any, revenue_code: str, code: str
) -> None:
    found = claim_of([visit(0, {"group": 180})], PER_DAY, None, focus, 180)
    assert found.lines == (ClaimLine(revenue_code, code, 1, 180),)


def test_two_sessions_on_a_day_are_one_unit() -> None:
    both = [visit(0, {"group": 180}), visit(0, {"group": 180}, session_id="session-9")]
    found = claim_of(both, PER_DAY, None, "substance-use", 360)
    assert found.lines == (ClaimLine("0906", "H0015", 1, 360),)


@pytest.mark.parametrize(
    ("agreed_to", "revenue_code"), [("H0015", "0906"), ("S9480", "0905"), ("H2036", "0905")]
)
def test_a_whole_day_has_the_code_of_the_authorization(agreed_to: str, revenue_code: str) -> None:
    unit = agreed(agreed_to)
    found = claim_of([visit(0, {"group": 180})], PER_DAY, unit, "mental-health", 180)
    assert found.lines == (ClaimLine(revenue_code, agreed_to, 1, 180),)


def test_what_is_not_billed_beside_the_code_of_the_day_is_left_out_by_name() -> None:
    """Maryland: H0004 and H0005 not with H0015. Peer support may be billed beside it."""
    there = visit(0, {"group": 120, "individual": 50, "peer-support": 30})
    found = claim_of([there], PER_DAY, agreed("H0015"), None, 200)
    assert [(each.code, each.units) for each in found.lines] == [("H0015", 1)]
    assert found.left_out == (
        LeftOut("group", "H0005", 120, "excluded"),
        LeftOut("individual", "H0004", 50, "excluded"),
    )
    # Of a code that is none of a whole day nothing is known.
    assert claim_of([there], PER_DAY, agreed("H2036"), None, 200).left_out == ()


def test_medicares_day_is_a_line_a_code() -> None:
    """Two groups of 60 and 45 minutes, 50 and 20 alone, 44 of skills, a visit for medication.

    Groups: 2 sessions, 60 + 45 = 105 minutes. Alone: 50 are 90834, 20 are 90832. 44 of skills are
    one minute under the 45 of G0177, and a visit for medication is paid for apart.
    """
    morning = visit(0, {"group": 60, "individual": 50, "skills": 44, "medication": 20})
    evening = visit(0, {"group": 45, "individual": 20}, session_id="session-9")
    found = claim_of([morning, evening], BY_SERVICES, agreed("H0015"), None, 239)
    assert {each.code: (each.revenue_code, each.units, each.minutes) for each in found.lines} == {
        "G0410": ("0915", 2, 105),
        "90834": ("0914", 1, 50),
        "90832": ("0914", 1, 20),
    }
    assert found.left_out == (
        LeftOut("skills", "G0177", 44, "minutes"),
        LeftOut("medication", None, 20, "services"),
    )
    assert found.fallback is None


# What a short day is billed as

NEW_YORK = policy(day_minutes_min=180, discrete_below_minimum=1)
OHIO = policy(day_minutes_min=150, hourly_below_minimum=1)
EVENING: Mapping[Service, int] = {"group": 90, "individual": 23, "education": 7}


def test_a_short_day_is_billed_by_its_discrete_services_where_the_policy_says_so() -> None:
    """New York. 90 minutes of group are a session, 23 alone are two units of 15, 7 are none."""
    found = instead_of([visit(0, EVENING)], NEW_YORK, 120)
    assert found == Claim(
        (ClaimLine("0915", "H0005", 1, 90), ClaimLine("0914", "H0004", 2, 23)),
        "discrete-services",
        (LeftOut("education", "H2027", 7, "minutes"),),
    )


def test_units_are_of_the_minutes_of_a_day_together() -> None:
    """10 and 20 minutes alone are 30, which are two units; each by itself would be 1 + 1."""
    first, second = visit(0, {"individual": 10}), visit(0, {"individual": 20}, session_id="s-9")
    found = instead_of([first, second], NEW_YORK, 30)
    assert found.lines == (ClaimLine("0914", "H0004", 2, 30),)
    # 8 and 8 are 16, which are one; 8 and 7 are 8, since 7 minutes are no session of it.
    eight = visit(0, {"individual": 8})
    for minutes, total in ((8, 16), (7, 8)):
        other = visit(0, {"individual": minutes}, session_id="s-9")
        claim = instead_of([eight, other], NEW_YORK, 8 + minutes)
        assert claim.lines == (ClaimLine("0914", "H0004", 1, total),)


@pytest.mark.parametrize(("minutes", "units"), [(149, 2), (91, 2), (90, 1), (31, 1), (30, 0)])
def test_a_short_day_is_billed_by_the_hour_where_the_policy_says_so(
    minutes: int, units: int
) -> None:
    """Ohio, under 2.5 hours."""
    found = instead_of([visit(0, {"group": minutes})], OHIO, minutes)
    if units:
        assert found == Claim((ClaimLine("0900", "H2012", units, minutes),), "hourly")
    else:
        assert found == Claim()


def test_a_short_day_is_billed_as_nothing_where_nobody_says_as_what() -> None:
    assert instead_of([visit(0, EVENING)], PER_DAY, 120) == Claim()
    assert instead_of([visit(0, {"individual": 7})], NEW_YORK, 7) == Claim()
    only = replace(NEW_YORK, counts=("education",))
    assert instead_of([visit(0, EVENING)], only, 7) == Claim()
