"""What the rows of a clinic's files said is kept with the events they led to, or not at all."""

import pytest
from eventsourcing.persistence import IntegrityError

from domain.aggregate import CommandContext
from domain.facility import Facility, Room
from services.journal.imported_rows import ImportedRow, ImportedRows
from tests.support.backend import Backend
from tests.support.imported_clinic import BY_HAND

KEY = ("patients.csv", b"\x01" * 16)
SAID = ImportedRow({"payer": "00ff"})


def imported(row: ImportedRow) -> ImportedRows:
    return ImportedRows("juniper", {KEY: row})


def opened(context: CommandContext = BY_HAND) -> Facility:
    return Facility.start(
        context,
        facility_id="juniper",
        name="Juniper",
        timezone="UTC",
        week_starts_on="monday",
        late_after_minutes=10,
    )


def test_save_keeps_rows_with_the_events_or_neither(backend: Backend) -> None:
    backend.journal.save(opened(), imported=imported(SAID))
    assert backend.journal.imported_rows("juniper") == {KEY: SAID}
    assert backend.journal.imported_rows("another") == {}
    first, second = (backend.journal.load(Facility.id_of("juniper")) for _ in range(2))
    first.keep_room(BY_HAND, Room("hall", "Hall", 4))
    second.keep_room(BY_HAND, Room("den", "Den", 3))
    backend.journal.save(first)
    with pytest.raises(IntegrityError):
        backend.journal.save(second, imported=imported(ImportedRow({"payer": "11ee"})))
    assert backend.journal.imported_rows("juniper") == {KEY: SAID}


def test_save_keeps_rows_where_nothing_is_recorded(backend: Backend) -> None:
    gone = ImportedRow({"payer": "00ff"}, listed=False)
    backend.journal.save(imported=imported(SAID))
    backend.journal.save(imported=imported(gone))
    assert backend.journal.imported_rows("juniper") == {KEY: gone}
