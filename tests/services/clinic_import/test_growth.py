"""Importing again: each way in which a clinic's files may have grown or changed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from projections.attendance import Attendance
from projections.directory import Directory
from projections.schedule import Schedule
from services.clinic_import import Outcome, import_clinic
from services.embedded import Engines
from services.read_models.as_of import Prefix, shown_as_of
from services.reports import ReportQueries
from services.reports.questions import QUESTIONS
from tests.clinics import oracle
from tests.services.clinic_import.clinic_edits import BASE, THROUGH
from tests.services.clinic_import.growth_cases.case import GrowthCase
from tests.services.clinic_import.growth_cases.growth import GROWTH
from tests.support.backend import fresh_database
from tests.support.memory_journal import MemoryJournal, MemoryVault

READ_BY_REPORTS = (Attendance(), Directory(), Schedule())


@dataclass
class Grown:
    """A case that has been played: what the second import said and recorded."""

    case: GrowthCase
    journal: Any
    facility_id: str
    outcome: Outcome
    topics: set[str]
    reports_of: Path

    @classmethod
    def played(cls, case: GrowthCase, facility_id: str, vault: Any, folder: Path) -> "Grown":
        before, after = folder / "before", folder / "after"
        shutil.copytree(BASE, before)
        case.before(before)
        shutil.copytree(before, after)
        case.edit(after)
        for copy in (before, after):
            named(copy, facility_id)
        journal: Any = MemoryJournal()
        first = import_clinic(journal, vault, before, now=case.first_now)
        assert not first.faults, first.faults
        position = journal.position()
        outcome = import_clinic(journal, vault, after, now=case.second_now)
        topics = {each.topic for each in journal.order[position:]}
        source = before if case.reports_of == "before" else after
        return cls(case, journal, facility_id, outcome, topics, source)


@dataclass
class Clinics:
    """Each case in a clinic of its own, and their read models in one database."""

    database_url: str
    vault: Any
    played: dict[str, Grown]


def named(folder: Path, facility_id: str) -> None:
    """Give the clinic an id of its own."""
    path = folder / "facility.toml"
    text = path.read_bytes()
    own = text.split(b'id = "', 1)[1].split(b'"', 1)[0]
    path.write_bytes(text.replace(b'id = "' + own + b'"', f'id = "{facility_id}"'.encode(), 1))


@pytest.fixture(scope="module")
def clinics(shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinics]:
    vault: Any = MemoryVault()
    played = {
        case.name: Grown.played(case, f"base-{number}", vault, tmp_path_factory.mktemp("grown"))
        for number, case in enumerate(GROWTH)
    }
    with fresh_database(shared_engines) as backend:
        for grown in played.values():
            backend.journal.recorder.insert_events(grown.journal.order)
        all_of_it = Prefix.read(backend.journal, None, None)
        with shown_as_of(backend.database_url, READ_BY_REPORTS, all_of_it) as database_url:
            yield Clinics(database_url, vault, played)


@pytest.mark.parametrize("case", GROWTH, ids=lambda case: case.name)
def test_a_second_import_records_what_happened_and_no_more(
    case: GrowthCase, clinics: Clinics
) -> None:
    grown = clinics.played[case.name]
    if case.refused:
        assert case.refused <= {(fault.file, fault.line) for fault in grown.outcome.faults}
        assert not grown.topics
        return
    assert not grown.outcome.faults
    assert case.topics <= grown.topics
    assert grown.topics <= case.topics | case.consequences


@pytest.mark.parametrize(
    "case", [case for case in GROWTH if case.sound], ids=lambda case: case.name
)
def test_the_reports_say_what_the_files_say_now(case: GrowthCase, clinics: Clinics) -> None:
    grown = clinics.played[case.name]
    reports = ReportQueries(
        clinics.database_url,
        clinics.vault,
        now=case.second_now,
        facility_id=grown.facility_id,
    )
    for name in ("visits", "weeks"):
        expected = getattr(oracle, name)(grown.reports_of, THROUGH, case.second_now)
        found = QUESTIONS[name](reports, through=THROUGH)
        objects = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        assert [words(each) for each in objects] == [words(each) for each in expected]


def words(row: dict[str, object]) -> dict[str, str]:
    return {
        key: {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        for key, value in row.items()
    }


@pytest.mark.parametrize(
    "case", [case for case in GROWTH if case.warned], ids=lambda case: case.name
)
def test_a_row_that_is_gone_is_warned_of(case: GrowthCase, clinics: Clinics) -> None:
    warnings = clinics.played[case.name].outcome.warnings
    assert {file for file, _ in case.warned} == {each.partition(":")[0] for each in warnings}
