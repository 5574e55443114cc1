"""What has changed in a clinic's files since they were last taken in.

A row that says what it said before records nothing. So where the record has something else by now,
somebody has put it right by hand, and that stands until the row itself changes: column by column,
what the row says anew is taken from it, and all else from the record.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from services.clinic_import.recorded_rows import RecordedRows
from services.clinic_import.row_digests import RowDigests
from services.clinic_import.rows import (
    AbsenceRow,
    CancellationRow,
    EnrolmentRow,
    EpisodeRow,
    PatientRow,
    ProgramRow,
    Row,
    SignInRow,
    facts_of,
)
from services.journal.imported_rows import ImportedRow, RowKey

AnyRow = TypeVar("AnyRow", bound=Row)

STAY_DAYS = frozenset({"admitted_on", "discharged_on"})


@dataclass(slots=True)
class ChangedRows:
    """Compares rows with what they said when they were last taken in.

    `earlier` is what was kept of them. Where nothing was (the files were last taken in before that
    was kept), what `imported` has is taken for it: the record as imports alone have made it.
    """

    digests: RowDigests
    earlier: Mapping[RowKey, ImportedRow]
    recorded: RecordedRows
    imported: RecordedRows | None
    former_numbers: Mapping[str, str] = field(default_factory=dict)
    """The record number that a patient has, by one that they had before."""
    columns: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    """The columns that say something else than before, or all of a new row, by the row's place."""
    left_alone: list[Row] = field(default_factory=list)
    """The unchanged rows beside which the record has something else."""
    refused: set[RowKey] = field(default_factory=set)
    """The rows that are left out: they say what they said before."""
    now: dict[tuple[str, int], tuple[RowKey, ImportedRow]] = field(default_factory=dict)
    """What is to be kept of the rows, by their places."""
    _programs: dict[str, ProgramRow] = field(default_factory=dict)
    _other_days: set[str] = field(default_factory=set)
    """The record numbers of those whose admission or discharge is on another day than before."""

    def wanted(
        self, rows: Iterable[AnyRow], refused: Collection[tuple[str, int]] = ()
    ) -> list[AnyRow]:
        """Return the rows as they are to be brought about: what is not to change, as it is.

        Those whose places are `refused` are left out.
        """
        wanted = []
        for row in rows:
            if row.place in refused:
                self.refused.add(self.digests.key_of(row))
            elif found := self._wanted(row):
                wanted.append(found)
        return wanted

    def in_row(self, row: Row) -> frozenset[str]:
        """Return the columns of a row that say something else than before."""
        return self.columns.get(row.place, frozenset())

    def to_keep(self, refused: Iterable[tuple[str, int]]) -> dict[RowKey, ImportedRow]:
        """Return what has to be kept of the rows from now on, where it differs from what is kept.

        A row that is refused says what it said before, one that is gone is not listed any more.
        """
        leave = set(refused)
        now = {key: row for place, (key, row) in self.now.items() if place not in leave}
        listed = self.refused | {key for key, _ in self.now.values()}
        gone = {
            key: replace(row, listed=False)
            for key, row in self.earlier.items()
            if row.listed and key not in listed
        }
        return gone | {key: row for key, row in now.items() if self.earlier.get(key) != row}

    def _wanted(self, row: AnyRow) -> AnyRow | None:
        row = self._with_defaults(row)
        key = self.digests.key_of(row)
        self.now[row.place] = (key, ImportedRow(self.digests.columns_of(row, key)))
        before = self._before(row, key)
        changed = self._changed(row, before)
        self.columns[row.place] = changed
        if isinstance(row, ProgramRow):
            self._programs[row.program_id] = row
        elif isinstance(row, PatientRow | EpisodeRow) and changed & STAY_DAYS:
            self._other_days.add(row.mrn)
        return self._beside_the_record(row, changed, before[1]) if before else row

    def _changed(self, row: Row, before: tuple[RowKey, ImportedRow] | None) -> frozenset[str]:
        """Return the columns that say something else than before: all of a new row."""
        if before is None:
            return frozenset(facts_of(type(row)))
        key, known = before
        said = self.digests.columns_of(row, key)
        changed = frozenset(
            name for name in said if known.columns.get(name, said[name]) != said[name]
        )
        return changed.union(*(each for each in row.TOGETHER if changed & each))

    def _before(self, row: Row, key: RowKey) -> tuple[RowKey, ImportedRow] | None:
        """Return what a row said before, and under which key; None where it is new."""
        others = ((self.digests.key_of(each), each) for each in self._under_other_keys(row))
        for known_as, each in ((key, row), *others):
            if found := self.earlier.get(known_as):
                return known_as, found
            if self.imported and (made := self.imported.of(each)):
                return key, ImportedRow(self.digests.columns_of(made, key))
        return None

    def _under_other_keys(self, row: Row) -> Iterator[Row]:
        """Yield a row as it may have stood in the files before, with less or another key."""
        if isinstance(row, CancellationRow | AbsenceRow | SignInRow) and row.starts:
            # The file did not say which of a day's meetings it means, and says it now.
            yield replace(row, starts=None)
        if "mrn" in row.KEY:
            for former, mrn in self.former_numbers.items():
                if mrn == row.key[row.KEY.index("mrn")]:
                    yield replace(row, mrn=former)  # type: ignore[call-arg]

    def _beside_the_record(
        self, row: AnyRow, changed: frozenset[str], before: ImportedRow
    ) -> AnyRow | None:
        known = self.recorded.of(row)
        if known is None:
            if changed or not before.listed:
                return row
            self.left_alone.append(row)
            return None
        if isinstance(row, EnrolmentRow) and row.mrn in self._other_days:
            return row
        if isinstance(row, PatientRow | EpisodeRow) and "admitted_on" in changed:
            changed |= {"program_id", "payer", "discharged_on", "discharge_kind"}
        kept = {
            name: getattr(known, name)
            for name in facts_of(type(row))
            if name not in changed and getattr(known, name) != getattr(row, name)
        }
        if not kept:
            return row
        self.left_alone.append(row)
        return replace(row, **kept)

    def _with_defaults(self, row: AnyRow) -> AnyRow:
        """Return a stay's row with its program's hours and days, where it has none of its own."""
        if not isinstance(row, PatientRow | EpisodeRow):
            return row
        program = self._programs.get(row.program_id)
        if program is None:
            return row
        return replace(
            row,
            weekly_hours=row.weekly_hours or program.weekly_hours,
            days_per_week=row.days_per_week or program.days_per_week,
        )
