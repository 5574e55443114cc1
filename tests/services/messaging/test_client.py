import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats.errors
import pytest
from nats.js.api import Header

from services.messaging import broker, stream
from services.messaging.client import headers_in
from tests.support.backend import PATIENCE, Backend

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


async def echoed(nats_url: str, headers: dict[str, str]) -> dict[str, str] | None:
    """Return the headers that come of these."""
    async with stream.connected(nats_url, "test") as client:
        inbox = await client.subscribe("test.echo")
        await client.publish("test.echo", b"said", headers=headers)
        message = await inbox.next_msg(PATIENCE)
        assert message.data == b"said"
        return message.headers


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"ce-id": "thing-1:2"}, {"ce-id": "thing-1:2"}),
        ({Header.MSG_ID: "1", "a": "ü: b"}, {"Nats-Msg-Id": "1", "a": "ü: b"}),
        ({"a": "b\r\nc: d"}, {"a": "b  c: d"}),
        ({"a": " b\n"}, {"a": "b"}),
        ({"": "b", "c": "d"}, {"c": "d"}),
        ({}, None),
    ],
    ids=["one", "of the library", "two lines", "white space", "without a name", "none"],
)
async def test_headers_are_read_as_they_were_written(
    backend: Backend, written: dict[str, str], read: dict[str, str] | None
) -> None:
    assert await echoed(backend.nats_url, written) == read


async def test_a_name_that_no_header_has_is_refused(backend: Backend) -> None:
    with pytest.raises(nats.errors.BadHeaderError):
        await echoed(backend.nats_url, {"a:b": "c"})


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"", {}),
        (b"a: b\r\nc: d: e\r\n\r\n", {"a": "b", "c": "d: e"}),
        (b"NATS/1.0\r\na: b\r\n\r\n", {"a": "b"}),
        (b"a:b\r\nc: d\r\n\r\n", {"a": "b", "c": "d"}),
        (b"a:  b \r\n c : d\r\n\r\n", {"a": "b", "c": "d"}),
        (b"a:\r\nno header\r\n\r\n", {"a": ""}),
    ],
)
def test_headers_are_read_however_they_are_set(raw: bytes, read: dict[str, str]) -> None:
    assert headers_in(raw) == read
