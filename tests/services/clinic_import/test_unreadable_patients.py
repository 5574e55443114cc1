"""A patient's key that is gone, or another patient's, costs an import that patient's name alone."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.aggregate import CommandContext
from domain.identity import Identity, RecordNumber
from services.application import CommandHandler
from services.application.forgetting import forget_patient
from services.application.identities import correct_record_number
from services.clinic_import import Outcome, import_clinic
from tests.services.clinic_import.clinic_edits import BASE, NOW
from tests.support.memory_journal import MemoryJournal, MemoryVault


class Clinic:
    """The base clinic on record, and its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(BASE, folder)
        self.journal, self.vault = MemoryJournal(), MemoryVault()
        assert not self.imports().faults
        self.facility_id = self.journal.facilities()[0]

    def imports(self) -> Outcome:
        return import_clinic(self.journal, self.vault, self.folder, now=NOW)  # type: ignore[arg-type]

    def patient_id(self, mrn: str) -> str:
        number_id = RecordNumber.id_of(self.vault.number_hash(self.facility_id, mrn))
        return str(self.journal.load(number_id).patient_id)

    def forgets(self, *mrns: str) -> None:
        for mrn in mrns:
            del self.vault._keys[self.patient_id(mrn)]

    def swaps(self, mrn: str, other: str) -> None:
        keys, ids = self.vault._keys, (self.patient_id(mrn), self.patient_id(other))
        keys[ids[0]], keys[ids[1]] = keys[ids[1]], keys[ids[0]]

    def gives(self, command: Any, *arguments: str) -> None:
        context = CommandContext("by-hand", NOW, "staff-1")
        handler = CommandHandler(self.journal, self.vault)  # type: ignore[arg-type]
        handler.handle(context, command, *arguments)

    def append(self, name: str, row: str) -> None:
        with (self.folder / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(f"{row}\n")


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path / "clinic")


def rename(clinic: Clinic, mrn: str, given_name: str) -> None:
    path = clinic.folder / "patients.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows:
        row[1] = given_name if row[0] == mrn else row[1]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize(
    ("damage", "lines"),
    [(lambda it: it.forgets("J01"), [2]), (lambda it: it.swaps("J01", "J02"), [2, 3])],
    ids=["forgotten", "swapped"],
)
def test_the_same_files_record_nothing_and_the_row_is_named(
    clinic: Clinic, damage: Callable[[Clinic], None], lines: list[int]
) -> None:
    damage(clinic)
    outcome = clinic.imports()
    assert (outcome.faults, outcome.events, outcome.accepted) == ((), 0, True)
    notes = [each for each in outcome.warnings if "key" in each]
    assert [each.split(": ")[0] for each in notes] == [f"patients.csv:{n}" for n in lines]
    assert not any(word in " ".join(notes) for word in ("J01", "Ana", "Reyes"))


def test_what_else_the_files_say_of_that_patient_is_taken_in(clinic: Clinic) -> None:
    clinic.forgets("J01")
    keys = dict(clinic.vault._keys)
    rename(clinic, "J01", "Anna")
    clinic.append("commitments", "J01,work,Shift,TU,08:00,12:00,2026-09-15,")
    outcome = clinic.imports()
    assert (outcome.faults, outcome.accepted) == ((), True)
    patient = clinic.journal.load(clinic.patient_id("J01"))
    assert "Shift" in {each.title for each in patient.commitments.values()}
    # Nothing is encrypted anew for them, and nobody is in twice.
    assert clinic.journal.load(Identity.id_of(patient.id)).version == 1
    assert clinic.vault._keys == keys


def test_a_patient_who_cannot_be_read_may_be_missing_from_the_files(clinic: Clinic) -> None:
    clinic.forgets("J04")
    for name in ("patients", "enrolments", "commitments", "absences", "sign_ins"):
        path = clinic.folder / f"{name}.csv"
        rows = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        path.write_text("".join(row for row in rows if "J04" not in row), encoding="utf-8")
    outcome = clinic.imports()
    assert (outcome.faults, outcome.events, outcome.accepted) == ((), 0, True)
    assert (
        "patients.csv: 1 row is not in the file any more; what was recorded stays"
        in outcome.warnings
    )


# Forgotten on purpose


@pytest.mark.parametrize("former", [False, True], ids=["number", "former number"])
def test_the_files_bring_nobody_back_who_was_forgotten(clinic: Clinic, former: bool) -> None:
    patient_id = clinic.patient_id("J01")
    if former:
        clinic.gives(correct_record_number, patient_id, "J91")
    clinic.gives(forget_patient, patient_id, "asked for in writing")
    rename(clinic, "J01", "Anna")
    clinic.append("commitments", "J01,work,Shift,TU,08:00,12:00,2026-09-15,")
    outcome = clinic.imports()
    assert (outcome.faults, outcome.accepted) == ((), True)
    [note] = [each for each in outcome.warnings if "forgotten" in each]
    assert note.startswith("patients.csv:2: name and birth date were left out")
    # What else the files say is taken in, and nobody is in twice.
    patient = clinic.journal.load(patient_id)
    assert "Shift" in {each.title for each in patient.commitments.values()}
    topics = [each.topic for each in clinic.journal.order]
    assert topics.count("identity.recorded") == len({*clinic.vault._keys, patient_id})
    assert patient_id not in clinic.vault._keys
    assert clinic.imports().events == 0


def test_a_number_that_a_row_gives_to_somebody_else_is_theirs(clinic: Clinic) -> None:
    patient_id = clinic.patient_id("J01")
    clinic.gives(correct_record_number, patient_id, "J91")
    clinic.gives(forget_patient, patient_id, "asked for in writing")
    row = (clinic.folder / "patients.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    clinic.append("patients", row.replace("J01", "J91"))
    rename(clinic, "J01", "Anna")
    outcome = clinic.imports()
    assert [each.partition(":")[0] for each in outcome.warnings if "forgotten" in each] == [
        "patients.csv"
    ]
    assert clinic.patient_id("J91") == patient_id
    assert clinic.patient_id("J01") != patient_id
