"""The API killed while it answers, and started again: what was acknowledged is there, once."""

import asyncio
import base64
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.access.store import open_access
from tests.benchmarks.visible import open_sessions
from tests.support.backend import PATIENCE, SITE_KEY, Backend
from tests.support.command_line import DAYBOOK, clean
from tests.support.many_clients import Desk, holds_what_was_acknowledged, signed_in
from tests.support.raw_http import NoAnswer

CLIENTS, EACH = 20, 15
KILLED_AFTER = 100
"""Commands that are acknowledged before it is killed."""


class Server:
    """`daybook serve api` in a process of its own, always at the same address."""

    def __init__(self, backend: Backend) -> None:
        self._settings = {
            "DAYBOOK_DATABASE_URL": backend.database_url,
            "DAYBOOK_NATS_URL": backend.nats_url,
            "DAYBOOK_SITE_KEY": base64.b64encode(SITE_KEY).decode(),
        }
        self._at = f"127.0.0.1:{_free_port()}"
        self.url = f"http://{self._at}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [DAYBOOK, "serve", "api", "--listen", self._at],
            env=clean(self._settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr
        assert select.select([self._process.stderr], [], [], PATIENCE)[0], "it says nothing"
        assert self._process.stderr.readline() == "Serving as api. Ctrl-C ends it.\n"

    def end(self, how: signal.Signals) -> int:
        """End it; return its exit code."""
        assert self._process
        os.kill(self._process.pid, how)
        code = self._process.wait(PATIENCE)
        assert self._process.stderr
        self._process.stderr.close()
        self._process = None
        return code

    @property
    def is_running(self) -> bool:
        return self._process is not None


@contextmanager
def serving(backend: Backend) -> Iterator[Server]:
    server = Server(backend)
    try:
        server.start()
        yield server
    finally:
        if server.is_running:
            server.end(signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def works(desk: Desk, people: Sequence[tuple[str, str]], news: asyncio.Condition) -> bool:
    """Check people in, asking again until it is answered; tell whether an answer was lost."""
    lost = False
    for each in people:
        while True:
            try:
                await desk.check_in(*each)
            except NoAnswer:
                lost = True
            except ConnectionError:  # nobody is there yet
                await asyncio.sleep(0.05)
            else:
                break
        async with news:
            news.notify_all()
    desk.leave()
    return lost


async def test_what_was_acknowledged_is_there_once_though_the_api_is_killed(
    backend: Backend,
) -> None:
    people = open_sessions(backend.journal, CLIENTS * EACH)
    before = backend.journal.position()
    with open_access(backend.database_url) as access:
        accounts = signed_in(access, CLIENTS)
    news = asyncio.Condition()
    with serving(backend) as server:
        desks = [Desk(server.url, *each) for each in accounts]

        def answered() -> int:
            return sum(len(each.answers) for each in desks)

        working = asyncio.gather(
            *(works(desk, people[number::CLIENTS], news) for number, desk in enumerate(desks))
        )
        async with news, asyncio.timeout(PATIENCE):
            await news.wait_for(lambda: answered() >= KILLED_AFTER)
        # Others have asked, and are not answered any longer.
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
        assert not working.done()
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(PATIENCE):
            assert any(await working), "nothing was asked when it was killed"
        # Also what was acknowledged before it was killed is answered as it was then.
        for number, desk in enumerate(desks):
            for each in people[number::CLIENTS]:
                await desk.check_in(*each)
            desk.leave()
        holds_what_was_acknowledged(backend.journal, before, desks)
        assert answered() == CLIENTS * EACH
        assert server.end(signal.SIGTERM) == 0
