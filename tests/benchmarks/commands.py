"""A thousand commands at once from fifty connections, beside bare request/reply.

    python -m tests.benchmarks.commands [--commands 1000] [--connections 50]

Each command is about another patient, so that none waits for another's aggregate. Who takes them
is a process of its own, `daybook serve commands`; who answers the bare requests is one, too, and
does nothing. Both are on the same server, and are asked in the same way.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
import orjson
from nats.aio.client import Client

from domain.aggregate import CommandContext
from domain.patient import Patient
from services.embedded import Engines, engines
from services.hosting.settings import DATABASE_URL, NATS_URL
from services.hosting.site_key import SITE_KEY
from services.journal import Journal
from tests.benchmarks.measuring import Clock, show
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM, SmallClinic

BARE = "bare"
KEY = "B" * 43 + "="
LEAVE = {"first_day": "2025-03-05", "last_day": "2025-03-07", "reason": "away"}


def admitted(journal: Journal, clinic: SmallClinic, count: int) -> list[str]:
    context: CommandContext = clinic.context()
    patients = [
        Patient.admit(
            context,
            id=f"patient-{number:05}",
            facility_id=FACILITY,
            program_id=PROGRAM,
            admitted_on=MONDAY,
            payer="self",
            override="as it was before",
        )
        for number in range(count)
    ]
    journal.save(*patients)
    return [each.id for each in patients]


@contextmanager
def beside(command: list[str], found: Engines, ready: str) -> Iterator[None]:
    """Run a process beside this one, once it has said that it is ready."""
    settings = {DATABASE_URL: found.database_url, NATS_URL: found.nats_url, SITE_KEY: KEY}
    process = subprocess.Popen(
        command, env=os.environ | settings, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        assert ready in process.stderr.readline()
        yield
    finally:
        process.terminate()
        process.wait(30)


async def answer_bare(nats_url: str) -> None:
    client = await nats.connect(nats_url)

    async def answer(message: object) -> None:
        await message.respond(b"{}")  # type: ignore[attr-defined]

    await client.subscribe(f"{BARE}.>", queue="bare", cb=answer)
    await client.flush()
    print("ready", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


async def ask_all(nats_url: str, asked: list[tuple[str, str]], connections: int) -> list[float]:
    """Ask all at once, over so many connections; return how long each took, in milliseconds."""
    clients: list[Client] = [await nats.connect(nats_url) for _ in range(connections)]
    answered: Counter[bool] = Counter()

    async def ask(number: int, subject: str, patient_id: str) -> float:
        headers = {
            "ce-specversion": "1.0",
            "ce-id": patient_id,
            "ce-type": "patient.grant-leave",
            "ce-source": "bench",
        }
        body = orjson.dumps({"patient_id": patient_id, **LEAVE})
        started = time.perf_counter()
        answer = await clients[number % connections].request(
            subject, body, timeout=120, headers=headers
        )
        answered["status" not in orjson.loads(answer.data)] += 1
        return (time.perf_counter() - started) * 1000

    took = await asyncio.gather(*(ask(number, *each) for number, each in enumerate(asked)))
    for client in clients:
        await client.close()
    assert answered == {True: len(asked)}, answered
    return took


def measure(what: str, nats_url: str, asked: list[tuple[str, str]], connections: int) -> float:
    clock = Clock()
    with clock.running():
        took = asyncio.run(ask_all(nats_url, asked, connections))
    rate = show(what, len(asked), clock, "requests")
    of_100 = statistics.quantiles(took, n=100)
    print(f"{'':<44}50th percentile {of_100[49]:.0f} ms, 99th {of_100[98]:.0f} ms")
    return rate


def main() -> None:
    options = argparse.ArgumentParser(description="What a command over NATS costs.")
    options.add_argument("--commands", type=int, default=1000)
    options.add_argument("--connections", type=int, default=50)
    options.add_argument("--bare", metavar="URL")
    given = options.parse_args()
    if given.bare:
        asyncio.run(answer_bare(given.bare))
        return
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        journal = Journal(found.database_url)
        patients = admitted(journal, SmallClinic(journal), 2 * given.commands)
        before = journal.position()
        program = [sys.executable, "-m", "tests.benchmarks.commands", "--bare", found.nats_url]
        subject = f"daybook.{FACILITY}.command.bench.patient.grant-leave"
        serve = [str(Path(sys.executable).parent / "daybook"), "serve", "commands"]
        for connections, people in (
            (given.connections, patients[: given.commands]),
            (1, patients[given.commands :]),
        ):
            print(f"{connections} connection{'s' if connections > 1 else ''}")
            with beside(program, found, "ready"):
                bare = measure(
                    "  bare request/reply",
                    found.nats_url,
                    [(f"{BARE}.{each}", each) for each in people],
                    connections,
                )
            with beside(serve, found, "Serving"):
                rate = measure(
                    "  commands, each recorded",
                    found.nats_url,
                    [(subject, each) for each in people],
                    connections,
                )
            print(f"{'':<44}{bare / rate:.1f} times as long as a bare answer")
        assert journal.position() - before == 2 * given.commands
        journal.close()


if __name__ == "__main__":
    main()
