"""Makes every document of a clinic, and those that are hard to set, with a picture of each page.

python -m tests.documents FOLDER [KIND ...]. The clinic is `tests/clinics/oak-street`, its record
that of the day after its last session, so that whoever makes them has the same bytes. The pictures
of the README are taken from them.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from projections import care
from services.audit.verification.evidence import EvidenceOnRecord
from services.clinic_import import import_clinic
from services.documents.kind import Asked, Refused
from services.documents.kinds import KINDS
from services.documents.making import Made, Standing, make
from services.hosting.bootstrap import VIEWS, open_runtime
from services.read_models.as_of import Prefix, shown_as_of
from services.reports.queries import ReportQueries
from tests.documents.hard_cases import hard_cases

CLINIC = Path(__file__).parents[1] / "clinics" / "oak-street"
PICTURES = Path(__file__).parents[1] / "screenshots" / "pictures"

NOW = datetime(2026, 11, 21, 17, tzinfo=UTC)
"""The Saturday after the last session, noon at the clinic: its files are taken in, and asked."""

IN_README = {
    "attendance-record": ("OA1236", date(2026, 10, 26)),
    "sign-in-sheet": ("evening", date(2026, 11, 19)),
}
"""Of which documents the README has the first page: of a patient from a day on, or of a session."""


@dataclass(frozen=True, slots=True)
class Case:
    """A document to be made: its kind, what its files are called, and what it is asked about."""

    kind: str
    name: str
    asked: Asked


@contextmanager
def clinic_of_files() -> Iterator[tuple[ReportQueries, Standing]]:
    """Yield who answers about the clinic, as its record is at NOW."""
    with tempfile.TemporaryDirectory() as data, open_runtime(Path(data)) as runtime:
        outcome = import_clinic(runtime.journal, runtime.vault, CLINIC, now=NOW, now_is_chosen=True)
        assert outcome.accepted
        prefix = Prefix.read(runtime.journal, None, NOW)
        with shown_as_of(runtime.engines.database_url, VIEWS, prefix) as url:
            reports = ReportQueries(
                url,
                runtime.vault,
                now=NOW,
                facility_id=CLINIC.name,
                journal=runtime.journal,
                evidence=EvidenceOnRecord(runtime.journal),
            )
            yield reports, Standing(prefix.position, NOW)


def cases_of(reports: ReportQueries, kinds: Iterable[str]) -> Iterator[Case]:
    """Yield every document that a clinic has: of each patient, session and of itself."""
    with reports.connected() as conn:
        asked = {"facility_id": reports.facility_id, "today": NOW.date(), "only": None}
        people = reports.people(conn)
        patients = [row.patient_id for row in conn.execute(care.KNOWN, asked)]
        named = {people.mrn(each): each for each in patients}
        sessions = conn.execute(
            "SELECT session_id, day, label FROM schedule.sessions WHERE state <> 'withdrawn'"
        ).fetchall()
    for kind in kinds:
        match KINDS[kind].about:
            case "patient" | "record":
                for mrn, patient_id in sorted(named.items()):
                    yield Case(kind, mrn, Asked(patient_id=patient_id))
            case "session":
                for row in sorted(sessions, key=lambda each: (each.day, each.label)):
                    name = f"{row.day} {row.label}"
                    yield Case(kind, name, Asked(session_id=row.session_id))
            case "facility":
                yield Case(kind, CLINIC.name, Asked())


def write(folder: Path, name: str, made: Made) -> None:
    """Write a document as PDF, CSV and JSON, and a picture of each page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pdf").write_bytes(made.pdf())
    (folder / f"{name}.csv").write_text(made.csv())
    (folder / f"{name}.json").write_text(made.json())
    for number, page in enumerate(made.pages(ppi=72), start=1):
        (folder / f"{name} page {number}.png").write_bytes(page)


def for_readme(reports: ReportQueries, standing: Standing, cases: Iterable[Case]) -> None:
    """Take the README's pictures."""
    known = {(each.kind, each.name): each.asked for each in cases}
    mrn, first = IN_README["attendance-record"]
    label, day = IN_README["sign-in-sheet"]
    patient_id = known["attendance-record", mrn].patient_id
    session_id = known["sign-in-sheet", f"{day} {label}"].session_id
    record = make("attendance-record", reports, Asked(patient_id=patient_id, first=first), standing)
    sheet = make("sign-in-sheet", reports, Asked(session_id=session_id), standing)
    for made in (record, sheet):
        (PICTURES / f"{made.kind.name}.png").write_bytes(made.pages(ppi=110)[0])


def main() -> None:
    """Make them all, and say how many there are of each kind."""
    folder, *chosen = sys.argv[1:]
    kinds = chosen or sorted(KINDS)
    made: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    with clinic_of_files() as (reports, standing):
        cases = list(cases_of(reports, kinds))
        for case in cases:
            try:
                found = make(case.kind, reports, case.asked, standing)
            except Refused:
                refused[case.kind] += 1
                continue
            write(Path(folder) / CLINIC.name / case.kind, case.name, found)
            made[case.kind] += 1
        if not chosen:
            for_readme(reports, standing, cases)
    for name, hard in hard_cases(kinds):
        write(Path(folder) / "hard cases" / hard.kind.name, name, hard)
        made[hard.kind.name] += 1
    for kind in kinds:
        said: Any = f"{made[kind]} made"
        print(f"{kind}: {said}" + (f", {refused[kind]} refused" if refused[kind] else ""))


if __name__ == "__main__":
    main()
