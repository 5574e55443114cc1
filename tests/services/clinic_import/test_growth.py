"""Importing again: each way in which a clinic's files may have grown or changed."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.clinic_import import Outcome, import_clinic
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from services.reports import ReportQueries
from services.vault import Vault
from tests.clinics import oracle
from tests.services.clinic_import.clinic_edits import BASE, THROUGH
from tests.services.clinic_import.growth_cases.case import GrowthCase
from tests.services.clinic_import.growth_cases.growth import GROWTH
from tests.support.backend import Backend, fresh_backend


@dataclass
class Grown:
    """A case that has been played: what the second import said and recorded."""

    case: GrowthCase
    facility_id: str
    outcome: Outcome
    topics: set[str]
    reports_of: Path


@dataclass
class Clinic:
    """One database in which each case has a facility of its own."""

    backend: Backend
    vault: Vault
    played: dict[str, Grown]

    def play(self, case: GrowthCase, folder: Path) -> Grown:
        facility_id = f"base-{len(self.played)}"
        before, after = folder / "before", folder / "after"
        shutil.copytree(BASE, before)
        case.before(before)
        shutil.copytree(before, after)
        case.edit(after)
        for copy in (before, after):
            named(copy, facility_id)
        first = import_clinic(self.backend.journal, self.vault, before, now=case.first_now)
        assert not first.faults, first.faults
        position = self.backend.journal.position()
        outcome = import_clinic(self.backend.journal, self.vault, after, now=case.second_now)
        topics = {each.topic for each in self.backend.journal.after(position, 100_000)}
        source = before if case.reports_of == "before" else after
        return Grown(case, facility_id, outcome, topics, source)


def named(folder: Path, facility_id: str) -> None:
    """Give the clinic an id of its own."""
    path = folder / "facility.toml"
    text = path.read_bytes()
    own = text.split(b'id = "', 1)[1].split(b'"', 1)[0]
    path.write_bytes(text.replace(b'id = "' + own + b'"', f'id = "{facility_id}"'.encode(), 1))


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with fresh_backend(shared_engines) as backend:
        all_cases = Clinic(backend, Vault(backend.database_url, b"k" * 32), {})
        for case in GROWTH:
            folder = tmp_path_factory.mktemp("grown")
            all_cases.played[case.name] = all_cases.play(case, folder)
        asyncio.run(caught_up(backend))
        yield all_cases


async def caught_up(backend: Backend) -> None:
    async with backend.supervisor(*VIEWS) as supervisor:
        await supervisor.caught_up(backend.journal.position())


@pytest.mark.parametrize("case", GROWTH, ids=lambda case: case.name)
def test_a_second_import_records_what_happened_and_no_more(
    case: GrowthCase, clinic: Clinic
) -> None:
    grown = clinic.played[case.name]
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
def test_the_reports_say_what_the_files_say_now(case: GrowthCase, clinic: Clinic) -> None:
    grown = clinic.played[case.name]
    reports = ReportQueries(
        clinic.backend.database_url,
        clinic.vault,
        now=case.second_now,
        facility_id=grown.facility_id,
    )
    for name in ("visits", "weeks"):
        expected = getattr(oracle, name)(grown.reports_of, THROUGH, case.second_now)
        found = getattr(reports, name)(THROUGH)
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
def test_a_row_that_is_gone_is_warned_of(case: GrowthCase, clinic: Clinic) -> None:
    warnings = clinic.played[case.name].outcome.warnings
    assert {file for file, _ in case.warned} == {each.partition(":")[0] for each in warnings}
