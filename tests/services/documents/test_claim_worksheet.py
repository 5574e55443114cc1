"""The claim worksheet: a line a code and day, and every other day with why it is held back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from domain.patient import Authorization
from domain.policy import SERVICES, Parameter, Policy, Regime
from services.application.plans import authorize
from services.application.policies import adopt_policy
from services.documents.making import Made
from services.embedded import Engines
from services.reports.findings import billable
from services.reports.queries import NobodyThere
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.small_clinic import FACILITY, FRIDAY, MONDAY, PROGRAM, WEDNESDAY

SUNDAY = MONDAY + timedelta(days=6)
SPAN = {"first": MONDAY, "last": SUNDAY}


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    """A clinic whose payer has a day from two hours on, and has agreed to ten of Ann's."""
    with fresh_database(shared_engines) as backend:
        found = Documented(backend)
        found.adopt(day_minutes_min=120)
        agreed = Authorization("auth-1", "self", "S9480", 10, MONDAY, SUNDAY)
        found.does(authorize, found.ann, agreed)
        yield found


@pytest.fixture
def own(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend)


def adopts(clinic: Documented, regime: Regime, **numbers: int) -> None:
    parameters = tuple(Parameter(key, each, "a source", True) for key, each in numbers.items())
    policy = Policy("theirs", 1, "Theirs", regime, None, MONDAY, SERVICES, parameters)
    clinic.does(adopt_policy, FACILITY, PROGRAM, policy, MONDAY)


def worksheet(clinic: Documented, **asked: Any) -> Made:
    return clinic.makes("claim-worksheet", **{**SPAN, **asked})


def test_each_day_has_a_line_or_a_reason(clinic: Documented) -> None:
    facts = worksheet(clinic).facts
    known = billable(clinic.reports(), through=SUNDAY).objects()
    told = {(each["patient"]["mrn"], each["day"]) for each in (*facts["lines"], *facts["held"])}
    assert told == {(each["mrn"], str(each["day"])) for each in known}
    assert sum(each["units"] for each in facts["lines"]) == sum(each["units"] for each in known)
    # Ann's Monday has a note of her own. Her Friday has none at all, Ben's Monday the group's
    # alone, and his Wednesday none.
    [line] = facts["lines"]
    assert (line["day"], line["revenue_code"], line["code"]) == (str(MONDAY), "0905", "S9480")
    assert (line["units"], line["minutes"], line["condition_code"]) == (1, 180, None)
    assert line["authorization"] == {"first_day": str(MONDAY), "last_day": str(SUNDAY)}
    assert {(each["day"], each["reasons"][0]) for each in facts["held"]} == {
        (str(FRIDAY), "a note is not signed"),
        (str(MONDAY), "no note of the patient's own is signed"),
        (str(WEDNESDAY), "a note is not signed"),
    }


def test_totals_are_those_of_the_lines(clinic: Documented) -> None:
    facts = worksheet(clinic).facts
    assert facts["payers"] == [{"payer": "self", "days": 1, "lines": 1, "units": 1, "held": 3}]
    assert facts["total"] == facts["payers"][0] | {"payer": "All payers"}
    assert [(each["reason"], each["days"]) for each in facts["reasons"]] == [
        ("a note is not signed", 2),
        ("no note of the patient's own is signed", 1),
    ]


def test_a_worksheet_of_one_patient_has_theirs_alone(clinic: Documented) -> None:
    made = worksheet(clinic, patient_id=clinic.ben)
    assert made.facts["lines"] == []
    assert {each["patient"]["name"] for each in made.facts["held"]} == {"Ben Baker"}
    assert made.document.patients == {clinic.ben}
    assert "Patient Ben Baker" in read_back(made.pdf()).text
    with pytest.raises(NobodyThere):
        worksheet(clinic, patient_id="patient-nobody")


def test_a_worksheet_prints_what_it_holds(clinic: Documented) -> None:
    made = worksheet(clinic)
    found = read_back(made.pdf())
    for said in (
        "All payers 1 1 1 3",
        "Mon, Mar 3, 2025 0905 S9480 1 180 Mar 3 to Mar 9",
        "A note is not signed 2",
        "Ben Baker Mon, Mar 3, 2025 self 130 No note of the patient's own is signed",
        "Prepared by Date",
    ):
        assert said in found.text
    assert (found.is_ua, found.outside) == (True, ())
    assert all(map(blank_margins, made.pages(ppi=36)))
    assert made.pdf() == worksheet(clinic).pdf()
    lines = made.csv().splitlines()
    assert len(lines) == 1 + 1 + 3
    assert sum(",S9480,1,180," in each for each in lines) == 1
    assert worksheet(clinic, last=MONDAY).number != made.number


def test_services_are_lines_to_medicare_under_its_condition_code(own: Documented) -> None:
    adopts(own, "medicare", day_services_min=2)
    found = [
        (each["condition_code"], each["code"], each["units"], each["tier"])
        for each in worksheet(own).facts["lines"]
    ]
    # Ann's Monday: 90 minutes of group and 90 of education.
    assert found == [("92", "G0410", 1, 1), ("92", "G0177", 1, 1)]
    total = worksheet(own).facts["total"]
    assert (total["days"], total["lines"], total["units"]) == (1, 2, 2)


def test_a_day_that_is_too_short_is_billed_as_its_payer_has_it(own: Documented) -> None:
    adopts(own, "state", day_minutes_min=181, discrete_below_minimum=1)
    facts = worksheet(own).facts
    assert {each["instead"] for each in facts["lines"]} == {
        "discrete services, since the day is too short",
    }
    # A session of group is a unit; 90 minutes of education are six quarters of an hour.
    assert {(each["code"], each["units"]) for each in facts["lines"]} == {
        ("H0005", 1),
        ("H2027", 6),
    }
    text = read_back(worksheet(own).pdf()).text
    assert "discrete services, since the day is too short" in text


def test_what_stands_beside_the_code_of_a_day_is_counted_as_left_out(own: Documented) -> None:
    own.adopt(day_minutes_min=120)
    facts = worksheet(own).facts
    # Both go by H0015, beside which a group's code is not billed.
    assert [(each["code"], each["revenue_code"]) for each in facts["lines"]] == [("H0015", "0906")]
    [left] = facts["left_out"]
    assert (left["service"], left["code"], left["times"], left["minutes"]) == (
        *("group", "H0005", 1, 90),
    )
    assert "not billed beside the code of the day" in read_back(worksheet(own).pdf()).text
