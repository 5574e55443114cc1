"""How many requests a second over HTTP: a check-in, and the day's roster with its names.

    python -m tests.benchmarks.http [--scale 0.2]

1, 10 and 50 people of the front desk have a connection and a sign-in each, and send their next
request once the last is answered. The API, the relay, the projector and the process managers are
processes as `daybook serve` starts them, and so are the clients one.

Each check-in is another patient's; `http_check_ins_per_s_50` says how many are answered a second,
`http_check_in_p99_ms_50` within how many milliseconds all but one of a hundred are. The roster is
that of a Monday of the example clinic. Beside them, from 50 clients: the same check-in over NATS,
and a FastAPI app by the same server that answers a constant to the very same requests;
`http_vs_nats_50` and `http_vs_bare_fastapi_50` say how many times as many HTTP check-ins there are.
"""

import argparse
import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import orjson
import uvloop
from fastapi import FastAPI

from services.access.principal import Grant, Role
from services.access.store import open_access
from services.api.server import Listen
from services.api.server import serving as serving_http
from services.clinic_import import import_clinic
from services.embedded import Engines, engines
from services.journal import Journal
from services.vault import Vault
from tests.benchmarks.commands import TURNS, CheckIn, clinic, over_nats
from tests.benchmarks.visible import FACILITY, KEY, PLACES, ROLES, serving, wait_for_views
from tests.support.raw_http import JSON, Connection

CLIENTS = (1, 10, 50)
WARM_UP = 200
DAY = "2026-11-16"
"""A Monday of the example clinic."""

COMMAND = f"/v1/facilities/{FACILITY}/commands/session.check-in"
OAK_STREET = Path(__file__).parents[1] / "clinics" / "oak-street"
FRESH = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, for a process of its own."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Took:
    """How many seconds all requests took, and how many milliseconds each of them."""

    seconds: float
    each: Sequence[float]

    def __add__(self, other: "Took") -> "Took":
        return Took(self.seconds + other.seconds, [*self.each, *other.each])

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds

    def __str__(self) -> str:
        return f"{self.rate:>8,.0f} a second, p50 {self.at(50):6.2f} ms, p99 {self.at(99):6.2f} ms"

    def at(self, percentile: int) -> float:
        return statistics.quantiles(self.each, n=100)[percentile - 1]


# The clients, in a process of their own


def ask_all(url: str, of_each: Sequence[Sequence[Sent]]) -> Took:
    """Send each client's requests one after the other, all clients at once."""
    return uvloop.run(_ask_all(url, of_each))


async def _ask_all(url: str, of_each: Sequence[Sequence[Sent]]) -> Took:
    opened = [await Connection.open(url) for _ in of_each]
    took: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(
        *(_ask(connection, sent, took) for connection, sent in zip(opened, of_each, strict=True))
    )
    seconds = time.perf_counter() - started
    for each in opened:
        each.leave()
    return Took(seconds, took)


async def _ask(connection: Connection, requests: Sequence[Sent], took: list[float]) -> None:
    for each in requests:
        before = time.perf_counter()
        answer = await connection.ask(each.method, each.path, each.headers, each.body)
        took.append(1000 * (time.perf_counter() - before))
        assert answer.status == 200, answer.body


def ask_over_nats(nats_url: str, people: Sequence[CheckIn], clients: int) -> float:
    """Return how many check-ins a second are answered over NATS."""
    return asyncio.run(over_nats(nats_url, people, clients))


# What they ask


def desks(database_url: str, count: int) -> list[dict[str, str]]:
    """Make accounts of the front desk; return the headers of each."""
    found = []
    with open_access(database_url) as access:
        for number in range(count):
            name, grant = f"desk-{number}", Grant(Role.FRONT_DESK, FACILITY)
            access.accounts.add(name, name, [grant], with_password=False)
            token = access.sessions.begin(name, "password", "treatment", "127.0.0.1")
            found.append({"content-type": JSON, "cookie": f"daybook_session={token}"})
    return found


def check_ins(
    people: Sequence[CheckIn], headers: Sequence[dict[str, str]], clients: int
) -> list[list[Sent]]:
    """Return the check-ins that each client sends."""
    return [
        [
            Sent(
                *("POST", COMMAND, headers[number] | {"idempotency-key": patient_id}),
                orjson.dumps({"session_id": session_id, "patient_id": patient_id}),
            )
            for session_id, patient_id in people[number::clients]
        ]
        for number in range(clients)
    ]


