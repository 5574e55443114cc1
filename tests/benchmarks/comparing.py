"""What it costs to hold the stream against the journal: in a view, and in the background.

    python -m tests.benchmarks.comparing [--copies 3]

`attendance` is filled from the first event, by turns with and without the question whether each
message is the journal's event; and the whole stream is compared with the journal, beside the
reading of it alone.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from unittest.mock import patch

import psycopg

from projections.attendance import Attendance
from services.messaging import stream
from services.messaging.stream import Message
from services.messaging.stream_comparison import Place, StreamComparison
from services.messaging.stream_watch import WINDOW
from services.messaging.stretches import stretch
from services.read_models.journal_check import JournalCheck
from tests.benchmarks.imported_clinics import Imported, imported_clinics, keep_up

ROUNDS = 4


async def believed(
    _: JournalCheck, messages: Sequence[Message], __: int
) -> tuple[Sequence[Message], None]:
    """Take every message for the journal's event."""
    return messages, None


def project(imported: Imported) -> float:
    """Return the seconds in which the projector fills `attendance`, PostgreSQL's work and all."""
    with psycopg.connect(imported.engines.database_url) as conn:
        conn.execute("DROP SCHEMA IF EXISTS attendance CASCADE")
    started = time.perf_counter()
    asyncio.run(keep_up(imported, (Attendance(),), relay=False))
    return time.perf_counter() - started


async def compare(imported: Imported) -> tuple[float, float]:
    """Return the processor's seconds for comparing the whole stream, and for reading it alone."""
    comparison = StreamComparison(imported.journal, stream.NAME)
    async with stream.connected(imported.engines.nats_url, "benchmark") as client:
        started, place, many = time.process_time(), Place(), 1
        while many:
            compared = await comparison.step(client, place, WINDOW)
            place, many = compared.place, compared.messages
            assert not compared.differences
        compared_in = time.process_time() - started
        started, sequence, many = time.process_time(), 0, 1
        while many:
            many = len(await stretch(client, stream.NAME, sequence + 1, WINDOW))
            sequence += many
        return compared_in, time.process_time() - started


def measure(copies: int = 3) -> dict[str, float]:
    """Return how many times as long a checked view takes, and what comparing a message costs."""
    with imported_clinics(copies) as imported:
        asyncio.run(keep_up(imported, (), relay=True))
        checked, trusting = [], []
        for _ in range(ROUNDS):
            checked.append(project(imported))
            with patch.object(JournalCheck, "sound", believed):
                trusting.append(project(imported))
        compared, read = min(asyncio.run(compare(imported)) for _ in range(2))
        us = 1e6 / imported.events
        print(
            f"comparing: {imported.events:,} events; a view {us * min(checked):.1f} us an event,"
            f" {us * min(trusting):.1f} unchecked; in the background {us * compared:.1f} us a"
            f" message, {us * read:.1f} of them to read it"
        )
        return {
            "checked_view_vs_unchecked": min(checked) / min(trusting),
            "compared_message_us": us * compared,
            "comparing_vs_reading": compared / read,
        }


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="What comparing the stream costs.")
    options.add_argument("--copies", type=int, default=3)
    print(measure(options.parse_args().copies))
