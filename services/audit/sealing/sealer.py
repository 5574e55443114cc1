"""The sealer: looks at every log that is sealed once a second, and signs a head over what came.

Before it signs at all it compares what this database has with the heads that it can see elsewhere:
in its own file, in the folder that is carried away, in the stream HEADS, and with its witnesses. A
head is shown to nobody before its transaction is over, on every synchronous standby, too.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg

from services.advisory_lock import advisory_lock, notified
from services.audit.sealing.continuing import Continued, NothingToContinue, continue_with
from services.audit.sealing.heads_stream import HeadsPublisher
from services.audit.sealing.held_connection import HeldConnection
from services.audit.sealing.seal_refusals import SealRefused
from services.audit.sealing.sealing_round import (
    Round,
    SealingRound,
    SealSettings,
    sealing_alone,
    tree_of,
)
from services.audit.sealing.seen_heads import SeenHead
from services.audit.tree.origins import Origin
from services.audit.tree.sealed_logs import SEALED_LOGS, SealedLog
from services.audit.tree.seals import Head, Seals
from services.cancellation import raise_if_cancelled
from services.database_url import with_limits

LOCK = "daybook.sealer"
"""What of several sealers the one that works holds."""

CADENCE = 1.0
"""Seconds between two looks. Nobody tells of news: that would cost each command that tells it."""


class Witness(Protocol):
    """Others who sign that one head goes on from the one before; `witnessing` has them."""

    @property
    def disproved(self) -> Mapping[str, SealRefused]:
        """Why trees are not those that were shown there, by their origins."""

    async def held(self, origins: Iterable[Origin]) -> list[SeenHead]:
        """Return the heads of these trees that are shown there; none where nobody answers."""

    async def tell(self, head: Head) -> None:
        """Take the newest head of a log: one from before, ahead of all signing, and each new one.

        It decides itself how often it asks, and keeps what it is answered. Raises SealRefused where
        a larger tree was signed there, or another one; nothing where nobody answers.
        """

    async def settle(self) -> None:
        """Ask at once for what was not signed there, before the sealer ends. Raises as `tell`."""

    async def close(self) -> None:
        """End."""


class Sealer:
    """Seals logs. Of several on a database one works and the others wait to take over."""

    def __init__(
        self,
        database_url: str,
        nats_url: str | None,
        key: Callable[[], bytes],
        settings: SealSettings | None = None,
        *,
        logs: Iterable[SealedLog] = SEALED_LOGS.values(),
        witnesses: Sequence[Witness] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take where the logs are and what signs; without a URL of NATS there is no stream.

        `key` is asked for the key's 32 bytes before each look, so that a new one is taken up while
        this runs.
        """
        self._database_url = with_limits(database_url)
        self._key = key
        self._settings = settings or SealSettings()
        self._logs = tuple(logs)
        self._stream = HeadsPublisher(nats_url) if nats_url else None
        self._witnesses = tuple(witnesses)
        self._clock = clock
        self._disproved: dict[str, SealRefused] = {}
        self._compares = True
        self._is_first = True
        self._ended = threading.Event()
        self._held = HeldConnection(database_url)

    async def run(self) -> None:
        """Seal until cancelled. Raises SealRefused, and what PostgreSQL raises; can be run again.

        Where one log is refused, the others are sealed before that is raised.
        """
        async with advisory_lock(self._database_url, LOCK) as conn, self:
            while True:
                raise_if_cancelled()
                await self._look()
                # It listens for nothing: this is the pause, in which a lost connection shows.
                await notified(conn, CADENCE)

    async def seal_once(self) -> list[Head]:
        """Seal what is there, and return the new heads. Raises as `run` does."""
        async with self:
            sealed = await self._look()
            for witness in self._witnesses:
                await witness.settle()
            return sealed

    async def continue_after_restore(self, because: str) -> list[Continued]:
        """Begin another tree of each log that is refused, and seal it; return what was begun.

        Raises NothingToContinue where none is refused, or `because` is no text.
        """
        async with self:
            seen = await self._elsewhere()
            begun = await asyncio.to_thread(self._continue, seen, because)
            if not begun:
                raise NothingToContinue(
                    "No log is refused: each is gone on with from its newest head. Nothing was"
                    " changed"
                )
            await self._look()
        return begun

    async def __aenter__(self) -> Self:
        """Begin: all heads that can be seen elsewhere are compared first."""
        self._compares = self._is_first = True
        self._disproved = {}
        self._ended.clear()
        self._held.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: a thread that still seals stops after the head at which it is."""
        self._ended.set()
        self._held.end()
        for witness in self._witnesses:
            await witness.close()
        if self._stream:
            await self._stream.close()

    async def _look(self) -> list[Head]:
        seen = await self._elsewhere()
        for witness in self._witnesses:
            self._disproved |= witness.disproved
        done = await asyncio.to_thread(self._seal, seen)
        if self._stream:
            await self._stream.publish(done.newest)
        if done.sealed:
            await self._tell(done.newest)
        disproved = [self._disproved.get(each.origin) for each in done.newest]
        for why in (*done.refused, *filter(None, disproved)):
            raise why
        return done.sealed

    async def _elsewhere(self) -> list[SeenHead]:
        """Return heads that were not compared yet; witnesses are told of those from before."""
        looks = self._stream is not None and self._stream.wants_look
        if not (self._compares or looks):
            return []
        trees, before = await asyncio.to_thread(self._standing)
        seen = await self._stream.look(trees, self._key()) if self._stream else []
        if self._compares:
            seen += await asyncio.to_thread(self._carried, trees)
            for witness in self._witnesses:
                seen += await witness.held(trees)
            await self._tell(before)
            self._compares = False
        return seen

    async def _tell(self, heads: Iterable[Head]) -> None:
        for head in heads:
            for witness in self._witnesses:
                try:
                    await witness.tell(head)
                except SealRefused as why:
                    self._disproved[head.origin] = why

    def _standing(self) -> tuple[list[Origin], list[Head]]:
        """Return the tree of each log, and the newest head of those that have one."""
        with self._held.used() as conn:
            trees = [tree_of(conn, each.name, self._settings) for each in self._logs]
            heads = [Seals(conn, each.name).newest() for each in self._logs]
        return trees, [each for each in heads if each]

    def _carried(self, trees: Iterable[Origin]) -> list[SeenHead]:
        folder = self._settings.heads_folder
        found = [folder.newest(each) for each in trees] if folder else []
        return [each for each in found if each]

    def _seal(self, seen: Sequence[SeenHead]) -> Round:
        with self._held.used() as conn:
            done = self._round(conn, seen).seal(self._logs)
        self._is_first = False
        return done

    def _continue(self, seen: Sequence[SeenHead], because: str) -> list[Continued]:
        with self._held.used() as conn, sealing_alone(conn):
            sealing = self._round(conn, seen)
            found = [continue_with(sealing, each, because) for each in self._logs]
        return [each for each in found if each]

    def _round(self, conn: psycopg.Connection[Any], seen: Sequence[SeenHead]) -> SealingRound:
        return SealingRound(
            *(conn, self._settings, self._key, self._clock, seen, self._disproved, self._ended),
            thorough=self._is_first or bool(seen),
        )
