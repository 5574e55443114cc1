"""Snapshots against events: each is worked out again, since whoever loads one relies on it."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from eventsourcing.persistence import StoredEvent
from psycopg.rows import DictRow

from domain.aggregate import Aggregate, Event, Snapshot
from services.audit.verification.report import MOST_TOLD, Fault, Section
from services.journal import Journal
from services.journal.codec import TypedMapper

CODEC = TypedMapper()
"""Reads any snapshot, also one that a load does not use since its code is wrong or missing."""

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What the codec raises for a state that is none; those of pydantic and orjson are ValueErrors."""


def verify_snapshots(
    journal: Journal, on_progress: Callable[[int], None] = lambda _: None
) -> Section:
    """Return whether each snapshot is what the events up to it make."""
    count, passed_over, faults = 0, 0, list[Fault]()
    for aggregate_id in _aggregates(journal):
        for snapshot, made in _each_with_state(journal, aggregate_id):
            count += 1
            stored = _read(snapshot)
            if stored is None:
                passed_over += 1
            elif stored != made:
                faults.append(_fault(snapshot, nothing=made is None))
        on_progress(count)
    if not faults:
        says = [f"{count:,}, all worked out again the same" if count else "none"]
    else:
        says = [f"{count:,}, of which {len(faults):,} are not what the events make"]
    if passed_over:
        says.append(f"{passed_over:,} cannot be read, and are passed over")
    return Section("snapshots", says, faults[:MOST_TOLD])


def _aggregates(journal: Journal) -> list[str]:
    with journal.connection() as conn:
        rows = conn.execute(
            "SELECT DISTINCT originator_id FROM journal.journal_snapshots ORDER BY 1"
        ).fetchall()
    return [row["originator_id"] for row in rows]


def _each_with_state(
    journal: Journal, aggregate_id: str
) -> Iterator[tuple[DictRow, Snapshot | None]]:
    """Yield an aggregate's snapshots, each with the one that the events up to it make."""
    with journal.connection() as conn:
        rows = conn.execute(
            "SELECT originator_id, originator_version, topic, state"
            " FROM journal.journal_snapshots WHERE originator_id = %s",
            (aggregate_id,),
        ).fetchall()
    waiting = {row["originator_version"]: row for row in rows}
    aggregate: Aggregate | None = None
    try:
        for event in journal.events.get(aggregate_id):
            aggregate = cast("Event", event).mutate(aggregate)
            if row := waiting.pop(event.originator_version, None):
                yield row, _again(aggregate)
            if not waiting:
                return
    except UNREADABLE:
        # An event that cannot be read: what is wrong with it shows in the journal.
        pass
    for row in waiting.values():
        yield row, None


def _again(aggregate: Any) -> Snapshot | None:
    """Return an aggregate's state as a snapshot that was stored and read."""
    return cast("Snapshot", CODEC.to_domain_event(CODEC.to_stored_event(Snapshot.take(aggregate))))


def _read(row: DictRow) -> Snapshot | None:
    try:
        return cast("Snapshot", CODEC.to_domain_event(StoredEvent(**row)))
    except UNREADABLE:
        return None


def _fault(row: DictRow, *, nothing: bool) -> Fault:
    name = f"{row['originator_id']}:{row['originator_version']}"
    why = "no events make it" if nothing else "is not what the events make"
    return Fault(what="snapshot", says=f"the snapshot at {name} {why}", event=name)
