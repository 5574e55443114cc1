"""Journals that are sealed, changed behind Daybook's back, and verified."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier

from domain.aggregate import CommandContext
from services.audit.notes.checkpoint import Checkpoint
from services.audit.notes.policy_file import PolicyLog, SealPolicy
from services.audit.notes.signed_note import SigningKey
from services.audit.sealing.sealing_round import SealingRound, SealSettings
from services.audit.tree.sealed_logs import JOURNAL, SealedLog
from services.audit.tree.seals import Head, Seals
from services.audit.verification.given_heads import GivenHead
from services.audit.verification.report import Fault, VerifyReport
from services.audit.verification.verification import Verification, VerifyAsked
from services.audit.verification.verify_logs import Against
from services.journal import Journal
from services.messaging import stream
from services.messaging.relay import Relay
from services.vault import Vault
from tests.support.backend import SITE_KEY, ThingCounted, running, until

SEED = bytes(range(32, 64))
"""The sealer's key of the databases of tests."""

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def seal(database_url: str, *logs: SealedLog, seed: bytes = SEED) -> list[Head]:
    """Seal what is there; return the new heads."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        sealing = SealingRound(conn, SealSettings("clinic.example"), lambda: seed, lambda: NOON)
        done = sealing.seal(logs or [JOURNAL])
    assert not done.refused
    return done.sealed


def given(head: Head, where: str = "payer") -> GivenHead:
    """Return a head as somebody else kept it."""
    checkpoint = Checkpoint(head.origin, head.size, head.root)
    return GivenHead(where, checkpoint, head.note.encode())


@contextmanager
def copied(database_url: str) -> Iterator[str]:
    """Yield the URL of a copy of a database, to which nobody is connected; it is dropped."""
    source = str(conninfo_to_dict(database_url)["dbname"])
    name = f"copy_{uuid4().hex}"
    server = make_conninfo(database_url, dbname="postgres")
    with psycopg.connect(server, autocommit=True) as conn:
        copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        conn.execute(copy.format(Identifier(name), Identifier(source)))
        try:
            yield make_conninfo(database_url, dbname=name)
        finally:
            conn.execute(SQL("DROP DATABASE {}").format(Identifier(name)))


@dataclass
class Attacked:
    """A sealed database, for whoever holds it to do as they like."""

    database_url: str
    nats_url: str
    journal: Journal
    heads: Sequence[Head]
    policy: SealPolicy = field(init=False)

    def __post_init__(self) -> None:
        key = SigningKey.from_bytes(self.heads[0].origin, SEED)
        self.policy = SealPolicy((PolicyLog(key.verifier),))

    @classmethod
    @contextmanager
    def open(cls, database_url: str, nats_url: str) -> "Iterator[Attacked]":
        """Yield a copy of a database."""
        with copied(database_url) as url, closing(Journal(url, pool_size=2)) as journal:
            with psycopg.connect(url) as conn:
                heads = Seals(conn).heads()
            yield cls(url, nats_url, journal, heads)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.database_url, SITE_KEY)

    def run(self, *statements: LiteralString | Composed) -> None:
        """Do something by SQL that no rule or trigger of the table hears of."""
        with psycopg.connect(self.database_url) as conn:
            for each in statements:
                conn.execute(each)

    def rows(self, sql: LiteralString, *asked: Any) -> list[Any]:
        with psycopg.connect(self.database_url) as conn:
            return conn.execute(sql, asked).fetchall()

    def record(self, count: int, at: datetime | None = None) -> str:
        """Record so many events; return what the last one is called."""
        found = self.journal.load("thing-1")
        for number in range(count):
            if at is None:
                found.count(number)
            else:
                found.record(
                    ThingCounted, CommandContext("command-1", at, "staff-1"), number=number, text=""
                )
        self.journal.save(found)
        return f"{found.id}:{found.version}"

    async def publish(self) -> None:
        """Have the relay publish all that is there."""
        last = self.journal.position()
        relay = Relay(self.journal, self.database_url, self.nats_url)
        async with running(relay.run):
            await until(lambda: self._is_published(last))

    async def _is_published(self, last: int) -> bool:
        async with stream.connected(self.nats_url, "test") as client:
            js = client.jetstream()
            info = await stream.stream_info(js)
            if info is None or not info.state.last_seq:
                return False
            message = await stream.message_at(js, info.state.last_seq)
            return message is not None and message.position == last

    async def republish(self, forged: int) -> None:
        """Make the stream anew with the same messages but one, which says a little more."""
        async with stream.connected(self.nats_url, "test") as client:
            js = client.jetstream()
            info = await stream.stream_info(js)
            assert info
            raw = [await js.get_msg(stream.NAME, k + 1) for k in range(info.state.last_seq)]
            await js.delete_stream(stream.NAME)
            await stream.make_stream(js)
            for each in raw:
                body = (each.data or b"") + (b" " if each.seq == forged else b"")
                headers = {k: v for k, v in (each.headers or {}).items() if k.islower()}
                await js.publish(str(each.subject), body, headers=headers)

    def name_at(self, position: int) -> str:
        """Return what the event at a position is called."""
        [(name,)] = self.rows(
            "SELECT originator_id || ':' || originator_version FROM journal.journal_events"
            " WHERE notification_id = %s",
            position,
        )
        return str(name)

    def verify(self, *held: GivenHead, **asked: Any) -> VerifyReport:
        """Return what a verification finds, with heads that were held elsewhere."""
        verification = Verification(self.journal, self.vault, self.database_url)
        return verification.run(VerifyAsked(Against(self.policy, held), **asked))

    def seal_anew(self, *, seed: bytes = SEED) -> None:
        """Forget tree and heads, and make them anew of what is there now, with somebody's key."""
        self.run("TRUNCATE seal.heads, seal.tiles, seal.cosignatures, seal.timestamps")
        seal(self.database_url, seed=seed)


def first(report: VerifyReport) -> Fault:
    """Return the first fault, which is the one that is told first."""
    assert not report.sound
    return report.faults[0]
