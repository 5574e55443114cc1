"""What judging a change costs: by what it touches, or by how many patients there are.

    python -m tests.benchmarks.compliance [--patients 100 1000 10000]

Each clinic has two past weeks behind it and lives on: corrections of a past week come in, then
evenings are closed. Events come from memory, one command in a transaction of its own, through the
steps that a projector takes. The alternative judges every active patient again at each command.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched, chain, islice
from pathlib import Path

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from domain.aggregate import Event
from projections.compliance import Compliance
from projections.compliance.docket import Docket
from projections.compliance.verdicts import Cause
from projections.view import Question, Steps
from services.alone import Connection
from services.embedded import engines
from services.standing import Standing, beside, build, move, within
from services.taking import take_steps
from tests.benchmarks.clinic_life import Clinic, Command, at, evening
from tests.benchmarks.measuring import Clock, against, show

PATIENTS = (100, 1_000, 10_000)
PAST = range(6)
"""The evenings of two weeks."""
BATCH = 1000
CLOSED = 40
"""Sessions that are closed live."""
CORRECTED = 300
"""Visits of a past week that are put right."""
ALTERNATIVE_SECONDS = 10.0
"""How long the alternative is measured, but for the command that it is at."""
ALTERNATIVE_COMMANDS = 10
SUNDAY = evening(6) - timedelta(days=1)


class EveryoneAgain(Compliance):
    """The alternative: each batch has every active patient judged again, from its first day on."""

    def take(self, events: Sequence[Event]) -> Steps:
        docket = Docket()
        yield from docket.take(events)
        rows = yield Question("SELECT id FROM files WHERE kind = 'patient'")
        ids = [id for (id,) in rows]
        yield from docket.bench.files.open(("patient", id) for id in ids)
        now = events[-1].timestamp
        cause = Cause(events[-1].command_id, now, now.date(), (), late=False)
        files = [file for id in ids if (file := docket.bench.files.find("patient", id))]
        yield from docket.bench.judge((each, now.date(), cause) for each in files)
        yield from docket.changes()


@dataclass
class Kept:
    """The view's tables, kept as a projector keeps them: rows and position in one transaction."""

    conn: Connection
    standing: Standing

    async def take(self, events: Sequence[Event], view: Compliance) -> None:
        position = self.standing.position + len(events)
        await self._move(view.take(events), self.standing.after(position, position))

    async def tick(self, now: datetime) -> None:
        await self._move(Compliance().tick(now), self.standing.looked(now))

    async def _move(self, steps: Steps, new: Standing) -> None:
        async with self.conn.transaction():
            await self.conn.execute(within(self.standing.schema))
            async with self.conn.pipeline():
                await take_steps(self.conn, steps)
            self.standing = await move(self.conn, self.standing, new)


@asynccontextmanager
async def kept(database_url: str) -> AsyncIterator[Kept]:
    """New, empty tables."""
    view = Compliance()
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        await build(conn, view, "benchmark")
        standing = await Standing.read(conn, beside(view))
        assert standing
        yield Kept(conn, standing)
