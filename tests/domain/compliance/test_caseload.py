"""Caseloads, one's and a program's: met, just under, just over, and where it does not apply.

The week is that from Monday, 2 March 2026, to Sunday.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from domain.compliance.caseload import CounselorWeek, ProgramWeek, caseload, program_caseload
from domain.compliance.evaluation import Scope, judge_counselor
from domain.compliance.facts import Client, CounselorFacts, Since, Version
from domain.compliance.finding import Finding
from tests.support.compliance_site import site
from tests.support.compliance_week import MONDAY, adopted

SUNDAY = MONDAY + timedelta(days=6)
BEFORE = MONDAY - timedelta(days=30)


def client(number: int, first: int = -30, last: int | None = None) -> Client:
    """A patient from a day to another, counted from Monday."""
    return Client(
        patient_id=f"patient-{number}",
        program_id="iop",
        first_day=MONDAY + timedelta(days=first),
        last_day=None if last is None else MONDAY + timedelta(days=last),
        evidence=(f"patient-{number}:1", f"patient-{number}:5"),
    )


def week(*clients: Client) -> CounselorWeek:
    return CounselorWeek("staff-1", MONDAY, SUNDAY, clients, ("facility-1:1",))


def finding(known: CounselorWeek, most: int = 24) -> Finding:
    found = caseload(known, adopted(caseload_max=most))
    assert found is not None
    return found


THROUGHOUT = [client(number) for number in range(24)]


@pytest.mark.parametrize(("number", "state"), [(23, "met"), (24, "met"), (25, "breached")])
def test_caseload_is_the_number_of_patients(number: int, state: str) -> None:
    found = finding(week(*(client(each) for each in range(number))))
    assert (found.state, found.measured, found.required) == (state, number, 24)
    assert (found.patient_id, found.about, found.unit) == (None, "staff-1", "patients")
    assert (found.first_day, found.last_day) == (MONDAY, SUNDAY)


def test_caseload_is_the_average_of_the_days() -> None:
    # 23 x 7 = 161; one for four days and one for three make 168 = 24 x 7.
    even = [client(40, last=3), client(41, first=4)]
    found = finding(week(*THROUGHOUT[:23], *even))
    assert (found.state, found.measured) == ("met", 24)
    assert "168 patient days in 7 days" in found.because
    # One more on one of the days: 169 are more than 24 a day, and shown as 25.
    found = finding(week(*THROUGHOUT[:23], *even, client(42, first=6)))
    assert (found.state, found.measured) == ("breached", 25)
    assert "169 patient days in 7 days" in found.because
    # One fewer: 167 are 24 at most.
    found = finding(week(*THROUGHOUT[:23], even[0], client(41, first=5)))
    assert (found.state, found.measured) == ("met", 24)


def test_caseload_counts_a_patient_once_a_day() -> None:
    twice = (client(1, last=3), client(1, first=3))
    found = finding(week(*twice), most=1)
    assert (found.state, found.measured) == ("met", 1)
    assert "7 patient days" in found.because


def test_caseload_leaves_out_who_was_not_a_patient_in_the_week() -> None:
    others = (client(2, last=-1), client(3, first=7), client(4, last=0), client(5, first=6))
    found = finding(week(client(1), *others), most=2)
    # Seven days, and one each of those who left on Monday and who came on Sunday: nine.
    assert "9 patient days" in found.because
    assert (found.state, found.measured) == ("met", 2)
    patients = {each.split(":")[0] for each in found.evidence if each.startswith("patient")}
    assert patients == {"patient-1", "patient-4", "patient-5"}


def test_caseload_does_not_apply_without_a_patient() -> None:
    for known in (week(), week(client(2, last=-1), client(3, first=7))):
        found = finding(known)
        assert (found.state, found.measured) == ("not_applicable", None)
        assert found.because == "the counselor had no patient"


def test_caseload_binds_only_where_the_policy_has_its_number() -> None:
    assert caseload(week(client(1)), adopted(group_max=12)) is None


def test_caseload_is_found_again_from_the_events_that_it_names() -> None:
    known = week(client(1), client(1, last=3), client(2, last=-1), client(3, last=2))
    found = finding(known, most=1)
    said = set(found.evidence)
    assert {"facility-1:1", "program-1:2"} <= said
    clients = tuple(each for each in known.clients if said >= {*each.evidence})
    assert clients != known.clients
    assert finding(replace(known, clients=clients), most=1) == found


# From a payer


def paid(number: int, *payers: Since) -> Client:
    return replace(client(number), payers=payers)


def test_a_payers_caseload_is_of_all_patients_where_it_pays_for_one_on_the_last_day() -> None:
    policy = replace(adopted(caseload_max=1).policy, policy_id="az-s9480")
    ground = site()
    ground.payer_policies = {"az-plan": {"az-s9480": {BEFORE: Version(policy, "facility-1:9")}}}
    first, later = Since(BEFORE, "blue", "patient-1:1"), Since(SUNDAY, "az-plan", "patient-1:6")

    def judged(*theirs: Client) -> list[Finding]:
        facts = CounselorFacts("facility-1", "staff-1", {"patient": [*theirs]})
        monday = SUNDAY + timedelta(days=1)
        scope = Scope.since(MONDAY, datetime.combine(monday, time(12), UTC), SUNDAY)
        found = judge_counselor(facts, ground, {}, scope).findings
        return [each for each in found if each.last_day == SUNDAY]

    (found,) = judged(paid(1, first, later), client(2))
    assert (found.rule, found.policy_id) == ("caseload", "az-s9480")
    assert (found.state, found.measured, found.required) == ("breached", 2, 1)
    assert {"facility-1:9", "patient-1:6"} <= set(found.evidence)
    assert judged(paid(1, first), client(2)) == []
    monday = replace(later, from_day=SUNDAY + timedelta(days=1))
    assert judged(paid(1, first, monday)) == []


# program-caseload


def of(number: int, counselor: str, first: int = -30, last: int | None = None) -> Client:
    """A patient of a counselor's in the program."""
    return replace(client(number, first, last), counselor=counselor)


