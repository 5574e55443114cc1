"""The relay and the projectors as tasks of one process, and where each of them stands."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from types import TracebackType
from typing import Self

from projections.view import View
from services.advisory_lock import Connection, connect
from services.audit.sealing.light_check import differs_from_seals
from services.cancellation import cancel_and_wait
from services.failures import engine_failed
from services.hosting.catch_up_wait import CatchUpWait
from services.hosting.database_rights import database_rights
from services.hosting.keeping import keep_going
from services.hosting.status import (
    Status,
    ViewStatus,
    broker_status,
    manager_statuses,
    nameless_patients,
    sealing_of,
    undecided,
    view_status,
    warnings_of,
)
from services.journal import Journal
from services.messaging import stream
from services.messaging.log import Log
from services.messaging.relay import STATUS_COMPARES, Relay
from services.messaging.stream_refusals import StreamRefused
from services.publishing import billable_days, disclosures, findings
from services.publishing.outbox import Outbox, make_tables
from services.publishing.told_streams import TOLD_STREAMS
from services.read_models.checkpoint import ask_to_rebuild
from services.read_models.projector import Projector
from services.read_models.shared_reading import SharedReading
from services.vault import Vault


class Supervisor:
    """Keeps stream and views up to date while its context lasts; leaves nothing running.

    Whatever somebody else keeps already on this database is theirs until they end; the task here
    waits to take over. With `relay=False` the views alone are kept, with no views the stream; the
    views that are `apart` are kept by another process, and waited for like the others. With a
    `vault` the status tells whose names cannot be read.
    """

    def __init__(
        self,
        journal: Journal,
        database_url: str,
        nats_url: str,
        views: Sequence[View],
        *,
        relay: bool = True,
        apart: Collection[str] = (),
        vault: Vault | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self.database_url = database_url
        self.clock = clock
        self.keeping_time = frozenset(view.name for view in views if view.keeps_time)
        self._nats_url = nats_url
        self._views = views
        self._vault = vault
        make_tables(journal)
        self._told = [Outbox(journal, each.name) for each in TOLD_STREAMS]
        urls = database_url, nats_url
        self._relays = {"relay": Relay(journal, *urls)}
        for log, each in zip(self._told, TOLD_STREAMS, strict=True):
            relay_of = Relay(log, *urls, each.config, goes_on=each.goes_on)
            self._relays[f"relay of {each.what}"] = relay_of
        self._works: dict[str, Callable[[], Awaitable[None]]] = {}
        if relay:
            self._works |= {name: each.run for name, each in self._relays.items()}
            for each in TOLD_STREAMS:
                name = f"publisher to {each.name}"
                self._works[name] = each.publisher(journal, database_url, clock=clock).run
        shared = SharedReading.of(journal)
        for view in (each for each in views if each.name not in apart):
            projector = Projector(view, journal, *urls, clock=clock, shared=shared)
            self._works[f"view {view.name}"] = projector.run
        self.left_to_others: tuple[str, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles: dict[str, tuple[float, Exception]] = {}

    async def __aenter__(self) -> Self:
        """Start the tasks that the database's role may do; the others are left to who may."""
        rights = await database_rights(self.database_url)
        self.left_to_others = tuple(name for name in self._works if not rights.allow(name))
        for name, run in self._works.items():
            if name not in self.left_to_others:
                self.run_forever(name, run)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the tasks and wait until they have let go of locks and connections."""
        await cancel_and_wait(self._tasks)

    def run_forever(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Keep another task going, from now on while the context lasts."""
        kept = keep_going(name, run, partial(self._remember, name))
        self._tasks.append(asyncio.create_task(kept, name=name))

    @property
    def logs(self) -> list[tuple[Log, str, bool]]:
        """What is published: each log, its stream, and whether that goes on from before."""
        return [each.log for each in self._relays.values()]

    async def status(self) -> Status:
        """Return where everything stands; needs no task of this process and holds no lock.

        Raises psycopg.OperationalError or a NATS error where an engine does not answer.
        """
        skipped = await asyncio.to_thread(self._journal.skipped)
        async with await connect(self.database_url) as conn:
            views = [
                replace(
                    found,
                    warnings=await warnings_of(conn, view) if found.serves else (),
                    skipped=tuple(each for each in skipped if each.view == view.name),
                )
                for view, found in zip(self._views, await self.view_statuses(conn), strict=True)
            ]
            managers = await manager_statuses(conn, self.clock())
            position = await asyncio.to_thread(self._journal.position)
            behind = await undecided(conn, self._journal.id, position)
            nameless = await nameless_patients(conn, self._vault) if self._vault else 0
            database = conn.info.parameter_status("server_version") or ""
        differs = await asyncio.to_thread(self._differs_from_seals)
        logs: dict[str, Log] = {stream.NAME: self._journal}
        logs |= {each.stream: each for each in self._told}
        async with stream.connected(self._nats_url, "daybook status") as client:
            broker = await broker_status(client, logs)
            streams = dict(broker.streams)
            for relay in self._relays.values():
                try:
                    await relay.inspect_by(client, STATUS_COMPARES)
                except StreamRefused as why:
                    if found := streams[relay.stream]:
                        streams[relay.stream] = replace(found, held_up=str(why).rstrip("."))
        findings_told, told, shared_told = [
            await asyncio.to_thread(each.position) for each in self._told
        ]
        return Status(
            position=position,
            views=tuple(views),
            stream=streams[stream.NAME],
            findings_told=findings_told,
            findings=streams[findings.NAME],
            told=told,
            billable=streams[billable_days.NAME],
            shared_told=shared_told,
            shared=streams[disclosures.NAME],
            undecided=behind,
            managers=managers,
            subscribers=broker.subscribers,
            nameless=nameless,
            sealing=await sealing_of(self._journal),
            differs_from_seals=differs,
            versions={
                "Daybook": version("daybook"),
                "PostgreSQL": database.partition(" ")[0],
                "NATS": broker.version,
            },
        )

    def _differs_from_seals(self) -> str | None:
        with self._journal.connection() as conn, conn.transaction():
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return differs_from_seals(conn)

    async def rebuild(self, name: str) -> None:
        """Have a view made anew from the first event by whoever keeps it; the old one serves.

        Raises KeyError where no view has that name. Returns at once: see `caught_up`.
        """
        view = {view.name: view for view in self._views}[name]
        async with await connect(self.database_url) as conn:
            await ask_to_rebuild(conn, view)

    async def caught_up(
        self,
        position: int,
        timeout: float | None = None,
        on_progress: Callable[[dict[str, int]], None] | None = None,
    ) -> None:
        """Return once every view serves and stands at a position or after it.

        One that keeps time has been told it, too: that of this call, or of `PUNCTUAL` before it.
        Whoever does the work may do it. `on_progress` is given the positions now and then.
        Raises ViewStopped; StreamRefused or Unpublishable, which hold the relay up; the engine's
        own error when one does not answer for `PATIENCE` seconds; TimeoutError.
        """
        watch = CatchUpWait(self, position, timeout, on_progress)
        while not await watch.a_while():
            pass

    async def view_statuses(self, conn: Connection) -> tuple[ViewStatus, ...]:
        """Return where each view stands, by a connection of the caller's."""
        found = [await view_status(conn, each, self._journal.id) for each in self._views]
        # Asked afterwards: a view that is ahead of it has what the journal lost.
        position = await asyncio.to_thread(self._journal.position)
        return tuple([replace(each, lag=position - each.position) for each in found])

    async def look_for_trouble(self, since: float) -> None:
        """Raise what holds the journal's stream up, or what has gone wrong in a task since then.

        `since` is a time of the event loop. Engines that were away are not trouble of ours.
        """
        await self._relays["relay"].inspect()
        for at, trouble in self._troubles.values():
            if at > since and not (engine_failed(trouble) or isinstance(trouble, StreamRefused)):
                raise trouble

    def _remember(self, name: str, trouble: Exception) -> None:
        self._troubles[name] = (asyncio.get_running_loop().time(), trouble)
