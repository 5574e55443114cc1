"""The relay and the projectors as tasks of one process, and where each of them stands."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from types import TracebackType
from typing import Self

from projections.view import View
from services.advisory_lock import Connection, connect
from services.cancellation import cancel_and_wait, raise_if_cancelled
from services.failures import BROKER_AWAY, DATABASE_AWAY, engine_failed
from services.hosting.keeping import keep_going
from services.hosting.status import (
    Status,
    ViewStatus,
    broker_status,
    manager_statuses,
    nameless_patients,
    sealing_of,
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
from services.read_models.execution import ViewStopped
from services.read_models.projector import Projector
from services.read_models.shared_reading import SharedReading
from services.vault import Vault

PATIENCE = 15.0
"""Seconds that an engine may be away before `caught_up` gives up."""

GRACE = 10.0
"""Seconds in which a view that was stopped before may get going again before it counts."""

PUNCTUAL = timedelta(seconds=60)
"""How old the time of a view that keeps time may be, at most, for `caught_up`."""


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
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles: dict[str, tuple[float, Exception]] = {}

    async def __aenter__(self) -> Self:
        """Start the tasks."""
        for name, run in self._works.items():
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
            nameless = await nameless_patients(conn, self._vault) if self._vault else 0
            database = conn.info.parameter_status("server_version") or ""
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
            position=await asyncio.to_thread(self._journal.position),
            views=tuple(views),
            stream=streams[stream.NAME],
            findings_told=findings_told,
            findings=streams[findings.NAME],
            told=told,
            billable=streams[billable_days.NAME],
            shared_told=shared_told,
            shared=streams[disclosures.NAME],
            managers=managers,
            subscribers=broker.subscribers,
            nameless=nameless,
            sealing=await sealing_of(self._journal),
            versions={
                "Daybook": version("daybook"),
                "PostgreSQL": database.partition(" ")[0],
                "NATS": broker.version,
            },
        )

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
        watch = _CatchUpWait(self, position, timeout, on_progress)
        while not await watch.a_while():
            pass

    async def view_statuses(self, conn: Connection) -> tuple[ViewStatus, ...]:
        """Return where each view stands, by a connection of the caller's."""
        position = await asyncio.to_thread(self._journal.position)
        journal_id = self._journal.id
        return tuple([await view_status(conn, each, journal_id, position) for each in self._views])

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


class _CatchUpWait:
    """Waits until views have got to a position and a time, and notices when they cannot."""

    def __init__(
        self,
        supervisor: Supervisor,
        position: int,
        timeout: float | None,
        on_progress: Callable[[dict[str, int]], None] | None,
    ) -> None:
        self._supervisor = supervisor
        self._position = position
        self._told_since = supervisor.clock() - PUNCTUAL
        self._on_progress = on_progress
        self._started = asyncio.get_running_loop().time()
        self._until = math.inf if timeout is None else self._started + timeout
        self._stopped_before: dict[str, datetime | None] | None = None
        self._away_since: float | None = None

    async def a_while(self) -> bool:
        """Watch for about a second; tell whether every view has got there."""
        if asyncio.get_running_loop().time() >= self._until:
            message = f"The views have not got to position {self._position} in time."
            raise TimeoutError(message)
        try:
            try:
                if await self._views_got_there():
                    return True
            except ViewStopped:
                # What is wrong with the stream itself says more, if anything is.
                await self._supervisor.look_for_trouble(self._started)
                raise
            await self._supervisor.look_for_trouble(self._started)
            self._away_since = None
        except (*DATABASE_AWAY, *BROKER_AWAY):
            now = asyncio.get_running_loop().time()
            self._away_since = self._away_since or now
            if now - self._away_since > PATIENCE:
                raise
            await asyncio.sleep(0.2)
        return False

    async def _views_got_there(self) -> bool:
        async with await connect(self._supervisor.database_url) as conn:
            for _ in range(20):
                raise_if_cancelled()
                views = await self._supervisor.view_statuses(conn)
                if self._on_progress:
                    self._on_progress({view.name: view.position for view in views})
                behind = [view for view in views if not self._got_there(view)]
                if not behind:
                    return True
                self._refuse_stopped(behind)
                if asyncio.get_running_loop().time() >= self._until:
                    break
                # What takes long need not be noticed so soon.
                took = asyncio.get_running_loop().time() - self._started
                await asyncio.sleep(min(max(0.05, took / 50), 0.2))
        return False

    def _got_there(self, view: ViewStatus) -> bool:
        # A view ahead of its journal knows what was lost, as after a restore.
        if not view.serves or view.position < self._position or view.lag < 0:
            return False
        if view.name not in self._supervisor.keeping_time:
            return True
        return view.looked_at is not None and view.looked_at >= self._told_since

    def _refuse_stopped(self, behind: Sequence[ViewStatus]) -> None:
        """Raise ViewStopped, unless it is an old stop that may be over on the next attempt.

        The others are waited for before that.
        """
        stopped = {view.name: view.updated_at for view in behind if view.stopped_at}
        if self._stopped_before is None:
            self._stopped_before = stopped
        graceful = asyncio.get_running_loop().time() - self._started < GRACE
        if any(view.stopped_at is None for view in behind):
            return
        for view in behind:
            known = self._stopped_before.get(view.name) == view.updated_at
            if view.stopped_at is not None and not (graceful and known):
                raise ViewStopped(view.name, view.stopped_at, view.stopped_because or "")
