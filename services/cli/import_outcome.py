"""What came of an import, told to whoever ran it."""

from datetime import UTC, datetime
from pathlib import Path

from services.cli.console import err
from services.clinic_import import Outcome, write_refused
from services.clinic_import.outcome_text import faults_of, notes_of, result_of


def tell(outcome: Outcome, *, dry_run: bool) -> None:
    """Say on the error stream what was wrong, and how many events were recorded."""
    for fault in faults_of(outcome):
        err.print(str(fault))
    for note in notes_of(outcome):
        err.print(f"Note: {note}")
    err.print(result_of(outcome, dry_run=dry_run))


def keep_refused(outcome: Outcome, data: Path) -> None:
    """Write the refused rows, with the reasons, to a file in the data folder."""
    target = data / "refused" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv"
    write_refused(outcome.faults, outcome.texts, target)
    err.print(f"The refused rows, with the reasons, are in {target}.")
