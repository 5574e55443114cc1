"""The census, counted by hand: who is in treatment on each day, who comes, leaves and waits."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from domain.patient import Discharge, Referral
from services.application.admissions import refer_patient
from services.application.discharge import discharge_patient
from services.application.episode import change_payer
from services.documents.census import census
from services.documents.kind import Asked
from services.documents.making import Made
from services.embedded import Engines
from services.reports.queries import NobodyThere
from services.reports.visits import visits
from services.vault import Person
from tests.support.backend import fresh_database
from tests.support.documented_clinic import Documented
from tests.support.read_back import blank_margins, read_back
from tests.support.small_clinic import CAL, FACILITY, FRIDAY, MONDAY, PROGRAM

SUNDAY = MONDAY + timedelta(days=6)
WEEK = {"first": MONDAY, "last": SUNDAY}
PEOPLE = 6
"""Four of the small clinic, and two who come: all admitted on Monday."""


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend)


@pytest.fixture
def own(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_database(shared_engines) as backend:
        yield Documented(backend)


def movement(made: Made) -> tuple[int, ...]:
    found = made.facts["total"]["movement"]
    return tuple(found[name] for name in ("before", "admissions", "discharges", "after"))


def counted(made: Made, name: str) -> dict[str, int]:
    return {each["of"]: each["count"] for each in made.facts[name]}


def test_a_census_counts_each_day_of_each_stay(clinic: Documented) -> None:
    made = clinic.makes("census", **WEEK)
    assert movement(made) == (0, PEOPLE, 0, PEOPLE)
    total = made.facts["total"]["movement"]
    # Six people on each of seven days are 42 days, which is 6.0 a day.
    assert (total["treatment_days"], total["average_tenths"]) == (42, 60)
    assert [each["total"] for each in made.facts["by_day"]] == [PEOPLE] * 7
    assert [each["admissions"] for each in made.facts["by_day"]] == [PEOPLE, *[0] * 6]
    later = clinic.makes("census", first=MONDAY + timedelta(days=1), last=SUNDAY)
    assert movement(later) == (PEOPLE, 0, 0, PEOPLE)
    before = clinic.makes("census", first=MONDAY - timedelta(days=3), last=MONDAY)
    # Of four days one has six people: 1.5 a day.
    assert before.facts["total"]["movement"]["average_tenths"] == 15


def test_attendance_is_that_of_the_visits(clinic: Documented) -> None:
    found = clinic.makes("census", **WEEK).facts["total"]["attendance"]
    known: list[dict[str, Any]] = visits(clinic.reports(), through=SUNDAY).objects()
    assert found["offered"] == len(known) == 6
    assert found["attended_minutes"] == sum(each["credited_minutes"] for each in known)
    # Monday 180 and 130, Wednesday 120, Friday 180; one was excused, one did not come.
    assert found["attended_minutes"] == 180 + 130 + 120 + 180
    assert (found["attended"], found["excused"], found["unexcused"]) == (4, 1, 1)
    # Four of six are 66.7 percent.
    assert (found["attended_percent"], found["offered_minutes"]) == (67, 6 * 180)


def test_nobody_expected_has_no_rate(clinic: Documented) -> None:
    found = clinic.makes("census", first=SUNDAY, last=SUNDAY).facts["total"]["attendance"]
    assert (found["offered"], found["attended_percent"]) == (0, None)


def test_a_day_of_discharge_counts_and_the_next_does_not(own: Documented) -> None:
    own.does(discharge_patient, own.ben, Discharge(FRIDAY, "completed", ("goals-met",)))
    made = own.makes("census", **WEEK)
    assert movement(made) == (0, PEOPLE, 1, PEOPLE - 1)
    assert [each["total"] for each in made.facts["by_day"]] == [6, 6, 6, 6, 6, 5, 5]
    # 5 * 6 + 2 * 5 = 40 days of seven, 5.71 a day.
    total = made.facts["total"]["movement"]
    assert (total["treatment_days"], total["average_tenths"]) == (40, 57)
    assert counted(made, "discharges") == {"completed": 1}
    assert movement(own.makes("census", first=FRIDAY, last=FRIDAY)) == (6, 0, 1, 5)


def test_two_records_of_one_person_are_one(own: Documented) -> None:
    own.merged(own.ben)
    assert movement(own.makes("census", **WEEK)) == (0, PEOPLE, 0, PEOPLE)


def test_counselors_payers_and_who_waits_are_counted(own: Documented) -> None:
    own.does(change_payer, own.ann, "medicaid", MONDAY)
    person = Person("OS-w", "Wil", "Waits", date(1990, 3, 4))
    referral = Referral(PROGRAM, MONDAY, "Court", "community")
    own.does(refer_patient, FACILITY, person, referral)
    own.does(discharge_patient, CAL, Discharge(FRIDAY, "dropped-out", ("no-contact",)))
    made = own.makes("census", **WEEK)
    assert counted(made, "counselors") == {"No counselor assigned": 4, "staff-2, LCSW": 1}
    assert counted(made, "payers") == {"self": 4, "medicaid": 1}
    assert counted(made, "referred") == {"Adults": 1}
    assert made.facts["waiting"] == []


def test_a_census_prints_what_it_counts_and_names_nobody(clinic: Documented) -> None:
    made = clinic.makes("census", **WEEK)
    assert made.document.patients == frozenset()
    found = read_back(made.pdf())
    for said in (
        "Average daily census 6.0",
        "Adults 0 6 0 6 42 6.0",
        "Adults 6 4 1 1 0 67% 18 h 10 h 10 min 0",
        "Mon, Mar 3, 2025 6 6 6 0",
    ):
        assert said in found.text
    assert "Baker" not in found.text
    assert (found.is_ua, found.outside) == (True, ())
    assert all(map(blank_margins, made.pages(ppi=36)))
    assert made.csv().splitlines()[:3] == [
        "date,program,in_treatment,admissions,discharges",
        "2025-03-03,Adults,6,,",
        "2025-03-03,All programs,6,6,0",
    ]
    assert made.pdf() == clinic.makes("census", **WEEK).pdf()


def test_another_count_has_another_number(own: Documented) -> None:
    before = own.makes("census", **WEEK).number
    own.admitted("One", "More")
    assert own.makes("census", **WEEK).number != before


def test_a_facility_that_is_not_there_is_nowhere(clinic: Documented) -> None:
    reports = clinic.reports()
    reports.facility_id = "nowhere"
    with pytest.raises(NobodyThere):
        census(reports, Asked(first=MONDAY, last=SUNDAY))