def program(*clients: Client) -> ProgramWeek:
    return ProgramWeek("facility-1 iop", MONDAY, SUNDAY, clients, ("facility-1:1",))


def of_program(known: ProgramWeek, most: int = 24) -> Finding:
    found = program_caseload(known, adopted(program_caseload_max=most))
    assert found is not None
    return found


@pytest.mark.parametrize(("number", "state"), [(47, "met"), (48, "met"), (49, "breached")])
def test_program_caseload_is_its_patients_for_each_of_its_counselors(
    number: int, state: str
) -> None:
    # Two counselors of one patient each for 48 patients, of whom nobody says whose the others are.
    there = [client(each) for each in range(number)]
    found = of_program(program(*there, of(0, "staff-1"), of(1, "staff-2")))
    assert (found.state, found.measured) == (state, -(-number // 2))
    assert (found.patient_id, found.about, found.unit) == (None, "facility-1 iop", "patients")
    assert (found.first_day, found.last_day, found.required) == (MONDAY, SUNDAY, 24)


def test_program_caseload_is_an_average_over_the_days() -> None:
    # Six patients for seven days are 42 patient days. One counselor all week and another from
    # Thursday on: 7 + 4 = 11 counselor days. 42 / 11 = 3.8, which is shown as 4.
    there = [client(each) for each in range(6)]
    week = program(*there, of(0, "staff-1"), of(1, "staff-1"), of(2, "staff-2", first=3))
    found = of_program(week, most=4)
    assert (found.state, found.measured) == ("met", 4)
    assert "42 patient days and 11 counselor days" in found.because
    # With the other from Friday on there are 10: 42 / 10 = 4.2, which is more than 4.
    later = program(*there, of(0, "staff-1"), of(2, "staff-2", first=4))
    assert (of_program(later, most=4).state, of_program(later, most=4).measured) == ("breached", 5)


def test_program_caseload_of_one_counselor_may_be_larger_than_the_average() -> None:
    # 30 with one and 10 with the other: 20 on average, whatever the rule about one says.
    first = [of(each, "staff-1") for each in range(30)]
    second = [of(each, "staff-2") for each in range(30, 40)]
    there = [client(each) for each in range(40)]
    assert of_program(program(*there, *first, *second)).measured == 20


def test_program_caseload_counts_who_was_there_on_the_days_alone() -> None:
    others = (client(2, last=-1), client(3, first=7), of(2, "staff-2", last=-1))
    found = of_program(program(client(1), of(1, "staff-1"), *others), most=1)
    assert (found.state, found.measured) == ("met", 1)
    patients = {each.split(":")[0] for each in found.evidence if each.startswith("patient")}
    assert patients == {"patient-1"}


def test_program_caseload_does_not_apply_without_a_patient_and_is_unknown_without_a_counselor() -> (
    None
):
    found = of_program(program(client(2, last=-1)))
    assert (found.state, found.measured) == ("not_applicable", None)
    assert found.because == "the program had no patient"
    found = of_program(program(client(1)))
    assert (found.state, found.measured) == ("unknown", None)
    assert found.because == "none of its patients had a counselor"


def test_program_caseload_binds_only_where_the_policy_has_its_number() -> None:
    assert program_caseload(program(client(1)), adopted(caseload_max=24)) is None


def test_program_caseload_is_found_again_from_the_events_that_it_names() -> None:
    known = program(client(1), of(1, "staff-1", last=3), client(2, last=-1), client(3, last=2))
    found = of_program(known, most=1)
    assert found.state == "breached"
    said = set(found.evidence)
    assert {"facility-1:1", "program-1:2"} <= said
    clients = tuple(each for each in known.clients if said >= {*each.evidence})
    assert len(clients) == 3
    assert of_program(replace(known, clients=clients), most=1) == found
