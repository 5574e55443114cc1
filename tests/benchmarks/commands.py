"""How many check-ins a second: over NATS with everything running, and beside plain eventsourcing.

    python -m tests.benchmarks.commands

Each check-in is another patient's; those that are sent at once are of different sessions. Three
ways, from 1 client and from 50, each of which sends its next command once the last is answered:

- over NATS, the commands, the relay, the projector and the process managers in a process each, as
  `daybook serve` starts them: `commands_per_s_1`, `commands_per_s_50`;
- in process, handed to the bus that every door hands its commands to, nothing else running;
- in process, an `Application` of eventsourcing with its own PostgreSQL recorder, in a schema of its
  own of the same server: it loads the same two aggregates through the same codec, asks the same of
  them and saves, again where somebody else was first.

The last two are compared: `commands_vs_plain_1`, `commands_vs_plain_50` say how many times as many
Daybook does. Over NATS each command also has an id, and leaves a receipt.
"""

import argparse
import asyncio
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from subprocess import Popen
from typing import Any

import nats
import orjson
import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError
from nats.aio.client import Client
from psycopg.conninfo import conninfo_to_dict

from domain.aggregate import CommandContext
from services.application import Asked, CommandBus
from services.application.asked import Done, Outcome
from services.application.check_in import check_in
from services.cli import garbage
from services.embedded import Engines, engines
from services.journal import Journal
from services.journal.codec import TypedMapper
from services.vault import Vault
from tests.benchmarks.processes import backends, processor_seconds, with_children
from tests.benchmarks.visible import FACILITY, KEY, PLACES, open_sessions, serving, wait_for_views

CheckIn = tuple[str, str]
"""A session and a patient who is expected there."""

CLIENTS = (1, 50)
WARM_UP = 100
TURNS = 4
ANSWER_WITHIN = 60.0


def spread(people: Sequence[CheckIn]) -> list[CheckIn]:
    """Put them in an order in which neighbors are of different sessions."""
    return [each for place in range(PLACES) for each in people[place::PLACES]]


# Over NATS


async def over_nats(nats_url: str, people: Sequence[CheckIn], clients: int) -> float:
    """Return how many check-ins a second are answered to so many connections."""
    opened = [await nats.connect(nats_url) for _ in range(clients)]
    started = time.perf_counter()
    shares = (people[number::clients] for number in range(clients))
    await asyncio.gather(
        *(
            _ask(client, f"kiosk-{number}", share)
            for number, (client, share) in enumerate(zip(opened, shares, strict=True))
        )
    )
    took = time.perf_counter() - started
    for each in opened:
        await each.close()
    return len(people) / took


async def _ask(client: Client, kiosk: str, people: Sequence[CheckIn]) -> None:
    subject = f"daybook.{FACILITY}.command.{kiosk}.session.check-in"
    headers = {"ce-specversion": "1.0", "ce-type": "session.check-in", "ce-source": kiosk}
    for session_id, patient_id in people:
        body = orjson.dumps({"session_id": session_id, "patient_id": patient_id})
        asked = headers | {"ce-id": patient_id}
        answer = await client.request(subject, body, ANSWER_WITHIN, headers=asked)
        assert b'"status"' not in answer.data, answer.data


# In process


def in_threads(people: Sequence[CheckIn], clients: int, run: Callable[[CheckIn], None]) -> float:
    """Return how many check-ins a second so many threads have done."""

    def of_one(number: int) -> None:
        for each in people[number::clients]:
            run(each)

    with ThreadPoolExecutor(clients) as threads:
        started = time.perf_counter()
        for _ in threads.map(of_one, range(clients)):
            pass
        return len(people) / (time.perf_counter() - started)


def _context(patient_id: str) -> CommandContext:
    return CommandContext(f"check-in of {patient_id}", datetime.now(UTC), "kiosk")


@contextmanager
def daybook(database_url: str) -> Iterator[Callable[[CheckIn], None]]:
    """Yield what has Daybook check somebody in, in this process."""
    with (
        closing(Journal(database_url)) as journal,
        closing(CommandBus(journal, Vault(database_url, b64decode(KEY)))) as bus,
    ):

        def run(of: CheckIn) -> None:
            # As the command endpoint asks, which sees in the payload what a command is about.
            asked = Asked(_context(of[1]), lambda work: check_in(work, *of), FACILITY, about=of)
            outcome: Future[Outcome] = Future()
            bus.submit("kiosk", asked, outcome.set_result)
            assert isinstance(outcome.result(), Done)

        yield run


class Plain(Application[str]):
    """What eventsourcing comes with, and our codec."""

    name = "plain"

    def construct_mapper(self) -> TypedMapper:
        return TypedMapper()

    def check_in(self, of: CheckIn) -> None:
        """Do what the command `session.check-in` does."""
        session: Any = self.repository.get(of[0])
        patient: Any = self.repository.get(of[1])
        patient.check_admitted(session.meeting.day)
        session.check_in(_context(of[1]), of[1])
        self.save(session)


