"""PostgreSQL and nats-server for a machine that has neither, run from the wheels' programs.

Whoever uses the engines of a data folder holds a shared lock there, for life: the kernel lets go
of it however its holder ends. A gate lock is held while engines start or stop, so that of six
commands at once one starts them, five join, and the last one out stops them. An engine left behind
by killed holders is healthy: the next command joins it.

Whether an engine runs is a question to the kernel too: its processes, and nobody else, hold its
own lock from birth to death (see `services.embedded.engine`).

Needs Linux: `/proc` tells processes apart, and names a folder that they cannot walk to.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from services.embedded.data_folder import Folder
from services.embedded.engine import EngineFailed, stop, wait_until_ready
from services.embedded.nats_server import NatsServer
from services.embedded.os_user import Runner
from services.embedded.postgresql import PostgreSQL

__all__ = ["EngineFailed", "Engines", "engines"]

_GATE_PATIENCE = 600.0


@dataclass(frozen=True)
class Engines:
    """Where the two engines listen."""

    database_url: str = field(repr=False)
    nats_url: str = field(repr=False)

    @property
    def listens(self) -> dict[str, str]:
        """The addresses without their secrets, to print and to log."""
        database = conninfo_to_dict(self.database_url)
        nats = urlsplit(self.nats_url)
        return {
            "postgresql": f"{database.get('host', 'localhost')} ({database.get('dbname', '')})",
            "nats": f"{nats.scheme}://{nats.hostname}:{nats.port or 4222}",
        }


@contextmanager
def engines(data: Path) -> Iterator[Engines]:
    """Start the engines under `data`, or join those that run there; the last one out stops them."""
    with ExitStack() as opened:
        folder = Folder(data)
        gate, users = (opened.enter_context(folder.file(n)) for n in ("gate.lock", "engines.lock"))
        runner = Runner(folder)
        postgresql = PostgreSQL(folder, runner, opened)
        nats_server = NatsServer(folder, runner, opened)
        both = (nats_server, postgresql)
        try:
            with _held(gate, folder):
                fcntl.flock(users, fcntl.LOCK_SH)
                wait_until_ready(both)
                found = Engines(postgresql.url(), nats_server.url())
            yield found
        finally:
            with _held(gate, folder):
                if _nobody_else(users):
                    stop(both)
                    folder.leave_nothing_elsewhere()
                fcntl.flock(users, fcntl.LOCK_UN)


@contextmanager
def _held(gate: int, folder: Folder) -> Iterator[None]:
    deadline = time.monotonic() + _GATE_PATIENCE
    while not _locked(gate):
        if time.monotonic() > deadline:
            raise EngineFailed(
                f"Another command has been starting or stopping the engines of {folder.path} for "
                f"{_GATE_PATIENCE:.0f} seconds; see which process holds "
                f"{folder.path / 'gate.lock'} and end it."
            )
        time.sleep(0.01)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_UN)


def _nobody_else(users: int) -> bool:
    # Our own share becomes the whole: to let go and look would count a child forked in between.
    return _locked(users)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
