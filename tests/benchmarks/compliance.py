"""What judging a change costs: by what it touches, or by how many patients there are.

    python -m tests.benchmarks.compliance [--patients 100 1000 10000]

Each clinic has two weeks behind it and lives on: a past week is corrected, evenings are closed.
Events come from memory, live each command in a transaction of its own, and go through the steps
that a projector takes. The alternative judges every active patient again at each command.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from domain.aggregate import Event
from domain.session import AttendanceRecorded
from projections.compliance import Compliance
from projections.compliance.intake import EventIntake
from projections.compliance.scopes import Touched
from projections.compliance.transitions import ChangeCause
from projections.view import Question, Steps
from services.advisory_lock import Connection
from services.embedded import engines
from services.read_models.checkpoint import Checkpoint, advance, build, staging_schema, use_schema
from services.read_models.execution import run_steps
from tests.benchmarks.clinic_life import Clinic, at, evening
from tests.benchmarks.measuring import Clock, against, show

PATIENTS = (100, 1_000, 10_000)
LIVED = 1_000
"""Patients of a clinic whose past is taken in as it was lived; that of more is imported."""

PAST = range(6)
"""The evenings of two weeks."""
SUNDAY = evening(6) - timedelta(days=1)

BATCH = 1000
CLOSED = 40
"""Sessions that are closed live."""
CORRECTED = 100
"""Visits of the past week that are put right."""
FEW = 10
"""Patients for whom something is due when nothing is for the others."""
AGAIN = 10
"""Commands at which everybody is judged again, unless that takes too long."""
LONG = 5.0
"""Seconds after which the alternative is not measured any longer."""


class EveryoneAgain(Compliance):
    """The alternative: a command has all other active patients judged again too, from its day on.

    Here a command is a session's attendance, which has judged whom it names.
    """

    def take(self, events: Sequence[Event]) -> Steps:
        yield from super().take(events)
        named = {each.patient_id for each in events if isinstance(each, AttendanceRecorded)}
        intake, now = EventIntake(), events[-1].timestamp
        rows = yield Question("SELECT id FROM files WHERE kind = 'patient'")
        others: list[Any] = [("patient", id) for (id,) in rows if id not in named]
        yield from intake.evaluator.files.open(others)
        files = [file for key in others if (file := intake.evaluator.files.find(*key))]
        yield from intake.evaluator.open_ground(files)
        context = ChangeCause(events[-1].command_id, now, now.date(), (), late=False)
        yield from intake.evaluator.judge(
            (each, Touched.from_day(now.date()), context) for each in files
        )
        yield from intake.changes()


class Everyone(Compliance):
    """The alternative: whenever time passes, everybody is looked at."""

    def tick(self, now: datetime) -> Steps:
        intake = EventIntake()
        rows = yield Question("SELECT id FROM files WHERE kind = 'patient'")
        yield from intake.evaluator.files.open(("patient", id) for (id,) in rows)
        files = [each for each in intake.evaluator.files.known.values() if each]
        yield from intake.evaluator.open_ground(files)
        context = ChangeCause("", now, now.date(), (), late=False)
        yield from intake.evaluator.judge((each, Touched(helped=True), context) for each in files)
        yield from intake.changes()


@dataclass
class Kept:
    """The view's tables, kept as a projector keeps them: rows and position in one transaction."""

    conn: Connection
    checkpoint: Checkpoint
    view: Compliance

    async def take(self, events: Sequence[Event], view: Compliance | None = None) -> None:
        position = self.checkpoint.position + len(events)
        steps = (view or self.view).take(events)
        await self._move(steps, self.checkpoint.after(position, position))

    async def tick(self, now: datetime, view: Compliance | None = None) -> None:
        await self._move((view or self.view).tick(now), self.checkpoint.looked(now))

    async def _move(self, steps: Steps, new: Checkpoint) -> None:
        async with self.conn.transaction():
            await self.conn.execute(use_schema(self.checkpoint.schema))
            async with self.conn.pipeline():
                await run_steps(self.conn, steps)
            self.checkpoint = await advance(self.conn, self.checkpoint, new)


@asynccontextmanager
async def kept(database_url: str) -> AsyncIterator[Kept]:
    """New, empty tables."""
    view = Compliance()
    async with await AsyncConnection.connect(database_url, autocommit=True) as conn:
        await build(conn, view, "benchmark")
        checkpoint = await Checkpoint.read(conn, staging_schema(view))
        assert checkpoint
        yield Kept(conn, checkpoint, view)


