"""How many patients a counselor has: met, just under, just over, and where it does not apply.

The week is that from Monday, 2 March 2026, to Sunday.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.compliance.caseload import CounselorWeek, caseload
from domain.compliance.facts import Client
from domain.compliance.finding import Finding
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
