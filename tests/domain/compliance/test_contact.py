"""How long a patient was neither seen nor reached, and when a month is reported to a court.

The stay begins on Monday, 2 March 2026, on clocks of UTC; each date was counted on a calendar.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.compliance.facts import Agreed, Attempt, Disclosed, Leave, PatientFacts
from domain.compliance.finding import Finding
from tests.support.compliance_stay import STAY, findings, march, on, only, patient, shown
from tests.support.compliance_week import adopted

# contact


def tried(day: int, event: int = 40, *, reached: bool = True) -> Attempt:
    at = datetime(2026, 3, day, 23, 30, tzinfo=UTC)
    return Attempt("session-3", at, f"patient-1:{event}", reached)


def contacts(facts: PatientFacts, most: int = 10, **otherwise: Any) -> list[Finding]:
    terms = adopted(no_contact_days=most)
    found = findings("contact", facts, terms, **otherwise)
    for each in found:
        again = findings("contact", only(facts, each.evidence), terms, **otherwise)
        assert [other for other in again if other.finding_id == each.finding_id] == [each]
    return found


def test_contact_is_due_so_many_days_after_the_admission() -> None:
    (found,) = contacts(patient())
    assert shown([found]) == [(2, 12, "breached", None)]
    assert found.until == datetime(2026, 3, 13, tzinfo=UTC)
    assert found.because == "the patient was not seen or reached"


def test_contact_starts_anew_with_each_visit_and_only_what_is_open_is_told() -> None:
    there = [on(3, "attended"), on(9, "incomplete"), on(19, "attended")]
    assert shown(contacts(patient(*there))) == [(19, 29, "breached", None)]
    turned_away = on(20, "turned_away")
    assert shown(contacts(patient(*there, turned_away))) == [(20, 30, "breached", None)]
    missed = [on(20), on(23, "excused"), on(24, "cancelled"), on(25, "scheduled")]
    assert shown(contacts(patient(*there, *missed))) == [(19, 29, "breached", None)]


@pytest.mark.parametrize(
    ("again", "late"), [(12, []), (13, [(2, 12, "breached", 11)]), (31, [(2, 12, "breached", 29)])]
)
def test_contact_after_the_last_day_is_told_as_late(again: int, late: list[Any]) -> None:
    found = contacts(patient(on(again, "attended")))
    assert shown(found) == [*late, (again, again + 10, "breached", None)]
    if late:
        days = late[0][3]
        assert found[0].because == (
            f"the patient was seen or reached after {days} days, {days - 10} over the maximum of 10"
        )


def test_contact_starts_anew_where_an_attempt_reached_the_patient_and_not_else() -> None:
    known = patient(on(3, "attended"), attempts=[tried(9)])
    assert shown(contacts(known)) == [(9, 19, "breached", None)]
    in_vain = patient(on(3, "attended"), attempts=[tried(9, reached=False)])
    assert shown(contacts(in_vain)) == [(3, 13, "breached", None)]
    # Of a visit and an attempt on one day the visit is named.
    same_day = patient(on(9, "attended"), attempts=[tried(9)])
    (found,) = contacts(same_day)
    assert "patient-1:40" not in found.evidence


def test_contact_stands_still_on_leave() -> None:
    away = Leave(march(5), march(24), ("patient-1:8",))
    known = patient(on(3, "attended"), leaves=[away])
    # 4, then 25 to 31 are eight, the 1st and the 2nd of April.
    (found,) = contacts(known)
    assert shown([found]) == [(3, 33, "breached", None)]
    assert "patient-1:8" in found.evidence
    back = patient(on(3, "attended"), on(25, "attended"), leaves=[away])
    assert shown(contacts(back)) == [(25, 35, "breached", None)]


@pytest.mark.parametrize(("ended", "state"), [(13, "not_applicable"), (14, "breached")])
def test_contact_stops_with_the_stay(ended: int, state: str) -> None:
    gone = replace(STAY, discharged_on=march(ended))
    known = patient(on(3, "attended"), on(20, "attended"), attempts=[tried(21)])
    assert shown(contacts(known, stay=gone)) == [(3, 13, state, None)]


# court-report

CLOSED = {date(2026, 4, 3): "program-1:5", date(2026, 4, 4): "program-1:6"}
"""Good Friday, and the Saturday after it."""


def agreed(first: str = "2026-03-02", last: str | None = "2026-12-31", **otherwise: Any) -> Agreed:
    ends = date.fromisoformat(last) if last else None
    return replace(Agreed(date.fromisoformat(first), ends, ("patient-1:20",)), **otherwise)


def reports(
    *disclosed: str,
    consents: dict[str, Agreed] | None = None,
    stay: Any = STAY,
    through: str = "2026-04-15",
    closures: dict[date, str] | None = None,
    **otherwise: Any,
) -> list[tuple[str, str, str, int | None]]:
    made = [
        Disclosed("court", date.fromisoformat(each), f"patient-1:{30 + number}")
        for number, each in enumerate(disclosed)
    ]
    known = patient(
        consents={"court": agreed()} if consents is None else consents, disclosed=made, **otherwise
    )
    terms = adopted(court_report_business_days=10)
    days: dict[str, Any] = {"through": date.fromisoformat(through), "closures": closures or {}}
    found = findings("court-report", known, terms, stay, **days)
    for each in found:
        said = {day: event for day, event in days["closures"].items() if event in each.evidence}
        facts = only(known, each.evidence)
        again = findings("court-report", facts, terms, stay, **{**days, "closures": said})
        assert [other for other in again if other.finding_id == each.finding_id] == [each]
    return [(str(each.first_day), str(each.last_day), each.state, each.measured) for each in found]


def test_court_report_is_due_ten_business_days_after_the_month() -> None:
    # The 31st is a Tuesday: 1, 2, 3, 6, 7, 8, 9, 10, 13 and 14 April.
    assert reports() == [("2026-03-31", "2026-04-14", "breached", None)]
    assert reports("2026-04-14") == [("2026-03-31", "2026-04-14", "met", 10)]
    assert reports("2026-04-15") == [("2026-03-31", "2026-04-14", "breached", 11)]
    # On a Saturday it takes as long as on the Monday after it.
    assert reports("2026-04-04") == [("2026-03-31", "2026-04-04", "met", 4)]


def test_court_report_leaves_out_the_closures_of_the_program() -> None:
    assert reports(closures=CLOSED) == [("2026-03-31", "2026-04-15", "breached", None)]
    assert reports("2026-04-15", closures=CLOSED) == [("2026-03-31", "2026-04-15", "met", 10)]


def test_court_report_stands_still_on_leave() -> None:
    # Thursday 2, Friday 3 and Monday 6 April: three business days.
    away = Leave(date(2026, 4, 2), date(2026, 4, 6), ("patient-1:8",))
    found = reports(leaves=[away])
    assert found == [("2026-03-31", "2026-04-17", "breached", None)]


def test_court_report_starts_anew_with_each_month() -> None:
    found = reports("2026-04-10", "2026-05-15", through="2026-05-31")
    assert found == [
        ("2026-03-31", "2026-04-10", "met", 8),
        # April ends on a Thursday: 1, 4 to 8, 11 to 14 May; the 15th is the eleventh.
        ("2026-04-30", "2026-05-14", "breached", 11),
        # 1 to 5 and 8 to 12 June
        ("2026-05-31", "2026-06-12", "breached", None),
    ]


def test_court_report_is_there_once_the_month_is_over() -> None:
    assert reports(through="2026-03-30") == []
    assert reports(through="2026-03-31") == [("2026-03-31", "2026-04-14", "breached", None)]


def test_court_report_of_the_last_month_is_due_after_the_discharge_and_of_no_later_one() -> None:
    gone = replace(STAY, discharged_on=date(2026, 4, 10))
    assert reports("2026-04-13", stay=gone, through="2026-06-30") == [
        ("2026-03-31", "2026-04-13", "met", 9),
        # From Friday, the 10th, to Monday; the disclosure is of both.
        ("2026-04-10", "2026-04-13", "met", 1),
    ]
    assert reports(stay=gone, through="2026-06-30")[1:] == [
        ("2026-04-10", "2026-04-24", "breached", None)
    ]
    assert reports(stay=gone, through="2026-04-09") == [
        ("2026-03-31", "2026-04-14", "breached", None)
    ]
    # On the last day of a month there is one report.
    gone = replace(STAY, discharged_on=date(2026, 3, 31))
    assert len(reports(stay=gone, through="2026-06-30")) == 1


@pytest.mark.parametrize(
    "consent",
    [
        agreed("2026-04-01"),
        agreed(last="2026-03-30"),
        agreed(taken_back_on=date(2026, 3, 31)),
    ],
)
def test_court_report_is_owed_to_nobody_without_a_consent_on_the_last_day(consent: Agreed) -> None:
    assert reports(consents={"court": consent}) == []
    assert reports(consents={}) == []


@pytest.mark.parametrize(
    ("last", "state"), [("2026-04-13", "not_applicable"), ("2026-04-14", "breached")]
)
def test_court_report_does_not_apply_where_no_consent_holds_until_it_is_due(
    last: str, state: str
) -> None:
    by_its_end = {"court": agreed(last=last)}
    assert reports(consents=by_its_end) == [("2026-03-31", "2026-04-14", state, None)]
    taken_back_on = date.fromisoformat(last) + timedelta(days=1)
    told = ("patient-1:20", "patient-1:21")
    revoked = {"court": agreed(taken_back_on=taken_back_on, evidence=told)}
    assert reports(consents=revoked) == [("2026-03-31", "2026-04-14", state, None)]
    # What was told while it held is a report.
    assert reports("2026-04-02", consents=by_its_end)[0][2:] == ("met", 2)
    other = {"other": agreed(evidence=("patient-1:22",)), **by_its_end}
    assert reports(consents=other) == [("2026-03-31", "2026-04-14", "breached", None)]


def test_court_report_is_no_disclosure_of_before_or_under_another_consent() -> None:
    assert reports("2026-03-31") == [("2026-03-31", "2026-04-14", "breached", None)]
    later = {"court": agreed("2026-04-01"), "first": agreed(evidence=("patient-1:22",))}
    assert reports("2026-04-02", consents=later) == [("2026-03-31", "2026-04-14", "breached", None)]
