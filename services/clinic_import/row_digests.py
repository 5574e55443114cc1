"""Keyed hashes of rows: what tells a row that says what it said before, without keeping it."""

from collections.abc import Collection, Mapping

from services.clinic_import.facility_rows import (
    ClosureRow,
    FacilityRow,
    RoomRow,
    StaffRow,
    SupervisedRow,
)
from services.clinic_import.rows import PatientRow, Row, facts_of
from services.journal.imported_rows import IDENTIFYING_COLUMNS, RowKey, hashed, row_key

_TABLES: Mapping[type[Row], str] = {
    FacilityRow: "",
    RoomRow: " room",
    StaffRow: " staff",
    ClosureRow: " closure",
    SupervisedRow: " supervised",
}
"""What facility.toml calls the rows of one kind."""


class RowDigests:
    """Hashes the rows of one facility under a key of the site's own.

    Of the rows of those who were `forgotten` (their record numbers) nothing that says who they are.
    """

    def __init__(self, key: bytes, forgotten: Collection[str] = ()) -> None:
        self._key = key
        self._forgotten = forgotten

    def key_of(self, row: Row) -> RowKey:
        """Return what a row is known by."""
        kind = row.FILE + _TABLES.get(type(row), "")
        return row_key(self._key, kind, *map(_text, row.key))

    def columns_of(self, row: Row, key: RowKey) -> dict[str, str]:
        """Return a hash of each column that is not part of the key: it tells only of this row."""
        kind, known_as = key
        return {
            name: hashed(self._key, 8, kind, known_as.hex(), name, _text(getattr(row, name))).hex()
            for name in facts_of(type(row))
            if not self._is_forgotten(row, name)
        }

    def _is_forgotten(self, row: Row, column: str) -> bool:
        return (
            isinstance(row, PatientRow)
            and row.mrn in self._forgotten
            and column in IDENTIFYING_COLUMNS
        )


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(sorted(value))
    return "" if value is None else str(value)
