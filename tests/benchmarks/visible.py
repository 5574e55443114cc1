"""From a command that is sent to its row in `attendance`, with everything running.

    python -m tests.benchmarks.visible [--rates 100 300 500] [--seconds 10]

Patients check in over NATS at a steady rate, each at a session of twenty that has just begun. The
commands, the relay, the projector and the process managers are processes as `daybook serve` starts
them. What counts is the time until a reader of `attendance.sign_ins` sees the row.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats
import orjson
import psycopg
from nats.aio.msg import Msg

from domain.aggregate import CommandContext
from domain.facility import Facility, Room
from domain.patient import Patient
from domain.program import Program
from domain.session import Meeting, Part, Session
from domain.staff import Staff
from services.application.unit_of_work import booking_of
from services.embedded import Engines, engines
from services.hosting.settings import DATABASE_URL, NATS_URL
from services.hosting.site_key import SITE_KEY
from services.journal import Journal

FACILITY, PROGRAM = "oak-street", "adult-iop"
PLACES = 20
ROLES = ("relay", "projector", "commands", "managers")
KEY = "B" * 43 + "="
CLIENTS = 10
WARM_UP = 200
EVERY = 0.002
"""Seconds between two looks of the reader."""

PATIENCE = 60.0
"""Seconds in which the last row has to be there."""


def open_sessions(journal: Journal, patients: int) -> list[tuple[str, str]]:
    """Record sessions that have just begun; return each expected patient with their session."""
    now = datetime.now(UTC).replace(microsecond=0)
    context = CommandContext("command of the benchmark", now - timedelta(minutes=10), "staff-1")
    site = Facility.start(
        context,
        facility_id=FACILITY,
        name="Oak Street",
        timezone="UTC",
        week_starts_on="monday",
        late_after_minutes=10,
    )
    site.keep_room(context, Room("room-1", "Room 1", PLACES))
    site.keep_staff(context, Staff("staff-1", "staff-1", "LCSW"))
    program = Program.start(
        context,
        facility_id=FACILITY,
        program_id=PROGRAM,
        name="Adults",
        population="adult",
        focus="co-occurring",
        weekly_minutes=540,
        days_per_week=3,
    )
    journal.save(site, program)
    expected = []
    starts_at = now - timedelta(minutes=5)
    ends_at = starts_at + timedelta(hours=3)
    for number in range(-(-patients // PLACES)):
        meeting = Meeting(
            PROGRAM,
            None,
            starts_at.date(),
            starts_at,
            ends_at,
            (Part(starts_at, ends_at, "group", "Process group"),),
            f"room-{number}",
            "staff-1",
            PLACES,
        )
        session = Session.schedule(
            context, facility_id=FACILITY, label=f"group-{number}", meeting=meeting
        )
        group = [_admitted(context, f"patient-{number}-{place}") for place in range(PLACES)]
        for patient in group:
            session.roster(context, patient.id)
            patient.book(context, [booking_of(session)])
        journal.save(session, *group)
        expected += [(session.id, patient.id) for patient in group]
    return expected[:patients]


def _admitted(context: CommandContext, patient_id: str) -> Patient:
    return Patient.admit(
        context,
        id=patient_id,
        facility_id=FACILITY,
        program_id=PROGRAM,
        admitted_on=(context.at - timedelta(days=7)).date(),
        payer="self",
        override="as it was before",
    )


@contextmanager
def serving(
    found: Engines, roles: Sequence[str] = ROLES, *, listen: str = ""
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Run each role as a process of its own; yield them by role. The API has to `listen`."""
    settings = {DATABASE_URL: found.database_url, NATS_URL: found.nats_url, SITE_KEY: KEY}
    program = str(Path(sys.executable).parent / "daybook")
    started: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for role in roles:
                command = [program, "serve", role, "--data", folder]
                if role == "api":
                    command += ["--listen", listen]
                started.append(
                    subprocess.Popen(
                        command,
                        env=os.environ | settings,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE,
                        text=True,
                    )
                )
            for each in started:
                assert each.stderr
                assert any("Serving" in line for line in each.stderr)
                threading.Thread(target=_pass_on, args=(each,), daemon=True).start()
            yield dict(zip(roles, started, strict=True))
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait(30)


def _pass_on(process: subprocess.Popen[str]) -> None:
    """Show what a process complains of; left unread, it would stop at a full pipe."""
    assert process.stderr
    for line in process.stderr:
        print(line, end="", file=sys.stderr)


