"""The server: uvicorn in the event loop of the process, ended by whoever runs it."""

import asyncio
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from domain.errors import DaybookError
from services.api.protocol import MOST_OPEN, Protocol
from services.cancellation import cancel_and_wait

OPEN_FILES = MOST_OPEN + 500
"""How many files the process may have open: as many connections, and what else it works with."""

ENDED_WITHIN = 5
"""Seconds for what has begun to be answered, when the server ends."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CannotListen(DaybookError):
    """The address is not one to listen on, or taken."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen. `or_else_any` takes a free port where that one is taken."""

    host: str
    port: int
    or_else_any: bool = False

    @classmethod
    def read(cls, text: str) -> "Listen":
        """Return what `HOST:PORT` says. Raises CannotListen."""
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise CannotListen(f"{text!r} is no address to listen on, like 127.0.0.1:8480")
        return cls(host.strip("[]"), int(port))

    @property
    def on_loopback(self) -> bool:
        """Tell whether nobody outside this machine can reach it."""
        return self.host in LOOPBACK


DEFAULT = Listen("127.0.0.1", 8480, or_else_any=True)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listen: Listen,
    *,
    tls: ssl.SSLContext | None = None,
    ending: Callable[[], None] = lambda: None,
) -> AsyncIterator[str]:
    """Serve an app while the context lasts; yield the URL. `ending` ends what would never end.

    Raises CannotListen.
    """
    _allow_open_files()
    listening = _listening(listen)
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=ENDED_WITHIN,
        ssl_context_factory=(lambda *_: tls) if tls else None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listening]), name="http")
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        yield _url(listening, listen.host, is_secure=tls is not None)
    finally:
        ending()
        server.should_exit = True
        try:
            await task
        finally:
            await cancel_and_wait([task])


def _allow_open_files() -> None:
    """Let the process have as many files open as its connections take; a shell may give 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _listening(listen: Listen) -> socket.socket:
    try:
        return _bound(listen.host, listen.port)
    except OSError as why:
        if not listen.or_else_any:
            raise CannotListen(
                f"{listen.host}:{listen.port} cannot be listened on ({why.strerror})"
            ) from None
    return _bound(listen.host, 0)


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # asyncio sends small answers at once only on what it knows to be TCP.
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(256)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _url(listening: socket.socket, host: str, *, is_secure: bool) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"{'https' if is_secure else 'http'}://{named}:{listening.getsockname()[1]}"
