"""A clinic hands its files in as they stand at the end of each week, and at last as a whole.

Whatever came late, was corrected or ended in between: after each week the reports say what the
files say then, and in the end they are those of a clinic that handed everything in at once.
"""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.clinic_import import import_clinic
from services.hosting.bootstrap import VIEWS
from services.reports import ReportQueries
from services.reports.questions import QUESTIONS
from services.vault import Vault
from tests.clinics import oracle
from tests.services.clinic_import.growth_cases.day_by_day import as_known_on
from tests.support.backend import Backend
from tests.support.command_line import CLINICS

COLUMNS = {"visits": oracle.VISIT_COLUMNS, "weeks": oracle.WEEK_COLUMNS}


async def caught_up(backend: Backend) -> None:
    async with backend.supervisor(*VIEWS) as supervisor:
        await supervisor.caught_up(backend.journal.position())


@pytest.mark.parametrize(
    ("name", "zone", "first", "last"),
    [
        ("oak-street", ZoneInfo("America/New_York"), date(2026, 9, 20), date(2026, 11, 22)),
        ("havana", ZoneInfo("America/Havana"), date(2025, 10, 26), date(2026, 3, 15)),
    ],
    ids=["oak-street", "havana"],
)
def test_the_reports_follow_the_files_week_after_week(  # noqa: PLR0917 - a table's columns
    name: str, zone: ZoneInfo, first: date, last: date, backend: Backend, tmp_path: Path
) -> None:
    vault = Vault(backend.database_url, b"k" * 32)
    day = first
    while day <= last:
        folder = tmp_path / day.isoformat()
        as_known_on(CLINICS / name, folder, day)
        evening = datetime.combine(day, time(23, 59), zone).astimezone(UTC)
        outcome = import_clinic(backend.journal, vault, folder, now=evening)
        assert not outcome.faults
        asyncio.run(caught_up(backend))
        reports = ReportQueries(backend.database_url, vault, now=evening)
        for report, columns in COLUMNS.items():
            wanted = getattr(oracle, report)(folder, day, evening)
            assert QUESTIONS[report](reports, through=day).csv() == oracle.printed(wanted, columns)
        day += timedelta(weeks=1)
    now = datetime.combine(last + timedelta(days=1), time(12), UTC)
    import_clinic(backend.journal, vault, CLINICS / name, now=now)
    asyncio.run(caught_up(backend))
    reports = ReportQueries(backend.database_url, vault, now=now)
    for report in COLUMNS:
        expected = CLINICS / name / "expected" / f"{report}.csv"
        assert QUESTIONS[report](reports, through=last).csv().encode() == expected.read_bytes()
