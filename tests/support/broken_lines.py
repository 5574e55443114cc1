"""A line to PostgreSQL that goes dead around a commit."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

COMMIT = b"COMMIT\x00"

Moment = Literal["before", "within", "after"]
"""Before the server hears of the commit; once it has, with nobody left to answer; or only the
answer is lost."""


@dataclass
class BreakableLine:
    """The URL of a socket before the server's; armed, it breaks at the next commit."""

    url: str = ""
    moment: Moment = "after"
    armed: threading.Event = field(default_factory=threading.Event)
    cut: threading.Event = field(default_factory=threading.Event)
    """Nobody gets through any longer."""
    stays_cut: bool = False

    def breaks_at(self, data: bytes, *, answer: bool) -> bool:
        """Tell whether the line goes dead with what it carries."""
        if not self.armed.is_set() or COMMIT not in data:
            return False
        if answer != (self.moment == "after"):
            return False
        self.armed.clear()
        if self.stays_cut:
            self.cut.set()
        return True


@contextmanager
def breakable_line(database_url: str, folder: Path) -> Iterator[BreakableLine]:
    """Carry what is said to a server over a socket of its own."""
    line, ended = BreakableLine(), threading.Event()
    known = conninfo_to_dict(database_url)
    server = f"{known['host']}/.s.PGSQL.{known['port']}"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / f".s.PGSQL.{known['port']}"))
    listener.listen()

    def carry(source: socket.socket, target: socket.socket, answer: bool) -> None:
        with suppress(OSError):
            while not ended.is_set() and (data := source.recv(65536)):
                if line.breaks_at(data, answer=answer):
                    if line.moment == "within":
                        target.sendall(data)
                    break
                target.sendall(data)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        while not ended.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if line.cut.is_set():
                client.close()
                continue
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(server)
            for pair in ((client, upstream, False), (upstream, client, True)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    line.url = make_conninfo(database_url, host=str(folder))
    try:
        yield line
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
