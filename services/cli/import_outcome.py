"""What came of an import, told to whoever ran it."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from services.cli.console import err
from services.clinic_import import Outcome, write_refused


def tell(outcome: Outcome, *, dry_run: bool) -> None:
    """Say on the error stream what was wrong, and how many events were recorded."""
    faults = [each for each in outcome.faults if not each.because_of]
    for fault in faults:
        err.print(str(fault))
    for file, count in Counter(each.because_of for each in outcome.faults).items():
        if file:
            rows = "1 row that refers" if count == 1 else f"{count} rows that refer"
            err.print(f"Note: {rows} to {file} could not be checked.")
    for warning in outcome.warnings:
        err.print(f"Note: {warning}.")
    if not outcome.accepted:
        count = len(faults)
        err.print(f"{count} fault{'' if count == 1 else 's'}; nothing was recorded.")
    else:
        events = f"{outcome.events} event{'' if outcome.events == 1 else 's'}"
        done = "would be recorded" if dry_run else "recorded"
        err.print(f"{events} {done} for {outcome.facility_id}.")


def keep_refused(outcome: Outcome, data: Path) -> None:
    """Write the refused rows, with the reasons, to a file in the data folder."""
    target = data / "refused" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv"
    write_refused(outcome.faults, outcome.texts, target)
    err.print(f"The refused rows, with the reasons, are in {target}.")
