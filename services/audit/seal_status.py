"""Where sealing stands, as the status says it: a light look that works out no tree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from services.audit.sealed_logs import SEALED_LOGS, SealedLog
from services.audit.sealer import LOCK
from services.audit.seals import Seals


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
class SealingStatus:
    """Whether a sealer runs on this database, and the logs that have anything to be sealed."""

    runs: bool = False
    logs: tuple[SealStatus, ...] = ()


def sealing_status(conn: psycopg.Connection[Any]) -> SealingStatus:
    """Return where sealing stands, by a connection of the caller's."""
    logs = [_status(conn, each) for each in SEALED_LOGS.values()]
    used = tuple(each for each in logs if each.size or each.unsealed or each.refused)
    return SealingStatus(_runs(conn), used)


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
