"""Receipts against events: what each says that its command recorded has to be that command's."""

from collections.abc import Iterator
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg.rows import tuple_row

from services.audit.verification.report import MOST_TOLD, Fault, Section

AT_ONCE = 1000

_RECEIPTS: LiteralString = """
    SELECT r.facility_id, r.command_id, p.position,
        e.originator_id || ':' || e.originator_version, e.state
    FROM journal.receipts r
    LEFT JOIN LATERAL unnest(r.positions) AS p (position) ON true
    LEFT JOIN journal.journal_events e ON e.notification_id = p.position
"""


def verify_receipts(conn: psycopg.Connection[Any]) -> Section:
    """Return whether each event that a receipt names is there and of its command and facility.

    A command that is sent again is answered by its receipt: a forged one keeps it from being done.
    """
    [(count,)] = conn.execute("SELECT count(*) FROM journal.receipts").fetchall()
    wrong, faults = 0, list[Fault]()
    for fault in _faults(conn):
        wrong += 1
        if len(faults) < MOST_TOLD:
            faults.append(fault)
    if not count:
        says = ["none"]
    elif wrong:
        says = [f"{count:,}; {wrong:,} of what they name is not of their command"]
    else:
        says = [f"{count:,}, each of the events that it names"]
    return Section("receipts", says, faults)


def _faults(conn: psycopg.Connection[Any]) -> Iterator[Fault]:
    with conn.cursor("receipts", row_factory=tuple_row) as cursor:
        cursor.execute(_RECEIPTS)
        while rows := cursor.fetchmany(AT_ONCE):
            for row in rows:
                if wrong := _wrong(*row):
                    yield wrong


def _wrong(
    facility_id: str, command_id: str, position: int | None, name: str | None, state: bytes | None
) -> Fault | None:
    receipt = f"the receipt of {command_id} at {facility_id}"
    if position is None:
        return Fault(what="receipt", says=f"{receipt} names no event")
    if state is None:
        says = f"{receipt} names position {position}, where there is no event"
        return Fault(what="receipt", says=says, position=position)
    if _command_of(state) == (facility_id, command_id):
        return None
    says = f"{receipt} names {name} at position {position}, which is another command's"
    return Fault(what="receipt", says=says, event=name, position=position)


def _command_of(state: bytes) -> tuple[str, str] | None:
    try:
        said = orjson.loads(state)
        return said["facility_id"], said["command_id"]
    except (KeyError, TypeError, ValueError):
        return None
