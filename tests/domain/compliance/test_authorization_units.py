"""To which authorization each day is charged, at each of the edges of both.

Sessions are of 180 minutes unless said otherwise; the weeks begin on Monday, 2 March 2026.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from domain.compliance.authorization_units import AuthorizationUnits
from domain.compliance.evaluation import Judgement, Scope, judge_patient
from domain.compliance.facts import (
    Authorized,
    FacilityFacts,
    Noted,
    OwnNote,
    PatientFacts,
    ProgramFacts,
    Since,
    Stay,
    Version,
    Visit,
)
from domain.policy import SERVICES, Parameter, Policy
from domain.program import Program
from tests.support.compliance_visit import at, march
from tests.support.compliance_week import visit

SITE = FacilityFacts("facility-1", "America/New_York", "monday", ("facility-1:1",))
STAY = Stay("iop", march(1), None, ("patient-1:1",))
MEDICAID = Since(march(1), "medicaid", "patient-1:1")


def agreed(
    number: int = 1, *, units: int = 12, first: int = 1, last: int = 31, **more: Any
) -> Authorized:
    known = Authorized(
        authorization_id=f"auth-{number}",
        payer="medicaid",
        code=f"H001{number}",
        units=units,
        first_day=march(first),
        last_day=march(last),
        units_per_week=None,
        minutes_per_unit=180,
        event_id=f"patient-1:1{number}",
    )
    return replace(known, **more)


def on(day: int, minutes: int = 180, hour: int = 13) -> Visit:
    there = visit(0, {"group": minutes})
    return replace(
        there,
        session_id=f"session-{day}-{hour}",
        day=march(day),
        starts_at=at(day, hour),
        ends_at=at(day, hour) + timedelta(minutes=minutes),
        evidence=(f"session-{day}-{hour}:4",),
    )


def patient(
    *known: Authorized, visits: Iterable[Visit] = (), payers: Iterable[Since] = (MEDICAID,)
) -> PatientFacts:
    return PatientFacts(
        "patient-1",
        "facility-1",
        stays=[STAY],
        payers=list(payers),
        authorized={each.authorization_id: each for each in known},
        visits={each.session_id: each for each in visits},
    )


def used(facts: PatientFacts, site: FacilityFacts = SITE) -> dict[str, int]:
    units = AuthorizationUnits(facts, site)
    return {key: len(units.days(key)) for key in facts.authorized}


# One authorization


@pytest.mark.parametrize(("day", "units"), [(2, 0), (3, 1), (4, 1), (5, 1), (6, 0)])
def test_the_first_and_the_last_day_are_included(day: int, units: int) -> None:
    assert used(patient(agreed(first=3, last=5), visits=[on(day)])) == {"auth-1": units}


@pytest.mark.parametrize(
    ("minutes", "units"), [((179,), 0), ((180,), 1), ((90, 89), 0), ((90, 90), 1)]
)
def test_a_day_with_enough_minutes_takes_one_unit(minutes: tuple[int, ...], units: int) -> None:
    visits = [on(3, each, hour) for hour, each in zip((9, 13), minutes, strict=False)]
    assert used(patient(agreed(), visits=visits)) == {"auth-1": units}


def test_short_days_are_not_put_together() -> None:
    assert used(patient(agreed(), visits=[on(3, 90), on(4, 90)])) == {"auth-1": 0}


@pytest.mark.parametrize(("minutes", "units"), [(119, 0), (120, 1)])
def test_the_authorization_says_how_long_a_unit_is(minutes: int, units: int) -> None:
    facts = patient(agreed(minutes_per_unit=120), visits=[on(3, minutes)])
    assert used(facts) == {"auth-1": units}


@pytest.mark.parametrize(("starts_on", "units"), [("monday", 4), ("sunday", 5)])
def test_a_week_takes_no_more_than_the_payer_allows(starts_on: Any, units: int) -> None:
    # Monday to Sunday, and the Monday after: the Sunday is the fourth day, or the first.
    facts = patient(agreed(units_per_week=3), visits=[on(day) for day in (2, 4, 6, 8, 9)])
    assert used(facts, replace(SITE, week_starts_on=starts_on)) == {"auth-1": units}


def test_more_than_was_agreed_to_is_less_than_nothing() -> None:
    facts = patient(agreed(units=2), visits=[on(2), on(3), on(4)])
    assert dict(AuthorizationUnits(facts, SITE).after(march(4))) == {"auth-1": -1}


# Several of one payer


def test_each_day_is_charged_to_one_of_two_that_overlap() -> None:
    # Twelve days of 2 to 26 March on 6 + 6 units: the first to end takes the first six.
    days = (2, 4, 5, 9, 11, 12, 16, 18, 19, 23, 25, 26)
    both = (agreed(2, units=6, first=9, last=31), agreed(1, units=6, first=2, last=30))
    facts = patient(*both, visits=map(on, days))
    assert used(facts) == {"auth-1": 6, "auth-2": 6}
    units = AuthorizationUnits(facts, SITE)
    assert dict(units.before(march(12))) == {"auth-1": 1, "auth-2": 6}
    assert dict(units.before(march(16))) == {"auth-1": 0, "auth-2": 6}
    assert dict(units.before(march(26))) == {"auth-1": 0, "auth-2": 1}


def test_one_that_ends_later_waits_until_the_first_to_end_is_used_up() -> None:
    both = (agreed(1, last=30, units=1), agreed(2, last=10))
    assert used(patient(*both, visits=[on(3), on(4)])) == {"auth-1": 0, "auth-2": 2}
    assert used(patient(*both, visits=[on(3), on(11)])) == {"auth-1": 1, "auth-2": 1}


def test_of_two_that_end_together_one_alone_is_charged() -> None:
    facts = patient(agreed(1), agreed(2), visits=[on(3), on(4)])
    assert used(facts) == {"auth-1": 2, "auth-2": 0}


def test_a_week_that_one_does_not_pay_for_any_more_is_charged_to_the_other() -> None:
    both = (agreed(1, last=20, units_per_week=2), agreed(2))
    facts = patient(*both, visits=[on(2), on(3), on(4), on(9)])
    assert used(facts) == {"auth-1": 3, "auth-2": 1}


def test_a_day_too_short_for_the_first_to_end_is_charged_to_the_other() -> None:
    both = (agreed(1, last=20), agreed(2, minutes_per_unit=60))
    assert used(patient(*both, visits=[on(3, 90), on(4)])) == {"auth-1": 1, "auth-2": 1}


def test_a_day_that_finds_none_left_is_charged_to_the_first_to_end() -> None:
    both = (agreed(1, units=1, last=20), agreed(2, units=1))
    facts = patient(*both, visits=[on(2), on(3), on(4)])
    assert dict(AuthorizationUnits(facts, SITE).after(march(4))) == {"auth-1": -1, "auth-2": 0}


# Several payers


def test_a_day_is_charged_to_who_pays_on_it() -> None:
    payers = (MEDICAID, Since(march(4), "commercial", "patient-1:3"))
    both = (agreed(1), agreed(2, first=4, payer="commercial"))
    facts = patient(*both, visits=[on(2), on(4), on(5)], payers=payers)
    assert used(facts) == {"auth-1": 1, "auth-2": 2}
    units = AuthorizationUnits(facts, SITE)
    assert dict(units.after(march(3))) == {"auth-1": 11}
    assert dict(units.after(march(5))) == {"auth-2": 10}
    assert "patient-1:3" in units.proof("auth-2")
    assert "session-4-13:4" not in units.proof("auth-1")


def test_a_day_on_which_nobody_is_known_to_pay_is_charged_to_nobody() -> None:
    assert used(patient(agreed(), visits=[on(2)], payers=())) == {"auth-1": 0}


# The patient's page, the findings and the billable days say the same

POLICY = Policy(
    "house",
    1,
    "House rules",
    "payer",
    None,
    march(1),
    SERVICES,
    tuple(
        Parameter(key, value, "a source", True)
        for key, value in {"units_left_min": 1, "day_minutes_min": 120}.items()
    ),
)


def judged(facts: PatientFacts, through: int = 29) -> Judgement:
    program = ProgramFacts("facility-1", {"house": {march(1): Version(POLICY, "program-1:2")}})
    scope = Scope.since(march(1), at(through + 1, 1), march(through))
    programs = {Program.id_of("facility-1", "iop"): program}
    return judge_patient(facts, SITE, programs, lambda _: [], scope)


def signed(day: int, minutes: int = 180) -> Visit:
    there = on(day, minutes)
    own = OwnNote(there.ends_at, f"session-{day}-13:7", "LCSW")
    return replace(there, notes=(Noted(own.at, own.event_id),), own_notes=(own,))


def test_days_on_two_authorizations_that_overlap_are_billable_until_both_are_used_up() -> None:
    days = (2, 4, 5, 9, 11, 12, 16, 18, 19, 23, 25, 26)
    both = (agreed(1, units=6, first=2, last=30), agreed(2, units=5, first=9, last=31))
    found = judged(patient(*both, visits=map(signed, days)))
    codes = [(each.day.day, each.code, each.reasons) for each in found.days]
    assert codes == [
        *((day, "H0011", ()) for day in days[:6]),
        *((day, "H0012", ()) for day in days[6:11]),
        (26, None, ("authorization",)),
    ]
    left = [(each.authorized.code, each.used) for each in found.authorizations]
    assert left == [("H0011", 7), ("H0012", 5)]
    weeks = {
        each.first_day.day: (each.state, each.measured)
        for each in found.findings
        if each.rule == "authorization-units" and each.state in {"met", "breached"}
    }
    assert weeks == {2: ("met", 8), 9: ("met", 5), 16: ("met", 2), 23: ("breached", 0)}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_was_agreed_each_day_is_charged_once_and_its_events_prove_it(seed: int) -> None:
    facts = _at_random(Random(seed))
    found = judged(facts)
    units = AuthorizationUnits(facts, SITE)
    charged = {key: units.days(key) for key in facts.authorized}
    in_all = [day for days in charged.values() for day in days]
    assert len(in_all) == len(set(in_all))
    for each in found.days:
        taken = next((key for key, days in charged.items() if each.day in days), None)
        if each.code and each.minutes >= 180:
            assert taken
            assert facts.authorized[taken].code == each.code
    for left in found.authorizations:
        assert left.used == len(charged[left.authorized.authorization_id])
        again = AuthorizationUnits(_only(facts, left.evidence), SITE)
        assert len(again.days(left.authorized.authorization_id)) == left.used
    for finding in found.findings:
        if finding.rule == "authorization-units" and finding.until is None:
            same = judged(_only(facts, finding.evidence)).findings
            assert finding in same


def _at_random(dice: Random) -> PatientFacts:
    known = []
    for number in range(1, 5):
        first, days = dice.randint(1, 25), dice.randint(0, 20)
        known.append(
            agreed(
                number,
                units=dice.randint(1, 5),
                first=first,
                last=min(first + days, 31),
                payer=dice.choice(("medicaid", "commercial")),
                units_per_week=dice.choice((None, 1, 2)),
                minutes_per_unit=dice.choice((120, 180)),
            )
        )
    came = dice.sample(range(2, 29), 14)
    payers = [MEDICAID, Since(march(dice.randint(2, 28)), "commercial", "patient-1:3")]
    return patient(
        *known, visits=(signed(day, dice.choice((90, 150, 180))) for day in came), payers=payers
    )


def _only(facts: PatientFacts, evidence: Iterable[str]) -> PatientFacts:
    """What is known by some events alone."""
    said = set(evidence)
    return replace(
        facts,
        payers=[each for each in facts.payers if each.event_id in said],
        authorized={key: each for key, each in facts.authorized.items() if each.event_id in said},
        visits={key: each for key, each in facts.visits.items() if said >= {*each.evidence}},
    )