class Reader(threading.Thread):
    """Looks at the end of `attendance.sign_ins`, and notes when it first sees each patient."""

    def __init__(self, database_url: str) -> None:
        super().__init__(daemon=True)
        self.seen: dict[str, float] = {}
        self._database_url = database_url
        self._ended = threading.Event()

    def run(self) -> None:
        with psycopg.connect(self._database_url, autocommit=True) as conn:
            block = 0
            # Rows are only ever added here: what is new is at the end of the table.
            while not self._ended.wait(EVERY):
                rows = conn.execute(
                    "SELECT recorded_as, (ctid::text::point)[0]::integer"
                    " FROM attendance.sign_ins WHERE ctid >= format('(%%s,0)', %s::integer)::tid",
                    (block,),
                ).fetchall()
                now = time.perf_counter()
                for patient_id, at in rows:
                    self.seen.setdefault(patient_id, now)
                    block = max(block, at)

    def end(self) -> None:
        self._ended.set()
        self.join()


async def check_in(nats_url: str, people: list[tuple[str, str]], rate: float) -> dict[str, float]:
    """Send check-ins at a steady rate; return when each was sent."""
    client = await nats.connect(nats_url)
    refused: list[bytes] = []
    answered = 0
    all_answered = asyncio.Event()

    async def answer(message: Msg) -> None:
        nonlocal answered
        answered += 1
        if b'"status"' in message.data:
            refused.append(message.data)
        if answered == len(people):
            all_answered.set()

    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=answer)
    sent = {}
    started = time.perf_counter()
    for number, (session_id, patient_id) in enumerate(people):
        wait = started + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        kiosk = f"kiosk-{number % CLIENTS}"
        subject = f"daybook.{FACILITY}.command.{kiosk}.session.check-in"
        headers = {
            "ce-specversion": "1.0",
            "ce-id": patient_id,
            "ce-type": "session.check-in",
            "ce-source": kiosk,
        }
        body = orjson.dumps({"session_id": session_id, "patient_id": patient_id})
        sent[patient_id] = time.perf_counter()
        await client.publish(subject, body, inbox, headers)
    await asyncio.wait_for(all_answered.wait(), PATIENCE)
    await client.close()
    assert not refused, refused[0]
    return sent


def at_rate(found: Engines, people: list[tuple[str, str]], rate: float) -> tuple[float, float]:
    """Return the 50th and the 99th percentile of the milliseconds until a row is visible."""
    reader = Reader(found.database_url)
    reader.start()
    sent = asyncio.run(check_in(found.nats_url, people, rate))
    until = time.perf_counter() + PATIENCE
    while not sent.keys() <= reader.seen.keys():
        assert time.perf_counter() < until, "some rows have not come"
        time.sleep(0.05)
    reader.end()
    took = [1000 * (reader.seen[each] - at) for each, at in sent.items()]
    of_100 = statistics.quantiles(took, n=100)
    return of_100[49], of_100[98]


def measure(rates: tuple[int, ...] = (100, 300, 500), seconds: float = 10) -> dict[str, float]:
    """Return percentiles of the milliseconds from a command to its row, at several rates."""
    counts = [WARM_UP, *(int(rate * seconds) for rate in rates)]
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        with closing(Journal(found.database_url)) as journal:
            people = open_sessions(journal, sum(counts))
            position = journal.position()
        result = {}
        with serving(found):
            wait_for_views(found, position)
            for rate, count in zip((50, *rates), counts, strict=True):
                now, people = people[:count], people[count:]
                middle, high = at_rate(found, now, rate)
                if count is counts[0]:
                    continue
                print(f"visible at {rate} a second: p50 {middle:.1f} ms, p99 {high:.1f} ms")
                result[f"visible_p50_ms_at_{rate}"] = middle
                result[f"visible_p99_ms_at_{rate}"] = high
        return result


def wait_for_views(found: Engines, position: int) -> None:
    names = ("directory", "schedule", "attendance", "care", "compliance")
    with psycopg.connect(found.database_url, autocommit=True) as conn:
        until = time.perf_counter() + 10 * PATIENCE
        for name in names:
            while True:
                assert time.perf_counter() < until, f"{name} is not there"
                there = conn.execute("SELECT to_regclass(%s)", (f"{name}.position",)).fetchone()
                if there and there[0]:
                    sql = f"SELECT FROM {name}.position WHERE position >= %s"
                    if conn.execute(sql, (position,)).fetchone() is not None:
                        break
                time.sleep(0.1)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="From a command to its row.")
    options.add_argument("--rates", type=int, nargs="+", default=[100, 300, 500])
    options.add_argument("--seconds", type=float, default=10)
    given = options.parse_args()
    print(measure(tuple(given.rates), given.seconds))
