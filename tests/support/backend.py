"""A small aggregate and a small view, so that the way of a fact is tested without the domain."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier

from domain.aggregate import Aggregate, CommandContext, Event, Opening, Privacy
from projections.view import Change, Question, Steps, View
from services.audit.sealing import heads_stream
from services.cancellation import cancel_and_wait
from services.embedded import Engines
from services.hosting.supervisor import Supervisor
from services.journal import Journal
from services.messaging import stream
from services.publishing.told_streams import TOLD_STREAMS
from services.vault import Vault

PATIENCE = 120.0
"""Seconds that are waited at most, however busy the machine: reached on failure only."""

COPY: LiteralString = "CREATE DATABASE {to} TEMPLATE {of} STRATEGY file_copy"

SITE_KEY = bytes(range(32))
"""The site's key of the databases of tests."""


class ThingOpened(Opening):
    TOPIC = "thing.opened"


class ThingCounted(Event):
    TOPIC = "thing.counted"
    number: int
    text: str


class ThingNamed(Event):
    TOPIC = "thing.named"
    PRIVACY: ClassVar[Privacy] = "identity"
    name: str


@dataclass
class Thing(Aggregate):
    TOPIC = "thing"
    facility_id: str

    def count(self, number: int, text: str = "") -> None:
        self.record(ThingCounted, context(), number=number, text=text)

    def name_it(self, name: str) -> None:
        self.record(ThingNamed, context(), name=name)

    def apply(self, event: Event) -> None:
        pass


def context() -> CommandContext:
    return CommandContext("command-1", datetime(2025, 3, 3, 17, tzinfo=UTC), "staff-1")


def thing(facility_id: str = "oak-street", thing_id: str = "thing-1") -> Any:
    return Thing.open(ThingOpened, context(), id=thing_id, facility_id=facility_id)


class Counts(View):
    """Every number counted, in the order of its coming; and how many there were of each."""

    name = "counts"
    version = 1
    tables = """
        CREATE TABLE numbers (at serial PRIMARY KEY, number integer NOT NULL CHECK (number >= 0));
        CREATE TABLE seen (number integer PRIMARY KEY, times integer NOT NULL);
        COMMENT ON TABLE numbers IS 'Each number counted';
        COMMENT ON TABLE seen IS 'How often a number was counted';
    """

    def changes(self, event: Event) -> Iterator[Change]:
        match event:
            case ThingCounted(number=number):
                yield "INSERT INTO numbers (number) VALUES (%s)", (number,)
                yield (
                    "INSERT INTO seen VALUES (%(number)s, 1)"
                    " ON CONFLICT (number) DO UPDATE SET times = seen.times + 1",
                    {"number": number},
                )


class Names(View):
    name = "names"
    version = 1
    tables = "CREATE TABLE named (name text PRIMARY KEY)"

    def changes(self, event: Event) -> Iterator[Change]:
        match event:
            case ThingNamed(name=name):
                yield "INSERT INTO named VALUES (%s) ON CONFLICT DO NOTHING", (name,)


class Totals(View):
    """A running total of the numbers counted: what it was so far, it asks its own table."""

    name = "totals"
    version = 1
    tables = """
        CREATE TABLE totals (
            at serial PRIMARY KEY,
            number integer NOT NULL CHECK (number >= 0),
            total integer NOT NULL
        )
    """

    def __init__(self) -> None:
        self.batches: list[int] = []

    def take(self, events: Sequence[Event]) -> Steps:
        self.batches.append(len(events))
        for event in events:
            if isinstance(event, ThingCounted):
                yield from self.add(event.number)

    def add(self, number: int) -> Steps:
        rows = yield Question("SELECT total FROM totals ORDER BY at DESC LIMIT %s", (1,))
        total = rows[0][0] if rows else 0
        sent = yield (
            "INSERT INTO totals (number, total) VALUES (%s, %s)",
            (number, total + number),
        )
        assert sent == ()


class Told(Counts):
    """Counts, and each time that it was told, with how many numbers there were by then."""

    keeps_time = True
    tables = f"""{Counts.tables}
        CREATE TABLE told (
            at serial PRIMARY KEY,
            now timestamptz NOT NULL CHECK (now > '2000-01-01'),
            numbers integer NOT NULL
        )
    """

    def tick(self, now: datetime) -> Steps:
        [(numbers,)] = yield Question("SELECT count(*) FROM numbers")
        yield "INSERT INTO told (now, numbers) VALUES (%s, %s)", (now, numbers)


