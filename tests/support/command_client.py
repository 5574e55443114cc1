"""Sending commands as a client does, over a real nats-server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from nats.aio.client import Client

from services.access.access_log import AccessLog
from services.access.snapshot import AccountSnapshot
from services.application import CommandBus
from services.command_endpoint.endpoint import taking_commands
from services.messaging import stream
from tests.support.backend import PATIENCE, Backend

JSON, PROBLEM = "application/json", "application/problem+json"


@dataclass
class CommandClient:
    """A client of Oak Street; `answers` counts what it was answered."""

    client: Client
    name: str = "kiosk-1"
    facility: str = "oak-street"

    async def ask(
        self,
        command: str,
        payload: Any,
        id: str = "command-1",
        *,
        within: float = PATIENCE,
        **headers: str | None,
    ) -> dict[str, Any]:
        """Send a command; return the answer. A header that is None is left out."""
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        given = {
            "ce-specversion": "1.0",
            "ce-id": id,
            "ce-type": command,
            "ce-source": self.name,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        answer = await self.client.request(
            f"daybook.{self.facility}.command.{self.name}.{command}",
            body,
            timeout=within,
            headers={name: value for name, value in given.items() if value is not None},
        )
        said: dict[str, Any] = orjson.loads(answer.data)
        kind = (answer.headers or {}).get("content-type")
        assert kind == (PROBLEM if "status" in said else JSON)
        return said


@asynccontextmanager
async def command_endpoint(
    backend: Backend,
    clock: Callable[[], datetime],
    nats_url: str = "",
    accounts: AccountSnapshot | None = None,
    log: AccessLog | None = None,
    **options: Any,
) -> AsyncIterator[None]:
    """Let commands be taken."""
    with closing(CommandBus(backend.journal, backend.vault, **options)) as commands:
        url = nats_url or backend.nats_url
        vault = backend.vault
        taking = taking_commands(commands, vault, url, accounts=accounts, log=log, clock=clock)
        async with taking:
            yield


@asynccontextmanager
async def command_client(
    backend: Backend, clock: Callable[[], datetime], nats_url: str = ""
) -> AsyncIterator[CommandClient]:
    """Let commands be taken, and yield a client that sends some."""
    url = nats_url or backend.nats_url
    async with (
        command_endpoint(backend, clock, url),
        stream.connected(url, "test client") as client,
    ):
        yield CommandClient(client)
