"""What a report is about, and which read models answer it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.cli.options import VIEW_NAMES


@dataclass(frozen=True, slots=True)
class ReportScope:
    """Of which data folder and facility something is asked, as of when and by which time.

    `reads` names the read models that answer it: those alone are filled to look back.
    """

    data: Path
    facility_id: str | None
    now: datetime | None = None
    as_of: datetime | None = None
    reads: tuple[str, ...] = VIEW_NAMES
