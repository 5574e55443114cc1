"""What outside authorities say of heads: when they were there, and so the events below them.

A timestamp shows that what is below its head is not newer. What comes after the head was recorded
later: where it says an earlier time, it was dated back, or a clock went wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import orjson
import psycopg
from cryptography.x509 import Certificate

from services.audit.notes.signed_note import NoteUnsound, SignedNote
from services.audit.tree.sealed_logs import JOURNAL, SEALED_LOGS
from services.audit.tree.seals import Seals
from services.audit.verification.report import Fault, Section
from services.audit.witnesses.timestamp import TimestampUnsound, check_timestamp

LATE = timedelta(hours=1)
"""How long after its head a timestamp may come, before an event after it is called dated back."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp: by whom, of which head, and the authority's response."""

    origin: str
    size: int
    position: int
    authority: str
    text: str
    response: bytes


def stamps_of(conn: psycopg.Connection[Any], log: str) -> Iterator[Stamp]:
    """Yield the timestamps of a log's heads, of all its trees, the oldest first."""
    seals = Seals(conn, log)
    for origin, size, position, authority, note, response in seals.rows(_STAMPS, (log,)):
        try:
            text = SignedNote.parse(note.encode()).text
        except NoteUnsound:
            text = ""  # The head is a fault by itself, and its timestamp fits nothing.
        yield Stamp(origin, size, position, authority, text, bytes(response))


def verify_timestamps(
    conn: psycopg.Connection[Any], trusted: Sequence[Certificate]
) -> Iterator[Section]:
    """Yield what the timestamps of each log say, where there are any."""
    for log in SEALED_LOGS:
        stamps = list(stamps_of(conn, log))
        if not stamps:
            continue
        faults, says, back = [], "none that counts", list[str]()
        for each in stamps:
            try:
                at = check_timestamp(each.response, each.text, trusted)
            except TimestampUnsound as why:
                faults.append(stamp_fault(each.authority, each.size, why))
                continue
            says = stamp_says(each.authority, each.size, at)
            if log == JOURNAL.name and (odd := _dated_back(conn, each, at)):
                back.append(odd)
        name = "timestamps" if log == JOURNAL.name else f"timestamps of {log}"
        yield Section(name, [f"{len(stamps):,}; the newest: {says}", *back], faults, bool(back))


def stamp_says(authority: str, size: int, at: datetime) -> str:
    """Say what a timestamp shows."""
    return f"the first {size:,} were there at {at:%Y-%m-%d %H:%M:%S} UTC, says {authority}"


def stamp_fault(authority: str, size: int, why: TimestampUnsound) -> Fault:
    """Return the fault of a timestamp that does not fit its head, or is of nobody who counts."""
    return Fault(
        what="head", says=f"the timestamp of {size:,} by {authority} does not count: {why}"
    )


def _dated_back(conn: psycopg.Connection[Any], stamp: Stamp, at: datetime) -> str | None:
    """Say of the first event after a stamped head that it claims to be older than the stamp."""
    for row in JOURNAL.after(conn, stamp.position, 1):
        try:
            recorded = datetime.fromisoformat(orjson.loads(row.state)["timestamp"])
        except (ValueError, KeyError, TypeError):
            return None  # What is no event is a fault of the log.
        if recorded < at - LATE:
            return (
                f"{row.aggregate_id}:{row.version} at position {row.position} comes after the head"
                f" that was stamped at {at:%Y-%m-%d %H:%M:%S} UTC, and says"
                f" {recorded.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            )
    return None


_STAMPS: LiteralString = """
    SELECT stamp.origin, stamp.size, head.position, stamp.authority, head.note, stamp.token
    FROM seal.timestamps AS stamp JOIN seal.heads AS head USING (origin, size)
    JOIN seal.logs USING (origin)
    WHERE logs.log = %s ORDER BY logs.generation, stamp.size, stamp.authority
"""
