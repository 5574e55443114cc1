import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats.errors
import pytest

from services.messaging import broker, stream
from tests.support.backend import PATIENCE

INFO = (
    b'INFO {"server_id": "none", "version": "2.15.0", "max_payload": 1048576,'
    b' "tls_required": true}\r\n'
)


@asynccontextmanager
async def stalling(greeting: bytes) -> AsyncIterator[str]:
    """A server that greets and then says nothing more, whatever it is told."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(greet, "localhost", 0)
    async with server:
        yield f"nats://localhost:{server.sockets[0].getsockname()[1]}"


async def connect_client(url: str) -> None:
    async with stream.connected(url, "test"):
        pass


async def connect_broker(url: str) -> None:
    await broker.connect(broker.new_broker(url, "test"))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a step of a connection a moment."""
    for each in (stream, broker):
        monkeypatch.setattr(each, "CONNECT_WITHIN", 0.1)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("greeting", [b"", INFO], ids=["silent", "info"])
@pytest.mark.parametrize("connect", [connect_client, connect_broker])
async def test_a_server_that_stalls_is_given_up(
    connect: Callable[[str], Awaitable[None]], greeting: bytes
) -> None:
    async with stalling(greeting) as url, asyncio.timeout(PATIENCE):
        with pytest.raises((TimeoutError, nats.errors.Error)):
            await connect(url)


async def test_who_is_ended_does_not_wait_for_a_server_that_stalls() -> None:
    async with stalling(INFO) as url, asyncio.timeout(PATIENCE):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await connect_client(url)
