"""A whole clinic, day by day."""

import csv
import shutil
from datetime import date
from pathlib import Path


def as_known_on(folder: Path, copy: Path, day: date) -> None:
    """Write what a clinic's files said on the evening of a day, as far as that can be told.

    Nobody is admitted, enrolled, discharged, absent or signed in ahead of the day; an enrolment
    or a treatment that ends later is still running. Every copy of a sound folder is sound; after
    importing them for one day after another, the reports are those of the folder.
    """
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("expected"), dirs_exist_ok=True)
    patients = rows_until(copy, "patients", "admitted_on", day)
    for row in patients:
        if row["discharged_on"] > day.isoformat():
            row["discharged_on"] = row["discharge_kind"] = ""
    enrolments = rows_until(copy, "enrolments", "first_day", day)
    admitted = {row["mrn"] for row in patients}
    known = [row for row in enrolments if row["mrn"] in admitted]
    for row in known:
        if row["last_day"] > day.isoformat():
            row["last_day"] = ""
    commitments = rows_until(copy, "commitments", "first_day", day)
    rewrite(copy, "patients", patients)
    rewrite(copy, "enrolments", known)
    rewrite(copy, "commitments", [row for row in commitments if row["mrn"] in admitted])
    for file in ["sessions", "cancellations", "absences", "sign_ins"]:
        rewrite(copy, file, rows_until(copy, file, "date", day))


def rows_until(folder: Path, file: str, column: str, day: date) -> list[dict[str, str]]:
    with (folder / f"{file}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row[column] <= day.isoformat()]


def rewrite(folder: Path, file: str, rows: list[dict[str, str]]) -> None:
    """Write rows under the header that is there."""
    path = folder / f"{file}.csv"
    header = next(csv.reader([path.read_text("utf-8-sig").splitlines()[0]]))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
