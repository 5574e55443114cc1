"""Keyed hashes of rows: what tells a row that says what it said before, without keeping it."""

from collections.abc import Mapping
from hashlib import blake2b

from services.clinic_import.facility_rows import ClosureRow, FacilityRow, RoomRow, StaffRow
from services.clinic_import.rows import (
    Row,
    facts_of,
)
from services.journal.imported_rows import RowKey

_TABLES: Mapping[type[Row], str] = {
    FacilityRow: "",
    RoomRow: " room",
    StaffRow: " staff",
    ClosureRow: " closure",
}
"""What facility.toml calls the rows of one kind."""


class RowDigests:
    """Hashes the rows of one facility under a key of the site's own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def key_of(self, row: Row) -> RowKey:
        """Return what a row is known by."""
        kind = row.FILE + _TABLES.get(type(row), "")
        return kind, self._hash(16, kind, *map(_text, row.key))

    def columns_of(self, row: Row, key: RowKey) -> dict[str, str]:
        """Return a hash of each column that is not part of the key: it tells only of this row."""
        kind, row_key = key
        return {
            name: self._hash(8, kind, row_key.hex(), name, _text(getattr(row, name))).hex()
            for name in facts_of(type(row))
        }

    def _hash(self, size: int, *parts: str) -> bytes:
        return blake2b("\x1f".join(parts).encode(), key=self._key, digest_size=size).digest()


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(sorted(value))
    return "" if value is None else str(value)
