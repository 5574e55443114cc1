"""Reports of noncompliance and of emergencies: met, just under, just over, not applicable.

The stay begins on Monday, 2 March 2026, on clocks of UTC; each date was counted on a calendar.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.compliance.facts import (
    Agreed,
    Disclosed,
    Done,
    Incident,
    Leave,
    PatientFacts,
    Stay,
    Waiver,
)
from domain.compliance.finding import Finding
from domain.policy import RuleName
from tests.support.compliance_stay import STAY, findings, march, on, only, patient
from tests.support.compliance_week import adopted

WASHINGTON = {"noncompliance_report_business_days": 10, "emergency_report_business_days": 3}
CONSENT = Agreed(march(2), date(2026, 12, 31), ("patient-1:20",))
Shown = tuple[str, str, str, int | None]


def reports(
    rule: RuleName,
    *disclosed: str,
    facts: PatientFacts,
    consents: dict[str, Agreed] | None = None,
    stay: Stay = STAY,
    through: str = "2026-04-15",
    closures: dict[date, str] | None = None,
) -> list[Finding]:
    """What a rule says of a patient who was reported on these days.

    Each finding comes out again from the events that it names.
    """
    made = [
        Disclosed("court", date.fromisoformat(each), f"patient-1:{30 + number}")
        for number, each in enumerate(disclosed)
    ]
    agreed = {"court": CONSENT} if consents is None else consents
    known = replace(facts, consents=agreed, disclosed=made, stays=[stay])
    terms, last = adopted(**WASHINGTON), date.fromisoformat(through)
    found = findings(rule, known, terms, stay, through=last, closures=closures)
    for each in found:
        said = {day: event for day, event in (closures or {}).items() if event in each.evidence}
        named = only(known, each.evidence)
        again = findings(rule, named, terms, stay, through=last, closures=said)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]
    return found


def shown(found: list[Finding]) -> list[Shown]:
    return [(str(each.first_day), str(each.last_day), each.state, each.measured) for each in found]


# noncompliance-report

MISSED = patient(on(3, "attended"), on(5, "no_show"), on(9, "absent"), on(12, "excused"))


def noncompliance(*disclosed: str, facts: PatientFacts = MISSED, **otherwise: Any) -> list[Shown]:
    return shown(reports("noncompliance-report", *disclosed, facts=facts, **otherwise))


def test_noncompliance_is_reported_ten_business_days_after_its_month() -> None:
    # The 31st is a Tuesday: 1, 2, 3, 6, 7, 8, 9, 10, 13 and 14 April.
    assert noncompliance() == [("2026-03-31", "2026-04-14", "breached", None)]
    assert noncompliance("2026-04-13") == [("2026-03-31", "2026-04-13", "met", 9)]
    assert noncompliance("2026-04-14") == [("2026-03-31", "2026-04-14", "met", 10)]
    assert noncompliance("2026-04-15") == [("2026-03-31", "2026-04-14", "breached", 11)]


@pytest.mark.parametrize("status", ["attended", "excused", "cancelled", "turned_away", "scheduled"])
def test_a_month_without_an_unexcused_absence_is_not_reported(status: str) -> None:
    assert noncompliance(facts=patient(on(3, "attended"), on(5, status))) == []


def test_what_was_missed_on_leave_is_no_noncompliance() -> None:
    away = Leave(march(5), march(9), ("patient-1:8",))
    assert noncompliance(facts=replace(MISSED, leaves=[away])) == []
    # A leave afterwards puts no report off.
    later = Leave(date(2026, 4, 2), date(2026, 4, 10), ("patient-1:8",))
    assert noncompliance(facts=replace(MISSED, leaves=[later])) == [
        ("2026-03-31", "2026-04-14", "breached", None)
    ]


@pytest.mark.parametrize("kind", ["no-progress", "self-help-missed"])
def test_what_is_on_record_of_noncompliance_is_reported_with_its_month(kind: Any) -> None:
    known = patient(incidents=[Incident(kind, march(31), "patient-1:15")])
    assert noncompliance(facts=known) == [("2026-03-31", "2026-04-14", "breached", None)]
    next_month = patient(incidents=[Incident(kind, date(2026, 4, 1), "patient-1:15")])
    assert noncompliance(facts=next_month) == []


def test_an_emergency_is_no_noncompliance_of_a_month() -> None:
    known = patient(incidents=[Incident("use", march(12), "patient-1:15")])
    assert noncompliance(facts=known) == []


def test_noncompliance_leaves_out_the_closures_of_the_program() -> None:
    closed = {date(2026, 4, 3): "program-1:5"}
    assert noncompliance("2026-04-15", closures=closed) == [("2026-03-31", "2026-04-15", "met", 10)]


def test_the_last_month_may_be_reported_on_the_day_of_the_discharge() -> None:
    gone = replace(STAY, discharged_on=march(13))
    assert noncompliance("2026-03-13", stay=gone) == [("2026-03-13", "2026-03-13", "met", 0)]
    # Of a month that goes on, what was told on its last day may have missed the day's sessions.
    assert noncompliance("2026-03-31") == [("2026-03-31", "2026-04-14", "breached", None)]


def test_nobody_is_owed_a_report_without_a_consent_that_holds() -> None:
    for consent in (
        replace(CONSENT, given_on=date(2026, 4, 1)),
        replace(CONSENT, last_day=march(30)),
        replace(CONSENT, taken_back_on=march(31)),
    ):
        assert noncompliance(consents={"court": consent}) == []
    assert noncompliance(consents={}) == []
    until_the_day_before = {"court": replace(CONSENT, last_day=date(2026, 4, 13))}
    assert noncompliance(consents=until_the_day_before) == [
        ("2026-03-31", "2026-04-14", "not_applicable", None)
    ]
    until_the_day = {"court": replace(CONSENT, last_day=date(2026, 4, 14))}
    assert noncompliance(consents=until_the_day)[0][2] == "breached"


# emergency-report


def emergency(*disclosed: str, facts: PatientFacts, **otherwise: Any) -> list[Shown]:
    found = reports("emergency-report", *disclosed, facts=facts, **otherwise)
    assert not any(word in each.because for each in found for word in ("use", "arrest", "test"))
    return shown(found)


ARRESTED = patient(incidents=[Incident("arrest", march(5), "patient-1:15")])
"""Known on a Thursday: the third business day is Tuesday, the 10th."""


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03-05", ("2026-03-05", "2026-03-05", "met", 0)),
        ("2026-03-09", ("2026-03-05", "2026-03-09", "met", 2)),
        ("2026-03-10", ("2026-03-05", "2026-03-10", "met", 3)),
        ("2026-03-11", ("2026-03-05", "2026-03-10", "breached", 4)),
        ("2026-03-04", ("2026-03-05", "2026-03-10", "breached", None)),
    ],
)
def test_an_emergency_is_reported_within_three_business_days_of_learning_of_it(
    told: str, expected: Shown
) -> None:
    assert emergency(told, facts=ARRESTED) == [expected]


def test_two_emergencies_of_one_day_are_one_report_and_of_two_days_two() -> None:
    known = patient(
        incidents=[
            Incident("arrest", march(5), "patient-1:15"),
            Incident("use", march(5), "patient-1:16"),
            Incident("use", march(9), "patient-1:17"),
        ]
    )
    first, second = reports("emergency-report", "2026-03-10", facts=known)
    assert shown([first, second]) == [
        ("2026-03-05", "2026-03-10", "met", 3),
        ("2026-03-09", "2026-03-10", "met", 1),
    ]
    assert {"patient-1:15", "patient-1:16"} <= set(first.evidence)


def test_a_test_that_was_confirmed_as_positive_is_an_emergency_once_it_is_reported() -> None:
    known = patient(positives={"tests one": Done(march(5), "testing-1:7")})
    assert emergency(facts=known) == [("2026-03-05", "2026-03-10", "breached", None)]
    before = patient(positives={"tests one": Done(march(1), "testing-1:7")})
    assert emergency(facts=before) == []


@pytest.mark.parametrize(
    ("ended", "is_one"),
    [
        ({"kind": "against-advice"}, True),
        ({"kind": "administrative", "reasons": ("conduct",)}, True),
        ({"kind": "administrative", "reasons": ("attendance",)}, False),
        ({"kind": "dropped-out", "reasons": ("no-contact",)}, False),
        ({"kind": "completed", "reasons": ("goals-met",)}, False),
    ],
)
def test_a_discharge_against_advice_or_for_conduct_is_an_emergency(
    ended: dict[str, Any], *, is_one: bool
) -> None:
    gone = replace(STAY, discharged_on=march(5), **ended)
    expected = [("2026-03-05", "2026-03-10", "breached", None)] if is_one else []
    assert emergency(facts=patient(), stay=gone) == expected
    assert emergency(facts=patient(), stay=gone, through="2026-03-04") == []


@pytest.mark.parametrize("kind", ["no-progress", "self-help-missed"])
def test_noncompliance_is_no_emergency(kind: Any) -> None:
    assert emergency(facts=patient(incidents=[Incident(kind, march(5), "patient-1:15")])) == []


def test_an_emergency_is_owed_to_nobody_without_a_consent() -> None:
    assert emergency(facts=ARRESTED, consents={}) == []
    later = {"court": replace(CONSENT, given_on=march(6))}
    assert emergency(facts=ARRESTED, consents=later) == []
    ended = {"court": replace(CONSENT, last_day=march(9))}
    assert emergency(facts=ARRESTED, consents=ended) == [
        ("2026-03-05", "2026-03-10", "not_applicable", None)
    ]


def test_no_leave_puts_an_emergency_off_and_a_closure_does() -> None:
    away = Leave(march(6), march(20), ("patient-1:8",))
    assert emergency(facts=replace(ARRESTED, leaves=[away])) == [
        ("2026-03-05", "2026-03-10", "breached", None)
    ]
    closed = {march(6): "program-1:5"}
    assert emergency(facts=ARRESTED, closures=closed) == [
        ("2026-03-05", "2026-03-11", "breached", None)
    ]


# Both


@pytest.mark.parametrize(
    ("rule", "facts"), [("noncompliance-report", MISSED), ("emergency-report", ARRESTED)]
)
def test_a_report_binds_only_where_the_policy_has_its_number_and_is_waived(
    rule: RuleName, facts: PatientFacts
) -> None:
    known = replace(facts, consents={"court": CONSENT})
    assert findings(rule, known, adopted(court_report_business_days=10)) == []
    waived = replace(known, waivers=[Waiver(rule, march(1), date(2026, 4, 30), "patient-1:7")])
    found = findings(rule, waived, adopted(**WASHINGTON), through=date(2026, 4, 15))
    assert [each.state for each in found] == ["waived"]
