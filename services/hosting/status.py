"""Where everything stands: journal, streams, views and managers, and what is wrong with them."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import nats.errors
import psycopg
from nats.aio.client import Client

from domain.skipped_event import SkippedEvent
from projections.directory import NOT_FORGOTTEN
from projections.view import View
from services.advisory_lock import Connection
from services.audit.sealing.seal_status import SealingStatus, sealing_status
from services.journal import Journal
from services.messaging.consumers import consumers_of_subscribers
from services.messaging.log import Log
from services.messaging.relay import publishable
from services.messaging.stream import API_TIMEOUT, Unpublishable, message_at, stream_info
from services.read_models.checkpoint import read_both
from services.read_models.execution import ChainBroken
from services.vault import Vault

LISTED_WITHIN = 1.0
"""Seconds in which NATS has to say who subscribes: whoever may not ask is not answered at all."""


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """Where a view stands.

    `position` is that of the last event it took in, `lag` how far the journal's last position is
    from there: less than 0 where the journal has lost what the view has. `serves` is False while
    its tables are being built, `position` being theirs then. `stopped_at` is the id of the event
    that it cannot take in, or CLOCK_TICK. `looked_at` is the time that it was told since its last
    event, None where it keeps none. `warnings` are sentences about what it lacks though it has all
    events, `skipped` the events that it passes over by an operator's decision; `Supervisor.status`
    alone asks for both.
    """

    name: str
    position: int
    lag: int
    serves: bool
    stopped_at: str | None
    stopped_because: str | None
    looked_at: datetime | None
    updated_at: datetime | None
    warnings: tuple[str, ...] = ()
    skipped: tuple[SkippedEvent, ...] = ()

    @property
    def is_refusing(self) -> bool:
        """Tell whether it has stopped since the stream is not the journal's image there."""
        return (self.stopped_because or "").startswith(ChainBroken.__name__)


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """A stream: the position of its last event, and how many messages it has.

    `held_up` says why the next event of its log cannot be published; None where it can.
    """

    position: int
    messages: int
    held_up: str | None = None


@dataclass(frozen=True, slots=True)
class ManagerStatus:
    """A process manager: the position of the last event that it followed, and what is due.

    `due` of its tasks are to be done now, the first of them since `due_since`; `waiting` are all of
    them, `next_at` is when the next one is due.
    """

    name: str
    position: int
    due: int
    due_since: datetime | None
    waiting: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriberStatus:
    """A program of others: what it reads of which stream, and how far it is behind.

    `waiting` messages were not sent to it yet, `unacknowledged` were, and it has not said so.
    """

    name: str
    stream: str
    filter: str
    waiting: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Status:
    """The journal's last position, each view, and the streams: None where there is none.

    `findings_told`, `told` and `shared_told` are how many messages there are of findings that
    turned, of billable days and of what recipients were told; `findings`, `billable` and `shared`
    the streams that have them. `subscribers` is None where NATS lets nobody of this process ask for
    them.
    """

    position: int
    views: tuple[ViewStatus, ...]
    stream: StreamStatus | None
    findings_told: int
    findings: StreamStatus | None
    told: int
    billable: StreamStatus | None
    managers: tuple[ManagerStatus, ...]
    shared_told: int = 0
    shared: StreamStatus | None = None
    undecided: int = 0
    """How far the journal's last position is from that up to which it is decided whom to tell."""
    subscribers: tuple[SubscriberStatus, ...] | None = None
    nameless: int = 0
    """Patients whose names cannot be read though nobody has forgotten them."""
    sealing: SealingStatus = field(default_factory=SealingStatus)
    differs_from_seals: str | None = None
    """Where a light look saw that the journal is not as it was sealed; None where it did not."""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def streams(self) -> tuple[tuple[str, StreamStatus | None, int], ...]:
        """Each stream by what it has, with the last position of its log."""
        return (
            ("events", self.stream, self.position),
            ("findings", self.findings, self.findings_told),
            ("billable days", self.billable, self.told),
            ("disclosures", self.shared, self.shared_told),
        )

    @property
    def something_stopped(self) -> bool:
        """Tell whether a stream is held up, a view has stopped, or a log is not as it was."""
        held_up = any(found and found.held_up for _, found, _ in self.streams)
        stopped = any(view.stopped_at for view in self.views)
        refused = any(each.refused for each in self.sealing.logs)
        return held_up or stopped or refused or bool(self.record_faults)

    @property
    def record_faults(self) -> tuple[str, ...]:
        """Why the journal is not all that was recorded, each a sentence without its full stop."""
        found = [
            f"{name} is at position {reached}, and the journal ends at {self.position}: it has lost"
            " its end"
            for name, reached in self._readers
            if reached > self.position
        ]
        if self.differs_from_seals:
            found.append(self.differs_from_seals)
        return tuple(found)

    @property
    def _readers(self) -> tuple[tuple[str, int], ...]:
        views = [(f"the view {each.name}", each.position) for each in self.views]
        managers = [(f"the manager of {each.name}", each.position) for each in self.managers]
        return (*views, *managers)


