"""Databases whose logs are sealed, and what tests ask of them."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from services.audit.sealing.sealer import Sealer, Witness
from services.audit.sealing.sealing import leaves_after
from services.audit.sealing.sealing_round import SealSettings
from services.audit.sealing.seen_heads import SeenFile
from services.audit.tree.merkle import root_of
from services.audit.tree.sealed_logs import SEALED_LOGS
from services.audit.tree.seals import Head, Seals
from services.journal import Journal
from tests.support.backend import Backend

SEED = bytes(range(32, 64))
"""The seal key of the databases of tests."""


@dataclass
class SealedBackend:
    """A database, the key by which its logs are sealed, and the sealer's own file."""

    backend: Backend
    seen: Path | None = None
    folder: Path | None = None
    seed: bytes = SEED
    nats: bool = False
    witnesses: list[Witness] = field(default_factory=list)

    def sealer(self, **more: Any) -> Sealer:
        return Sealer(
            self.backend.database_url,
            self.backend.nats_url if self.nats else None,
            lambda: self.seed,
            SealSettings("clinic.example", self.seen, self.folder),
            witnesses=self.witnesses,
            **more,
        )

    def seal(self) -> list[Head]:
        """Seal what is there; return the new heads."""
        return asyncio.run(self.sealer().seal_once())

    def connected(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.backend.database_url, autocommit=True)

    def newest(self, log: str = "journal") -> Head | None:
        with self.connected() as conn:
            return Seals(conn, log).newest()

    def head(self) -> Head:
        """Return the newest head of the journal, which there is."""
        head = self.newest()
        assert head
        return head

    @property
    def file(self) -> SeenFile:
        """The sealer's own file."""
        assert self.seen
        return SeenFile(self.seen)

    def check_tree(self, log: str = "journal") -> Head:
        """Work the newest tree out from the log alone, and hold all that is stored to it."""
        with self.connected() as conn:
            seals = Seals(conn, log)
            head = seals.newest()
            assert head
            leaves = leaves_after(conn, SEALED_LOGS[log], 0, 10**9, head.position)
            assert [each.hash for each in leaves] == seals.leaf_hashes(0, head.size)
            assert [each.position for each in leaves] == seals.positions(0, head.size)
            assert root_of([each.hash for each in leaves]) == head.root == seals.root(head.size)
        return head


@contextmanager
def back_up(sealed: SealedBackend) -> Iterator[SealedBackend]:
    """Yield a copy of a database as it is now: what a restore of it brings back later."""
    with psycopg.connect(sealed.backend.database_url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    of = Identifier(str(conninfo_to_dict(sealed.backend.database_url)["dbname"]))
    name = f"restored_{uuid.uuid4().hex}"
    elsewhere = make_conninfo(sealed.backend.database_url, dbname="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as conn:
        conn.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), of))
        url = make_conninfo(sealed.backend.database_url, dbname=name)
        with closing(Journal(url, pool_size=2)) as journal:
            yield replace(sealed, backend=Backend(url, sealed.backend.nats_url, journal))
        conn.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
