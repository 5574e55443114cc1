"""The file of the rows that an import left out, each with the reasons."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from services.clinic_import.faults import RowError
from services.text_output import csv_cell

Texts = dict[str, dict[int, str]]
"""Of each file the text of its records, by the line at which each begins."""


def write_refused(faults: Iterable[RowError], texts: Texts, target: Path) -> None:
    """Write the refused rows, as they stood when they were read, for their owner alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "line", "column", "problem", "row"])
    for fault in faults:
        row = texts.get(fault.file, {}).get(fault.line, "")
        told = (fault.file, fault.line, fault.column, fault.problem, row)
        writer.writerow(map(csv_cell, told))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(out.getvalue())