class ManualClock:
    """A clock that stands still until a test moves its hands."""

    def __init__(self) -> None:
        self.now = datetime(2025, 3, 3, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class Backend:
    """A fresh database and a NATS server without a stream, for one test."""

    database_url: str = field(repr=False)
    nats_url: str = field(repr=False)
    journal: Journal

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.database_url, SITE_KEY)

    def count(self, *numbers: int, facility_id: str = "oak-street", of: str = "thing-1") -> int:
        """Record numbers; return the journal's last position."""
        found = self.journal.load(of) or thing(facility_id, of)
        for number in numbers:
            found.count(number)
        self.journal.save(found)
        return self.journal.position()

    def rows(self, sql: LiteralString | Composed) -> list[Any]:
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            return conn.execute(sql).fetchall()

    def run(self, sql: LiteralString) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            conn.execute(sql)

    def numbers(self) -> list[int]:
        return [row[0] for row in self.rows("SELECT number FROM counts.numbers ORDER BY at")]

    def keep_as(self, template: str) -> None:
        """Keep a copy of the database beside it, for others to become; nobody may be connected."""
        self._copy(self._name, template)

    def become(self, template: str) -> None:
        """Have a copy of what was kept under a name in the place of the database."""
        self._copy(template, self._name)

    async def fill_stream(self) -> None:
        """Have all that is in the journal published."""
        async with self.supervisor() as supervisor:

            async def is_full() -> bool:
                found = await supervisor.status()
                return found.stream is not None and found.stream.position == found.position

            await until(is_full)

    @property
    def _name(self) -> str:
        return str(conninfo_to_dict(self.database_url)["dbname"])

    def _copy(self, of: str, to: str) -> None:
        self.journal.close()
        url = make_conninfo(self.database_url, dbname="postgres")
        with psycopg.connect(url, autocommit=True) as conn:
            for statement in ("DROP DATABASE IF EXISTS {to}", COPY):
                conn.execute(SQL(statement).format(to=Identifier(to), of=Identifier(of)))
        self.journal = Journal(self.database_url, pool_size=3)
        self.__dict__.pop("vault", None)

    async def delete_stream(self) -> None:
        await stream.delete_stream(self.nats_url)

    async def messages(self) -> list[stream.Message]:
        """Return all that is in the stream."""
        async with stream.connected(self.nats_url, "test") as client:
            js = client.jetstream()
            info = await stream.stream_info(js)
            found = [
                await stream.message_at(js, k + 1)
                for k in range(info.state.last_seq if info else 0)
            ]
            return [message for message in found if message]

    def told(self) -> list[tuple[datetime, int]]:
        return self.rows("SELECT now, numbers FROM counts.told ORDER BY at")

    def supervisor(
        self, *views: View, relay: bool = True, clock: Callable[[], datetime] | None = None
    ) -> Supervisor:
        kept: dict[str, Any] = {"clock": clock} if clock else {}
        return Supervisor(
            self.journal, self.database_url, self.nats_url, views, relay=relay, **kept
        )


@contextmanager
def fresh_backend(shared_engines: Engines) -> Iterator[Backend]:
    """Make a database of its own, and delete the streams."""
    for name in (stream.NAME, heads_stream.NAME, *(each.name for each in TOLD_STREAMS)):
        asyncio.run(stream.delete_stream(shared_engines.nats_url, name))
    with fresh_database(shared_engines) as backend:
        yield backend


@contextmanager
def fresh_database(shared_engines: Engines) -> Iterator[Backend]:
    name = Identifier(f"test_{uuid.uuid4().hex}")
    with psycopg.connect(shared_engines.database_url, autocommit=True) as conn:
        template = _journal_template(conn, shared_engines)
        conn.execute(SQL(COPY).format(to=name, of=template))
        url = make_conninfo(shared_engines.database_url, dbname=name.as_string().strip('"'))
        made = Backend(url, shared_engines.nats_url, Journal(url, pool_size=3))
        yield made
        made.journal.close()
        # Without FORCE: whoever is still connected was left running, and fails the test.
        conn.execute(SQL("DROP DATABASE {}").format(name))


def _journal_template(conn: psycopg.Connection[Any], shared_engines: Engines) -> Identifier:
    """Make the journal's tables once; each database is a copy, with a journal id of its own."""
    name = "journal_template"
    if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        url = make_conninfo(shared_engines.database_url, dbname=name)
        Journal(url, pool_size=1).close()
        with psycopg.connect(url) as template:
            template.execute("DELETE FROM journal.identity")
    return Identifier(name)


async def until(true: Callable[[], Awaitable[Any]], seconds: float = PATIENCE) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(
    run: Callable[[], Coroutine[Any, Any, None]],
) -> AsyncIterator[asyncio.Task[None]]:
    """Run something beside the test; what it raises fails the test when it ends."""
    task = asyncio.create_task(run())
    try:
        yield task
    finally:
        await cancel_and_wait([task])
        if not task.cancelled():
            task.result()
