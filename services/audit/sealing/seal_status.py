"""Where sealing stands, as the status says it: a light look that works out no tree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import tuple_row

from services.audit.notes.witness_answer import Outcome
from services.audit.sealing.sealer import LOCK
from services.audit.tree.sealed_logs import SEALED_LOGS, SealedLog
from services.audit.tree.seals import Seals


@dataclass(frozen=True, slots=True)
class SealStatus:
    """One log: its newest head, how many rows are not sealed, and why nothing is, if refused.

    A log that was never sealed has no origin and no time.
    """

    log: str
    origin: str | None
    size: int
    position: int
    at: datetime | None
    unsealed: int
    refused: str | None


@dataclass(frozen=True, slots=True)
class WitnessStatus:
    """A witness of the journal: what it answered last, and the largest head that it cosigned."""

    name: str
    outcome: Outcome
    asked_at: datetime
    size: int
    cosigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class SealingStatus:
    """Whether a sealer runs, the logs that have anything to be sealed, and the witnesses."""

    runs: bool = False
    logs: tuple[SealStatus, ...] = ()
    witnesses: tuple[WitnessStatus, ...] = ()


def sealing_status(conn: psycopg.Connection[Any]) -> SealingStatus:
    """Return where sealing stands, by a connection of the caller's."""
    logs = [_status(conn, each) for each in SEALED_LOGS.values()]
    used = tuple(each for each in logs if each.size or each.unsealed or each.refused)
    return SealingStatus(_runs(conn), used, _witnesses(conn))


def _witnesses(conn: psycopg.Connection[Any]) -> tuple[WitnessStatus, ...]:
    seals = Seals(conn)
    return tuple(
        WitnessStatus(key.rpartition("+")[0], Outcome(outcome), asked_at, size, at)
        for key, outcome, asked_at, size, at in seals.rows(_WITNESSES, (seals.origin,))
    )


def _status(conn: psycopg.Connection[Any], log: SealedLog) -> SealStatus:
    seals = Seals(conn, log.name)
    head = seals.newest()
    position = head.position if head else 0
    refused = seals.rows("SELECT refused FROM seal.standing WHERE log = %s", (log.name,))
    return SealStatus(
        log=log.name,
        origin=seals.origin,
        size=head.size if head else 0,
        position=position,
        at=head.at if head else None,
        unsealed=log.count_after(conn, position),
        refused=refused[0][0] if refused else None,
    )


_WITNESSES: LiteralString = """
    SELECT asked.witness, asked.outcome, asked.asked_at, coalesce(newest.size, 0), newest.at
    FROM seal.witnesses AS asked LEFT JOIN LATERAL (
        SELECT size, at FROM seal.cosignatures AS line
        WHERE (line.origin, line.witness) = (asked.origin, asked.witness)
        ORDER BY size DESC LIMIT 1
    ) AS newest ON true
    WHERE asked.origin = %s ORDER BY asked.witness
"""


def _runs(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether anybody holds the lock of whoever seals; see `services.advisory_lock`."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(
            "WITH wanted AS (SELECT hashtextextended(%s, 0) AS key)"
            " SELECT EXISTS (SELECT FROM pg_locks, wanted WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND objsubid = 1 AND classid::bigint = (key >> 32) & 4294967295"
            " AND objid::bigint = key & 4294967295)",
            (LOCK,),
        ).fetchone()
    return bool(found and found[0])
