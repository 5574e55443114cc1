"""By what an imported program is judged, and what another import of its files makes of that."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.facility import Facility
from domain.program import Program
from services.application.facilities import unsupervise_credential
from services.application.policies import adopt_policy, drop_policy
from services.clinic_import import adoption, import_clinic
from services.policy_packs import packs
from tests.services.clinic_import.clinic_edits import BASE, change
from tests.support.imported_clinic import Clinic
from tests.support.memory_journal import MemoryJournal, MemoryVault

NOW = datetime(2026, 9, 17, 17, tzinfo=UTC)
FIRST = date(2026, 9, 7)
ASAM, STANDARDS = "asam-2.1-adult", "program-standards-adult"
YOUNG, YOUNG_MH = "asam-2.1-adolescent", "program-standards-adolescent-mh"

Judged = dict[str, list[tuple[date, int | None]]]
"""By a policy's id, its version from a day on."""


def judged(clinic: Clinic, program_id: str) -> Judged:
    program = clinic.journal.load(Program.id_of("juniper", program_id))
    return {
        policy_id: [(day, each and each.version) for day, each in sorted(versions.items())]
        for policy_id, versions in program.policies.items()
    }


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """The clinic as an earlier version took it in: each program under ASAM's criteria, by age."""
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder, ignore=shutil.ignore_patterns("expected"))
    journal: Any = MemoryJournal()
    vault: Any = MemoryVault()
    then = {each: replace(packs()[each], version=1) for each in (ASAM, YOUNG)}
    with monkeypatch.context() as patched:
        patched.setattr(adoption, "packs", lambda: then)
        patched.setattr(adoption, "_fitting", lambda population, _: (f"asam-2.1-{population}",))
        patched.setattr(adoption, "OUTDATED", frozenset())
        assert not import_clinic(journal, vault, folder, now=NOW).faults
    return Clinic(folder, journal, vault)


def test_a_program_comes_under_what_fits_its_population_and_focus(clinic: Clinic) -> None:
    assert judged(clinic, "adult") == {ASAM: [(FIRST, 2)], STANDARDS: [(FIRST, 1)]}
    assert judged(clinic, "young") == {YOUNG_MH: [(FIRST, 1)]}


def test_files_taken_in_again_change_nothing_of_it(clinic: Clinic) -> None:
    _, recorded = clinic.again()
    assert recorded == []


def test_what_somebody_dropped_stays_dropped(clinic: Clinic) -> None:
    clinic.do(drop_policy, "juniper", "adult", STANDARDS, FIRST)
    clinic.do(drop_policy, "juniper", "adult", ASAM, date(2026, 9, 14))
    _, recorded = clinic.again()
    assert recorded == []


def test_what_somebody_adopted_stays_whatever_fits(clinic: Clinic) -> None:
    clinic.do(adopt_policy, "juniper", "young", packs()[YOUNG], FIRST)
    clinic.do(adopt_policy, "juniper", "adult", packs()["tx-564"], FIRST)
    _, recorded = clinic.again()
    assert recorded == []


def test_a_program_that_treats_something_else_comes_under_what_fits_it_and_back(
    clinic: Clinic,
) -> None:
    clinic.again(change("programs", 3, "focus", "co-occurring"))
    standards = "program-standards-adolescent"
    assert judged(clinic, "young") == {
        YOUNG_MH: [(FIRST, None)],
        YOUNG: [(FIRST, 2)],
        standards: [(FIRST, 1)],
    }
    clinic.again(change("programs", 3, "focus", "mental-health"))
    assert judged(clinic, "young") == {
        YOUNG_MH: [(FIRST, 1)],
        YOUNG: [(FIRST, None)],
        standards: [(FIRST, None)],
    }
    _, recorded = clinic.again()
    assert recorded == []


def test_what_an_earlier_version_took_in_gets_once_what_is_missing(earlier: Clinic) -> None:
    assert judged(earlier, "adult") == {ASAM: [(FIRST, 1)]}
    assert judged(earlier, "young") == {YOUNG: [(FIRST, 1)]}
    _, recorded = earlier.again()
    assert sorted(recorded) == ["program.policy-adopted"] * 3 + ["program.policy-dropped"]
    assert judged(earlier, "adult") == {ASAM: [(FIRST, 2)], STANDARDS: [(FIRST, 1)]}
    # A program for mental health was judged by criteria for substance use.
    assert judged(earlier, "young") == {YOUNG: [(FIRST, None)], YOUNG_MH: [(FIRST, 1)]}
    _, recorded = earlier.again()
    assert recorded == []


def test_who_dropped_the_criteria_when_the_standards_were_in_them_gets_no_standards(
    earlier: Clinic,
) -> None:
    later = date(2026, 9, 14)
    earlier.do(drop_policy, "juniper", "adult", ASAM, later)
    earlier.do(drop_policy, "juniper", "young", YOUNG, FIRST)
    earlier.again()
    assert judged(earlier, "adult") == {
        ASAM: [(FIRST, 2), (later, None)],
        STANDARDS: [(FIRST, 1), (later, None)],
    }
    assert judged(earlier, "young") == {YOUNG: [(FIRST, None)]}
    _, recorded = earlier.again()
    assert recorded == []


SUPERVISED = """
[[supervised]]
credential = "LPC-A"
from = 2026-09-10
"""


def supervised(clinic: Clinic, said: str) -> tuple[list[str], dict[date, bool]]:
    """Take the files in with this in facility.toml; return what was recorded, and what is so."""
    file = clinic.folder / "facility.toml"
    before = file.read_text("utf-8").partition("\n[[supervised]]")[0]
    file.write_text(before + said, "utf-8")
    outcome, recorded = clinic.again()
    assert not outcome.faults
    facility = clinic.journal.load(Facility.id_of("juniper"))
    return recorded, dict(facility.supervised.get("LPC-A", {}))


def test_credentials_whose_notes_are_co_signed_stand_in_the_facility_file(clinic: Clinic) -> None:
    on, off = "facility.credential-supervised", "facility.credential-unsupervised"
    tenth, earlier, later = (date(2026, 9, day) for day in (10, 8, 14))
    assert supervised(clinic, SUPERVISED) == ([on], {tenth: True})
    assert supervised(clinic, SUPERVISED) == ([], {tenth: True})
    before = SUPERVISED.replace("09-10", "09-08")
    assert supervised(clinic, before) == ([on], {earlier: True, tenth: True})
    after = SUPERVISED.replace("09-10", "09-14")
    assert supervised(clinic, after) == (
        [off, off, on],
        {earlier: False, tenth: False, later: True},
    )
    recorded, _ = supervised(clinic, "")
    assert recorded == []


def test_what_staff_said_since_of_a_credential_stands(clinic: Clinic) -> None:
    supervised(clinic, SUPERVISED)
    lifted = date(2026, 9, 15)
    clinic.do(unsupervise_credential, "juniper", "LPC-A", lifted)
    assert supervised(clinic, SUPERVISED) == ([], {date(2026, 9, 10): True, lifted: False})