async def fill(view: Kept, clinic: Clinic, to_come: range) -> None:
    """Take two past weeks in, and the sessions that are to come."""
    what, history = "filling, as it was lived", clinic.lived(PAST, to_come)
    if len(clinic.patients) > LIVED:
        what = "filling, as one import"
        history = clinic.imported(PAST, to_come, at(SUNDAY, "08:00"))
    clock, events = Clock(), 0
    while batch := list(islice(history, BATCH)):
        events += len(batch)
        with clock.running():
            await view.take(batch)
    show(what, events, clock)


async def measure_time(view: Kept, clinic: Clinic) -> None:
    """Let time pass: first nothing is due, then everybody's week."""
    await view.tick(at(SUNDAY, "12:00"))
    clock = Clock()
    with clock.running():
        await view.tick(at(SUNDAY, "12:01"))
    print(f"{'time passes, nothing is due':<44}{clock.seconds * 1000:>26.1f} ms")
    clock, patients = Clock(), len(clinic.patients)
    with clock.running():
        await view.tick(at(evening(6), "00:01"))
    show("time passes, everybody's week is over", patients, clock, "judged")
    by_patient(clock, patients)


async def measure_tick(view: Kept, clinic: Clinic) -> None:
    """Let time pass until something is due for a few, and by the alternative for everybody."""
    noon, midnight = at(evening(6), "12:30"), at(evening(6) + timedelta(days=2), "00:00")
    for command in clinic.newcomers(FEW, evening(3) + timedelta(days=1), noon):
        await view.take(command)
    await view.tick(midnight - timedelta(minutes=1))
    rows = await view.conn.execute(
        SQL("SELECT count(*) FROM {} WHERE due_at <= %s").format(
            Identifier(view.checkpoint.schema, "files")
        ),
        (midnight,),
    )
    due = (await rows.fetchall())[0][0]
    clock, other = Clock(), Clock()
    with clock.running():
        await view.tick(midnight)
    show("time passes, something is due for a few", due, clock, "judged")
    with other.running():
        await view.tick(midnight, Everyone())
    print(f"{'   everybody is looked at':<44}{other.seconds:>26.2f} s")
    print(f"{'':<44}{other.seconds / clock.seconds:.1f} times as long")


async def measure_corrections(view: Kept, clinic: Clinic) -> None:
    now, clock = at(evening(6), "12:00"), Clock()
    last_week = (clinic.corrects(number, CORRECTED, now) for number in PAST[3:])
    commands = list(islice(chain.from_iterable(last_week), CORRECTED))
    with clock.running():
        for command in commands:
            await view.take(command)
    show("a visit of the past week is corrected", len(commands), clock)
    by_patient(clock, len(commands))


async def measure_closing(view: Kept, clinic: Clinic, evenings: range) -> None:
    """Close sessions as they end, and some more by the alternative."""
    clock, other, events, others, again = Clock(), Clock(), 0, 0, 0
    sessions = [(group, each) for each in evenings for group in range(len(clinic.groups))]
    for group, number in sessions[:CLOSED]:
        await view.tick(at(evening(number), "12:00"))
        command = clinic.closes(group, number)
        events += len(command)
        with clock.running():
            await view.take(command)
    rate = show(f"{CLOSED} sessions are closed", events, clock)
    by_patient(clock, events)
    for group, number in sessions[CLOSED : CLOSED + AGAIN]:
        await view.tick(at(evening(number), "12:00"))
        command = clinic.closes(group, number)
        others, again = others + len(command), again + 1
        with other.running():
            await view.take(command, EveryoneAgain())
        if other.seconds > LONG:
            break
    against(rate, show(f"   everybody judged again, at {again} of them", others, other))


def by_patient(clock: Clock, judged: int) -> None:
    print(f"{'':<44}{clock.seconds * 1000 / judged:.1f} ms a patient judged")


async def measure_clinic(database_url: str, patients: int) -> None:
    print(f"compliance of {patients:,} active patients")
    clinic = Clinic.of(patients)
    first, live = PAST.stop, -(-(CLOSED + AGAIN) // len(clinic.groups))
    to_come = range(first, first + live)
    async with kept(database_url) as view:
        await fill(view, clinic, to_come)
        await measure_time(view, clinic)
        await measure_corrections(view, clinic)
        await measure_tick(view, clinic)
        await measure_closing(view, clinic, to_come)


def measure_compliance(database_url: str, sizes: Sequence[int] = PATIENTS) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE compliance")
    for patients in sizes:
        asyncio.run(measure_clinic(make_conninfo(database_url, dbname="compliance"), patients))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=PATIENTS)
    sizes = parser.parse_args().patients
    with tempfile.TemporaryDirectory() as name, engines(Path(name) / "data") as started:
        measure_compliance(started.database_url, sizes)


if __name__ == "__main__":
    main()
