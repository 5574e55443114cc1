"""How long one command waits beside a client who sends much; beside one queue for everybody.

    python -m tests.benchmarks.fairness [--previews 8] [--commands 5000]

Another client previews a track of every day of a year, several times at once, or sends thousands of
small commands. Beside it stands how long the same command waits where all are taken in the order
in which they come, by as many threads.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import orjson

from services.access.principal import principal_of_client
from services.application import Asked, CommandBus, CommandHandler
from services.application.asked import Done, Outcome
from services.command_endpoint import COMMANDS
from services.command_endpoint.handler import Request, asked_by
from services.embedded import engines
from services.journal import Journal
from services.vault import Vault
from tests.support.small_clinic import FACILITY, PROGRAM, SmallClinic

AT_ONCE = 4
"""Threads that take commands in the order in which they come."""

Take = Callable[[Request], Awaitable[Outcome]]

TRACK = {
    "track_id": "every-day",
    "name": "Every day",
    "first_day": "2025-03-03",
    "last_day": "2026-03-02",
    "pattern": {
        "rule": "FREQ=DAILY",
        "starts": "06:00:00",
        "ends": "07:00:00",
        "room_id": "room-2",
        "staff_id": "staff-2",
        "capacity": 2,
        "segments": [
            {
                "starts": "06:00:00",
                "ends": "07:00:00",
                "service": "group",
                "title": "Group",
                "topic": None,
            }
        ],
        "modality": "in-person",
    },
}


def preview(number: int) -> Request:
    payload = {"program_id": PROGRAM, "track": TRACK, "dry_run": True}
    return _request("scheduling", "program.keep-track", payload, f"preview-{number}")


def leave(client: str, number: int) -> Request:
    payload = {
        "patient_id": "patient-ann",
        "first_day": "2025-03-05",
        "last_day": "2025-03-07",
        "reason": "away",
    }
    return _request(client, "patient.grant-leave", payload, f"{client}-{number}")


def _request(client: str, name: str, payload: object, command_id: str) -> Request:
    principal = principal_of_client(client, FACILITY)
    body = orjson.dumps(payload)
    return Request(FACILITY, client, COMMANDS[name], command_id, body, principal)


async def waited(take: Take, others: Sequence[Request]) -> float:
    """Return how many seconds a command of another client waits beside all of these."""
    sent = [asyncio.ensure_future(take(each)) for each in others]
    await asyncio.sleep(0)
    started = time.perf_counter()
    assert isinstance(await take(leave("kiosk", time.perf_counter_ns())), Done)
    took = time.perf_counter() - started
    await asyncio.gather(*sent)
    return took


def main() -> None:
    options = argparse.ArgumentParser(description="What a client who sends much costs others.")
    options.add_argument("--previews", type=int, default=8)
    options.add_argument("--commands", type=int, default=5000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as found:
        journal, vault = Journal(found.database_url), Vault(found.database_url, bytes(32))
        clinic = SmallClinic(journal, vault=vault)

        def asked(request: Request) -> Asked:
            return asked_by(request, vault, clinic.now)

        async def measure() -> None:
            bus, alone = CommandBus(journal, vault), CommandHandler(journal, vault)
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(AT_ONCE) as threads, closing(bus):

                def in_order(request: Request) -> Awaitable[Outcome]:
                    return loop.run_in_executor(threads, alone.run, asked(request))

                def in_turns(request: Request) -> Awaitable[Outcome]:
                    answer: Future[Outcome] = Future()
                    many = request.command.decide.many_sessions
                    bus.submit(
                        request.client, asked(request), answer.set_result, many_sessions=many
                    )
                    return asyncio.wrap_future(answer)

                quiet = await waited(in_order, ())
                print(f"{'alone':<48}{quiet:>8.3f} s")
                for what, others in (
                    ("large previews", [preview(number) for number in range(given.previews)]),
                    (
                        "small commands",
                        [leave(f"much-{number % 8}", number) for number in range(given.commands)],
                    ),
                ):
                    fair = await waited(in_turns, others)
                    before = await waited(in_order, others)
                    print(f"{f'beside {len(others):,} {what}':<48}{fair:>8.3f} s")
                    print(f"{'  in the order in which they come':<48}{before:>8.3f} s")
                    print(f"{'':<48}{before / fair:.0f} times as long")

        asyncio.run(measure())
        journal.close()


if __name__ == "__main__":
    main()
