"""Having heads stamped: once a day (UTC) an outside authority stamps each log's newest head."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from urllib.parse import urlsplit

import httpx2
import psycopg
from psycopg.rows import tuple_row

from services.audit.notes.signed_note import SignedNote
from services.audit.sealing.seal_refusals import SealRefused
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.origins import Origin
from services.audit.tree.seals import Head
from services.audit.witnesses.timestamp import (
    MOST_BYTES,
    TimestampUnsound,
    question_for,
    stamped_at,
)
from services.cancellation import cancel_and_wait
from services.database_url import with_limits
from services.failures import DATABASE_AWAY

PATIENCE = 10.0
"""Seconds within which an authority answers, or counts as away."""

AGAIN = 600.0
"""Seconds after which an authority is asked again that did not answer, or gave no timestamp."""

_AWAY = (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, UnicodeError, TimestampUnsound)

Connection = psycopg.Connection[Any]


class TimestampAuthority:
    """An authority at a URL, as the sealer tells it of heads; it is asked in the background."""

    def __init__(self, database_url: str, url: str) -> None:
        self._database_url = with_limits(database_url)
        self._url = url
        self._host = urlsplit(url).hostname or url
        self._newest: dict[str, Head] = {}
        self._stamped: dict[str, tuple[int, date]] = {}
        self._not_before: dict[str, float] = {}
        self._asking: asyncio.Task[None] | None = None

    @property
    def disproved(self) -> Mapping[str, SealRefused]:
        """Nothing: an authority sees no head, and compares none."""
        return {}

    async def held(self, origins: Iterable[Origin]) -> list[SeenHead]:  # noqa: ARG002 - as others
        """Return nothing: an authority keeps no heads."""
        return []

    async def tell(self, head: Head) -> None:
        """Take the newest head of a log: the one from before waits, since a newer one may come."""
        is_first = head.origin not in self._newest
        self._newest[head.origin] = head
        if not is_first and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask_for_all(), name="timestamps")

    async def settle(self) -> None:
        """Have what is due stamped before this ends."""
        if self._asking:
            await self._asking
        await self._ask_for_all()

    async def close(self) -> None:
        """End."""
        if self._asking:
            await cancel_and_wait([self._asking])
        self._asking = None
        self._newest.clear()

    async def _ask_for_all(self) -> None:
        for head in list(self._newest.values()):
            # Where PostgreSQL is away the sealer hears of it, too.
            with suppress(*DATABASE_AWAY):
                if await asyncio.to_thread(self._is_due, head):
                    await self._ask(head)

    def _is_due(self, head: Head) -> bool:
        """Tell whether a log has no timestamp of today, and a head that has none."""
        if head.origin not in self._stamped:
            with self._connected() as conn, conn.cursor(row_factory=tuple_row) as cursor:
                row = cursor.execute(_NEWEST, (head.origin, self._host)).fetchone()
            if row:
                self._stamped[head.origin] = row[0], row[1].astimezone(UTC).date()
        size, day = self._stamped.get(head.origin, (0, date.min))
        return size < head.size and day < datetime.now(UTC).date()

    async def _ask(self, head: Head) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._not_before.get(self._host, now):
            return
        self._not_before[self._host] = now + AGAIN
        text = SignedNote.parse(head.note.encode()).text
        asked = question_for(text)
        try:
            token = await self._answer(asked.request)
            at = stamped_at(token, text, asked.nonce)
        except _AWAY:
            return
        del self._not_before[self._host]
        await asyncio.to_thread(self._keep, head, token, at)
        self._stamped[head.origin] = head.size, at.date()

    async def _answer(self, request: bytes) -> bytes:
        headers = {"content-type": "application/timestamp-query", "accept-encoding": "identity"}
        found = bytearray()
        async with (
            asyncio.timeout(PATIENCE),
            httpx2.AsyncClient(timeout=PATIENCE, headers=headers) as http,
            http.stream("POST", self._url, content=request) as response,
        ):
            response.raise_for_status()
            async for part in response.aiter_raw():
                found += part
                if len(found) > MOST_BYTES:
                    raise TimestampUnsound("it is too long for a response")
        return bytes(found)

    def _keep(self, head: Head, token: bytes, at: datetime) -> None:
        with self._connected() as conn:
            conn.execute(_KEEP, (head.origin, head.size, self._host, token, at))

    def _connected(self) -> Connection:
        return psycopg.connect(self._database_url, autocommit=True)


_NEWEST: LiteralString = """
    SELECT size, at FROM seal.timestamps WHERE origin = %s AND authority = %s
    ORDER BY size DESC LIMIT 1
"""

_KEEP: LiteralString = """
    INSERT INTO seal.timestamps (origin, size, authority, token, at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (origin, size, authority) DO NOTHING
"""
