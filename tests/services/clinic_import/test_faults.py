"""Every refusal that an import knows, each as an edit of one sound clinic."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.clinic_import import Outcome, import_clinic
from services.embedded import Engines
from services.vault import Vault
from tests.services.clinic_import.clinic_edits import (
    BASE,
    NOW,
    Edit,
    FaultCase,
    SoundCase,
)
from tests.services.clinic_import.fault_cases.faults import FAULTS
from tests.services.clinic_import.fault_cases.sound import SOUND
from tests.support.backend import Backend, fresh_database


@dataclass
class Importer:
    """Where a clinic's files are handed in."""

    backend: Backend
    vault: Vault

    def take(self, folder: Path, *, skip_invalid: bool = False) -> Outcome:
        return import_clinic(
            self.backend.journal, self.vault, folder, now=NOW, skip_invalid=skip_invalid
        )


@pytest.fixture(scope="module")
def importer(shared_engines: Engines) -> Iterator[Importer]:
    with fresh_database(shared_engines) as backend:
        yield Importer(backend, Vault(backend.database_url, b"k" * 32))


def edited(edit: Edit, folder: Path) -> Path:
    shutil.copytree(BASE, folder)
    edit(folder)
    return folder


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_a_fault_is_named_by_file_and_line_and_nothing_is_recorded(
    case: FaultCase, importer: Importer, tmp_path: Path
) -> None:
    outcome = importer.take(edited(case.edit, tmp_path / "clinic"))
    named = {(fault.file, fault.line) for fault in outcome.faults}
    assert case.expected <= named, "\n".join(map(str, outcome.faults))
    assert outcome.events == 0
    assert importer.backend.journal.position() == 0


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_what_only_looks_suspicious_is_accepted(
    case: SoundCase, importer: Importer, tmp_path: Path
) -> None:
    folder = edited(case.edit, tmp_path / "clinic")
    outcome = import_clinic(importer.backend.journal, importer.vault, folder, now=NOW, dry_run=True)
    assert not outcome.faults
    assert importer.backend.journal.position() == 0
