"""Processes of every way of writing, on one journal at once: every invariant holds afterwards.

`RACE_SECONDS=60` lets them race for a minute.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import orjson
import pytest

from services.clinic_import import import_clinic
from services.embedded import Engines
from services.journal import Journal
from tests.support.backend import Backend, fresh_database
from tests.support.clinic_invariants import HOLD_AT_ANY_TIME, booked_otherwise
from tests.support.memory_journal import MemoryJournal
from tests.support.racing_writers import BASE, NOW

SECONDS = os.environ.get("RACE_SECONDS", "2")
WRITERS = (("alone", "1"), ("alone", "2"), ("together", "3"), ("together", "4"), ("import", "5"))


@pytest.fixture
def backend(shared_engines: Engines) -> Iterator[Backend]:
    with fresh_database(shared_engines) as fresh:
        yield fresh


def in_memory(journal: Journal) -> MemoryJournal:
    """Return a journal in memory with the same events."""
    copy = MemoryJournal()
    position = 0
    while events := journal.after(position, 10_000):
        copy.append(events, ())
        position = events[-1].id
    return copy


def test_writers_of_every_kind_side_by_side_keep_every_invariant(backend: Backend) -> None:
    assert not import_clinic(backend.journal, backend.vault, BASE, now=NOW).faults
    before = backend.journal.position()
    # Files tell of visits that made up for others, which had no booking.
    unbooked = booked_otherwise(in_memory(backend.journal))
    racing = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.support.racing_writers"),
                *(way, backend.database_url, seed, SECONDS),
            ],
            stdout=subprocess.PIPE,
        )
        for way, seed in WRITERS
    ]
    said = [orjson.loads(each.communicate()[0]) for each in racing]
    assert [each.returncode for each in racing] == [0] * len(WRITERS)

    journal = in_memory(backend.journal)
    for holds in HOLD_AT_ANY_TIME:
        holds(journal)
    assert booked_otherwise(journal) <= unbooked
    versions: Counter[str] = Counter()
    for event in journal.order:
        versions[str(event.originator_id)] += 1
        assert event.originator_version == versions[str(event.originator_id)]

    *of_commands, of_imports = said
    told = {name: positions for each in of_commands for name, positions in each if positions}
    kept = dict(backend.rows("SELECT command_id, positions FROM journal.receipts"))
    assert told == kept
    commands_of = {
        event.id: orjson.loads(event.state)["command_id"]
        for event in backend.journal.after(before, 1 << 30)
    }
    assert all(commands_of.pop(each) == name for name, all_ in kept.items() for each in all_)
    assert len(commands_of) == of_imports
    assert all(name.startswith("import-") for name in commands_of.values())
    assert all(any(positions for _, positions in each) for each in of_commands)
    print(f"{len(told)} commands and {of_imports} events of imports")
