"""What a document costs a processor: drawn up from the read models, and set on pages.

    python -m tests.benchmarks.documents [VISITS]

An attendance record of so many visits, as JSON and as PDF: the JSON is the same facts without
pages, as another program would take them. Beside the PDF stands the same one without its tags.
Time is the processor's of this process; what PostgreSQL does for the facts is not in it.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from services.documents.attendance_record import READS
from services.documents.making import Made
from services.embedded import engines
from tests.support.backend import fresh_database
from tests.support.documented_clinic import LONG, Documented

VISITS = 120
TIMES = 10


def untagged_pdf(made: Made) -> object:
    """Return a document as a PDF that says nothing of what its parts are."""
    return made.set_as("pdf", pdf_tags=False)


def processor(work: Callable[[], object]) -> float:
    """Return the milliseconds of a processor that something takes, at the median of some times."""
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        taken.append((time.process_time() - began) * 1000)
    return sorted(taken)[TIMES // 2]


def measure(visits: int = VISITS) -> dict[str, float]:
    """Return the figures of a record of so many visits."""
    with (
        tempfile.TemporaryDirectory() as data,
        engines(Path(data)) as found,
        fresh_database(found) as backend,
    ):
        clinic = Documented(backend, *READS)
        patient_id = clinic.admitted(*LONG)
        clinic.many_visits(patient_id, visits)
        clinic.now += timedelta(days=1)
        clinic.reports()

        def as_json() -> object:
            return clinic.makes("attendance-record", patient_id=patient_id).content("json")

        made = clinic.makes("attendance-record", patient_id=patient_id)
        began = time.process_time()
        made.pdf()
        first = (time.process_time() - began) * 1000
        pages = len(made.pages(ppi=10))
        facts, paper, untagged = (
            processor(as_json),
            processor(made.pdf),
            processor(lambda: untagged_pdf(made)),
        )
    print(f"{visits} visits, {pages} pages: the first PDF of a process {first:.0f} ms")
    print(f"{'facts from the read models, as JSON':<44}{facts:>9.1f} ms")
    print(f"{'the same set as PDF/UA':<44}{paper:>9.1f} ms, {paper / pages:.1f} ms a page")
    print(f"{'the same set without tags':<44}{untagged:>9.1f} ms")
    return {
        "document_first_pdf_ms": first,
        "document_json_ms": facts,
        "document_page_ms": paper / pages,
        "document_pdf_vs_json": paper / facts,
        "document_pdf_vs_untagged": paper / untagged,
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What documents cost.")
    options.add_argument("visits", nargs="?", type=int, default=VISITS, metavar="VISITS")
    print(measure(options.parse_args().visits))
