"""How many events a second an import records, beside one save an event.

    python -m tests.benchmarks.clinic_imports [--copies 5]

Takes the example clinic in several times, each as a facility of its own: files to journal.
"""

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

from services.clinic_import import import_clinic
from services.embedded import engines
from services.journal import Journal
from services.vault import Vault
from tests.benchmarks.imported_clinics import NOW, copies_of_clinic

ALONE = 2_000
"""Events that are saved one by one."""


def measure(copies: int = 5) -> dict[str, float]:
    """Return the events a second that an import records."""
    with (
        tempfile.TemporaryDirectory() as folder,
        engines(Path(folder) / "data") as found,
        closing(Journal(found.database_url)) as journal,
    ):
        vault = Vault(found.database_url, b"k" * 32)
        took, events = 0.0, 0
        for copy in copies_of_clinic(Path(folder), copies):
            started = time.perf_counter()
            events += import_clinic(journal, vault, copy, now=NOW).events
            took += time.perf_counter() - started
        rate = events / took
        alone = journal.after(0, ALONE)
        started = time.perf_counter()
        for each in alone:
            event = journal.mapper.to_domain_event(each)
            object.__setattr__(event, "originator_id", f"alone-{event.originator_id}")
            journal.events.put([event])
        other = len(alone) / (time.perf_counter() - started)
    print(f"import: {events:,} events, {rate:,.0f} a second; one save an event {other:,.0f}")
    return {"import_events_per_s": rate}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What an import records a second.")
    options.add_argument("--copies", type=int, default=5)
    print(measure(options.parse_args().copies))
