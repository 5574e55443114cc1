"""What stands in each file of a clinic's folder, for whoever makes one."""

from dataclasses import dataclass

from services.clinic_import.facility_file import FILE, SITE, TABLES
from services.clinic_import.rows import (
    AbsenceRow,
    CancellationRow,
    CommitmentRow,
    EnrolmentRow,
    EpisodeRow,
    PatientRow,
    ProgramRow,
    Row,
    SegmentRow,
    SessionRow,
    SignInRow,
    TrackRow,
    columns_of,
)

_KINDS: tuple[type[Row], ...] = (
    *(ProgramRow, TrackRow, SegmentRow, SessionRow, PatientRow, EpisodeRow, EnrolmentRow),
    *(CommitmentRow, CancellationRow, AbsenceRow, SignInRow),
)


@dataclass(frozen=True, slots=True)
class FileColumns:
    """A file: its name, and its columns in order. One that is `optional` need not be there."""

    name: str
    columns: tuple[str, ...]
    optional: bool = False


_SITE = FileColumns(
    FILE,
    (*SITE, *(f"{table}.{column}" for table, columns in TABLES.items() for column in columns)),
)

FILE_COLUMNS = (
    _SITE,
    *(FileColumns(each.FILE, tuple(columns_of(each)), each is EpisodeRow) for each in _KINDS),
)
"""Every file, in the order in which of two rows that cannot both stand one is the later."""
