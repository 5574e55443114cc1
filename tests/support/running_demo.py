"""The demo as a process of its own, and those whom it tells how to sign in."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx2

from services.demo.folder import Running, find_running
from tests.support.backend import PATIENCE
from tests.support.command_line import start


@dataclass
class Demo:
    """A demo that is running: what it printed until it was up, and its errors so far."""

    data: Path
    running: Running
    said: str
    errors: list[str]

    def login(self, role: str) -> dict[str, str]:
        """Return how somebody of a role signs in, as the demo tells it."""
        found = re.search(rf"^│ {role} +│ (\S+) +│ (\S+) │$", self.said, re.MULTILINE)
        assert found, f"nobody is told how to sign in as {role}"
        return {"account": found[1], "password": found[2]}

    @contextmanager
    def signed_in(self, role: str) -> Iterator[httpx2.Client]:
        """Yield a client of somebody of a role."""
        with httpx2.Client(base_url=self.running.url, timeout=PATIENCE) as client:
            answer = client.post("/v1/sign-in", json=self.login(role))
            assert answer.status_code == 200, answer.text
            yield client


@contextmanager
def running_demo(data: Path, *options: str) -> Iterator[Demo]:
    """Run the demo in a folder; it ends as if somebody had pressed Ctrl-C."""
    process = start(data, "demo", "--listen", "127.0.0.1:0", *options)
    errors: list[str] = []
    assert process.stdout
    assert process.stderr
    listening = Thread(target=errors.extend, args=(process.stderr,))
    listening.start()
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Everything is up"):
                break
        else:
            raise AssertionError(f"the demo ended: {errors}")
        yield Demo(data, find_running(data), said, errors)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        listening.join()