@contextmanager
def plain(database_url: str) -> Iterator[Callable[[CheckIn], None]]:
    """Yield what has eventsourcing check somebody in, on a copy of the journal's events."""
    parts = conninfo_to_dict(database_url)
    *_, password = Path(str(parts["passfile"])).read_text(encoding="utf-8").strip().split(":")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA plain")
    app = Plain(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(parts["dbname"]),
            "POSTGRES_HOST": str(parts["host"]),
            "POSTGRES_PORT": str(parts.get("port", 5432)),
            "POSTGRES_USER": str(parts["user"]),
            "POSTGRES_PASSWORD": password,
            "POSTGRES_SCHEMA": "plain",
            "ORIGINATOR_ID_TYPE": "text",
            "POSTGRES_POOL_SIZE": "10",
            "POSTGRES_MAX_OVERFLOW": "40",
        }
    )
    with closing(app):
        with psycopg.connect(database_url, autocommit=True) as conn:
            columns = "originator_id, originator_version, topic, state"
            table = f"plain.plain_events ({columns})"
            copied = f"INSERT INTO {table} SELECT {columns} FROM journal.journal_events"  # noqa: S608
            conn.execute(f"{copied} ORDER BY notification_id".encode())
            conn.execute("ANALYZE plain.plain_events")

        def run(of: CheckIn) -> None:
            while True:
                try:
                    return app.check_in(of)
                except IntegrityError:
                    continue

        yield run


def _compare(found: Engines, people: list[CheckIn], clients: int) -> float:
    """Return how many times as many check-ins Daybook does in process as plain eventsourcing.

    They take turns, so that both meet what else the machine does.
    """
    took = {"plain": 0.0, "daybook": 0.0}
    done = dict.fromkeys(took, 0)
    with plain(found.database_url) as by_plain, daybook(found.database_url) as by_daybook:
        ways = {"plain": by_plain, "daybook": by_daybook}
        for run in ways.values():
            in_threads(people[:WARM_UP], clients, run)
        size = (len(people) - WARM_UP) // TURNS
        for turn in range(TURNS):
            share = people[WARM_UP + turn * size : WARM_UP + (turn + 1) * size]
            for name, run in ways.items():
                # Of what is slower, a part of them tells as much.
                part = share[: size // 4] if name == "plain" else share
                took[name] += len(part) / in_threads(part, clients, run)
                done[name] += len(part)
    rates = {name: done[name] / took[name] for name in took}
    print(
        f"check-ins a second in process, {clients} at once:"
        f" Daybook {rates['daybook']:,.0f}, plain eventsourcing {rates['plain']:,.0f}"
    )
    with psycopg.connect(found.database_url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA plain CASCADE")
    return rates["daybook"] / rates["plain"]


def _taken(found: Engines, processes: Mapping[str, Popen[str]]) -> dict[str, float]:
    """Return the seconds of a processor that everybody has taken so far."""
    taken = {
        role: processor_seconds(list(with_children(each.pid))) for role, each in processes.items()
    }
    taken["PostgreSQL"] = processor_seconds(backends(found.database_url))
    return taken | {"clients": time.process_time()}


@contextmanager
def clinic(counts: Sequence[int]) -> Iterator[tuple[Engines, list[list[CheckIn]], int]]:
    """Yield new engines, so many who are expected each time, and the journal's last position."""
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        with closing(Journal(found.database_url)) as journal:
            everybody = iter(open_sessions(journal, sum(counts)))
            shares = [spread(list(islice(everybody, count))) for count in counts]
            position = journal.position()
        yield found, shares, position


def _over_nats(counts: Sequence[int]) -> Iterator[float]:
    """Yield how many check-ins a second are answered to one client, and to fifty."""
    with clinic(counts) as (found, shares, position), serving(found) as processes:
        wait_for_views(found, position)
        for clients, share in zip(CLIENTS, shares, strict=True):
            asyncio.run(over_nats(found.nats_url, share[:WARM_UP], clients))
            before = _taken(found, processes)
            rate = asyncio.run(over_nats(found.nats_url, share[WARM_UP:], clients))
            print(f"check-ins a second over NATS, {clients} at once: {rate:,.0f}")
            after, each = _taken(found, processes), len(share) - WARM_UP
            cost = ", ".join(
                f"{who} {1000 * (after[who] - before[who]) / each:.2f}" for who in after
            )
            print(f"  ms of a processor for each: {cost}")
            yield rate


def _in_process(counts: Sequence[int]) -> Iterator[float]:
    """Yield how many times plain eventsourcing Daybook does, one at once, and fifty."""
    with clinic(counts) as (found, shares, _):
        for clients, share in zip(CLIENTS, shares, strict=True):
            yield _compare(found, share, clients)


def measure(scale: float = 1.0) -> dict[str, float]:
    """Return check-ins a second over NATS, and how many times plain eventsourcing in process."""
    # As every process of Daybook's that runs on.
    garbage.look_in_short_steps()
    whole = PLACES * 50
    of_processes, of_nats = (
        [whole * -(-int(scale * each) // whole) for each in counts]
        for counts in ((2_500, 10_000), (1_500, 10_000))
    )
    versus = zip(CLIENTS, _in_process(of_processes), strict=True)
    figures = {f"commands_vs_plain_{clients}": ratio for clients, ratio in versus}
    rates = zip(CLIENTS, _over_nats(of_nats), strict=True)
    return figures | {f"commands_per_s_{clients}": rate for clients, rate in rates}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="How many check-ins a second.")
    options.add_argument("--scale", type=float, default=1.0, help="Of the number of check-ins.")
    print(measure(options.parse_args().scale))
