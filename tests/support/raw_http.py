"""HTTP as bytes on a connection: who leaves before the answer, and who asks a thousand times."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

JSON, PROBLEM = "application/json", "application/problem+json"


class NoAnswer(ConnectionError):
    """The connection ended before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its headers by their names in lower case, and its body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return orjson.loads(self.body)


class Connection:
    """A connection that is kept open from one request to the next."""

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to a server. Raises ConnectionError."""
        where = urlsplit(url)
        return cls(where.netloc, *await asyncio.open_connection(where.hostname, where.port))

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Send a request and return its answer. Raises NoAnswer."""
        try:
            self.send(self.written(method, path, headers, body))
            return await self.answer()
        except (ConnectionError, asyncio.IncompleteReadError) as ended:
            raise NoAnswer from ended

    def written(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> bytes:
        """Return the bytes of a request."""
        given = {"host": self._host, **headers, "content-length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {said}" for name, said in given.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, what: bytes) -> None:
        """Send bytes, whatever they are."""
        self._writer.write(what)

    async def answer(self) -> Answer:
        """Return the next answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): said for name, _, said in (each.partition(": ") for each in lines)}
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def leave(self) -> None:
        """Be gone at once, without a word."""
        self._writer.transport.abort()