def rosters(count: int, headers: Sequence[dict[str, str]], clients: int) -> list[list[Sent]]:
    """Return as often the same question of each client."""
    path = f"/v1/facilities/{FACILITY}/roster?day={DAY}"
    return [
        [Sent("GET", path, headers[number])] * -(-count // clients) for number in range(clients)
    ]


# What answers


def free_address() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


@contextmanager
def bare_fastapi() -> Iterator[str]:
    """Serve an app that answers a constant, in a process of its own; yield its URL."""
    ours, theirs = FRESH.Pipe()
    process = FRESH.Process(target=_serve_bare, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    ours.send("end")
    process.join(30)


def _serve_bare(pipe: Pipe) -> None:
    app = FastAPI()

    @app.post(COMMAND)
    async def constant() -> dict[str, int]:
        return {"position": 1}

    async def serve() -> None:
        async with serving_http(app, Listen("127.0.0.1", 0)) as url:
            pipe.send(url)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serve())


@contextmanager
def example_clinic() -> Iterator[tuple[Engines, int]]:
    """Yield engines with the example clinic, and the journal's last position."""
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        with closing(Journal(found.database_url)) as journal:
            now = datetime(2026, 11, 23, 12, tzinfo=UTC)
            outcome = import_clinic(
                journal, Vault(found.database_url, b64decode(KEY)), OAK_STREET, now=now
            )
            assert outcome.accepted
            position = journal.position()
        yield found, position


# The figures


def _of_check_ins(scale: float, pool: ProcessPoolExecutor) -> dict[str, float]:
    counts = [_whole(scale * each) + WARM_UP for each in (1_500, 5_000, 10_000, 10_000)]
    at = free_address()
    figures: dict[str, float] = {}
    with (
        clinic(counts) as (found, (*shares, of_nats), position),
        bare_fastapi() as bare,
        serving(found, (*ROLES, "api"), listen=at),
    ):
        wait_for_views(found, position)
        headers = desks(found.database_url, max(CLIENTS))

        def over_http(people: Sequence[CheckIn], clients: int) -> tuple[Took, Took]:
            """Return how long check-ins took, and the same requests that are not even read."""
            sent = check_ins(people, headers, clients)
            urls = f"http://{at}", bare
            took, beside = (pool.submit(ask_all, each, sent).result() for each in urls)
            return took, beside

        pool.submit(ask_over_nats, found.nats_url, of_nats[:WARM_UP], max(CLIENTS)).result()
        rates = []
        for clients, people in zip(CLIENTS, shares, strict=True):
            over_http(people[:WARM_UP], clients)
            took, beside = Took(0, []), Took(0, [])
            # In turns, so that each meets what else the machine does.
            for part, beside_it in zip(_parts(people), _parts(of_nats), strict=True):
                of_part, of_bare = over_http(part, clients)
                took, beside = took + of_part, beside + of_bare
                if clients == max(CLIENTS):
                    asked = pool.submit(ask_over_nats, found.nats_url, beside_it, clients)
                    rates.append(asked.result())
            print(f"check-ins over HTTP, {clients:>2} clients:      {took}")
            print(f"a constant by bare FastAPI, {clients:>2} clients: {beside}")
            figures[f"http_check_ins_per_s_{clients}"] = took.rate
            figures[f"http_check_in_p99_ms_{clients}"] = took.at(99)
        rate = statistics.harmonic_mean(rates)
        print(f"check-ins over NATS, {clients} clients:      {rate:>8,.0f} a second")
    return figures | {
        f"http_vs_nats_{clients}": took.rate / rate,
        f"http_vs_bare_fastapi_{clients}": took.rate / beside.rate,
    }


def _parts(people: Sequence[CheckIn]) -> list[Sequence[CheckIn]]:
    """Return who is left after the warm-up, in as many parts as there are turns."""
    left = people[WARM_UP:]
    size = len(left) // TURNS
    return [left[turn * size : (turn + 1) * size] for turn in range(TURNS)]


def _of_rosters(scale: float, pool: ProcessPoolExecutor) -> dict[str, float]:
    at = free_address()
    figures: dict[str, float] = {}
    with example_clinic() as (found, position), serving(found, (*ROLES, "api"), listen=at):
        wait_for_views(found, position)
        headers = desks(found.database_url, max(CLIENTS))
        for clients in CLIENTS:
            for count in (WARM_UP, int(scale * 1_500)):
                sent = rosters(count, headers, clients)
                took = pool.submit(ask_all, f"http://{at}", sent).result()
            print(f"the day's roster, {clients:>2} clients:         {took}")
            figures[f"http_roster_per_s_{clients}"] = took.rate
            figures[f"http_roster_p99_ms_{clients}"] = took.at(99)
    return figures


def _whole(count: float) -> int:
    """Return a count that divides among sessions and clients."""
    whole = PLACES * max(CLIENTS)
    return whole * -(-int(count) // whole)


def measure(scale: float = 1.0) -> dict[str, float]:
    """Return requests a second and percentiles of check-ins and rosters, and what they come to."""
    with ProcessPoolExecutor(1, mp_context=FRESH) as pool:
        return _of_check_ins(scale, pool) | _of_rosters(scale, pool)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="How many requests a second.")
    options.add_argument("--scale", type=float, default=1.0, help="Of the number of requests.")
    print(measure(options.parse_args().scale))
