"""A clinic in memory whose files are taken in, changed and taken in again."""

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.aggregate import CommandContext
from domain.patient import Patient
from domain.session import Amendment, Session
from domain.times import instant
from services.application import Command, CommandHandler
from services.application.command import Given, Returned
from services.clinic_import import Outcome, import_clinic
from tests.services.clinic_import.clinic_edits import BASE, NOW, Edit, every
from tests.support.memory_journal import MemoryJournal, MemoryVault

SEP = {day: date(2026, 9, day) for day in range(1, 31)}
CHICAGO = ZoneInfo("America/Chicago")
LOOKED = Amendment("the paper sheet was checked", "LCSW")
BY_HAND = CommandContext("by-hand", NOW, "s-ash")


@dataclass
class Clinic:
    """The clinic of `tests/clinics/base` in memory, its files taken in once."""

    folder: Path
    journal: Any
    vault: Any

    @classmethod
    def taken_in(cls, folder: Path) -> "Clinic":
        """Copy the clinic's files to a folder and take them in."""
        shutil.copytree(BASE, folder, ignore=shutil.ignore_patterns("expected"))
        return cls(folder, *(each.copy() for each in _taken_in()))

    def do(
        self, command: Command[Given, Returned], *args: Given.args, **kwargs: Given.kwargs
    ) -> Returned:
        """Run a command that a member of staff gives."""
        return CommandHandler(self.journal, self.vault).handle(BY_HAND, command, *args, **kwargs)

    def take_in(self, *edits: Edit, now: datetime = NOW) -> Outcome:
        every(*edits)(self.folder)
        return import_clinic(self.journal, self.vault, self.folder, now=now)

    def again(self, *edits: Edit, now: datetime = NOW) -> tuple[Outcome, list[str]]:
        """Take the files in again; return what was recorded."""
        before = self.journal.position()
        outcome = self.take_in(*edits, now=now)
        assert not outcome.faults, outcome.faults
        return outcome, [each.topic for each in self.journal.order[before:]]

    def patient(self, mrn: str) -> Patient:
        keyed_hash = self.vault.number_hash("juniper", mrn)
        number = self.journal.load(f"record-number-{keyed_hash}")
        found = self.journal.load(number.patient_id)
        assert isinstance(found, Patient)
        return found

    def session(self, label: str, day: date | None = None) -> Session:
        found = self.journal.load(Session.id_of("juniper", label, day))
        assert isinstance(found, Session)
        return found

    def status(self, label: str, day: date, mrn: str) -> str | None:
        record = self.session(label, day).records.get(self.patient(mrn).id)
        return record.attendance.status if record and record.attendance else None


def at(day: date, wall: str) -> datetime:
    return instant(day, time.fromisoformat(wall), CHICAGO)


@cache
def _taken_in() -> tuple[MemoryJournal, MemoryVault]:
    """Take the clinic's files in, once for all tests: each goes on from a copy."""
    journal: Any = MemoryJournal()
    vault: Any = MemoryVault()
    assert not import_clinic(journal, vault, BASE, now=NOW).faults
    return journal, vault