async def view_status(conn: Connection, view: View, journal_id: str) -> ViewStatus:
    """Return where a view stands, without how far the journal is from there."""
    serving, building = await read_both(conn, view)
    serves = bool(serving and serving.fits(view, journal_id))
    found = serving if serves else building
    reached = found.position if found else 0
    return ViewStatus(
        name=view.name,
        position=reached,
        lag=0,
        serves=serves,
        stopped_at=found.stopped_at if found else None,
        stopped_because=found.stopped_because if found else None,
        looked_at=found.looked_at if found and found.told else None,
        updated_at=found.updated_at if found else None,
    )


async def warnings_of(conn: Connection, view: View) -> tuple[str, ...]:
    """Return what a view lacks though it has all events."""
    if view.warnings is None:
        return ()
    try:
        rows = await conn.execute(view.warnings)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return ()  # it was dropped meanwhile
    return tuple([row[0] for row in await rows.fetchall()])


async def sealing_of(journal: Journal) -> SealingStatus:
    """Return where sealing stands."""

    def look() -> SealingStatus:
        with journal.connection() as conn:
            return sealing_status(conn)

    return await asyncio.to_thread(look)


async def nameless_patients(conn: Connection, vault: Vault) -> int:
    """Return how many patients' keys are missing, or are others', though nobody forgot them."""
    try:
        rows = await conn.execute(NOT_FORGOTTEN)
        found = [row[0] for row in await rows.fetchall()]
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return 0  # the directory is not made yet
    return len(await asyncio.to_thread(vault.lost, found))


async def undecided(conn: Connection, journal_id: str, position: int) -> int:
    """Return how far it is from where it was last decided whom to tell to a journal's position."""
    try:
        found = await conn.execute(
            "SELECT position FROM announcements.followed WHERE journal = %s", (journal_id,)
        )
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return position
    row = await found.fetchone()
    return position - row[0] if row else position


async def manager_statuses(conn: Connection, now: datetime) -> tuple[ManagerStatus, ...]:
    """Return where each process manager stands; none where none ever worked."""
    try:
        found = await conn.execute(
            "SELECT p.manager, position, count(at) FILTER (WHERE at <= %(now)s),"
            " min(at) FILTER (WHERE at <= %(now)s), count(at),"
            " min(at) FILTER (WHERE at > %(now)s) FROM managers.places p"
            " LEFT JOIN managers.tasks t USING (manager) GROUP BY p.manager, position"
            " ORDER BY manager",
            {"now": now},
        )
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return ()
    return tuple([ManagerStatus(*row) for row in await found.fetchall()])


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """The stream of each log by its name, None where there is none; subscribers as in Status."""

    streams: Mapping[str, StreamStatus | None]
    subscribers: tuple[SubscriberStatus, ...] | None
    version: str


async def broker_status(client: Client, logs: Mapping[str, Log]) -> BrokerStatus:
    """Return where the stream of each log stands, and who reads them."""
    streams = {name: await _stream_status(client, log, name) for name, log in logs.items()}
    there = [name for name, found in streams.items() if found]
    version = str(client.connected_server_version).partition(" v")[2].rstrip(">")
    return BrokerStatus(streams, await _subscribers(client, there), version)


async def _subscribers(
    client: Client, streams: Iterable[str]
) -> tuple[SubscriberStatus, ...] | None:
    js = client.jetstream(timeout=LISTED_WITHIN)
    try:
        found = [each for name in streams for each in await consumers_of_subscribers(js, name)]
    except nats.errors.Error:
        return None
    return tuple(
        SubscriberStatus(
            name=each.name,
            stream=each.stream_name,
            filter=each.config.filter_subject or "",
            waiting=each.num_pending or 0,
            unacknowledged=each.num_ack_pending or 0,
        )
        for each in found
    )


async def _stream_status(client: Client, log: Log, name: str) -> StreamStatus | None:
    js = client.jetstream(timeout=API_TIMEOUT)
    info = await stream_info(js, name)
    if info is None:
        return None
    last = await message_at(js, info.state.last_seq, name) if info.state.last_seq else None
    position = last.position if last else 0
    held_up = await _held_up(log, position, client.max_payload)
    return StreamStatus(position, info.state.messages, held_up)


async def _held_up(log: Log, position: int, max_payload: int) -> str | None:
    """Say why the event after a position cannot be published; None where it can, or there is none.

    The relay stops there, with everything behind it.
    """
    try:
        for each in await asyncio.to_thread(log.after, position, 1):
            publishable(each, max_payload)
    except Unpublishable as why:
        return str(why)
    return None
